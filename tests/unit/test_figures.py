"""Figures on hand-made answers: valid for Plotly, the right marks in the right order, and clicks that say what they set."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from data_layer.analyses.answer import Answer
from data_layer.analyses.answers import Finding
from data_layer.analyses.comparable import Doubt
from data_layer.analyses.drivers import Sentence
from data_layer.analyses.plain import Breakdown, Trend
from data_layer.semantics.dimensions import DIMENSIONS, WEEKDAYS
from data_layer.semantics.period import Window
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from data_layer.warehouse.tables import UNKNOWN
from layouts import theme
from layouts.figures.categories import bars, donut, hidden_axis
from layouts.figures.funnel import funnel
from layouts.figures.heatmap import activity
from layouts.figures.kpi import kpi
from layouts.figures.maps import RANKED, state_map
from layouts.figures.over_time import aum_forecast, bars_over_time, flows, line_over_time
from layouts.figures.sentences import CHARTS, answers, what_changed
from layouts.figures.tables import MOST_ROWS, as_table, keys_of_rows, table
from layouts.figures.work import FOLLOWUPS_KEPT, followups_kept
from layouts.registry import BY_NAME, PAGES
from layouts.tile import Tile, View

ASSETS = Path(__file__).parents[2] / "assets"
WINDOW = Window(date(2026, 1, 1), date(2026, 4, 1))
MONTHS = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
NAN = math.nan
LONG = "A product whose name is much longer than any axis has room for"
HEX = re.compile(r"#[0-9A-Fa-f]{6}\b")
CHART_TILES = [tile for page in PAGES for tile in page.tiles if tile.view is View.CHART]
# Split by one dimension at most; what is split by more has a test of its own.
PLAIN_TILES = [
    tile for tile in CHART_TILES if isinstance(tile.analysis, Breakdown | Trend) and len(tile.analysis.by) < 2
]


def answer(frame: pd.DataFrame, **facts: Any) -> Answer:
    return Answer(frame, WINDOW, facts)


def split(metric: str, dimension: str, values: dict[str, float], names: dict[str, str] | None = None) -> Answer:
    """A metric split by a dimension, each group resting on ten things."""
    frame = pd.DataFrame({dimension: list(values), metric: list(values.values()), metric + N_SUFFIX: 10.0})
    if names:
        frame[dimension + NAME_SUFFIX] = [names[value] for value in values]
    return answer(frame, total={metric: sum(v for v in values.values() if not math.isnan(v))})


def course(columns: dict[str, list[float]], partial: tuple[str, ...] = ()) -> Answer:
    """Metrics by month, from January 2026 on."""
    length = len(next(iter(columns.values())))
    return answer(pd.DataFrame({"month": MONTHS[:length], **columns}), grain="month", partial=list(partial))


def valid(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces, once Plotly has taken the figure as one of its own and its colours are known to both themes."""
    go.Figure({"data": content["data"], "layout": content["layout"]})
    assert "template" not in content["layout"]
    assert set(colours(content)) <= exchanged()
    return list(content["data"])


def colours(value: Any) -> Iterator[str]:
    """Every colour written as such, however deep."""
    if isinstance(value, str) and HEX.fullmatch(value):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from colours(inner)


def exchanged() -> set[str]:
    """The light colours that the browser knows a dark one for."""
    script = (ASSETS / "10_theme.js").read_text(encoding="utf-8")
    return set(re.findall(r'"(#[0-9A-F]{6})": "#', script))


def test_every_colour_of_the_theme_has_a_dark_one() -> None:
    named = [value for name, value in vars(theme).items() if name.isupper()]
    assert set(colours([list(v.values()) if isinstance(v, dict) else v for v in named])) == exchanged()


BREAKDOWNS = {
    "one": {"NY": 3.0},
    "unknown": {"NY": NAN},
    "some unknown": {"NY": NAN, "CA": 2.0, "TX": 5.0},
    "negative": {"NY": -4.0, "CA": 2.0},
    "all negative": {"NY": -4.0, "CA": -2.0},
    "nothing": {"NY": 0.0, "CA": 0.0},
    "long": {LONG: 1.0, LONG + " too": 2.0},
    "many": {f"S{i:02d}": float(i) for i in range(40)},
}


