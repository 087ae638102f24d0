"""What a card offers: its records, its table, its explanation, its full screen, and the keyboard."""

import csv
import io
import json
from datetime import date, datetime

import pytest
from selenium.webdriver.common.keys import Keys

from data_layer.semantics.metrics import METRICS
from layouts.registry import BY_NAME
from layouts.tile import View
from tests.browser.visitor import Visitor

STAFF, EXECUTIVE = BY_NAME["staff"], BY_NAME["executive"]
INTERACTIONS = next(tile for tile in STAFF.tiles if tile.view is View.KPI and tile.metrics[0] == "interactions")
CHART = next(tile for tile in EXECUTIVE.tiles if tile.emits == ("segment",))
TABLE = next(tile for tile in EXECUTIVE.tiles if tile.view is View.TABLE and tile.emits)
ROWS = "#drill-grid .ag-center-cols-container .ag-row"


@pytest.fixture
def staff(visitor: Visitor) -> Visitor:
    """A visitor on the page of own work, over the last twelve months."""
    visitor.log_in("staff", "/?period=12m")
    return visitor


def open_records(visitor: Visitor) -> None:
    visitor.click(f"#tile-{INTERACTIONS.name} .kpi-value")
    visitor.until(lambda: cells(visitor, "opened"), "the grid stays empty")


def cells(visitor: Visitor, field: str) -> list[str]:
    """The texts of a column, top to bottom, as far as the grid has drawn them."""
    script = """return [...document.querySelectorAll(`#drill-grid .ag-row [col-id=${arguments[0]}]`)]
        .sort((a, b) => a.closest('.ag-row').getAttribute('row-index') - b.closest('.ag-row').getAttribute('row-index'))
        .map((c) => c.textContent).filter((t) => t)"""
    return list(visitor.run(script, field))


def days(visitor: Visitor) -> list[date]:
    """The days in the first column, top to bottom."""
    return [datetime.strptime(text, "%d %b %Y").date() for text in cells(visitor, "opened")]


def records_in_title(visitor: Visitor) -> int:
    return int(visitor.text("#drill-title").split(": ")[1].split()[0].replace(",", ""))


def test_a_figure_leads_to_as_many_records(staff: Visitor) -> None:
    open_records(staff)
    count = int(staff.kpi(INTERACTIONS.name).split()[0].replace(",", ""))
    assert records_in_title(staff) == count > 100
    assert ("records", INTERACTIONS.name) in staff.query
    shown = "return dash_ag_grid.getApi('drill-grid').getDisplayedRowCount()"
    assert staff.until(lambda: staff.run(shown) == count)


def test_records_are_sorted_by_the_server_and_more_come_by_scrolling(staff: Visitor) -> None:
    open_records(staff)
    newest = days(staff)[0]
    staff.click("#drill-grid .ag-header-cell[col-id=opened] .ag-header-cell-label")
    oldest = staff.until(lambda: next((one for one in days(staff)[:1] if one < newest), None))
    assert days(staff) == sorted(days(staff))
    staff.run("document.querySelector('#drill-grid .ag-body-viewport').scrollTop = 34 * 150")
    later = staff.until(lambda: [one for one in days(staff) if one > oldest][-1:] if last_index(staff) > 140 else None)
    assert later[0] >= oldest


def last_index(visitor: Visitor) -> int:
    """The number of the last row that has been drawn with its values."""
    script = """return Math.max(-1, ...[...document.querySelectorAll('#drill-grid .ag-row')]
        .filter((r) => r.querySelector('[col-id=opened]')?.textContent).map((r) => +r.getAttribute('row-index')))"""
    return int(visitor.run(script))


def test_the_csv_holds_every_record(staff: Visitor) -> None:
    open_records(staff)
    count = records_in_title(staff)
    staff.click("#drill-csv")
    rows = list(csv.reader(io.StringIO(staff.downloaded(f"{INTERACTIONS.name}-records.csv"))))
    assert len(rows) == count + 1
    assert "Client no." in rows[0]


