"""How it looks in both themes and on a phone, and whether everybody can use it."""

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
axe.run({ include: document, exclude: ['.dash-dropdown-focus-target'] }, { resultTypes: ['violations'] }).then((found) =>
    done(found.violations
  .filter((v) => ['serious', 'critical'].includes(v.impact))
  .map((v) => `${v.id} (${v.nodes.length}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`)));
"""
SIDEWAYS = "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
BACKGROUND = "return getComputedStyle(document.body).backgroundColor"
LONG_PERIOD = "?period=12m"


def path(page: Page) -> str:
    """The path of a page, with a client of the demo where it is about one."""
    return page.address("C0000012") if page.subject else page.path


def violations(visitor: Visitor) -> list[str]:
    """What axe finds on the page as it stands."""
    if not visitor.run("return !!window.axe"):
        visitor.run(AXE.read_text(encoding="utf-8"))
    visitor.browser.set_script_timeout(60)
    return list(visitor.browser.execute_async_script(RUN_AXE))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_everybody_can_use_the_page(visitor: Visitor, page: Page, theme: str) -> None:
    visitor.go("/login")
    visitor.run("localStorage.setItem('clientscope-theme', arguments[0])", theme)
    visitor.log_in("admin", path(page) + LONG_PERIOD)
    assert visitor.run("return document.documentElement.dataset.theme") == theme
    assert violations(visitor) == []


def test_everybody_can_use_the_records_and_the_explanations(visitor: Visitor) -> None:
    page = PAGES[0]
    tile = next(tile for tile in page.tiles if tile.records)
    visitor.log_in("admin", f"{page.path}?records={tile.name}")
    visitor.until(lambda: visitor.all("#drill-grid .ag-row [col-id=client]"))
    assert violations(visitor) == []
    visitor.click(".drill-panel [data-shell=close]")
    visitor.until(lambda: not visitor.sees(".drill-panel"))
    visitor.click(f"#tile-{tile.name} [data-act=info]")
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_phone_shows_the_page_without_scrolling_sideways(visitor: Visitor, page: Page) -> None:
    visitor.resize(360, 740)
    visitor.log_in("admin", path(page))
    assert visitor.run(SIDEWAYS) <= 0
    beyond = """return [...document.querySelectorAll('.tile[data-tile]')].filter((c) => {
        const box = c.getBoundingClientRect(); return box.left < 0 || box.right > 360; }).map((c) => c.id)"""
    assert visitor.run(beyond) == []
    shown = "return !!document.querySelector('.filters').offsetParent"
    assert visitor.run(shown) is False
    visitor.click("[data-shell=filters]")
    assert visitor.run(shown) is True
    assert visitor.run(SIDEWAYS) <= 0
