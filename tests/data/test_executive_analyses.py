"""Heatmap, team efficiency, running campaigns and the small funnel, on both engines."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import create_engine

from data_layer.access import Role, Viewer
from data_layer.analyses.campaign_list import RunningCampaigns
from data_layer.analyses.funnel import Funnel
from data_layer.analyses.heatmap import ActivityHeatmap
from data_layer.analyses.team_efficiency import TeamEfficiency, state_of
from data_layer.warehouse.engine import Generation
from tests.star import ask, star

AS_OF = date(2026, 11, 22)  # a Sunday
Star = Callable[..., Generation]
Rows = list[dict[str, Any]]


@pytest.fixture(params=["duckdb", "postgresql"])
def make(request: pytest.FixtureRequest) -> Iterator[Star]:
    """``star`` on each engine."""
    if request.param == "duckdb":
        yield star
        return
    engine = create_engine(request.getfixturevalue("postgres_url"))
    yield lambda rows, **options: star(rows, engine=engine, **options)
    engine.dispose()


def contact(day: int, hour: int | None = 9, **more: Any) -> dict[str, Any]:
    return {"opened_date": date(2026, 11, day), "opened_hour": hour, "customer_key": 1, "staff_key": 1, **more}


def test_a_heatmap_is_a_mean_per_day(make: Star) -> None:
    # 1 – 22 November: four Sundays, three of every other day.
    rows = [
        contact(1),
        contact(8),
        contact(15),
        contact(22),
        contact(2, 14),
        contact(9, 14),
        contact(9, 15),
        contact(3, None),
    ]
    answer = ActivityHeatmap()(ask(make({"fact_interaction": rows}, as_of=AS_OF), "period=mtd"))
    cells = answer.frame.set_index(["weekday", "hour"])
    assert len(cells) == 168
    assert cells.loc[("Sunday", 9), "interactions"] == 1
    assert cells.loc[("Monday", 14), "interactions"] == pytest.approx(2 / 3)
    assert cells.loc[("Monday", 14), "interactions__n"] == 2
    assert cells.loc[("Friday", 3), "interactions"] == 0
    assert answer.facts["weekdays"] == pytest.approx([1, 0, 0, 0, 0, 0, 1])
    assert answer.facts["hours"][9] == 1
    assert (answer.facts["days"], answer.facts["days_left_out"], answer.facts["without_time"]) == (22, 0, 1)
    assert (answer.n, answer.facts["no_times"]) == (7, False)


def test_days_before_there_were_times_are_left_out() -> None:
    data = star({"fact_interaction": [contact(20), contact(2, None)]}, as_of=AS_OF)
    sources = dict(data.sources)
    for name, source in data.sources.items():
        timed = name == "conversations"
        first = date(2026, 11, 16) if timed else source.first_date
        sources[name] = type(source)(**{**source.__dict__, "has_times": timed, "first_date": first})
    answer = ActivityHeatmap()(ask(type(data)(**{**data.__dict__, "sources": sources}), "period=mtd"))
    assert (answer.facts["days"], answer.facts["days_left_out"], answer.facts["without_time"]) == (7, 15, 0)
    assert answer.frame.set_index(["weekday", "hour"]).loc[("Friday", 9), "interactions"] == 1


def test_without_times_there_are_weekdays() -> None:
    untimed = ("service_interactions", "interactions", "conversations")
    data = star({"fact_interaction": [contact(2, None), contact(9, None)]}, as_of=AS_OF, without_times=untimed)
    answer = ActivityHeatmap()(ask(data, "period=mtd"))
    assert answer.facts["no_times"] is True
    assert answer.frame["weekday"].tolist()[0] == "Monday"
    assert answer.frame["interactions"].tolist() == pytest.approx([2 / 3, 0, 0, 0, 0, 0, 0])


def test_a_weekday_outside_the_period_is_unknown_not_quiet() -> None:
    answer = ActivityHeatmap()(ask(star({"fact_interaction": [contact(22)]}, as_of=AS_OF), "period=today"))
    cells = answer.frame.set_index(["weekday", "hour"])["interactions"]
    assert cells["Sunday"].notna().all()
    assert cells["Monday"].isna().all()
    assert answer.facts["weekdays"] == [None] * 6 + [1]


def test_nothing_happened() -> None:
    assert ActivityHeatmap()(ask(star({}, as_of=AS_OF))).is_empty
    assert ActivityHeatmap()(ask(star({}, as_of=AS_OF, sources=()))).missing == ("interactions",)


@pytest.mark.parametrize(
    ("share", "state"), [(1.0, "good"), (0.9, "good"), (0.899, "watch"), (0.75, "watch"), (0.749, "bad"), (None, None)]
)
def test_red_amber_green(share: float | None, state: str | None) -> None:
    assert state_of(share) == state


def test_team_efficiency_looks_at_the_last_seven_days() -> None:
    def answered(day: int, minutes: float | None, count: int) -> Rows:
        return [contact(day, source="conversation", first_response_minutes=minutes)] * count

    rows = answered(20, 5, 8) + answered(20, 30, 1) + answered(20, None, 1) + answered(12, 30, 4)
    answer = TeamEfficiency()(ask(star({"fact_interaction": rows}, as_of=AS_OF), "period=12m"))
    assert (answer.facts["value"], answer.facts["before"], answer.facts["state"]) == (0.8, 0, "watch")
    assert (answer.n, answer.window.days) == (10, 7)
    assert answer.facts["also"]["first_response_minutes"] == (5, 9)
    assert TeamEfficiency()(ask(star({}, as_of=AS_OF))).facts["state"] is None


def campaigns() -> dict[str, Rows]:
    def campaign(name: str, start: date, end: date) -> dict[str, Any]:
        return {
            "campaign_id": name,
            "name": name.title(),
            "channel": "SMS",
            "started_date": start,
            "valid_from": start,
            "valid_to": end,
        }

    def sent(campaign_key: int, day: date, count: int, **more: Any) -> Rows:
        return [
            {"campaign_key": campaign_key, "customer_key": 1, "sent_date": day, "is_delivered": True, **more}
        ] * count

    return {
        "dim_customer": [{"segment": "Retail"}, {"segment": "Private"}],
        "dim_campaign": [
            campaign("small", date(2026, 11, 1), date(2026, 12, 1)),
            campaign("large", date(2026, 8, 1), date(9999, 12, 31)),
            campaign("over", date(2026, 8, 1), date(2026, 9, 1)),
            campaign("silent", date(2026, 11, 20), date(9999, 12, 31)),
        ],
        "fact_campaign_recipient": [
            *sent(1, date(2026, 11, 5), 4, is_read=True), *sent(2, date(2026, 8, 2), 6), *sent(3, date(2026, 8, 2), 9),
            *sent(2, date(2026, 11, 21), 2, is_delivered=False, customer_key=2),
        ],
    }  # fmt: skip


def test_running_campaigns_over_their_whole_life(make: Star) -> None:
    data = make(campaigns(), as_of=AS_OF)
    frame = RunningCampaigns()(ask(data, "period=7d")).frame
    assert frame["campaign"].tolist() == ["large", "small", "silent"]
    assert frame["campaign__name"].tolist() == ["Large", "Small", "Silent"]
    assert frame["sent"].tolist() == [8, 4, 0]
    assert frame["delivered_rate"].tolist()[:2] == [0.75, 1]
    assert frame["delivered_rate__n"].tolist() == [8, 4, 0]
    assert frame["read_rate"].tolist()[:2] == [0, 1]
    assert frame["delivered_rate"].isna().tolist() == [False, False, True]
    assert frame["started"].tolist()[0] == date(2026, 8, 1)


def test_running_campaigns_follow_filters_and_rights(make: Star) -> None:
    data = make(campaigns(), as_of=AS_OF)
    private = RunningCampaigns()(ask(data, "segment=Private"))
    assert (private.frame["sent"].tolist()[0], private.ignored) == (2, ())
    assert RunningCampaigns()(ask(data, "campaign=small")).frame["campaign"].tolist() == ["small"]
    assert RunningCampaigns()(ask(data, viewer=Viewer("x", Role.STAFF))).is_empty


def test_no_campaign_runs_or_none_is_loaded() -> None:
    assert RunningCampaigns()(ask(star({}, as_of=AS_OF))).is_empty
    missing = RunningCampaigns()(ask(star({}, as_of=AS_OF, sources=()))).missing
    assert missing == ("sent", "delivered_rate", "read_rate", "reply_rate", "active_campaigns")
    unsent = RunningCampaigns()(ask(star(campaigns(), as_of=AS_OF, sources=("campaigns",))))
    assert "sent" in unsent.missing


STAGES = [
    {"name": "Lead", "position": 1}, {"name": "Qualified", "position": 2},
    {"name": "Won", "position": 3, "is_won": True}, {"name": "Lost", "position": 4, "is_lost": True},
]  # fmt: skip


def pipeline() -> dict[str, Rows]:
    def stays(opportunity: int, *entered: tuple[date, int], staff: int = 1) -> Rows:
        ends = [day for day, _ in entered[1:]] + [date(9999, 12, 31)]
        return [
            {"opportunity_key": opportunity, "stage_key": stage, "entered_date": day, "valid_from": day, "valid_to": end,
             "staff_key": staff, "customer_key": 1}
            for (day, stage), end in zip(entered, ends, strict=True)
        ]  # fmt: skip

    may, june, july = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
    changes = [
        *stays(1, (may, 1), (june, 2), (july, 3)),
        *stays(2, (may, 1), (june, 3), staff=2),  # skipped a stage
        *stays(3, (may, 1), (june, 2), (july, 4)),
        *stays(4, (may, 4)),  # lost at once
        *stays(5, (may, 1)),
        *stays(6, (date(2025, 5, 1), 1), (may, 2)),  # of an earlier cohort
        *stays(7, (date(2026, 12, 1), 1)),  # not yet
    ]
    return {"dim_stage": STAGES, "dim_staff": [{"team": "East"}, {"team": "West"}], "fact_stage_change": changes}


def test_skipped_stages_count_as_passed_and_lost_is_apart(make: Star) -> None:
    data = make(pipeline(), as_of=AS_OF)
    answer = Funnel()(ask(data))
    assert answer.frame["stage"].tolist() == ["Lead", "Qualified", "Won"]
    assert answer.frame["opportunities"].tolist() == [5, 3, 2]
    assert answer.frame["of_first"].tolist() == pytest.approx([1, 0.6, 0.4])
    assert answer.frame["of_previous"].tolist() == pytest.approx([float("nan"), 0.6, 2 / 3], nan_ok=True)
    assert answer.facts == {"lost": 2, "open": 1}
    assert answer.n == 5
    own = Funnel()(ask(data, viewer=Viewer("w", Role.STAFF, staff_id="2")))
    assert own.frame["opportunities"].tolist() == [1, 1, 1]
    assert Funnel()(ask(data, viewer=Viewer("x", Role.STAFF))).is_empty


def test_the_funnel_as_it_stood_and_under_filters() -> None:
    data = star(pipeline(), as_of=AS_OF)
    june = Funnel()(ask(data, "from=2026-06-01&to=2026-07-01"))
    assert june.frame["opportunities"].tolist() == [5, 3, 1]
    assert june.facts == {"lost": 1, "open": 3}
    west = Funnel()(ask(data, "team=West&stage=Won"))
    assert west.frame["opportunities"].tolist() == [1, 1, 1]
    assert west.ignored == ("stage",)
    assert Funnel()(ask(star({}, as_of=AS_OF, sources=()))).missing == ("opportunities",)