@pytest.mark.causes("grid_closes")
def test_escape_the_button_and_back_close_the_records(staff: Visitor) -> None:
    open_records(staff)
    staff.press(Keys.ESCAPE)
    staff.until(lambda: not staff.sees(".drill-panel"))
    assert "records" not in dict(staff.query)
    open_records(staff)
    staff.click(".drill-panel [data-shell=close]")
    staff.until(lambda: not staff.sees(".drill-panel"))
    open_records(staff)
    staff.browser.back()
    staff.until(lambda: not staff.sees(".drill-panel"))
    assert "records" not in dict(staff.query)


def test_a_chart_as_table_and_back(visitor: Visitor) -> None:
    visitor.log_in("executive")
    body = f"#tile-{CHART.name} .tile-body"
    marks = visitor.figure(CHART.name)[0]["marks"]
    visitor.menu(CHART.name, "table")
    assert len(visitor.all(f"{body} tbody tr")) == marks
    assert METRICS[CHART.metrics[0]].label in visitor.text(f"{body} thead")
    visitor.menu(CHART.name, "table")
    assert visitor.one(f"{body} .plot .main-svg")


def test_the_figures_of_a_tile_come_as_csv(visitor: Visitor) -> None:
    visitor.log_in("executive", "/?segment=Retail")
    visitor.menu(CHART.name, "csv")
    text = visitor.downloaded(f"{CHART.name}.csv")
    assert text.startswith(f"# {CHART.title}")
    assert "Retail" in text.splitlines()[1]


def test_the_explanation_says_definition_formula_number_and_zone(visitor: Visitor) -> None:
    visitor.log_in("executive")
    visitor.click(f"#tile-{CHART.name} [data-act=info]")
    words = visitor.text(f"#tile-{CHART.name} .pop-info")
    metric = METRICS[CHART.metrics[0]]
    for part in (metric.label, metric.definition, metric.formula, "n = ", "days in America/New_York", "Data as of"):
        assert part in words, part
    visitor.press(Keys.ESCAPE)
    assert not visitor.one(".pop-info")


def test_full_screen_grows_the_chart_and_escape_ends_it(visitor: Visitor) -> None:
    visitor.log_in("executive")
    width = f"return document.querySelector('#tile-{CHART.name} .plot .main-svg').getBoundingClientRect().width"
    before = visitor.run(width)
    visitor.menu(CHART.name, "full")
    visitor.until(lambda: visitor.run(width) > 1000)
    visitor.press(Keys.ESCAPE)
    visitor.until(lambda: visitor.run(width) == before)


def test_a_menu_works_by_keyboard(visitor: Visitor) -> None:
    visitor.log_in("executive")
    visitor.run("document.querySelector(arguments[0]).focus()", f"#tile-{CHART.name} [data-act=info]")
    visitor.press(Keys.TAB)
    focused = "return document.activeElement.dataset.act || ''"
    assert visitor.run(focused) == "menu"
    visitor.press(Keys.ENTER)
    assert visitor.run(focused) == "records"
    visitor.press(Keys.ARROW_DOWN)
    assert visitor.run(focused) == "table"
    visitor.press(Keys.ENTER)
    assert visitor.one(f"#tile-{CHART.name} .tile-body table")


def test_a_row_of_a_table_works_by_keyboard(visitor: Visitor) -> None:
    visitor.log_in("executive")
    visitor.run("document.querySelector(arguments[0]).focus()", f"#tile-{TABLE.name} .table-wrap")
    visitor.press(Keys.TAB)
    assert visitor.run("return document.activeElement.className").startswith("pickable")
    visitor.changing(lambda: visitor.press(Keys.ENTER))
    assert len(visitor.chips()) == 1
    assert visitor.query[0][1].startswith(f"{TABLE.name}~{TABLE.emits[0]}~")