@pytest.mark.parametrize("case", BREAKDOWNS)
@pytest.mark.parametrize("draw", [donut("aum", "state"), bars("aum", "state"), bars("csat_rate", "state")])
def test_parts_and_ranks_of_any_kind_are_figures(draw: Any, case: str) -> None:
    given = split("aum", "state", BREAKDOWNS[case])
    frame = given.frame.assign(csat_rate=given.frame["aum"], csat_rate__n=10.0)
    (marks,) = valid(draw(answer(frame, total=given.facts["total"])))
    assert len(marks["customdata"]) == len(marks["text"]) > 0


def test_bars_are_ranked_and_the_rest_is_one() -> None:
    values = {f"S{i:02d}": float(i) for i in range(12)}
    (bar,) = valid(bars("interactions", "state")(split("interactions", "state", values)))
    assert bar["x"] == [11, 10, 9, 8, 7, 6, 5, 4, 3, 0 + 1 + 2]
    assert bar["customdata"] == [[f"S{i:02d}"] for i in range(11, 2, -1)] + [["Other (3)"]]
    assert bar["y"] == list(range(10))


def test_rates_have_no_rest() -> None:
    values = {f"S{i:02d}": i / 100 for i in range(12)}
    (bar,) = valid(bars("csat_rate", "state")(split("csat_rate", "state", values)))
    assert bar["customdata"] == [[f"S{i:02d}"] for i in range(11, 1, -1)]
    assert "n = 10 responses" in bar["hovertext"][0]


def test_unknown_bars_come_last_and_are_gaps() -> None:
    (bar,) = valid(bars("aum", "state")(split("aum", "state", BREAKDOWNS["some unknown"])))
    assert bar["x"] == [5.0, 2.0, None]
    assert bar["text"][2] == "—"


def test_an_ordered_dimension_keeps_its_order() -> None:
    ages = DIMENSIONS["age_band"].order
    content = bars("total_clients", "age_band")(
        split("total_clients", "age_band", dict(zip(ages, map(float, range(len(ages))), strict=True)))
    )
    (bar,) = valid(content)
    assert [key for (key,) in bar["customdata"]] == list(ages)


def test_people_read_names_and_a_click_sets_the_id() -> None:
    names = {"A1": "Ann Lee", "A2": "Ann Lee", "A3": LONG}
    content = bars("clients_handled", "staff")(
        split("clients_handled", "staff", {"A1": 1.0, "A2": 2.0, "A3": 3.0}, names)
    )
    (bar,) = valid(content)
    assert bar["customdata"] == [["A3"], ["A2"], ["A1"]]
    written = content["layout"]["yaxis"]["ticktext"]
    assert written[0] == LONG[:27] + "…"
    assert written[1:] == ["Ann Lee", "Ann Lee"]
    assert LONG in bar["hovertext"][0]


@pytest.mark.parametrize("values", [[], [NAN], [0.0], [-3.0, -1.0], [-1.0, 2.0], [5.0]])
def test_the_axis_of_bars_holds_zero_and_every_value(values: list[float]) -> None:
    low, high = hidden_axis(pd.Series(values, dtype=float))["range"]
    known = [value for value in values if not math.isnan(value)]
    assert low < high
    assert low <= min([0.0, *known])
    assert high >= max([0.0, *known])


def test_a_donut_has_six_parts_its_total_and_fixed_colours() -> None:
    values = {"Equity": 70.0, "Balanced": 10.0} | {f"C{i}": 4.0 for i in range(5)}
    content = donut("aum", "product_category")(split("aum", "product_category", values))
    (pie,) = valid(content)
    assert pie["values"] == [70, 10, 4, 4, 4, 8]
    assert pie["customdata"][-1] == ["Other (2)"]
    assert pie["labels"][0].startswith("Equity  70")
    assert pie["marker"]["colors"][:2] == [theme.SLOTS["Equity"], theme.SLOTS["Balanced"]]
    assert pie["marker"]["colors"][-1] == theme.OTHER
    assert content["layout"]["annotations"][0]["text"] == "<b>$100</b>"


