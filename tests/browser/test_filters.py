"""Filters, periods and picks: the chip, the link and the numbers say the same, and the way back works."""

import pytest

from data_layer.semantics.formats import exact
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from layouts import ids
from layouts.filters import ATTRIBUTES
from layouts.page import Page
from layouts.registry import BY_NAME
from layouts.tile import Tile, View
from tests.browser.visitor import Visitor

EXECUTIVE = BY_NAME["executive"]


def kpi_of(page: Page, metric: str) -> Tile:
    return next(tile for tile in page.tiles if tile.view is View.KPI and tile.metrics[0] == metric)


def chart_by(page: Page, dimension: str) -> Tile:
    return next(tile for tile in page.tiles if tile.view is View.CHART and tile.emits == (dimension,))


CLIENTS = kpi_of(EXECUTIVE, "total_clients")
BY_SEGMENT = chart_by(EXECUTIVE, "segment")


def expected(visitor: Visitor, login: str, search: str, metric: str = "total_clients") -> str:
    """The figure by the same registry, but past the server, the cache and the browser."""
    result = run(Query((metric,)), Selection.parse(search), visitor.site.viewer(login), visitor.site.data())
    return exact(result.value(metric), METRICS[metric].unit)


@pytest.fixture
def executive(visitor: Visitor) -> Visitor:
    """A visitor on the executive page."""
    visitor.log_in("executive")
    return visitor


def segment_control() -> str:
    return ids.filter_of(EXECUTIVE.name, "segment")


def test_a_filter_changes_chip_link_and_numbers_and_its_chip_takes_it_back(executive: Visitor) -> None:
    everyone = executive.kpi(CLIENTS.name)
    assert everyone == expected(executive, "executive", "")
    executive.changing(lambda: executive.choose(segment_control(), "Retail"))
    assert executive.query == [("segment", "Retail")]
    assert executive.chips() == ["Segment: Retail"]
    filtered = executive.kpi(CLIENTS.name)
    assert filtered == expected(executive, "executive", "segment=Retail") != everyone
    executive.changing(lambda: executive.choose(segment_control(), "Private"))
    assert executive.query == [("segment", "Retail"), ("segment", "Private")]
    assert executive.kpi(CLIENTS.name) == expected(executive, "executive", "segment=Retail&segment=Private")
    executive.changing(lambda: executive.click("#chips .chip"))
    assert executive.chips() == ["Segment: Private"]
    assert "Private" in executive.text(f"#{segment_control()}")
    executive.changing(lambda: executive.click("#reset"))
    assert (executive.query, executive.chips()) == ([], [])
    assert executive.kpi(CLIENTS.name) == everyone


def test_the_period_changes_the_numbers(executive: Visitor) -> None:
    flows = kpi_of(EXECUTIVE, "net_flows")
    period = ids.filter_of(EXECUTIVE.name, "period")
    executive.changing(lambda: executive.choose(period, "Last 12 months"))
    assert executive.query == [("period", "12m")]
    assert executive.kpi(flows.name) == expected(executive, "executive", "period=12m", "net_flows")
    assert executive.text("#page-words").startswith("Last 12 months")


def test_a_custom_period_is_two_days_of_the_calendar(executive: Visitor) -> None:
    executive.choose(ids.filter_of(EXECUTIVE.name, "period"), "Custom")
    first, last = executive.until(lambda: executive.all("#dates input"))
    executive.run("arguments[0].value = '2026-03-01'; arguments[1].value = '2026-02-01'", first, last)
    executive.click("#dates button")
    assert "not before it" in executive.until(lambda: executive.text("#toast"))
    executive.run("arguments[0].value = '2026-03-01'; arguments[1].value = '2026-04-30'", first, last)
    executive.changing(lambda: executive.click("#dates button"))
    assert executive.query == [("from", "2026-03-01"), ("to", "2026-05-01")]
    flows = kpi_of(EXECUTIVE, "net_flows")
    assert executive.kpi(flows.name) == expected(executive, "executive", "from=2026-03-01&to=2026-05-01", "net_flows")
    assert "Custom" in executive.text(f"#{ids.filter_of(EXECUTIVE.name, 'period')}")


def faded(visitor: Visitor) -> list[int]:
    """The marks of the segments' chart that stay in full colour."""
    return list(visitor.figure(BY_SEGMENT.name)[0].get("selectedpoints") or [])


def test_a_click_on_a_mark_filters_the_other_tiles_and_a_second_takes_it_back(executive: Visitor) -> None:
    everyone = executive.kpi(CLIENTS.name)
    marks = executive.figure(BY_SEGMENT.name)[0]["marks"]
    (value,) = executive.click_mark(BY_SEGMENT.name, 0)
    assert executive.query == [("pick", f"{BY_SEGMENT.name}~segment~{value}")]
    assert executive.chips() == [f"Segment: {value}"]
    assert executive.kpi(CLIENTS.name) == expected(executive, "executive", f"segment={value}") != everyone
    assert (executive.figure(BY_SEGMENT.name)[0]["marks"], faded(executive)) == (marks, [0])
    executive.click_mark(BY_SEGMENT.name, 0)
    assert (executive.query, executive.chips(), faded(executive)) == ([], [], [])
    assert executive.kpi(CLIENTS.name) == everyone


