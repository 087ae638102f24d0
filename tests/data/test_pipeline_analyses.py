"""The analyses of the pipeline, on both engines, against the oracle's tables of stays and passages."""

import math
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_layer.access import Role, Viewer
from data_layer.analyses.bottleneck import Bottleneck
from data_layer.analyses.funnel import Funnel
from data_layer.analyses.opportunity_lists import ActOn, Listed
from data_layer.analyses.shortfalls import LEAST
from data_layer.analyses.stages import Cohorts, ConversionTrend, Stages
from data_layer.analyses.standards import Standards
from data_layer.semantics.period import Window, add_months
from data_layer.semantics.records import records_of
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.oracle.dealings import WAY
from tests.data.oracle.measures import open_on
from tests.data.oracle.people import UNKNOWN
from tests.data.oracle.world import World
from tests.star import ask, star

YEAR = "from=2025-03-06&to=2026-03-06"
BEFORE, NOW, END = pd.Timestamp(2024, 3, 6), pd.Timestamp(2025, 3, 6), pd.Timestamp(2026, 3, 6)
STANDING = ("opportunity", "stage", "value", "waiting", "owner")


def begun(world: World, start: pd.Timestamp = NOW, end: pd.Timestamp = END) -> pd.DataFrame:
    """What the opportunities passed that began in these days."""
    rows = world.fact("passage")
    return rows[(rows["day"] >= start) & (rows["day"] < end)]


def by_stage(rows: pd.DataFrame) -> list[int]:
    return [int((rows["stage"] == stage).sum()) for stage in WAY]


def in_time(rows: pd.DataFrame, stage: str) -> tuple[float, int]:
    """The share of those in a stage that went on within ninety days, and of how many."""
    due = rows[(rows["stage"] == stage) & rows["is_due"]]
    return (float(due["went_on_in_time"].mean()) if len(due) else math.nan, len(due))


def test_the_funnel_follows_a_cohort(world: World, data: Generation) -> None:
    rows = begun(world)
    answer = Funnel()(ask(data, YEAR))
    first = rows[rows["stage"] == "Lead"]
    lost = int(rows["lost_on"].notna().sum())
    assert answer.frame["stage"].tolist() == list(WAY)
    assert answer.frame["opportunities"].tolist() == by_stage(rows)
    assert answer.frame["stage_reached_value"].tolist() == pytest.approx(
        [rows.loc[rows["stage"] == stage, "value"].sum() / 100 for stage in WAY]
    )
    assert answer.frame["of_first"].tolist() == pytest.approx([count / len(first) for count in by_stage(rows)])
    assert answer.facts["overall"] == pytest.approx(
        (first.loc[first["is_due"], "won_in_time"].mean(), first["is_due"].sum())
    )
    assert answer.facts["overall_ever"] == pytest.approx((first["won_on"].notna().mean(), len(first)))
    assert answer.facts["lost"] == lost > 20
    assert (answer.n, answer.ignored) == (len(first), ())


def test_the_funnel_keeps_its_way_under_a_filter_on_stages_and_its_rows_in_the_scope(
    world: World, data: Generation
) -> None:
    answer = Funnel()(ask(data, f"{YEAR}&stage=Won&pick=stages~stage~Lead"))
    assert answer.frame["opportunities"].tolist() == by_stage(begun(world))
    assert answer.ignored == ("stage",)
    rows = begun(world)
    seller = rows["staff"].value_counts().index[0]
    own = Funnel()(ask(data, YEAR, Viewer("w", Role.STAFF, staff_id=str(seller))))
    assert own.frame["opportunities"].tolist() == by_stage(rows[rows["staff"] == seller])
    assert Funnel()(ask(data, YEAR, Viewer("x", Role.STAFF))).is_empty


def test_the_funnel_of_the_last_months_begins_that_many_months_before_the_end(world: World, data: Generation) -> None:
    answer = Funnel(6)(ask(data, "from=2025-12-01&to=2026-01-01"))
    start = pd.Timestamp(add_months(date(2026, 1, 1), -6))
    assert answer.frame["opportunities"].tolist() == by_stage(begun(world, start, pd.Timestamp(2026, 1, 1)))
    assert Funnel(6).record_window(Selection.parse("from=2025-12-01&to=2026-01-01"), data).start == start.date()


def test_without_its_source_every_part_says_so() -> None:
    empty = ask(star({}, as_of=date(2026, 3, 5), sources=()))
    for analysis in (Funnel(), Stages(), Cohorts(), ConversionTrend(), Bottleneck(), ActOn()):
        assert analysis(empty).missing[0] == analysis.metrics[0]
    assert Listed("lost_from_stage", "lost", ("stage",))(empty).missing == ("lost_from_stage",)