def test_a_donut_of_nothing_has_no_shares() -> None:
    (pie,) = valid(donut("aum", "state")(split("aum", "state", BREAKDOWNS["nothing"])))
    assert [label.endswith("—") for label in pie["labels"]] == [True, True]


def test_a_funnel_names_the_shares() -> None:
    frame = pd.DataFrame(
        {
            "stage": ["Lead", "Qualified", "Won"], "opportunities": [200.0, 50.0, 0.0],
            "of_first": [1.0, 0.25, 0.0], "of_previous": [NAN, 0.25, 0.0],
        }
    )  # fmt: skip
    content = funnel(answer(frame, lost=30, open=170))
    (marks,) = valid(content)
    assert marks["customdata"] == [["Lead"], ["Qualified"], ["Won"]]
    assert marks["hovertext"][0] == ""
    assert "25.0" in marks["hovertext"][1]
    assert content["caption"].startswith("30 lost, 170 open")


def heat(**facts: Any) -> Answer:
    cells = [(day, hour, 1.0 if day != "Sunday" else NAN) for day in WEEKDAYS for hour in range(24)]
    frame = pd.DataFrame(cells, columns=["weekday", "hour", "interactions"])
    edges = {"weekdays": [24.0] * 6 + [None], "hours": [6.0] * 24}
    return answer(frame, no_times=False, **edges, **facts)


def test_a_heatmap_has_a_cell_for_every_hour_and_its_totals() -> None:
    content = activity(heat(without_time=1200))
    cells, by_hour, by_day = valid(content)
    assert [len(row) for row in cells["z"]] == [24] * 7
    assert cells["z"][6] == [None] * 24
    assert cells["customdata"][1][23] == ["Tuesday", "23"]
    assert (len(by_hour["y"]), len(by_day["x"])) == (24, 7)
    assert content["caption"].startswith("1,200 contacts")
    assert activity(heat(without_time=0))["caption"] == ""


def test_without_times_there_are_seven_bars() -> None:
    frame = pd.DataFrame({"weekday": WEEKDAYS, "interactions": [1.0] * 6 + [NAN]})
    content = activity(answer(frame, no_times=True))
    (marks,) = valid(content)
    assert (marks["x"][0], marks["y"][6]) == ("Mon", None)
    assert "no times" in content["caption"]


@pytest.mark.parametrize("count", [1, RANKED, RANKED + 5])
def test_a_map_shows_every_state_and_ranks_the_largest(count: int) -> None:
    values = {f"S{i:02d}": float(i) for i in range(count)} | {UNKNOWN: 99.0}
    states, ranked = valid(state_map(split("total_clients", "state", values)))
    assert len(states["z"]) == count
    assert [UNKNOWN] not in states["customdata"] + ranked["customdata"]
    assert ranked["x"] == sorted((float(i) for i in range(count)), reverse=True)[:RANKED]
    assert [key for (key,) in ranked["customdata"]] == ranked["y"]


def test_steps_that_are_not_complete_are_lighter_and_unknown_ones_are_gaps() -> None:
    (bar,) = valid(bars_over_time("interactions")(course({"interactions": [4.0, NAN, 2.0]}, ("2026-03-01",))))
    assert bar["x"] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert bar["y"] == [4.0, None, 2.0]
    assert bar["marker"]["opacity"] == [1, 1, 0.45]
    assert bar["customdata"] == [["2026-01-01"], ["2026-02-01"], ["2026-03-01"]]


@pytest.mark.parametrize("values", [[1.0], [NAN], [-1.0, 0.0, 3.0]])
def test_any_course_is_a_figure(values: list[float]) -> None:
    valid(bars_over_time("aum")(course({"aum": values})))
    layers = valid(followups_kept(course(dict.fromkeys(FOLLOWUPS_KEPT, values))))
    assert [layer["name"] for layer in layers] == ["On time", "Late", "Overdue"]
    assert "Completed on time" in layers[0]["hovertemplate"]
    valid(flows(course(dict.fromkeys(("contributions", "withdrawals", "net_flows"), values))))


