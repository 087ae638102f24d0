"""A page as a workbook: the figures of the cards under the same rights, and what it says where there are none."""

import io
import logging
import re
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook
from werkzeug.test import TestResponse

from callbacks import page_export
from callbacks.page_export import page_workbook
from data_layer.access import Role
from data_layer.analyses.plain import Headline
from data_layer.appdb import audit
from data_layer.semantics.formats import exact
from data_layer.semantics.metrics import METRICS
from data_layer.warehouse.engine import QueryTooLong, WarehouseAway
from layouts.page import Page
from layouts.registry import BY_NAME, PAGES, home_of, pages_of
from layouts.tile import View
from layouts.workbook import FRONT, HEAD_ROW, sheet_names
from tests.app.loaded import World, load_files, make_world, only_group, workbook_texts
from tests.app.test_scope import BOUND, strangers

BY_ROLE = pytest.mark.parametrize("role", tuple(Role), ids=lambda role: role.value)
WITH_TILES = [page for page in PAGES if page.tiles]
BY_PAGE = pytest.mark.parametrize("page", WITH_TILES, ids=lambda page: page.name)
PICKED = "period=12m&segment=Retail&segment=Affluent&pick=elsewhere~channel~Phone&compare=year"


def get(world: World, role: Role, page: Page, search: str = "") -> TestResponse:
    return world.client(role).get(world.workbook(page, search))


def opened(answer: TestResponse) -> Workbook:
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def sheets_of(page: Page) -> dict[str, str]:
    """The name of each tile's sheet."""
    return dict(zip([tile.name for tile in page.tiles], sheet_names(tile.title for tile in page.tiles), strict=True))


def about(book: Workbook) -> dict[str, Any]:
    """What the first sheet says, by label; several lines of one as a list."""
    found: dict[str, Any] = {}
    for label, value in book[FRONT].iter_rows(min_row=3, max_col=2, values_only=True):
        if value is None:
            break
        if label is None:
            label = list(found)[-1]
            found[label] = [*(found[label] if isinstance(found[label], list) else [found[label]]), value]
        else:
            found[label] = value
    return found


@BY_ROLE
def test_a_workbook_is_for_the_roles_of_the_page(world: World, role: Role) -> None:
    for page in PAGES:
        answer = get(world, role, page)
        if role not in page.roles:
            assert (answer.status_code, set(answer.json)) == (403, {"message"}), page.name
        elif not page.tiles:
            assert answer.status_code == 404, page.name
        else:
            assert opened(answer).sheetnames == [FRONT, *sheets_of(page).values()]
        assert world.site.browser().get(world.workbook(page)).status_code == 401


def test_a_workbook_of_nothing_is_not_found(world: World) -> None:
    for name in ("nothing", "%2e%2e", "Executive"):
        assert world.client(Role.ADMIN).get(f"/export/{name}/page.xlsx").status_code in (403, 404)


@BY_PAGE
@pytest.mark.parametrize("search", ["", PICKED])
def test_its_figures_are_those_of_the_cards(world: World, page: Page, search: str) -> None:
    shown = world.payloads(world.client(Role.ADMIN), page, f"?{search}")["tiles"]
    book = opened(get(world, Role.ADMIN, page, search))
    seen = 0
    for tile in page.tiles:
        card, sheet = shown[tile.name], book[sheets_of(page)[tile.name]]
        assert (sheet["A1"].value, sheet["A2"].value) == (tile.title, card["subtitle"])
        if card["state"] != "ok":
            assert sheet.cell(HEAD_ROW, 1).value == card["message"]
            continue
        if tile.view is View.KPI:
            value = sheet.cell(HEAD_ROW + 1, 1).value
            assert exact(None if value == "—" else value, METRICS[tile.metrics[0]].unit) == card["content"]["exact"]
        heads = [cell.value for cell in sheet[HEAD_ROW] if cell.value is not None]
        assert heads == [column["label"] for column in card["table"]["columns"]], tile.name
        for row, texts in zip(sheet.iter_rows(min_row=HEAD_ROW + 1), card["table"]["rows"], strict=False):
            seen += sum(same(cell, text, tile.name) for cell, text in zip(row, texts, strict=False))
    assert seen > 10


