"""What happened, by the days and hours of another zone than the site's, against the oracle on that zone's clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from data_layer.analyses.answer import Ask
from data_layer.analyses.timeline import Timeline
from data_layer.semantics.metric import Kind
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import PeriodName, Window
from data_layer.semantics.records import records_of
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation, Warehouse
from data_layer.warehouse.tables import dim_customer, rollup_event
from data_layer.warehouse.zones import changes
from tests.data.asking import BOSS, differences, is_turn, question, site, wanted
from tests.data.conftest import Demo
from tests.data.oracle.ask import reaches
from tests.data.oracle.demo import AS_OF, ZONE
from tests.data.oracle.world import World

ELSEWHERE = ("Asia/Tokyo", "Pacific/Honolulu", "Asia/Kathmandu")
TIMED = {
    "interaction", "resolution", "message", "campaign_recipient", "campaign_try", "engagement", "stage_change", "followup",
    "completed_followup", "event",
}  # fmt: skip
# How long a stay lasted between a moment and a bare day, and whether a promise was kept, is told by the site's clocks.
OF_THE_SITE = {
    "days_in_stage", "followup_on_time_rate", "followups_on_time", "followups_late", "followup_delay_days",
    "followup_delay_median_days",
}  # fmt: skip
FLOWS = [
    name
    for name, metric in METRICS.items()
    if metric.fact.name in TIMED and metric.kind is Kind.FLOW and name not in OF_THE_SITE
]
# Made of what closed in the months before.
OF_FLOWS = {"pipeline_velocity"}
STOCKS = [name for name, metric in METRICS.items() if metric.kind is Kind.STOCK and name not in OF_FLOWS]
SPRING = (date(2025, 2, 10), date(2025, 4, 3))
SPLITS = ((), ("day",), ("week",), ("hour",), ("weekday",), ("weekday", "hour"), ("month", "channel"))


@pytest.fixture(scope="module", params=ELSEWHERE)
def zone(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def there(demo: Demo, zone: str) -> World:
    """The oracle, whose clocks are that zone's."""
    return World(demo.folder, zone, pd.Timestamp(AS_OF))


@pytest.fixture(scope="module")
def seen(data: Generation, zone: str) -> Generation:
    """The demo data on each engine, as seen from that zone."""
    return data.seen_from(zone)


# The clocks are put before the statement, whose own text the engines share: PostgreSQL is asked in one zone.
ASKED = [*((zone, "duckdb") for zone in ELSEWHERE), ("Asia/Kathmandu", "postgresql")]


@pytest.mark.parametrize(("zone", "data"), ASKED, indirect=True)
@pytest.mark.parametrize("metric", FLOWS)
def test_a_flow_follows_the_clocks_of_the_reader(metric: str, there: World, seen: Generation) -> None:
    asked = [
        question(metric, SPRING, by)
        for place, by in enumerate(SPLITS)
        if all(reaches(there, metric, name) for name in by) and (not by or is_turn(metric, place))
    ]
    wrong = [
        f"{one.by}\n    {said}"
        for one in asked
        for said in differences(site(one, seen), wanted(there, one), one.metric)[:5]
    ]
    assert asked
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("metric", STOCKS)
def test_a_stock_is_that_of_the_end_of_the_sites_day(metric: str, seen: Generation, data: Generation) -> None:
    asked = question(metric, SPRING, ("month",))
    assert differences(site(asked, seen), site(asked, data), metric) == []


def test_records_and_timeline_have_the_clocks_of_the_reader(seen: Generation, zone: str) -> None:
    window = Window(*SPRING)
    asked = Selection(PeriodName.CUSTOM, window)
    days = [row["opened"] for row in records_of("interactions", asked, BOSS, seen).page(0, 200)]
    assert days
    assert all(window.start <= day < window.end for day in days)
    with seen.connect() as connection:
        c = rollup_event.c
        customer, moment = connection.execute(
            select(dim_customer.c.customer_id, c.happened_at)
            .join_from(rollup_event, dim_customer, dim_customer.c.customer_key == c.customer_key)
            .where(c.happened_at > datetime(2025, 3, 1))
            .order_by(c.happened_at)
            .limit(1)
        ).one()
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    ask = Ask(asked.with_filter("customer", (customer,)), BOSS, seen)
    told = {(row.day, row.time) for row in Timeline()(ask).frame.itertuples()}
    assert (local.date(), f"{local:%H:%M}") in told


def test_the_warehouse_keeps_a_few_zones_at_hand_and_lets_go_of_old_data(demo: Demo) -> None:
    warehouse = Warehouse(demo.home)
    here = warehouse.current()
    assert warehouse.seen_from(None) is warehouse.seen_from(here.time_zone) is here
    tokyo = warehouse.seen_from("Asia/Tokyo")
    assert warehouse.seen_from("Asia/Tokyo") is tokyo
    assert (tokyo.id, tokyo.time_zone) == (here.id, "Asia/Tokyo")
    assert tokyo.memo is not here.memo
    for name in ("Europe/Paris", "Europe/Berlin", "Asia/Kolkata", "America/Lima"):
        warehouse.seen_from(name)
    assert warehouse.seen_from("Asia/Tokyo") is not tokyo
    warehouse.close()


@pytest.mark.parametrize(
    ("statement", "begins"),
    [
        ("SELECT count(*) FROM fact_message", "WITH fact_message AS NOT MATERIALIZED ("),
        ("WITH a AS (SELECT * FROM fact_message) SELECT * FROM a", "WITH fact_message AS NOT MATERIALIZED ("),
        ("WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a, fact_message", "WITH RECURSIVE fact_message AS NOT"),
        ("SELECT 1 FROM dim_customer", "SELECT 1 FROM dim_customer"),
    ],
)
def test_only_what_a_statement_uses_is_put_before_it(seen: Generation, statement: str, begins: str) -> None:
    asked: list[str] = []
    event.listen(seen.engine, "after_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    with seen.connect() as connection:
        connection.exec_driver_sql(statement)
    assert asked[-1].startswith(begins)
    assert asked[-1].count("NOT MATERIALIZED") == ("fact_message" in statement)


@given(
    st.sampled_from(sorted({ZONE, *ELSEWHERE, "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "UTC"})),
    st.datetimes(datetime(2005, 1, 1), datetime(2027, 12, 31)),
)
def test_changes_of_the_clocks_are_those_of_the_zone(zone: str, moment: datetime) -> None:
    known = changes(zone, date(2005, 1, 1), date(2027, 12, 31))
    ahead = next(seconds for start, seconds in reversed(known) if start <= moment)
    assert moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() == timedelta(seconds=ahead)
