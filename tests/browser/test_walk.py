"""The walk that must feel like one movement: from a figure to the person behind it, and back to all as it was left."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest

from data_layer.semantics.formats import day_in_words
from tests.browser.visitor import Visitor

FILTERED = "/pipeline?period=12m&segment=Retail"
CLIENTS = "#tile-{tile} tbody a.to-page"
SCROLLED = "return Math.round(window.scrollY)"
STANDS_AT = """
const line = document.querySelector('.event[aria-current]');
if (!line) return null;
const list = line.closest('.timeline-list').getBoundingClientRect(), own = line.getBoundingClientRect();
let day = line.parentElement;
while (!day.classList.contains('event-day')) day = day.previousElementSibling;
return [line.querySelector('.event-kind').textContent, line.querySelector('.event-what').textContent, day.textContent,
  own.top >= list.top && own.bottom <= list.bottom && own.top >= 0 && own.bottom <= window.innerHeight];
"""
# Where to point the mouse for a mark, in px of the window.
BAR = """
const box = document.querySelectorAll(`#tile-${arguments[0]} .bars .point path`)[1].getBoundingClientRect();
return [box.left + box.width / 2, box.top + box.height / 2];
"""
STATE = """
const plot = document.querySelector(`#tile-${arguments[0]} .plot`);
const place = plot.data.find((trace) => trace.type === 'choropleth').locations.indexOf('TX');
const box = plot.querySelectorAll('.choropleth path')[place].getBoundingClientRect();
return [box.left + box.width / 2, box.top + box.height / 2];
"""
CELL = """
const plot = document.querySelector(`#tile-${arguments[0]} .plot`), box = plot.querySelector('.nsewdrag').getBoundingClientRect();
const { xaxis, yaxis } = plot._fullLayout;
return [box.left + xaxis.l2p(2), box.top + yaxis.l2p(6)];
"""
# A place where a band from a channel to a product lies on top.
BAND = """
const box = document.querySelector(`#tile-${arguments[0]} .plot`).getBoundingClientRect();
for (let x = box.left + 40; x < box.left + box.width / 2 - 20; x += 12)
  for (let y = box.top + 10; y < box.bottom - 10; y += 7) {
    const band = document.elementFromPoint(x, y);
    if (!band || !band.classList.contains('sankey-link')) continue;
    const [channel, product] = band.__data__.link.customdata;
    if (channel && product && !channel.startsWith('Other') && !product.startsWith('Other')) return [x, y];
  }
"""


def clients(visitor: Visitor, tile: str) -> list[str]:
    """Where the names of a tile lead, top to bottom."""
    script = "return [...document.querySelectorAll(arguments[0])].map((a) => a.getAttribute('href'))"
    return list(visitor.run(script, CLIENTS.format(tile=tile)))


def is_on(visitor: Visitor, page: str) -> bool:
    return bool(visitor.run("const p = document.querySelector('.grid-page'); return p && p.dataset.page") == page)


def back(visitor: Visitor, page: str) -> None:
    visitor.browser.back()
    visitor.until(lambda: is_on(visitor, page), f"{page} did not come back")
    visitor.wait_drawn()


def open_client(visitor: Visitor, selector: str) -> str:
    """Follow a client's name; where it leads."""
    address = str(visitor.until(lambda: visitor.one(selector)).get_attribute("href"))
    visitor.click(selector)
    visitor.until(lambda: visitor.path == urlsplit(address).path, "the client's page did not come")
    visitor.until(lambda: is_on(visitor, "client"))
    visitor.wait_drawn()
    return address


