"""Each metric, on each engine, against the oracle: split in every way it can be, in several windows, under filters."""

from datetime import date, datetime
from itertools import pairwise

import pytest

from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window
from data_layer.semantics.query import Query, Unanswerable
from data_layer.semantics.run import run, run_apart
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.asking import BOSS, check, differences, is_turn, on_engines, question, wanted
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
# Each metric under the filters whose turn it is, by turns as a whole and split.
FILTERED = [
    (engine, metric, name, bool((list(METRICS).index(metric) + f) // 2 % 2))
    for engine, metric, (f, name) in on_engines(list(METRICS), list(enumerate(FILTERS)))
    if is_turn(metric, f)
]
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


@pytest.mark.parametrize(("data", "metric", "window"), on_engines(list(METRICS), list(WINDOWS)), indirect=["data"])
def test_metric_by_every_dimension(metric: str, window: str, world: World, data: Generation) -> None:
    reached = [
        by
        for place, by in enumerate(SPLITS[window])
        if (not by or is_turn(metric, place)) and all(reaches(world, metric, name) for name in by)
    ]
    check(world, data, [question(metric, WINDOWS[window], by) for by in reached])


@pytest.mark.parametrize(("data", "metric", "filtered", "is_split"), FILTERED, indirect=["data"])
def test_metric_under_filters(metric: str, filtered: str, is_split: bool, world: World, data: Generation) -> None:
    by = ("segment",) if is_split and reaches(world, metric, "segment") else ()
    filters = FILTERS[filtered]
    asked = [question(metric, SPRING, by, filters)]
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


@pytest.mark.parametrize(
    ("metric", "by"), [("interactions", "customer"), ("contributions", "product"), ("aum", "state")]
)
def test_the_largest_groups_are_those_of_all(metric: str, by: str, world: World, data: Generation) -> None:
    """With what all have together, and how many there are; the unknown member is none of them."""
    every = wanted(world, question(metric, SPRING, (by,)))
    ranked = sorted(
        (value for (key,), (value, n) in every.items() if key != "Unknown" and value == value and n), reverse=True
    )
    found = run(Query((metric,), (by,), most=4), Selection(), BOSS, data, Window(*SPRING))
    assert found.columns[metric] == pytest.approx(ranked[:4])
    assert [every[(key,)][0] for key in found.columns[by]] == pytest.approx(found.columns[metric])
    assert (found.groups, found.peers) == (len(ranked), ranked.count(ranked[0]))
    assert found.total == pytest.approx(sum(ranked))
    assert found.total_n == sum(n for (key,), (value, n) in every.items() if key != "Unknown" and value == value)


def test_equal_ones_stand_by_name_and_the_first_names_are_shown(world: World, data: Generation) -> None:
    by, label = "customer", "customer__name"
    every = run(Query(("interactions",), (by,)), Selection(), BOSS, data, Window(*SPRING)).columns
    rows = zip(every["interactions"], every[label], every[by], strict=True)
    ranked = sorted((-count, name, key) for count, name, key in rows if key != "Unknown" and count)
    most = next(place for place, (ahead, row) in enumerate(pairwise(ranked), 1) if place > 3 and ahead[0] == row[0])
    found = run(Query(("interactions",), (by,), most=most), Selection(), BOSS, data, Window(*SPRING)).columns
    assert list(zip(found["interactions"], found[label], found[by], strict=True)) == [
        (-count, name, key) for count, name, key in ranked[:most]
    ]


def test_the_largest_of_nothing(data: Generation) -> None:
    nobody = Selection.parse("segment=No+such+segment")
    found = run(Query(("interactions",), ("customer",), most=4), nobody, BOSS, data, Window(*SPRING))
    assert (found.columns["customer"], found.groups, found.peers) == ([], 0, 0)


@pytest.mark.parametrize("metric", ["interactions", "aum", "csat_rate", "retention_rate", "followups_overdue"])
@pytest.mark.parametrize("filters", [(), (("product_category", ("Equity",)),)], ids=["all", "through other facts"])
def test_two_periods_apart_are_those_asked_one_by_one(
    metric: str, filters: Filters, world: World, data: Generation
) -> None:
    months = (Window(date(2025, 3, 1), date(2025, 4, 1)), Window(date(2025, 9, 1), date(2025, 10, 1)))
    by = ("segment", "state")
    selection = Selection(filters=filters)
    for days, found in zip(months, run_apart(Query((metric,), by), selection, BOSS, data, months), strict=True):
        for name in by:
            columns = found[name].columns
            values = zip(columns[metric], columns[f"{metric}__n"], strict=True)
            told = {(key,): pair for key, pair in zip(columns[name], values, strict=True)}
            assert not differences(
                told, wanted(world, question(metric, (days.start, days.end), (name,), filters)), metric
            )
