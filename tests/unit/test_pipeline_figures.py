"""The pipeline's figures on hand-made answers: what stands in the cells, what is drawn, where a click and a link lead."""

from datetime import date
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.analyses.bottleneck import Told
from data_layer.semantics.period import Window
from layouts.figures import conversion, pipeline
from tests.unit.test_figures import MONTHS, NAN, WINDOW, valid

NBSP = "\u00a0"


def answer(rows: list[dict[str, Any]], **facts: Any) -> Answer:
    return Answer(pd.DataFrame(rows), WINDOW, {"days": 90, **facts})


def way(*stages: str) -> list[dict[str, Any]]:
    """A hundred who began, and half as many in each stage after it."""
    return [
        {
            "stage": stage, "opportunities": 100.0 / 2**place, "stage_reached_value": 1e6 / 2**place,
            "of_first": 1 / 2**place, "of_previous": 0.5 if place else NAN, "lost_from_stage": 3.0,
        }
        for place, stage in enumerate(stages)
    ]  # fmt: skip


def test_the_funnel_says_count_value_shares_and_what_became_of_the_rest() -> None:
    facts = {"overall": (0.3, 80), "overall_ever": (0.25, 100), "lost": 60, "open": 15}
    content = pipeline.stage_funnel(answer(way("Lead", "Qualified", "Won"), **facts))
    (marks,) = valid(content)
    assert marks["customdata"] == [["Lead"], ["Qualified"], ["Won"]]
    first, second, _ = (note["text"] for note in content["layout"]["annotations"])
    assert "<b>100</b>" in first
    assert "of previous" not in first
    assert f"50.0{NBSP}% of previous" in second
    for part in (
        f"25.0{NBSP}% of 100",
        f"90 days: 30.0{NBSP}% of the 80",
        "60 lost",
        "15 still open",
        "skipped stage counts",
    ):
        assert part in content["caption"], part


def test_ten_stages_have_one_line_each() -> None:
    facts = {"overall": (None, 0), "overall_ever": (0.1, 100), "lost": 0, "open": 90}
    content = pipeline.stage_funnel(answer(way(*(f"Stage {n}" for n in range(10))), **facts))
    assert len(valid(content)[0]["x"]) == 10
    assert not any("<br>" in note["text"] for note in content["layout"]["annotations"])
    assert "None has 90 days behind it yet" in content["caption"]


def test_stages_show_n_and_a_dash_for_what_is_unknown() -> None:
    names = ("days_waiting", "days_in_stage", "stage_conversion_rate", "stage_conversion_ever_rate")
    row = {"opportunities": 262.0, "opportunity_value": 11.7e6, "lost_from_stage": 7.0}
    known = dict(zip(names, (9.0, 3.5, 0.683, 0.65), strict=True))
    counts = {name + "__n": 20.0 for name in names}
    content = pipeline.stages(
        answer([{"stage": "Lead", **row, **known, **counts}, {"stage": "Won", **row, **dict.fromkeys(names, NAN)}])
    )
    lead, won = content["rows"]
    assert lead == ["Lead", "262", f"$11.7{NBSP}M", f"9.0{NBSP}days  (20)", f"3.5{NBSP}days  (20)",
                    f"68.3{NBSP}%  (20)", f"65.0{NBSP}%  (20)", "7"]  # fmt: skip
    assert won[3:7] == ["—"] * 4
    assert content["keys"] == [["Lead"], ["Won"]]
    assert "90 days" in content["columns"][5]["label"]


def test_cohorts_stand_side_by_side_with_the_difference_in_points() -> None:
    rows = [
        {"step": "Lead → Won", "now": 0.391, "now_n": 2381.0, "before": 0.415, "before_n": 2451.0, "change": -0.024},
        {"step": "Young", "now": NAN, "now_n": 0.0, "before": 0.5, "before_n": 10.0, "change": NAN},
    ]
    before = Window(date(2025, 10, 1), date(2026, 1, 1))
    content = conversion.cohorts(answer(rows, comparison=before, doubt=None, is_young=False))
    now, last = valid(content)
    assert now["text"] == [f"39.1{NBSP}% of 2,381 · −2.4{NBSP}points", "—"]
    assert last["text"] == [f"41.5{NBSP}% of 2,451", f"50.0{NBSP}% of 10"]
    assert now["x"] == [0.391, 0.0]
    assert content["layout"]["yaxis"]["ticktext"] == ["Lead → Won", "Young"]
    assert "1 Oct – 31 Dec 2025" in content["caption"]
    young = conversion.cohorts(answer(rows, comparison=before, doubt="Too short.", is_young=True))
    assert [trace["name"] for trace in young["data"]] == ["This cohort"]
    assert young["caption"] == "None of this cohort has 90 days behind it yet. Too short."