@pytest.mark.parametrize("tile", ["waiting", "dropped"])
def test_from_a_stage_to_who_is_in_it_or_was_lost_and_back(visitor: Visitor, tile: str) -> None:
    visitor.log_in("executive", FILTERED)
    begun, everyone = visitor.query, clients(visitor, tile)
    stages = [row[0] for row in visitor.payload("stage_funnel")["table"]["rows"]]
    visitor.click_mark("stage_funnel", stages.index("Qualified"))
    here, chips, listed = visitor.query, visitor.chips(), clients(visitor, tile)
    rows = visitor.payload(tile)["content"]["rows"]
    heads = [column["label"] for column in visitor.payload(tile)["content"]["columns"]]
    assert {row[heads.index("Stage")] for row in rows} == {"Qualified"}
    assert all("day" in row[heads.index("Waiting" if tile == "waiting" else "After")] for row in rows)
    assert ("segment", "Retail") in here
    link = visitor.one(CLIENTS.format(tile=tile))
    visitor.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", link)
    place = visitor.run(SCROLLED)
    assert place > 0

    address = open_client(visitor, CLIENTS.format(tile=tile))
    day = date.fromisoformat(dict(parse_qsl(urlsplit(address).query))["at"])
    kind, what, words, in_sight = visitor.until(lambda: visitor.run(STANDS_AT), "the timeline stands nowhere")
    assert kind == "Stage change"
    assert ("Qualified" if tile == "waiting" else "Lost") in what
    assert words.endswith(day_in_words(day))
    visitor.until(lambda: visitor.run(STANDS_AT)[3], f"{in_sight}: the stage change is out of sight")

    back(visitor, "pipeline")
    assert visitor.query == here
    visitor.until(lambda: visitor.chips() == chips)
    visitor.until(lambda: clients(visitor, tile) == listed)
    visitor.until(lambda: abs(visitor.run(SCROLLED) - place) < 8, "the page does not stand where it was left")
    visitor.changing(visitor.browser.back)
    assert visitor.query == begun
    visitor.until(lambda: clients(visitor, tile) == everyone)


@pytest.mark.causes("grid_closes")
@pytest.mark.parametrize(
    ("tile", "where", "dimensions"),
    [
        ("cohorts", CELL, ["cohort", "month"]),
        ("client_flow", BAND, ["acquisition_channel", "first_category"]),
        ("by_label", BAR, ["attribute.label"]),
        ("by_state", STATE, ["state"]),
    ],
)
def test_from_a_mark_to_its_records_to_a_client_and_back(
    visitor: Visitor, tile: str, where: str, dimensions: list[str]
) -> None:
    visitor.log_in("executive", "/clients?period=12m")
    begun, everybody = visitor.query, visitor.kpi("kpi_total_clients")
    visitor.run(f"document.getElementById('tile-{tile}').scrollIntoView({{block: 'center', behavior: 'instant'}})")

    def click() -> None:
        visitor.mouse(*visitor.run(where, tile))

    visitor.changing(click)
    picked = visitor.query
    names = [value.split("~")[:2] for name, value in picked if name == "pick"]
    assert names == [[tile, dimension] for dimension in dimensions]
    assert visitor.kpi("kpi_total_clients") != everybody
    chips = visitor.chips()
    visitor.menu(tile, "records")
    place = visitor.run(SCROLLED)
    title = visitor.until(lambda: visitor.text("#drill-title"))
    visitor.until(lambda: visitor.one("#drill-grid .ag-row [col-id=client] a"))
    address = open_client(visitor, "#drill-grid .ag-row [col-id=client] a")
    assert "/clients/" in address
    assert not visitor.sees(".drill-panel")

    back(visitor, "clients")
    assert visitor.query == [*picked, ("records", tile)]
    assert visitor.until(lambda: visitor.text("#drill-title")) == title
    visitor.until(lambda: visitor.chips() == chips)
    visitor.until(lambda: abs(visitor.run(SCROLLED) - place) < 8, "the page does not stand where it was left")
    visitor.browser.back()
    visitor.until(lambda: not visitor.sees(".drill-panel"))
    assert visitor.query == picked
    visitor.changing(visitor.browser.back)
    assert (visitor.query, visitor.kpi("kpi_total_clients")) == (begun, everybody)


def test_the_frame_of_a_page_that_is_left_by_its_navigation_begins_at_the_top(visitor: Visitor) -> None:
    visitor.log_in("executive", "/pipeline")
    visitor.run("window.scrollTo(0, document.body.scrollHeight)")
    visitor.click("a.nav-link[href='/clients']")
    visitor.until(lambda: is_on(visitor, "clients"))
    visitor.wait_drawn()
    assert visitor.run(SCROLLED) == 0