def test_stages_tell_open_stays_from_completed_ones(world: World, data: Generation) -> None:
    frame = Stages()(ask(data, YEAR)).frame.set_index("stage")
    waiting, stays = open_on(world, END - pd.Timedelta(days=1)), world.fact("stage_entry")
    stays = stays[(stays["day"] >= NOW) & (stays["day"] < END)]
    for stage in ("Lead", "Qualified"):
        assert frame.loc[stage, "days_waiting"] == waiting.loc[waiting["stage"] == stage, "age"].median()
        assert frame.loc[stage, "days_in_stage"] == pytest.approx(stays.loc[stays["stage"] == stage, "stay"].median())
        assert frame.loc[stage, "opportunities"] == (waiting["stage"] == stage).sum()
    assert frame.index.tolist() == ["Lead", "Qualified", "Won", "Lost"]
    assert math.isnan(frame.loc["Won", "days_waiting"])


def test_a_cohort_is_compared_with_the_last_one_at_the_same_age(world: World, data: Generation) -> None:
    answer = Cohorts()(ask(data, YEAR))
    frame = answer.frame.set_index("step")
    assert frame.index.tolist() == ["Lead → Qualified", "Qualified → Won", "Lead → Won"]
    for stage, step in (("Lead", "Lead → Qualified"), ("Qualified", "Qualified → Won")):
        now, before = in_time(begun(world), stage), in_time(begun(world, BEFORE, NOW), stage)
        assert (frame.loc[step, "now"], frame.loc[step, "now_n"]) == pytest.approx(now)
        assert (frame.loc[step, "before"], frame.loc[step, "before_n"]) == pytest.approx(before)
        assert frame.loc[step, "change"] == pytest.approx(now[0] - before[0])
    assert Cohorts()(ask(data, f"{YEAR}&compare=none")).frame["before"].isna().all()
    young = Cohorts()(ask(data, "from=2026-02-01&to=2026-03-06"))
    assert young.facts["is_young"]
    assert young.frame["now"].isna().all()
    assert Cohorts()(ask(data, f"{YEAR}&segment=nobody")).is_empty


def test_the_trend_counts_only_who_has_the_window_behind_them(world: World, data: Generation) -> None:
    answer = ConversionTrend(12)(ask(data, "from=2026-02-01&to=2026-03-01"))
    frame = answer.frame
    rows = begun(world, pd.Timestamp(2025, 3, 1), pd.Timestamp(2026, 3, 1))
    months = rows["day"].dt.to_period("M")
    for month in ("2025-04", "2025-11", "2025-12", "2026-02"):
        mine = rows[months == month]
        row = frame[(frame["stage"] == "Lead") & (frame["month"] == pd.Period(month).start_time.date())].iloc[0]
        rate, n = in_time(mine, "Lead")
        assert (row["rate"], row["n"]) == pytest.approx((rate, n), nan_ok=True)
        assert row["entered"] == (mine["stage"] == "Lead").sum()
    assert frame["step"].unique().tolist() == ["Lead → Qualified", "Qualified → Won", "Lead → Won"]
    only = ConversionTrend(12)(ask(data, "from=2026-02-01&to=2026-03-01&pick=stages~stage~Qualified"))
    assert only.frame["step"].unique().tolist() == ["Qualified → Won"]


def test_the_bottleneck_compares_each_team_with_itself_and_the_others(world: World, data: Generation) -> None:
    answer = Bottleneck()(ask(data, YEAR))
    now, past = begun(world), begun(world, world.clients["first_seen"].min(), NOW)
    frame = answer.frame.set_index(["step", "team"])
    teams = {team for team in now["team"].unique() if team != UNKNOWN}
    expected = {}
    for stage, step in (("Lead", "Lead → Qualified"), ("Qualified", "Qualified → Won")):
        for team in teams:
            mine = in_time(now[now["team"] == team], stage)
            if mine[1] >= LEAST:
                expected[step, team] = (
                    mine,
                    in_time(past[past["team"] == team], stage),
                    in_time(now[now["team"].isin(teams - {team})], stage),
                )
    assert set(frame.index) == set(expected)
    for key, (mine, before, peers) in expected.items():
        row = frame.loc[key]
        assert (row["now"], row["now_n"]) == pytest.approx(mine)
        if before[1] >= LEAST:
            assert (row["before"], row["before_n"]) == pytest.approx(before)
        if peers[1] >= LEAST:
            assert (row["peers"], row["peers_n"]) == pytest.approx(peers)


