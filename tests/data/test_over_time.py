"""Figures of any period are made of those by day: asked once, right for all days, and never for other rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection

from data_layer.access import Role, Viewer
from data_layer.semantics import over_time
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.asking import BOSS

SPRING = Window(date(2025, 2, 10), date(2025, 4, 3))
AUTUMN = Window(date(2025, 8, 1), date(2025, 11, 17))
NAMES = ("aum", "net_flows", "active_clients", "csat_rate", "retention_rate", "followups_overdue_now")


class Counting(Generation):
    """The same data, which counts how often they are asked."""

    asked = 0

    @contextmanager
    def connect(self, limit: float | None = None) -> Iterator[Connection]:
        Counting.asked += 1
        with super().connect(limit) as connection:
            yield connection


@pytest.fixture
def counted(data: Generation) -> Counting:
    """The demo data with nothing kept of earlier questions."""
    fields = {name: getattr(data, name) for name in data.__dataclass_fields__ if name not in ("memo", "all_days")}
    counting = Counting(**fields)
    assert counting.rollups.keys  # read once, whatever is asked
    Counting.asked = 0
    return counting


@pytest.mark.parametrize("name", NAMES)
def test_other_days_and_steps_are_not_asked_again(name: str, counted: Counting) -> None:
    run(Query((name,)), Selection(), BOSS, counted, SPRING)
    assert Counting.asked == 1
    for by, window in (((), AUTUMN), (("week",), SPRING), (("month",), AUTUMN), (("day",), SPRING)):
        run(Query((name,), by), Selection(), BOSS, counted, window)
    assert Counting.asked == 1


def test_other_filters_and_other_rights_are_asked_for(counted: Counting) -> None:
    lead = Viewer("lead", Role.SUPPORT_LEAD, team="Support North")
    retail = Selection.parse("segment=Affluent")
    asked = [(Selection(), BOSS), (retail, BOSS), (Selection(), lead), (retail, lead)]
    found = [run(Query(("interactions",)), who, viewer, counted, SPRING).value("interactions") for who, viewer in asked]
    assert Counting.asked == len(asked) == len(set(found))


def test_a_filter_through_other_facts_follows_the_days(counted: Counting) -> None:
    """Who held Equity in spring need not have held it in autumn."""
    holders = Selection.parse("product_category=Equity")
    for window in (SPRING, AUTUMN):
        run(Query(("interactions",)), holders, BOSS, counted, window)
    assert Counting.asked == 2


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if not metric.of])
def test_it_is_the_same_as_asking_for_the_period(name: str, data: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = (SPRING, AUTUMN, replace(AUTUMN, end=date(2027, 1, 1)))
    asked = [(by, window) for by in ((), ("week",), ("quarter",)) for window in windows]

    def answers() -> list[object]:
        data.memo.clear()
        data.all_days.clear()
        results = (run(Query((name,), by), Selection(), BOSS, data, window).columns for by, window in asked)
        return [{column: pytest.approx(values, nan_ok=True) if column.startswith(name) else values
                 for column, values in found.items()} for found in results]  # fmt: skip

    made = answers()
    monkeypatch.setattr(over_time, "halves", lambda part, *_: [(part, None)])
    assert [
        {column: list(getattr(values, "expected", values)) for column, values in one.items()} for one in made
    ] == answers()
