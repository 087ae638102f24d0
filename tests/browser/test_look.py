"""How it looks in both themes and on a phone, and whether everybody can use it."""

import re
from pathlib import Path

import axe_core_python
import pytest

from layouts.page import Page
from layouts.registry import PAGES
from tests.browser.visitor import Visitor

AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
# Dash's dropdown holds a hidden input that hands the focus on to its button; it is no part of this site.
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run({ include: arguments[0], exclude: ['.dash-dropdown-focus-target'] }, { resultTypes: ['violations'] }).then((found) =>
    done(found.violations
  .filter((v) => ['serious', 'critical'].includes(v.impact))
  .map((v) => `${v.id} (${v.nodes.length}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`)));
"""
SIDEWAYS = "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
TOO_WIDE = """return [...document.querySelectorAll('.tile-table .table-wrap, .tile-list .table-wrap')].filter((box) =>
    box.scrollWidth > box.clientWidth + 1).map((box) => box.closest('.tile').id)"""
WRAPPED = """return [...document.querySelectorAll('.tile-kpi .tile-title')].filter((title) =>
    title.offsetHeight > 24).map((title) => title.textContent)"""
BEYOND = """return [...document.querySelectorAll('.tile[data-tile]')].filter((card) => {
    const box = card.getBoundingClientRect(); return box.left < 0 || box.right > arguments[0]; }).map((card) => card.id)"""
BACKGROUND = "return getComputedStyle(document.body).backgroundColor"
LONG_PERIOD = "?period=12m"


def path(page: Page) -> str:
    """The path of a page, with a client of the demo where it is about one."""
    return page.address("C0000012") if page.subject else page.path


def violations(visitor: Visitor, within: str = "html") -> list[str]:
    """What axe finds on the page as it stands, or in a part of it."""
    if not visitor.run("return !!window.axe"):
        visitor.run(AXE.read_text(encoding="utf-8"))
    visitor.browser.set_script_timeout(60)
    return list(visitor.browser.execute_async_script(RUN_AXE, [within]))


# A value for a filter that stands in sight, by its dimension.
FILTERS = {"segment": "Retail", "stage": "Qualified", "event_kind": "Interaction", "priority": "High"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_everybody_can_use_the_page_in_both_themes_and_under_a_filter_with_its_records(
    visitor: Visitor, page: Page
) -> None:
    visitor.log_in("admin", path(page) + LONG_PERIOD)
    theme = "return document.documentElement.dataset.theme"
    before = visitor.run(theme)
    assert violations(visitor) == []
    visitor.click("[data-shell=theme]")
    visitor.until(lambda: visitor.run(theme) != before)
    visitor.wait_drawn()
    assert violations(visitor) == []
    dimension = next((name for name in page.filters[:4] if name in FILTERS), None)
    if dimension is None:
        return
    value = FILTERS[dimension]
    visitor.changing(lambda: visitor.run("window.clientscope.state.filter(...arguments)", dimension, value))
    shown = f"return document.getElementById('filter-{page.name}-{dimension}').textContent.includes(arguments[0])"
    visitor.until(lambda: visitor.run(shown, value))
    assert violations(visitor) == []
    tile = next(tile for tile in page.tiles if tile.records)
    visitor.run("window.clientscope.state.records(arguments[0])", tile.name)
    visitor.until(lambda: visitor.all("#drill-grid .ag-row"))
    assert violations(visitor, ".drill-panel") == []


def test_most_pages_have_a_filter_under_which_they_are_looked_at() -> None:
    """Else the test above would leave it out in silence."""
    assert len([page for page in PAGES if set(page.filters[:4]) & set(FILTERS)]) > 4


def test_everybody_can_use_the_records_and_the_explanations(visitor: Visitor) -> None:
    page = PAGES[0]
    tile = next(tile for tile in page.tiles if tile.records)
    visitor.log_in("admin", f"{page.path}?records={tile.name}")
    visitor.until(lambda: visitor.all("#drill-grid .ag-row [col-id=client]"))
    days = visitor.run("return [...document.querySelectorAll('#drill-grid .ag-cell')].map((cell) => cell.textContent)")
    assert not [text for text in days if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)]
    assert violations(visitor) == []
    visitor.click(".drill-panel [data-shell=close]")
    visitor.until(lambda: not visitor.sees(".drill-panel"))
    visitor.menu(tile.name, "info")
    assert visitor.sees(".pop-info")
    assert violations(visitor) == []


def test_everybody_can_log_in(visitor: Visitor) -> None:
    visitor.go("/login")
    assert violations(visitor) == []


def test_the_theme_is_kept_and_charts_are_drawn_anew(visitor: Visitor) -> None:
    visitor.log_in("executive")
    tile = next(name for name in visitor.tiles() if visitor.one(f"#tile-{name} .plot .bars"))

    def colours() -> tuple[str, str]:
        figure = visitor.run(f"return document.querySelector('#tile-{tile} .plot .bars path').style.fill")
        return visitor.run(BACKGROUND), figure

    light = colours()
    visitor.click("[data-shell=theme]")
    visitor.until(lambda: colours()[1] != light[1])
    dark = colours()
    assert dark[0] != light[0]
    visitor.browser.refresh()
    visitor.wait_drawn()
    assert colours() == dark
    visitor.click("[data-shell=theme]")
    visitor.until(lambda: colours() == light)


def test_the_top_bar_of_a_phone_is_one_line_with_a_menu(visitor: Visitor) -> None:
    visitor.resize(360, 740)
    visitor.log_in("executive")
    assert visitor.run("return document.querySelector('.topbar').offsetHeight") <= 56
    assert not visitor.sees("[data-saved=views]")
    visitor.click("[data-shell=more]")
    assert visitor.sees("[data-saved=views]")
    visitor.click(".page-title")
    assert not visitor.sees("[data-saved=views]")
    visitor.click("[data-shell=more]")
    visitor.click(".user summary")
    assert visitor.sees("[data-shell=logout]")


def test_a_phone_gives_what_does_not_fit_in_a_row_lines_of_its_own(visitor: Visitor) -> None:
    visitor.resize(360, 740)
    visitor.log_in("executive", "/pipeline")
    assert visitor.run(TOO_WIDE) == []
    cell = "return getComputedStyle(document.querySelector('#tile-act_on tbody td:nth-child(4)'), '::before').content"
    assert "Value" in visitor.run(cell)
    visitor.resize(1440, 900)
    visitor.until(lambda: visitor.run(cell) == "none")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_is_too_wide_for_a_phone_a_tablet_or_a_laptop(visitor: Visitor, page: Page) -> None:
    visitor.resize(360, 740)
    visitor.log_in("admin", path(page))
    assert visitor.run(SIDEWAYS) <= 0
    assert visitor.run(BEYOND, 360) == []
    if page.tiles:  # else nor has it anything to filter
        shown = "return !!document.querySelector('.filters').offsetParent"
        assert visitor.run(shown) is False
        visitor.click("[data-shell=filters]")
        assert visitor.run(shown) is True
        assert visitor.run(SIDEWAYS) <= 0
    for width in (768, 1200):
        visitor.resize(width, 900)
        visitor.until(lambda: visitor.run(SIDEWAYS) <= 0)
        assert visitor.run(BEYOND, width) == []
    assert visitor.run(TOO_WIDE) == []
    assert visitor.run(WRAPPED) == []