def passages(team: int, count: int, went_on: int, day: date, value: int | None = 1000) -> list[dict[str, Any]]:
    """Opportunities of a team that were qualified, ``went_on`` of them won."""
    shared = {"staff_key": team, "began_date": day, "entered_date": day, "value": value, "is_due": True}
    first = [
        {**shared, "stage_key": 1, "has_next": True, "is_first": True, "is_in_time": True, "next_date": day}
    ] * count
    second = [
        {
            **shared,
            "stage_key": 2,
            "has_next": True,
            "is_in_time": place < went_on,
            "next_date": day if place < went_on else None,
        }
        for place in range(count)
    ]
    return first + second + [{**shared, "stage_key": 3}] * went_on


STAGES = [
    {"name": "Lead", "position": 1}, {"name": "Qualified", "position": 2},
    {"name": "Won", "position": 3, "is_won": True}, {"name": "Lost", "position": 4, "is_lost": True},
]  # fmt: skip


def two_teams(slow: int, value: int | None = 1000) -> Generation:
    """East and West won 60 of 100 before; now East does still, and West wins ``slow`` of 100, each of a value."""
    before, now = date(2025, 1, 10), date(2026, 1, 10)
    rows = [*passages(1, 100, 60, before), *passages(2, 100, 60, before), *passages(1, 100, 60, now)]
    staff = [{"team": "East"}, {"team": "West"}]
    tables = {
        "dim_stage": STAGES,
        "dim_staff": staff,
        "rollup_stage_passage": [*rows, *passages(2, 100, slow, now, value)],
    }
    return star(tables, as_of=date(2026, 11, 22))


def test_the_dearest_shortfall_is_told_with_number_period_comparison_and_money() -> None:
    answer = Bottleneck()(ask(two_teams(30), "from=2026-01-01&to=2026-02-01"))
    worst = answer.frame.iloc[0]
    assert (worst["step"], worst["team"]) == ("Qualified → Won", "West")
    assert (worst["missed"], worst["cost"]) == pytest.approx((30, 30_000))
    assert answer.frame["cost"].iloc[1:].isna().all()
    (told, *_) = answer.facts["told"]
    for part in (
        "Qualified → Won in West",
        "30.0",
        "n\u00a0=\u00a0100",
        "in January 2026",
        "60.0",
        "90 days",
        "30 more",
        "$30.0\u00a0k",
    ):
        assert part in told.text, part
    assert told.team == "West"


def test_a_shortfall_of_opportunities_without_a_value_is_told_without_a_price() -> None:
    answer = Bottleneck()(ask(two_teams(30, None), "from=2026-01-01&to=2026-02-01"))
    worst = answer.frame.iloc[0]
    assert (worst["step"], worst["team"]) == ("Qualified → Won", "West")
    assert worst["missed"] == pytest.approx(30)
    assert math.isnan(worst["cost"])
    text = answer.facts["told"][0].text
    assert text.startswith("Qualified → Won in West loses the most.")
    assert "30 more would have gone on: no opportunity there has a value." in text
    assert "$" not in text


def test_the_price_of_a_shortfall_rests_on_the_opportunities_that_have_a_value() -> None:
    """Half of those of West are worth 1,000, of the others nobody knows: not 500 each."""
    day = date(2026, 1, 10)
    data = two_teams(30)
    rows = [*passages(1, 100, 60, day), *passages(2, 50, 15, day), *passages(2, 50, 15, day, None)]
    tables = {"dim_stage": STAGES, "dim_staff": [{"team": "East"}, {"team": "West"}], "rollup_stage_passage": rows}
    half = Bottleneck()(ask(star(tables, as_of=data.as_of), "from=2026-01-01&to=2026-02-01")).frame.iloc[0]
    assert (half["team"], half["missed"]) == ("West", pytest.approx(30))
    whole = Bottleneck()(ask(data, "from=2026-01-01&to=2026-02-01")).frame.iloc[0]
    assert half["cost"] == pytest.approx(whole["cost"])


def test_what_chance_may_explain_is_no_bottleneck() -> None:
    answer = Bottleneck()(ask(two_teams(56), "from=2026-01-01&to=2026-02-01"))
    assert answer.frame["cost"].isna().all()
    assert "No step" in answer.facts["told"][0].text
    young = Bottleneck()(ask(two_teams(30), "from=2026-01-01&to=2026-02-01&team=North"))
    assert young.is_empty


def test_a_cohort_that_is_too_young_is_told_so() -> None:
    rows = [{**row, "is_due": False} for row in passages(1, 40, 10, date(2026, 11, 1))]
    data = star(
        {"dim_stage": STAGES, "dim_staff": [{"team": "East"}], "rollup_stage_passage": rows}, as_of=date(2026, 11, 22)
    )
    answer = Bottleneck()(ask(data))
    assert not answer.is_empty
    assert answer.facts["told"][0].text.startswith("Too early to say")