def test_money_out_hangs_below_the_line() -> None:
    given = course({"contributions": [9.0, 5.0], "withdrawals": [4.0, NAN], "net_flows": [5.0, 5.0]})
    money_in, money_out, net = valid(flows(given))
    assert (money_in["y"], money_out["y"], net["y"]) == ([9.0, 5.0], [-4.0, None], [5.0, 5.0])


FUTURE = ("forecast", "low80", "high80", "low95", "high95")


def test_a_forecast_begins_where_the_past_ends() -> None:
    rows = {"aum": [10.0, 11.0, NAN]} | {name: [NAN, NAN, 12.0 + i] for i, name in enumerate(FUTURE)}
    traces = {trace.get("name"): trace for trace in valid(aum_forecast(course(rows)))}
    assert traces["AUM"]["y"] == [10.0, 11.0]
    assert traces["AUM"]["customdata"] == [["2026-01-01"], ["2026-02-01"]]
    assert traces["Forecast"]["y"] == [11.0, 12.0]
    assert traces["Forecast"]["line"]["dash"] == "dot"


def test_a_past_without_a_forecast_is_one_line() -> None:
    rows = {"aum": [10.0]} | {name: [NAN] for name in FUTURE}
    (line,) = valid(aum_forecast(course(rows)))
    assert line["y"] == [10.0]


def test_a_forecast_says_its_model_and_how_wrong_that_was() -> None:
    rows = {"aum": [10.0, 11.0, NAN]} | {name: [NAN, NAN, 12.0] for name in FUTURE}
    plain = {"model": "the mean growth", "mape": 0.036, "origins": 19, "baseline": "last year again", "reason": None}
    said = aum_forecast(replace(course(rows), facts=plain | {"baseline_mape": 0.111}))["caption"]
    assert said.startswith("Forecast: the mean growth. In 19 trials on the past it was 3.6\u00a0% off on average")
    assert "(last year again: 11.1\u00a0%)" in said
    unknown = aum_forecast(replace(course(rows), facts=plain | {"mape": None, "baseline_mape": None}))["caption"]
    assert unknown.startswith("Forecast: the mean growth. Bands")
    none = aum_forecast(replace(course(rows), facts={"model": None, "reason": "Too few months."}))
    assert none["caption"] == "Too few months."


@pytest.mark.parametrize("tile", PLAIN_TILES, ids=lambda tile: tile.name)
def test_a_click_on_any_plain_chart_sets_what_the_tile_emits(tile: Tile) -> None:
    marks = [trace for trace in valid(tile.draw(made_up(tile))) if "customdata" in trace]
    assert marks, "nothing can be clicked"
    for trace in marks:
        assert {len(key) for key in trace["customdata"]} == {len(tile.emits)}


def made_up(tile: Tile) -> Answer:
    """An answer in the shape that the tile's analysis gives."""
    if isinstance(tile.analysis, Trend):
        return course({name + end: [1.0, 2.0, 3.0] for name in tile.metrics for end in ("", N_SUFFIX)})
    (dimension,) = tile.analysis.by
    values = DIMENSIONS[dimension].order or ("NY", "CA", "TX")
    frame = pd.DataFrame({dimension: values}).assign(
        **{name + end: 1.0 for name in tile.metrics for end in ("", N_SUFFIX)}
    )
    return answer(frame, total=dict.fromkeys(tile.metrics, float(len(values))))


