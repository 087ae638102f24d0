"""What was added up when the data were loaded answers as the facts do, and only where it may."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from data_layer.access import Role, Viewer
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window
from data_layer.semantics.query import Frame, Query
from data_layer.semantics.result import Columns
from data_layer.semantics.rollups import BY, dimensions_of, rolled_up, rollup_of, summing_up
from data_layer.semantics.run import run, run_apart
from data_layer.semantics.selection import Selection
from data_layer.warehouse.build import days
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import ROLLUP_VALUES
from tests.data.asking import BOSS
from tests.data.small import small, split

AUTUMN = Window(date(2025, 8, 1), date(2025, 11, 17))
SPRING = Window(date(2025, 2, 10), date(2025, 4, 3))
ROLLED_UP = [(metric.name, name) for family in rolled_up() for metric in family for name in dimensions_of(metric.fact)]
# On PostgreSQL every third.
ASKED = [*(("duckdb", *pair) for pair in ROLLED_UP), *(("postgresql", *pair) for pair in ROLLED_UP[::3])]


def from_facts(data: Generation) -> Generation:
    """The same data, whose rollups nobody reads."""
    return replace(data, has_rollups=False)


def frame_of(data: Generation, viewer: Viewer = BOSS, **filters: tuple[str, ...]) -> Frame:
    return Frame(AUTUMN, tuple(filters.items()), viewer, data.as_of)


def is_read_from_rollup(
    data: Generation, name: str, by: tuple[str, ...] = (), viewer: Viewer = BOSS, **filters: tuple[str, ...]
) -> bool:
    return rollup_of((METRICS[name],), Query((name,), by), frame_of(data, viewer, **filters), data) is not None


def questions(name: str, dimension: str, data: Generation) -> Iterator[tuple[tuple[str, ...], Selection]]:
    """By the dimension, by it and time, and under filters on it: of one member, of two, and of one that does not exist."""
    members = list(data.rollups.members[dimension])
    calendar = ("month",) if METRICS[name].fact.time or METRICS[name].fact.is_span else ()
    for by in ((dimension,), (dimension, *calendar), (*calendar, dimension)):
        yield by, Selection()
    for values in (members[:1], members[-2:], ["Nowhere"], [members[0], "Nowhere"]):
        chosen = Selection(filters=((dimension, tuple(values)),))
        yield from (((), chosen), (calendar, chosen), ((dimension,), chosen))


def told(columns: Columns, name: str) -> dict[str, list[object]]:
    return {column: [pytest.approx(one, nan_ok=True) for one in values] if column == name else list(values)
            for column, values in columns.items()}  # fmt: skip


@pytest.mark.parametrize(("data", "name", "dimension"), ASKED, indirect=["data"])
def test_a_rollup_answers_as_the_facts_do(name: str, dimension: str, data: Generation) -> None:
    plain = from_facts(data)
    for by, selection in questions(name, dimension, data):
        assert is_read_from_rollup(data, name, by, **dict(selection.conditions()))
        for window in (SPRING, AUTUMN, replace(AUTUMN, end=date(2027, 1, 1))):
            found = run(Query((name,), by), selection, BOSS, data, window)
            wanted = run(Query((name,), by), selection, BOSS, plain, window)
            assert found.columns == told(wanted.columns, name), (by, selection, window)
            assert found.ignored == wanted.ignored


def test_every_dimension_is_rolled_up_for_some_metric() -> None:
    assert {dimension for _, dimension in ROLLED_UP} == set(BY)


@pytest.mark.parametrize("name", ["aum", "csat_rate", "followups_overdue_now", "clients_added"])
def test_splits_of_two_periods_are_those_of_the_facts(name: str, data: Generation) -> None:
    query = Query((name,), dimensions_of(METRICS[name].fact))
    for selection in (Selection(), Selection.parse("segment=Affluent")):
        found = run_apart(query, selection, BOSS, data, (SPRING, AUTUMN))
        wanted = run_apart(query, selection, BOSS, from_facts(data), (SPRING, AUTUMN))
        for mine, theirs in zip(found, wanted, strict=True):
            assert mine.keys() == theirs.keys() == set(query.by)
            for dimension in query.by:
                assert mine[dimension].columns == told(theirs[dimension].columns, name), dimension


def test_only_who_sees_all_rows_is_answered_from_rollups(data: Generation) -> None:
    assert is_read_from_rollup(data, "interactions")
    for viewer in (
        Viewer("lead", Role.SUPPORT_LEAD, team="Support North"), Viewer("staff", Role.STAFF, staff_id="A-1"),
    ):  # fmt: skip
        assert not is_read_from_rollup(data, "interactions", viewer=viewer)


def test_what_a_rollup_does_not_hold_is_asked_of_the_facts(data: Generation) -> None:
    assert not is_read_from_rollup(data, "interactions", ("hour",))
    assert not is_read_from_rollup(data, "interactions", ("segment", "state"))
    assert not is_read_from_rollup(data, "interactions", ("state",), segment=("Affluent",))
    assert not is_read_from_rollup(data, "interactions", segment=("Affluent",), state=("TX",))
    assert not is_read_from_rollup(data, "interactions", product_category=("Equity",))
    assert not is_read_from_rollup(data, "retention_rate")


def test_days_of_another_zone_are_not_those_of_the_rollup(data: Generation) -> None:
    far = data.seen_from("Asia/Tokyo")
    assert far.rollups.keys == {}
    by_day = Query(("interactions",), ("day",))
    assert (
        run(by_day, Selection(), BOSS, far, AUTUMN).columns
        == run(by_day, Selection(), BOSS, from_facts(far), AUTUMN).columns
    )


def test_a_rollup_has_room_for_each_of_its_figures() -> None:
    for family in rolled_up():
        columns = summing_up(family, 1).selected_columns.keys()
        assert len([name for name in columns if name.startswith("v")]) <= ROLLUP_VALUES, family[0].name


def test_a_rollup_by_too_many_members_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "MOST_ROWS", 2)
    states = ("TX", "NY", "CA")
    data = small(
        tmp_path,
        {
            "customers": [
                {"customer_id": f"C{state}", "address_state": state, "customer_segment": "Retail"} for state in states
            ],
            "service_interactions": [
                {"interaction_id": f"I{state}", "customer_id": f"C{state}", "date": "2025-09-01"} for state in states
            ],
        },
    )
    assert is_read_from_rollup(data, "interactions", ("segment",))
    assert not is_read_from_rollup(data, "interactions", ("state",))
    assert split(data, "interactions", "2025-09-01", "2025-10-01", "state") == dict.fromkeys(states, 1)
    assert split(data, "interactions", "2025-09-01", "2025-10-01", "segment") == {"Retail": 3}
