"""The figures of the clients' page on hand-made answers: valid, adding up, and clicks that say what they set."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from data_layer.analyses.answer import Answer
from data_layer.analyses.client_list import Listed
from data_layer.analyses.client_value import BINS, POINTS
from data_layer.semantics.listing import Listing
from data_layer.semantics.period import Window
from data_layer.semantics.selection import Selection
from layouts.figures.client_flow import COLUMNS, flow
from layouts.figures.client_value import in_money, step_number, value_by_tenure
from layouts.figures.cohorts import retention
from layouts.figures.growth import acquisition, waterfall
from layouts.figures.listing import CLIENTS, client_list
from tests.unit.test_figures import valid

WINDOW = Window(date(2026, 10, 23), date(2026, 11, 22))
AS_OF, FIRST = date(2026, 11, 21), date(2015, 1, 1)


def growth(start: int, new: int, returned: int, lost: int, *, knows: bool = True) -> Answer:
    steps = [
        ("Start of 23 Oct 2026", None, start), ("New", "New", new), ("Returned", "Returned", returned),
        ("Lost", "Lost", -lost), ("End of 21 Nov 2026", None, start + new + returned - lost),
    ]  # fmt: skip
    facts = {"start": start, "end": steps[-1][2], "knows_losses": knows}
    return Answer(pd.DataFrame(steps, columns=["step", "movement", "clients"]), WINDOW, facts)


@pytest.mark.parametrize("numbers", [(6743, 128, 1, 29), (0, 5, 0, 0), (10, 0, 0, 10), (100, 0, 0, 0), (5, 3, 0, 7)])
def test_each_move_hangs_where_the_one_before_ended(numbers: tuple[int, int, int, int]) -> None:
    start, new, returned, lost = numbers
    (bar,) = valid(waterfall(growth(*numbers)))
    tops = [base + height for base, height in zip(bar["base"], bar["y"], strict=True)]
    assert tops[:4] == [start, start + new, start + new + returned, start + new + returned]
    assert bar["base"][3] == tops[4] == start + new + returned - lost
    assert [key and key[0] for key in bar["customdata"]] == [None, "New", "Returned", "Lost", None]


def test_a_waterfall_says_where_its_axis_begins_and_what_nobody_knows() -> None:
    small = waterfall(growth(6743, 128, 1, 29, knows=False))
    low, high = small["layout"]["yaxis"]["range"]
    assert 0 < low < 6743 < 6872 < high
    assert small["caption"].startswith(f"The axis begins at {low:,.0f}, not at zero. Who left is not known")
    assert small["data"][0]["text"] == ["6,743", "+128", "+1", "−29", "6,843"]
    large = waterfall(growth(10, 100, 0, 0))
    assert (large["layout"]["yaxis"]["range"][0], large["caption"]) == (0, "")


def added(**facts: Any) -> Answer:
    frame = pd.DataFrame({"week": [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)]}).assign(
        clients_added=[29.0, 32.0, 24.0], clients_added__n=[29.0, 32.0, 24.0], growth=[float("nan"), 0.43, 0.32]
    )
    known = {"last": date(2026, 11, 9), "added": 32.0, "added_before": 29.0, "growth": 0.0043}
    return Answer(frame, WINDOW, {"grain": "week", "partial": ["2026-11-16"]} | known | facts)


def test_the_speed_of_growth_stands_below_its_bars() -> None:
    content = acquisition(added())
    (bars,) = valid(content)
    assert (
        content["caption"]
        == "Week to 15 Nov 2026: 32 added, +10.3\u00a0% on the week before (29); 0.43\u00a0% growth a week."
    )
    assert bars["customdata"] == [["2026-11-02"], ["2026-11-09"], ["2026-11-16"]]
    assert bars["marker"]["opacity"] == [1, 1, 0.45]
    assert bars["hovertext"] == [
        "",
        "<br>0.43 % on top of the clients before",
        "<br>0.32 % on top of the clients before",
    ]
    assert acquisition(added(last=None))["caption"] == ""
    alone = acquisition(added(added_before=None, growth=None))
    assert alone["caption"] == "Week to 15 Nov 2026: 32 added."


def cohorts(count: int) -> Answer:
    rows = [
        (f"2025-{number:02d}", f"M{number} 2025", on, date(2025, number + on, 1), 1 - on / 10, 50.0 + number)
        for number in range(1, count + 1)
        for on in range(count - number + 1)
    ]
    columns = ["cohort", "cohort__name", "months_on", "month", "cohort_retention", "cohort_retention__n"]
    return Answer(pd.DataFrame(rows, columns=columns), WINDOW)


def test_cohorts_are_a_triangle_and_a_cell_sets_cohort_and_month() -> None:
    content = retention(cohorts(3))
    heat, mean = valid(content)
    assert heat["z"] == [[1.0, 0.9, 0.8], [1.0, 0.9, None], [1.0, None, None]]
    assert heat["customdata"][1] == [["2025-02", "2025-02-01"], ["2025-02", "2025-03-01"], None]
    assert mean["y"] == pytest.approx([1.0, 0.9, 0.8])
    assert "customdata" not in mean
    assert content["layout"]["yaxis"]["ticktext"][0] == "M1 2025  (51)"
    assert "90.0\u00a0% of 52 clients" in heat["text"][1][1]


def test_one_cohort_that_lost_nobody_is_a_figure_too() -> None:
    valid(retention(cohorts(1)))


def flows() -> Answer:
    rows = [(f"C{n}", "Equity", "Active", float(n)) for n in range(1, 9)] + [("C1", "No product", "Inactive", 4.0)]
    return Answer(pd.DataFrame(rows, columns=[*COLUMNS, "total_clients"]), WINDOW)


def test_a_flow_keeps_its_width_from_column_to_column() -> None:
    (trace,) = valid(flow(flows()))
    links, nodes = trace["link"], trace["node"]
    first = sum(v for v, key in zip(links["value"], links["customdata"], strict=True) if key[2] is None)
    assert first == sum(links["value"]) / 2 == 40
    assert nodes["label"] == [
        "C8  8", "C7  7", "C6  6", "C1  5", "C5  5", "Other (3)  9", "Equity  36", "No product  4", "Active  36",
        "Inactive  4",
    ]  # fmt: skip
    assert nodes["customdata"][0] == ["C8", None, None]
    assert nodes["customdata"][5] == ["Other (3)", None, None]
    assert ["C8", "Equity", None] in links["customdata"]
    assert [None, "Equity", "Active"] in links["customdata"]
    assert all(0 < place < 1 for place in nodes["y"])


def test_a_density_has_a_cell_per_half_year_and_band() -> None:
    rows = [("0–0.5 years", "20–50 k", 4.0), ("1–1.5 years", "100–200 k", 1.0), ("Unknown", "20–50 k", 1.0)]
    frame = pd.DataFrame(rows, columns=["tenure_step", "balance_band", "total_clients"])
    content = value_by_tenure(Answer(frame, WINDOW, {"kind": BINS, "without": 7}))
    (heat,) = valid(content)
    assert heat["z"] == [[2.0, None, None], [None, None, None], [None, None, 1.0]]
    assert heat["customdata"][2][2] == [None, "1–1.5 years", "100–200 k"]
    assert content["caption"].endswith("Without a balance, not drawn: 7.")
    assert [step_number(step) for step in ("10.5–11 years", "Unknown")] == [21, None]


def test_few_clients_are_points_that_set_a_client() -> None:
    frame = pd.DataFrame({"customer": ["A", "B"], "customer__name": ["Ann", None], "tenure_years": [1.5, 2.0]})
    content = value_by_tenure(Answer(frame.assign(aum=[100.0, 0.0]), WINDOW, {"kind": POINTS, "without": 0}))
    (points,) = valid(content)
    assert points["customdata"] == [["A", None, None]]
    assert points["text"] == ["<b>Ann</b><br>1.5 years, $100.00"]
    assert content["caption"] == "With nothing or a debt, not drawn: 1."


def test_a_list_is_a_page_of_rows_with_their_addresses() -> None:
    row = dict.fromkeys((column.name for column in CLIENTS), None) | {
        "client_id": "C 1/2", "client": None, "balance": 12.5, "interactions": 3.0, "first_seen": date(2026, 1, 2),
    }  # fmt: skip
    facts = {"listing": Listing("ann", "-balance", 3), "total": 51, "pages": 3}
    content = client_list(Listed(pd.DataFrame([row], dtype=object), WINDOW, facts))
    assert content["rows"] == [["C 1/2", "C 1/2", "—", "—", "—", "—", "—", "2 Jan 2026", "$12.50", "3", "—"]]
    assert content["links"] == ["/clients/C%201%2F2"]
    assert (content["words"], content["sort"], content["descending"]) == ("51 – 51 of 51", "balance", True)
    assert "e-mail" not in content["hint"]


def test_the_link_holds_the_state_of_each_list_for_that_list_alone() -> None:
    search = "list=clients~find~a~b&list=clients~sort~-balance&list=clients~page~3&list=other~page~2"
    chosen = Selection.parse(search)
    assert chosen.problems == ()
    assert Selection.parse(chosen.to_search()) == chosen
    assert chosen.for_tile("clients").listing == Listing("a~b", "-balance", 3)
    assert chosen.for_tile("map").to_search() == ""
    assert Selection.parse("list=clients~page~0").for_tile("clients").listing.page == 1
    for wrong in ("clients", "clients~page~x", "clients~colour~red", "a b~page~1", "clients~page~" + "9" * 12):
        found = Selection.parse(f"list={wrong}")
        assert (found.lists, len(found.problems)) == ((), 1), wrong


def test_what_is_picked_outside_of_the_period_is_shown_instead_of_it() -> None:
    inside = Selection.parse("period=90d&pick=added~month~2026-10-01").window(AS_OF, FIRST)
    assert inside == Window(date(2026, 10, 1), date(2026, 11, 1))
    edge = Selection.parse("period=30d&pick=added~month~2026-10-01").window(AS_OF, FIRST)
    assert edge == Window(date(2026, 10, 23), date(2026, 11, 1))
    outside = Selection.parse("period=30d&pick=cohorts~month~2025-03-01").window(AS_OF, FIRST)
    assert outside == Window(date(2025, 3, 1), date(2025, 4, 1))


@pytest.mark.parametrize(
    ("band", "words"),
    [("Below 0", "Below $0"), ("Under 1 k", "Under $1 k"), ("2–5 k", "$2–5 k"), ("No balance", "No balance")],
)
def test_a_band_of_balances_carries_the_currency_before_its_first_amount(band: str, words: str) -> None:
    assert in_money(band) == words
