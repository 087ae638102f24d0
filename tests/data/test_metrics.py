"""Each metric, on each engine, against the oracle: split in every way it can be, in several windows, under filters."""

from datetime import date, datetime

import pytest

from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window
from data_layer.semantics.query import Query, Unanswerable
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.asking import BOSS, check, differences, question, wanted
from tests.data.oracle.ask import Filters, answer, reaches
from tests.data.oracle.demo import AS_OF, PLAN
from tests.data.oracle.measures import MEASURES
from tests.data.oracle.world import World

WHOLE = (date(2016, 3, 16), date(2026, 3, 6))
SPRING = (date(2025, 2, 10), date(2025, 4, 3))  # a clock change, two month ends, no whole month at either side
BEYOND = (date(2025, 12, 29), date(2026, 4, 1))  # a week of two years at its start, its end after the last day
WINDOWS = {"whole": WHOLE, "spring": SPRING, "beyond": BEYOND}

ATTRIBUTE = f"attribute.{PLAN}"  # declared nowhere: the data have it
CROSSED: tuple[tuple[str, ...], ...] = (
    ("month", "segment"), ("week", "channel"), ("month", "product_category"), ("quarter", "team"), ("segment", "state"),
    ("weekday", "hour"), ("stage", "owner"), ("day", "status"), (ATTRIBUTE,), ("month", ATTRIBUTE), (ATTRIBUTE, "channel"),
)  # fmt: skip
SPLITS: dict[str, tuple[tuple[str, ...], ...]] = {
    "spring": ((), *((name,) for name in DIMENSIONS if name not in ("customer", "city")), *CROSSED),
    "whole": ((), ("month",), ("year",), ("segment",), ("staff",), ("product_category",), ("channel",), ("customer",)),
    "beyond": ((), ("week",), ("month",), ("state",), ("team",), ("product",), ("stage",)),
}

FILTERS: dict[str, Filters] = {
    "client": (("segment", ("Affluent", "Mass affluent")),),
    "owner": (("owner", ("A001", "S999")),),
    "place": (("country", ("US",)), ("state", ("NY", "CA", "TX", "Unknown"))),
    "type": (("interaction_type", ("Complaint", "Refund", "Service call")),),
    "staff": (("staff", ("A001", "S002", "T002")),),
    "team": (("team", ("Support North", "Advisory East")),),
    "channel": (("channel", ("Phone", "WhatsApp")),),
    "product": (("product_category", ("Equity",)),),
    "risk": (("risk_level", ("High",)),),
    "stage": (("stage", ("Qualified", "Won")),),
    "campaign": (("campaign", ("CP008", "CP016")),),
    "failure": (("failure_reason", ("Time-out", "Blocked")),),
    "skipped": (("failure_reason", ("Opted out",)),),
    "device": (("device", ("Mobile",)), ("action", ("Log in", "View performance"))),
    "priority": (("priority", ("High",)),),
    "kind": (("event_kind", ("Message", "Money in", "Stage change")),),
    "weekday": (("weekday", ("Saturday", "Sunday")),),
    "hour": (("hour", ("1", "3", "18")),),
    "clock": (("weekday", ("Monday", "Sunday")), ("hour", ("9", "10", "11"))),
    "moved": (("movement", ("New", "Enrolled", "Lost")),),
    "standing": (
        ("first_category", ("Equity", "No product")),
        ("balance_band", ("No balance", "20–50 k", "100–200 k")),
    ),
    "cohort": (("cohort", ("2024-05", "2025-03", "Not enrolled")),),
    "crossed": (("segment", ("Affluent",)), ("channel", ("Phone",)), ("product_category", ("Equity", "Bonds"))),
    "attribute": ((ATTRIBUTE, ("Basic",)),),
    "no attribute": ((ATTRIBUTE, ("Plus: 'all' in", "Unknown")),),
    "nobody": (("segment", ("No such segment",)),),
}
BY_MONTH = ("type", "product", "stage", "campaign", "priority", "clock")


def test_every_metric_has_an_oracle() -> None:
    assert set(MEASURES) == set(METRICS)


def test_the_data_begin_and_end_where_the_files_do(world: World, data: Generation) -> None:
    assert data.as_of == AS_OF
    assert data.first_day == WHOLE[0] == world.clients["first_seen"].min().date()
    assert Selection.parse("period=all").window(data.as_of, data.first_day).end == WHOLE[1]


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_can_be_split_by_what_its_facts_carry_and_nothing_else(metric: str, world: World) -> None:
    for name in DIMENSIONS:
        if reaches(world, metric, name):
            Query((metric,), (name,))
        else:
            with pytest.raises(Unanswerable):
                Query((metric,), (name,))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("metric", METRICS)
def test_metric_by_every_dimension(metric: str, window: str, world: World, data: Generation) -> None:
    reached = [by for by in SPLITS[window] if all(reaches(world, metric, name) for name in by)]
    check(world, data, [question(metric, WINDOWS[window], by) for by in reached])


@pytest.mark.parametrize("filtered", FILTERS)
@pytest.mark.parametrize("metric", METRICS)
def test_metric_under_filters(metric: str, filtered: str, world: World, data: Generation) -> None:
    by = ("segment",) if reaches(world, metric, "segment") else ()
    filters = FILTERS[filtered]
    asked = [question(metric, SPRING, by, filters), question(metric, SPRING, (), filters)]
    if filtered in BY_MONTH:
        asked.append(question(metric, BEYOND, ("month",), filters))
    check(world, data, asked)


def test_the_filters_find_something(world: World) -> None:
    """A filter on values that nobody has would prove nothing."""
    for name, filters in FILTERS.items():
        found = answer(world, question("interactions", SPRING, (), filters))["value"].iloc[0]
        assert (found > 0) == (name != "nobody"), name


def test_a_question_of_many_facts_gives_the_answers_of_each(world: World, data: Generation) -> None:
    """Facts meet only after each was aggregated: the fan and the chasm trap."""
    names = tuple(name for name in METRICS if reaches(world, name, "segment"))
    by = ("month", "segment")
    frame = run(Query(names, by), Selection(), BOSS, data, Window(*SPRING)).frame
    keys = [(month.date() if isinstance(month, datetime) else month, segment) for month, segment in zip(
        frame["month"], frame["segment"], strict=True)]  # fmt: skip
    assert len(keys) == len(set(keys))
    for name in names:
        found = dict(zip(keys, zip(frame[name], frame[f"{name}__n"], strict=True), strict=True))
        assert not differences(found, wanted(world, question(name, SPRING, by)), name), name