@pytest.mark.parametrize(
    ("metric", "value", "before", "direction", "good"),
    [
        ("aum", 110.0, 100.0, "up", True),
        ("aum", 90.0, 100.0, "down", False),
        ("followups_overdue_now", 3.0, 5.0, "down", True),
        ("interactions", 3.0, 5.0, "down", None),
        ("aum", 100.0, 100.0, "flat", None),
        ("retention_rate", 0.99104, 0.99141, "flat", None),  # written as 0.0 points
        ("aum", 100.01, 100.0, "flat", None),  # written as 0.0 %
        ("net_flows", -5.0, 5.0, "down", False),
    ],
)
def test_a_card_says_which_way_and_whether_it_is_welcome(
    metric: str, value: float, before: float, direction: str, good: bool | None
) -> None:
    facts = {"value": value, "before": before, "comparison": WINDOW, "course": [1.0, None]}
    content = kpi(metric)(answer(pd.DataFrame(), **facts))
    assert (content["change"]["direction"], content["change"]["good"]) == (direction, good)
    assert content["course"] == [1.0, None]


def test_a_card_of_the_unknown_is_a_dash_and_says_no_direction() -> None:
    content = kpi("csat_rate")(answer(pd.DataFrame(), value=None, before=0.5, comparison=WINDOW))
    assert (content["value"], content["change"]["text"], content["change"]["good"]) == ("—", "—", None)
    assert kpi("csat_rate")(answer(pd.DataFrame(), value=0.5))["change"] is None


def test_a_card_says_in_its_line_why_two_periods_are_not_compared() -> None:
    doubt = Doubt("uneven statements", "Compare whole months.")
    change = kpi("net_flows")(answer(pd.DataFrame(), value=5.0, doubt=doubt, comparison=WINDOW))["change"]
    assert (change["text"], change["versus"]) == ("—", "(uneven statements)")
    assert change["doubt"].startswith("Not compared with ")
    assert change["doubt"].endswith("2026. Compare whole months.")
    unknown = kpi("net_flows")(answer(pd.DataFrame(), value=None, comparison=WINDOW))["change"]
    assert (unknown["versus"][:3], unknown["doubt"]) == ("vs ", None)


def test_a_card_has_its_state_in_a_word_and_its_companions() -> None:
    facts = {"value": 0.8, "state": "watch", "target_text": "Target", "also": {"reply_rate": (NAN, 0)}}
    content = kpi("answered_in_target_rate", dated=True)(answer(pd.DataFrame(), **facts))
    assert content["state"] == {"level": "watch", "word": "Watch"}
    assert content["also"] == [{"label": "Replied", "value": "—", "n": 0}]
    assert "2026" in content["note"]


def sentence(dimension: str | None) -> Sentence:
    value = "NY" if dimension else None
    return Sentence("aum", "AUM rose.", "up", True, 1.0, 2.0, 3.0, dimension, value, value)


def test_findings_lead_to_a_filter_or_to_a_chart() -> None:
    told = what_changed(answer(pd.DataFrame(), sentences=(sentence("state"), sentence(None))))["sentences"]
    assert (told[0]["filter"], told[0]["link"], told[0]["goto"]) == (["state", "NY"], "Filter to NY", None)
    assert (told[1]["filter"], told[1]["goto"]) == (None, "aum_trend")
    quiet = what_changed(answer(pd.DataFrame(), sentences=(), note="Nothing to compare with."))["sentences"]
    assert [one["text"] for one in quiet] == ["Nothing to compare with."]


def test_questions_keep_their_order_and_lead_to_their_chart() -> None:
    findings = (Finding("Who?", "Ann.", "staff_clients", True), Finding("When?", "In May.", "activity", True))
    told = answers(answer(pd.DataFrame(), findings=findings))["sentences"]
    assert [(one["question"], one["goto"]) for one in told] == [("Who?", "staff_clients"), ("When?", "activity")]


def test_every_chart_that_a_finding_leads_to_is_on_the_page() -> None:
    assert set(CHARTS.values()) <= {tile.name for tile in BY_NAME["executive"].tiles}