def same(cell: Any, text: str, where: str) -> bool:
    """Whether a cell holds the number that a card's table shows; fails where it holds something else."""
    if cell.value in (None, "—"):
        assert text == "—", where
        return False
    if isinstance(cell.value, datetime):
        assert text == f"{cell.value.day} {cell.value:%b %Y}", where
        return False
    if not isinstance(cell.value, int | float):
        assert cell.value.lstrip("'") == text or cell.value.startswith("'"), where
        return False
    digits = re.sub(r"[^\d.]", "", text.replace("−", "-"))
    places = len(digits.partition(".")[2])
    value = cell.value * 100 if cell.number_format == "0.00%" else cell.value
    assert abs(abs(value) - float(digits)) <= 0.51 * 10**-places, (where, cell.value, text)
    assert value >= 0 or text.startswith(("−", "-")) or text.strip("0.,") == "", where
    return True


def test_the_first_sheet_says_what_was_asked(world: World) -> None:
    page = BY_NAME["executive"]
    said = about(opened(get(world, Role.ADMIN, page, f"{PICKED}&shoe=9")))
    data = world.services.desk.warehouse.current()
    assert said["Page"] == page.title
    assert said["Period"].startswith("Last 12 months: ")
    assert said["Compared with"].startswith("Same period last year: ")
    assert said["Filters"] == ["Segment: Retail, Affluent", "Channel: Phone (clicked)"]
    assert "“shoe”" in said["Not understood"]
    assert said["Data as of"] == datetime.combine(data.as_of, datetime.min.time())
    assert said["Exported by"] == "Admin (admin), Administrator"
    assert said["Exported at"].date() >= date(2026, 1, 1)
    assert (said["Time zone"], said["Currency"]) == (data.time_zone, "USD")
    assert about(opened(get(world, Role.ADMIN, page)))["Filters"] == "none"


@BY_PAGE
def test_every_metric_of_the_page_is_explained(world: World, page: Page) -> None:
    front = opened(get(world, Role.ADMIN, page))[FRONT]
    rows = {tuple(row[:4]) for row in front.iter_rows(values_only=True)}
    for name in {name for tile in page.tiles for name in tile.metrics}:
        one = METRICS[name]
        assert (one.label, one.definition, one.formula, one.n_label) in rows, name


