"""The button Export: the workbook arrives, opens, and holds the figures of the cards."""

import io
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook

from data_layer.semantics.formats import exact
from data_layer.semantics.metrics import METRICS
from layouts.registry import BY_NAME
from layouts.tile import View
from layouts.workbook import FRONT, HEAD_ROW, sheet_names
from tests.browser.visitor import Visitor

BUTTON = "[data-shell=export]"
STAFF, CLIENT, CAMPAIGNS = BY_NAME["staff"], BY_NAME["client"], BY_NAME["campaigns"]


def exported(visitor: Visitor, page: str) -> Workbook:
    """Click the button; the workbook that comes."""
    day = visitor.site.data().as_of.isoformat()
    visitor.click(BUTTON)
    book = openpyxl.load_workbook(io.BytesIO(visitor.downloaded_bytes(f"{page}-{day}.xlsx")))
    assert "in your downloads" in visitor.text("#toast")
    return book


def figures(book: Workbook, page: Any) -> dict[str, str]:
    """What the workbook says each card shows, as people read it."""
    names = sheet_names(tile.title for tile in page.tiles)
    found = {}
    for tile, name in zip(page.tiles, names, strict=True):
        if tile.view is View.KPI:
            value = book[name].cell(HEAD_ROW + 1, 1).value
            found[tile.name] = exact(value if isinstance(value, int | float) else None, METRICS[tile.metrics[0]].unit)
    return found


def test_a_filtered_page_comes_as_a_workbook(visitor: Visitor) -> None:
    visitor.log_in("marketer", "/?period=12m&segment=Retail")
    book = exported(visitor, CAMPAIGNS.name)
    shown = figures(book, CAMPAIGNS)
    assert len(shown) == 6
    assert shown == {name: visitor.kpi(name) for name in shown}
    words = [str(row[1].value) for row in book[FRONT].iter_rows(max_row=12)]
    assert "Segment: Retail" in words
    assert any(word.startswith("Last 12 months") for word in words)


def test_own_work_comes_under_own_rights(visitor: Visitor) -> None:
    visitor.log_in("staff", "/?period=12m")
    shown = figures(exported(visitor, STAFF.name), STAFF)
    assert shown == {name: visitor.kpi(name) for name in shown}
    assert shown["kpi_interactions"] != "0"


def test_the_page_of_one_client_comes_with_its_name(visitor: Visitor) -> None:
    visitor.log_in("staff", "/")
    link = visitor.until(lambda: visitor.one("#tile-work_list a.to-page"), "there is no client in the work list")
    visitor.go(str(link.get_attribute("href")).removeprefix(visitor.site.address))
    visitor.wait_drawn()
    book = exported(visitor, CLIENT.name)
    assert book[FRONT]["A1"].value == visitor.text(".page-title")
    shown = figures(book, CLIENT)
    assert shown == {name: visitor.kpi(name) for name in shown}


def test_a_page_without_figures_offers_none(visitor: Visitor) -> None:
    visitor.log_in("admin", "/")
    assert visitor.sees(BUTTON)
    visitor.go(BY_NAME["loads"].path)
    visitor.until(lambda: visitor.one(".own-body table"))
    assert not visitor.sees(BUTTON)


@pytest.mark.causes("not_found")
def test_what_the_server_says_is_shown(visitor: Visitor) -> None:
    visitor.log_in("executive", "/?saved=999999")
    visitor.click(BUTTON)
    visitor.until(lambda: "segment" in visitor.text("#toast"), "nothing is said")
    assert visitor.path == "/"