def test_a_table_shows_the_first_and_says_how_many_more() -> None:
    names = {"C3": "Cy", "C1": "Ann", "C2": LONG}
    given = split("interactions", "customer", {"C3": 12_345.0, "C1": 1.0, "C2": NAN}, names)
    draw = table(("customer", "interactions"), key="customer", most=2)
    content = draw(given)
    assert [column["number"] for column in content["columns"]] == [False, True]
    assert content["rows"][0][0] == "Cy"
    assert content["keys"] == [["C3"], ["C1"]]
    assert content["more"] == 1
    assert draw(replace(given, facts={"groups": 600}))["more"] == 598  # of an answer that holds only the largest


def test_the_table_view_is_exact_and_cuts_what_nobody_reads() -> None:
    answer = split("aum", "state", {f"S{i}": i + 0.25 for i in range(MOST_ROWS + 3)})
    content = as_table(answer.columns)
    assert [column["label"] for column in content["columns"]] == ["State", "Assets under management", "n (accounts)"]
    assert content["rows"][1] == ["S1", "$1.25", "10"]
    assert (len(content["rows"]), content["cut"]) == (MOST_ROWS, 3)


def test_a_table_writes_days_and_gaps_in_words() -> None:
    figures = {"month": [MONTHS[0]], "note": [None], "level": [0.5], "share": [0.5], "aum": [NAN]}
    assert as_table(figures)["rows"] == [["1 Jan 2026", "—", "0.5", "50.00\u00a0%", "—"]]


def test_bars_without_a_rest_say_how_many_there_are() -> None:
    values = {f"S{i:02d}": float(i) for i in range(12)}
    content = bars("interactions", "state", rest=False)(split("interactions", "state", values))
    (bar,) = valid(content)
    assert bar["customdata"] == [[f"S{i:02d}"] for i in range(11, 1, -1)]
    assert content["caption"] == "The 10 largest of 12."
    few = bars("interactions", "state", rest=False)(split("interactions", "state", {"NY": 1.0}))
    assert "caption" not in few


def test_a_line_marks_steps_that_are_not_complete() -> None:
    (line,) = valid(line_over_time("interactions")(course({"interactions": [1.0, NAN, 3.0]}, ("2026-03-01",))))
    assert line["y"] == [1.0, None, 3.0]
    assert line["marker"]["color"] == [theme.CATEGORIES[0], theme.CATEGORIES[0], theme.CARD]
    assert line["customdata"] == [["2026-01-01"], ["2026-02-01"], ["2026-03-01"]]


def test_few_bars_leave_more_of_their_place_free() -> None:
    def gap(count: int) -> float:
        values = {f"T{number}": float(number + 1) for number in range(count)}
        return float(
            bars("clients_handled", "staff")(split("clients_handled", "staff", values))["layout"].get("bargap", 0)
        )

    assert gap(1) > gap(2) > gap(4) > 0 == gap(6)


def test_rows_of_the_table_behind_a_chart_pick_what_its_marks_do() -> None:
    columns = {"weekday": ["Monday", "Sunday"], "hour": [9, 10], "interactions": [1.0, 2.0]}
    assert keys_of_rows(columns, ("weekday", "hour")) == [["Monday", "9"], ["Sunday", "10"]]
    assert keys_of_rows({"month": [date(2026, 1, 1)], "movement": [None]}, ("month",)) == [["2026-01-01"]]
    assert keys_of_rows({"movement": [None, "New"]}, ("movement",)) == [None, ["New"]]
    assert keys_of_rows(columns, ("segment",)) == []
    assert keys_of_rows(columns, ()) == []


@pytest.mark.parametrize("tile", PLAIN_TILES, ids=lambda tile: tile.name)
def test_every_plain_chart_can_be_picked_from_in_its_table(tile: Tile) -> None:
    given = made_up(tile)
    marks = [tuple(key) for trace in tile.draw(given)["data"] for key in trace.get("customdata", [])]
    # The made-up course is by month, whatever the steps of the tile are.
    columns = {tile.emits[0] if name == "month" else name: column for name, column in given.columns.items()}
    rows = [tuple(key) for key in keys_of_rows(columns, tile.emits) if key]
    assert set(marks) <= {*rows, *(mark for mark in marks if mark[0].startswith("Other ("))}
    assert rows