def test_the_page_of_a_client_bears_the_name(world: World) -> None:
    book = opened(get(world, Role.STAFF, BY_NAME["client"]))
    customers = world.sources.table("customers").set_index("customer_id")
    assert book[FRONT]["A1"].value == f"{customers.first_name[world.subject]} {customers.last_name[world.subject]}"
    assert about(book)["Filters"] == "none"


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
def test_a_strangers_page_is_answered_like_an_unknown_one(world: World, role: Role) -> None:
    _, foreign = strangers(world, role)
    answers = [
        world.client(role).get(f"/export/client/page.xlsx?customer={value}&period=all") for value in (foreign, "nobody")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    for search in ("", "customer=A&customer=B", f"pick=a~customer~{world.subject}"):
        assert world.client(role).get(f"/export/client/page.xlsx?{search}").status_code == 404


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
def test_foreign_ids_in_the_link_tell_no_name(world: World, role: Role) -> None:
    colleague, client = strangers(world, role)
    customers = world.sources.table("customers").set_index("customer_id")
    names = {f"{customers.first_name[client]} {customers.last_name[client]}", world.sources.staff()[colleague]}
    search = f"period=all&customer={client}&staff={colleague}&owner={colleague}&pick=elsewhere~customer~{client}"
    for page in pages_of(role):
        if page.tiles and not page.subject:
            texts = " ".join(workbook_texts(get(world, role, page, search)))
            assert [name for name in names if name in texts] == [], page.name


@BY_ROLE
def test_a_workbook_stands_in_the_audit_log(world: World, role: Role) -> None:
    page = home_of(role)
    if page is None:
        return
    get(world, role, page)
    line = audit.latest(world.services.appdb, 1)[0]
    assert (line.login, line.action) == (world.viewer(role).login, "export")
    assert line.detail == {"page": page.name, "kind": "page"}
    get(world, role, BY_NAME["client"]) if role in BY_NAME["client"].roles else None
    if role in BY_NAME["client"].roles:
        assert audit.latest(world.services.appdb, 1)[0].detail["customer"] == world.subject


def test_a_refused_workbook_is_not_noted_as_one(world: World) -> None:
    page = next(page for page in PAGES if Role.STAFF not in page.roles)
    before = audit.latest(world.services.appdb, 1, "export")
    assert get(world, Role.STAFF, page).status_code == 403
    assert audit.latest(world.services.appdb, 1, "export") == before


def test_a_segment_that_is_gone_gives_no_workbook_of_everybody(world: World) -> None:
    answer = get(world, Role.ADMIN, BY_NAME["clients"], "saved=999")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


def test_a_tile_that_fails_leaves_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page, names = BY_NAME["campaigns"], sheets_of(BY_NAME["campaigns"])
    asked = Headline.__call__

    def broken(self: Headline, ask: Any) -> Any:
        match self.metric:
            case "read_rate":
                raise RuntimeError("secret of the server")
            case "reply_rate":
                raise QueryTooLong(15)
        return asked(self, ask)

    monkeypatch.setattr(Headline, "__call__", broken)
    with caplog.at_level(logging.ERROR):
        book = opened(get(world, Role.ADMIN, page, "period=90d"))
    said = str(book[names["kpi_read_rate"]].cell(HEAD_ROW, 1).value)
    code = re.search(r"\(id (\w{8})\)", said)
    assert code
    assert code.group(1) in caplog.text
    assert (
        book[names["kpi_reply_rate"]]
        .cell(HEAD_ROW, 1)
        .value.startswith("The query took longer than 15 s and was stopped. Choose")
    )
    assert isinstance(book[names["kpi_sent"]].cell(HEAD_ROW + 1, 1).value, int)
    assert "secret of the server" not in " ".join(workbook_texts(get(world, Role.ADMIN, page, "period=90d")))


def test_a_page_that_takes_too_long_says_what_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_export, "LONGEST_SECONDS", -1.0)
    page = BY_NAME["campaigns"]
    book = opened(get(world, Role.ADMIN, page))
    for name in sheets_of(page).values():
        assert book[name].cell(HEAD_ROW, 1).value.startswith("Left out: ")


def test_a_warehouse_that_is_away_is_said_as_for_other_downloads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise WarehouseAway("The data cannot be reached at the moment.")

    monkeypatch.setattr(world.services.desk.warehouse, "current", away)
    answer = get(world, Role.ADMIN, BY_NAME["staff"])
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")


def test_without_a_source_and_without_data_it_says_so(demo_sources: Any, tmp_path: Any) -> None:
    world = make_world(tmp_path / "home")
    world.site.add("nobody_yet", Role.EXECUTIVE)
    page = BY_NAME["executive"]
    answer = get(world, Role.EXECUTIVE, page)
    assert answer.status_code == 503
    assert "No data" in answer.text
    load_files(only_group(demo_sources, "finance", tmp_path / "finance"), tmp_path / "home")
    sheet = opened(get(world, Role.EXECUTIVE, page))[sheets_of(page)["kpi_campaigns"]]
    assert sheet.cell(HEAD_ROW, 1).value == "Not loaded. Needs campaigns.csv."


def test_all_sheets_are_of_one_state_of_the_data(demo_sources: Any, tmp_path: Any) -> None:
    """Publishing while a workbook is made must not mix two states."""
    load_files(demo_sources.folder, tmp_path / "home")
    world = make_world(tmp_path / "home", demo_sources)
    desk, page = world.services.desk, BY_NAME["campaigns"]
    viewer, selection = world.viewer(Role.ADMIN), desk.selection("?period=12m", world.viewer(Role.ADMIN))
    before = desk.warehouse.current()
    load_files(only_group(demo_sources, "finance", tmp_path / "finance"), tmp_path / "home")
    assert desk.warehouse.current().id != before.id
    book = openpyxl.load_workbook(io.BytesIO(page_workbook(desk, page, selection, viewer, "Ada", before)))
    assert book[sheets_of(page)["kpi_sent"]].cell(HEAD_ROW + 1, 1).value > 0