def test_a_click_elsewhere_moves_the_pick_and_ctrl_adds_to_it(executive: Visitor) -> None:
    executive.click_mark(BY_SEGMENT.name, 0)
    (first,) = executive.click_mark(BY_SEGMENT.name, 1)
    assert executive.chips() == [f"Segment: {first}"]
    (second,) = executive.click_mark(BY_SEGMENT.name, 0, add=True)
    assert set(executive.chips()) == {f"Segment: {first}", f"Segment: {second}"}
    assert faded(executive) == [0, 1]
    both = expected(executive, "executive", f"segment={first}&segment={second}")
    assert executive.kpi(CLIENTS.name) == both


def test_a_row_of_a_table_picks(executive: Visitor) -> None:
    tile = next(tile for tile in EXECUTIVE.tiles if tile.view is View.TABLE and tile.emits == ("customer",))
    row = f"#tile-{tile.name} tr.pickable"
    name = executive.text(f"{row} td")
    executive.changing(lambda: executive.click(row))
    assert executive.chips() == [f"Client: {name}"]
    assert executive.kpi(CLIENTS.name) == "1"
    assert executive.one(row).get_attribute("aria-selected") == "true"
    assert len(executive.all(f"{row}.faded")) == len(executive.all(row)) - 1
    executive.changing(lambda: executive.click(row))
    assert executive.chips() == []


def test_a_real_click_with_the_mouse_on_a_bar_picks(executive: Visitor) -> None:
    """The other tests tell Plotly of the click; here the pointer goes to the bar itself."""
    bar = executive.until(lambda: executive.one(f"#tile-{BY_SEGMENT.name} .plot .bars .point path"))
    executive.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", bar)
    box = executive.run(
        "const b = arguments[0].getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]", bar
    )

    def click() -> None:
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            at = {"type": kind, "x": box[0], "y": box[1], "button": "none" if kind == "mouseMoved" else "left"}
            executive.browser.execute_cdp_cmd("Input.dispatchMouseEvent", at | {"clickCount": 1})

    executive.changing(click)
    assert executive.query[0][1].startswith(f"{BY_SEGMENT.name}~segment~")
    assert len(executive.chips()) == 1


def test_reload_back_forward_and_a_copied_link_keep_everything(executive: Visitor) -> None:
    executive.changing(lambda: executive.choose(segment_control(), "Retail"))
    executive.click_mark(chart_by(EXECUTIVE, "country").name, 0)
    link, chips, shown = executive.browser.current_url, executive.chips(), executive.kpi(CLIENTS.name)
    executive.browser.refresh()
    executive.wait_drawn()
    assert (executive.browser.current_url, executive.chips(), executive.kpi(CLIENTS.name)) == (link, chips, shown)
    executive.changing(executive.browser.back)
    assert executive.chips() == ["Segment: Retail"]
    executive.changing(executive.browser.back)
    assert (executive.chips(), executive.query) == ([], [])
    assert "Retail" not in executive.text(f"#{segment_control()}")
    executive.changing(executive.browser.forward)
    executive.changing(executive.browser.forward)
    assert (executive.chips(), executive.kpi(CLIENTS.name)) == (chips, shown)
    executive.browser.delete_all_cookies()
    executive.browser.get(link)
    assert executive.path == "/login"
    executive.fill_login("admin", executive.site.password)
    executive.wait_drawn()
    assert (executive.browser.current_url, executive.chips(), executive.kpi(CLIENTS.name)) == (link, chips, shown)


def test_what_a_link_asks_for_in_vain_is_said(visitor: Visitor) -> None:
    visitor.log_in("executive", "/?period=never&segment=Nobody")
    assert "period “never”" in visitor.text("#notices")
    assert visitor.chips() == ["Segment: Nobody"]
    assert visitor.kpi(CLIENTS.name) == "0"
    visitor.changing(lambda: visitor.choose(segment_control(), "Retail"))
    assert visitor.chips() == ["Segment: Nobody", "Segment: Retail"]


def test_every_attribute_of_clients_is_in_one_control(executive: Visitor) -> None:
    control = ids.filter_of(EXECUTIVE.name, ATTRIBUTES)
    executive.click(".more-filters > summary")
    executive.changing(lambda: executive.choose(control, "Label: VIP"))
    assert executive.query == [("attribute.label", "VIP")]
    assert executive.chips() == ["Label: VIP"]
    assert executive.kpi(CLIENTS.name) == expected(executive, "executive", "attribute.label=VIP")
    assert "Label: VIP" in executive.text(f"#{control}")
    executive.changing(lambda: executive.click("#chips .chip"))
    assert executive.query == []
    assert "VIP" not in executive.text(f"#{control}")