def test_months_that_do_not_count_whole_have_open_marks_and_unknown_ones_are_gaps() -> None:
    rows = [
        {"month": month, "stage": stage, "step": step, "rate": rate, "n": n, "entered": 50.0}
        for stage, step in (("Lead", "Lead → Won"), (None, "All"))
        for month, rate, n in zip(MONTHS, (0.5, 0.4, NAN), (50.0, 20.0, 0.0), strict=True)
    ]
    first, whole = valid(conversion.conversion_trend(answer(rows)))
    assert first["y"] == [0.5, 0.4, None]
    full, part, _ = first["marker"]["color"]
    assert full != part
    assert "30 too young" in first["text"][1]
    assert (first["line"]["dash"], whole["line"]["dash"]) == ("solid", "dot")
    assert first["customdata"] == [[str(month)] for month in MONTHS]


def test_of_many_steps_those_are_drawn_that_lose_the_most() -> None:
    rows = [
        {"month": MONTHS[0], "stage": f"S{n}", "step": f"Step {n}", "rate": 0.9 - n / 10, "n": 50.0, "entered": 50.0}
        for n in range(7)
    ]
    whole = {"month": MONTHS[0], "stage": None, "step": "All", "rate": 0.1, "n": 50.0, "entered": 50.0}
    content = conversion.conversion_trend(answer([*rows, whole]))
    assert [trace["name"] for trace in valid(content)] == ["Step 3", "Step 4", "Step 5", "Step 6", "All"]
    assert "lose the most" in content["caption"]


def test_a_sentence_leads_to_its_team_or_its_tile() -> None:
    told = [Told("West loses.", good=False, team="West"), Told("They wait.", tile="waiting")]
    first, second = pipeline.bottleneck(answer([], told=told))["sentences"]
    assert (first["filter"], first["link"]) == (["team", "West"], "Filter to West")
    assert (second["goto"], second["filter"], second["link"]) == ("waiting", None, "Show who waits")


def test_a_client_in_a_list_leads_to_the_client_and_unknown_values_are_dashes() -> None:
    row = {
        "customer": "C1",
        "customer__name": "Ada Lee",
        "stage": "Lead",
        "value": 54_100.0,
        "lost": date(2026, 1, 2),
        "waited": 1.0,
    }
    nobody = {**row, "customer": "Unknown", "customer__name": "Unknown", "value": NAN, "lost": None, "waited": NAN}
    content = pipeline.opportunities(("customer", "stage", "value", "lost", "waited"), 10)(
        answer([row, nobody], count=12)
    )
    assert content["rows"][0] == ["Ada Lee", "Lead", f"$54.1{NBSP}k", "2 Jan 2026", f"1{NBSP}day"]
    assert content["rows"][1][2:] == ["—", "—", "—"]
    assert content["links"] == [{"0": "/clients/C1?at=2026-01-02#tile-timeline"}, {}]
    assert (content["keys"][0], content["more"]) == (["C1"], 10)


def test_a_client_who_waits_is_opened_at_the_day_they_entered_the_stage() -> None:
    row = {"customer": "C1", "customer__name": "Ada Lee", "stage": "Lead", "waiting": 9.0, "entered": date(2026, 3, 5)}
    content = pipeline.opportunities(("customer", "stage", "waiting"), 10)(answer([row], count=1))
    assert content["links"] == [{"0": "/clients/C1?at=2026-03-05#tile-timeline"}]


def test_whom_to_act_on_is_counted_by_reason() -> None:
    row = {
        "customer": "C1", "customer__name": "Ada Lee", "opportunity": "Bonds", "stage": "Lead", "value": 9.0,
        "waiting": 40.0, "owner": "Tom", "why": "Stalled (usual: 9 days)",
    }  # fmt: skip
    content = pipeline.act_on(answer([row], open=5, high=0, stalled=1, hot=0))
    assert content["rows"][0][-1] == "Stalled (usual: 9 days)"
    assert content["caption"] == "Of 5 open: 0 of high potential, 1 stalled, 0 hot."