def test_where_nobody_is_the_columns_are_still_named(data: Generation) -> None:
    nobody = ask(data, f"{YEAR}&segment=nobody")
    listed = Listed("open_opportunities", "waiting", STANDING)
    for analysis in (Funnel(), Stages(), Cohorts(), ConversionTrend(), Bottleneck(), ActOn(), listed):
        answer = analysis(nobody)
        assert answer.is_empty
        assert len(answer.frame.columns) > 2


def test_who_waits_longest_stands_first(world: World, data: Generation) -> None:
    answer = Listed("open_opportunities", "waiting", STANDING)(ask(data, f"{YEAR}&stage=Qualified"))
    waiting = open_on(world, END - pd.Timedelta(days=1))
    waiting = waiting[waiting["stage"] == "Qualified"]
    assert answer.facts["count"] == len(waiting) > 3
    assert answer.frame["waiting"].tolist() == sorted(waiting["age"], reverse=True)[:100]
    assert set(answer.frame["customer"]) <= set(waiting["customer"])


def test_who_was_lost_from_a_stage(world: World, data: Generation) -> None:
    answer = Listed("lost_from_stage", "lost", ("stage", "lost", "waited"))(ask(data, f"{YEAR}&stage=Qualified"))
    rows = begun(world)
    rows = rows[(rows["stage"] == "Qualified") & rows["lost_on"].notna()].sort_values("lost_on", ascending=False)
    assert answer.facts["count"] == len(rows) > 3
    assert sorted(answer.frame["waited"]) == sorted((rows["lost_on"] - rows["entered"]).dt.days)
    assert answer.frame["lost"].tolist() == [day.date() for day in rows["lost_on"]]


@pytest.mark.parametrize("replies", [0, 3])
def test_whom_to_act_on_and_why(replies: int, world: World, data: Generation) -> None:
    answer = ActOn()(replace(ask(data, YEAR), standards=Standards(high_intent_replies=replies)))
    day = END - pd.Timedelta(days=1)
    waiting, stays = open_on(world, day), world.fact("stage_entry")
    usual = stays[stays["day"] <= day].groupby("stage", observed=True)["stay"].median()
    limit = 2 * waiting["stage"].map(usual).astype(float)
    replied = world.fact("recipient")
    times = replied[replied["is_replied"].astype(bool)]["customer"].value_counts()
    hot = waiting["customer"].isin({who for who, number in times.items() if number > replies} - {UNKNOWN})
    assert answer.facts == {
        "open": len(waiting), "hot": int(hot.sum()), "stalled": int((waiting["age"] > limit).sum()),
        "high": math.ceil(len(waiting) / 10),
    }  # fmt: skip
    why = answer.frame["why"]
    assert why.str.contains(f"hot (over {replies} replies", case=False, regex=False).sum() == answer.facts["hot"]
    assert (answer.facts["hot"] > 0) == (replies == 0)
    assert why.str.contains("stalled", case=False).sum() == answer.facts["stalled"] > 3
    least = waiting["value"].nlargest(answer.facts["high"]).min() / 100
    high = answer.frame[why.str.contains("high potential", case=False)]
    assert (high["value"] >= least).all()
    reasons = why.str.count(",") + 1 + why.str.contains("hot", case=False)
    assert reasons.tolist() == sorted(reasons, reverse=True)


def test_the_records_say_for_how_long_an_open_stay_has_lasted(world: World, data: Generation) -> None:
    page = records_of("opportunities", Selection.parse(YEAR), ask(data).viewer, data).page(
        0, 500, "waiting", descending=True
    )
    ages = [row["waiting"] for row in page if row["waiting"] is not None]
    assert ages == sorted(open_on(world, END - pd.Timedelta(days=1))["age"], reverse=True)
    assert {row["stage"] for row in page if row["waiting"] is None} == {"Won", "Lost"}


def test_a_closing_that_was_taken_back_is_no_record_of_the_win_rate(world: World, data: Generation) -> None:
    """O9003 was lost, reopened and won in one month; over two months O9004 is closed once, as won."""
    viewer = ask(data).viewer
    closings = records_of("win_rate", Selection(), viewer, data, Window(date(2025, 3, 1), date(2025, 5, 1)))
    found = {row["id"]: row["stage"] for row in closings.page(0, 500) if row["id"] in ("O9003", "O9004")}
    assert found == {"O9003": "Won", "O9004": "Won"}
    march = records_of("win_rate", Selection(), viewer, data, Window(date(2025, 3, 1), date(2025, 3, 10)))
    assert {row["id"]: row["stage"] for row in march.page(0, 500) if row["id"] in found} == {
        "O9003": "Lost",
        "O9004": "Lost",
    }
    assert np.isclose(closings.count(), len({row["id"] for row in closings.page(0, 500)}))
