"""Heatmap, team efficiency, running campaigns, on both engines."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import create_engine

from data_layer.access import Role, Viewer
from data_layer.analyses.campaign_list import RunningCampaigns
from data_layer.analyses.comparable import NOT_COVERED
from data_layer.analyses.heatmap import ActivityHeatmap
from data_layer.analyses.plain import Headline
from data_layer.semantics.selection import Selection
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


def test_team_efficiency_looks_at_the_last_seven_days() -> None:
    def answered(day: int, minutes: float | None, count: int) -> Rows:
        return [contact(day, source="conversation", first_response_minutes=minutes)] * count

    rows = answered(20, 5, 8) + answered(20, 30, 1) + answered(20, None, 1) + answered(12, 30, 4)
    efficiency = Headline("answered_in_target_rate", 7, ("first_response_minutes",))
    answer = efficiency(ask(star({"fact_interaction": rows}, as_of=AS_OF), "period=12m"))
    assert (answer.facts["value"], answer.facts["before"]) == (0.8, 0)
    assert (answer.n, answer.window.days) == (10, 7)
    assert answer.facts["also"]["first_response_minutes"] == (5, 9)
    assert efficiency(ask(star({}, as_of=AS_OF))).facts["value"] is None
    assert efficiency.record_window(Selection.parse("period=12m"), star({}, as_of=AS_OF)) == answer.window


def test_flows_are_compared_over_as_many_statements_only(make: Star) -> None:
    days = (date(2026, 8, 15), date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 22))
    rows = [{"balance_date": day, "customer_key": 1, "contributions": 100, "valid_from": day} for day in days]
    data = make({"fact_balance": rows}, as_of=AS_OF, first_day=date(2026, 8, 1))
    answer = Headline("net_flows")(ask(data, "from=2026-10-24&to=2026-11-23"))
    uneven = answer.facts
    assert answer.columns["before"] == [None]  # nor does its table say what it is not compared with
    assert (uneven["value"], uneven["before"], uneven["doubt"].brief) == (200, None, "uneven statements")
    assert "hold 1 and 2 account statements" in uneven["doubt"].words
    even = Headline("net_flows")(ask(data, "from=2026-10-01&to=2026-11-01")).facts
    assert (even["value"], even["before"], even["doubt"]) == (100, 100, None)
    early = Headline("net_flows")(ask(data, "from=2026-08-20&to=2026-09-20")).facts
    assert (early["before"], early["doubt"]) == (None, NOT_COVERED)
    first = Headline("net_flows")(ask(data, "from=2026-08-01&to=2026-08-31")).facts
    assert (first["before"], first["doubt"]) == (None, NOT_COVERED)


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