def test_a_mark_of_a_chart_can_be_picked_by_keyboard_in_its_table(visitor: Visitor) -> None:
    visitor.log_in("executive")
    body = f"#tile-{CHART.name} .tile-body"
    visitor.menu(CHART.name, "table")
    key = json.loads(visitor.all(f"{body} tbody tr")[1].get_attribute("data-key") or "[]")
    visitor.run("document.querySelectorAll(arguments[0])[1].focus()", f"{body} tbody tr")
    visitor.changing(lambda: visitor.press(Keys.ENTER))
    assert visitor.query == [("pick", f"{CHART.name}~segment~{key[0]}")]
    assert visitor.chips() == [f"Segment: {key[0]}"]
    assert [row.get_attribute("aria-selected") for row in visitor.all(f"{body} tbody tr")].count("true") == 1
    visitor.run("document.querySelectorAll(arguments[0])[1].focus()", f"{body} tbody tr")
    visitor.changing(lambda: visitor.press(Keys.ENTER))
    assert visitor.chips() == []


NEGATIVE = """
const plot = document.querySelector('#tile-roi_by_campaign .plot');
const box = (node) => node.getBoundingClientRect();
const names = [...plot.querySelectorAll('.ytick text')].map(box), bars = [...plot.querySelectorAll('.bars .point')];
const texts = bars.map((bar) => box(bar.querySelector('text')));
const edge = box(plot);
return [Math.min(...plot.data[0].x), Math.min(...texts.map((t) => t.left)) - Math.max(...names.map((n) => n.right)),
  edge.right - Math.max(...texts.map((t) => t.right))];
"""


NAMES = "return [...document.querySelectorAll('#tile-roi_by_campaign .ytick text')].map((text) => text.textContent)"


def test_values_of_bars_below_zero_stand_beside_the_names_which_are_short_on_a_phone(visitor: Visitor) -> None:
    visitor.resize(360, 900)
    visitor.log_in("marketer", "/campaigns?period=all")
    lowest, between, spare = visitor.run(NEGATIVE)
    assert lowest < 0
    assert (between >= 0, spare >= 0) == (True, True)
    short = visitor.run(NAMES)
    assert any(name.endswith("…") for name in short)
    visitor.resize(1440, 900)
    visitor.until(lambda: not any(name.endswith("…") for name in visitor.run(NAMES)))
    assert len(visitor.run(NAMES)) == len(short)
    assert [value >= 0 for value in visitor.run(NEGATIVE)] == [False, True, True]


def test_days_along_the_bottom_of_a_chart_lie_level_on_a_phone(visitor: Visitor) -> None:
    visitor.resize(360, 740)
    visitor.log_in("executive", "/clients")
    turned = """return [...document.querySelectorAll('#tile-added_by_day .xtick text')].map((t) =>
        t.getAttribute('transform') || '').filter((t) => /rotate\\((?!0,)/.test(t))"""
    assert visitor.all("#tile-added_by_day .xtick text")
    assert visitor.run(turned) == []


def test_a_chart_fills_its_card_when_words_beside_it_have_stretched_the_row(visitor: Visitor) -> None:
    visitor.log_in("executive", "/?period=30d")
    for search in ("?period=12m", "?period=7d", "?period=12m"):
        visitor.changing(lambda search=search: visitor.run("clientscope.visit({ search: arguments[0] })", search))
        visitor.until(lambda: visitor.run("return document.body.dataset.pending") == "0")
        wrong = visitor.run(
            "return [...document.querySelectorAll('.tile .plot')].map((plot) => [plot.closest('.tile').id,"
            " plot.layout.height - plot.parentElement.clientHeight, plot.layout.width - plot.parentElement.clientWidth])"
            ".filter(([, height, width]) => height || width)"
        )
        assert wrong == [], search


def test_a_window_whose_size_changes_before_the_cards_are_built_does_no_harm(visitor: Visitor) -> None:
    """A card comes empty, and the browser may tell of a new size just then; the console stays silent."""
    visitor.log_in("executive")
    visitor.run("document.querySelector('.tile').replaceChildren(); window.dispatchEvent(new Event('resize'))")
    widths = "return [...document.querySelectorAll('.plot')].map((plot) => plot.layout.width)"
    before = visitor.run(widths)
    visitor.resize(1200, 900)
    visitor.until(lambda: visitor.run(widths) != before)
