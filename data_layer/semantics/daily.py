"""Figures day by day, of which those of any period are made without asking again.

A page asks the same metric of the same rows over many stretches of days: the period, the one it is compared with, the
weeks of a course, the months of a chart.  Where the values of days add up, one SELECT by day answers them all, and it
still does when only the period changes.

Stocks add up too, over the days on which their rows begin (+) and cease (−) to hold.  Everything is kept as whole
numbers — counts, cents, hits of a rate — so that sums are exact, in whatever order they are taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Label, Select, cast, func, literal_column, select, union_all

from data_layer.semantics.facts import Fact
from data_layer.semantics.metric import Kind, Metric, Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window, bucket_end, buckets
from data_layer.semantics.query import N_SUFFIX, Frame, Part, Query, bucket_days, known_days, parts
from data_layer.semantics.result import Columns
from data_layer.semantics.scope import conditions
from data_layer.warehouse.functions import Column

Whole = NDArray[np.int64]
CENTS = 100
# Groups are named by their place in the statement, as in data_layer.semantics.query.
_FIRST: ColumnElement[Any] = literal_column("1")
_SECOND: ColumnElement[Any] = literal_column("2")


@dataclass(frozen=True)
class Days:
    """The figures of some metrics of one fact, day by day, as running sums.

    ``ordinals``: the days on which something happened, ascending.  ``rows`` and the values of ``sums``, ``known`` and
    ``n`` (by metric) have one place more: the sum over all days before.  ``known``: groups of rows whose value is known.
    """

    ordinals: Whole
    rows: Whole
    sums: dict[str, Whole]
    known: dict[str, Whole]
    n: dict[str, Whole]

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        by_metric = (sums.nbytes for kept in (self.sums, self.known, self.n) for sums in kept.values())
        return self.ordinals.nbytes + self.rows.nbytes + sum(by_metric)

    def figures(self, part: Part, query: Query, frame: Frame) -> Columns:
        """What :mod:`data_layer.semantics.query`'s SELECT of the part would answer: a row a bucket that has any rows."""
        steps = _flow_steps(part, query, frame) if part.first.kind is Kind.FLOW else _stock_steps(query, frame)
        side: Any = "left" if part.first.kind is Kind.FLOW else "right"
        low = np.searchsorted(self.ordinals, [step[1] for step in steps], side)
        high = np.searchsorted(self.ordinals, [step[2] for step in steps], side)
        if part.first.kind is Kind.STOCK:
            low = np.zeros_like(high)

        def over(sums: Whole) -> list[int]:
            found: list[int] = (sums[high] - sums[low]).tolist()
            return found

        rows = over(self.rows)
        kept = [place for place, count in enumerate(rows) if count] if query.calendar else range(len(steps))
        columns: Columns = {query.calendar.name: [steps[place][0] for place in kept]} if query.calendar else {}
        for metric in part.metrics:
            name, n = metric.name, over(self.n[metric.name])
            values = _values(metric, over(self.sums[name]), over(self.known[name]), n, rows)
            columns[name] = [values[place] for place in kept]
            columns[name + N_SUFFIX] = [n[place] for place in kept]
        return columns


def is_daily(metric: Metric) -> bool:
    """Whether the metric's value over days can be made of its values by day: sums, and shares of their n."""
    if metric.of or metric.superseded or not metric.is_whole or metric.kind is Kind.RETAINED:
        return False
    if metric.unit is Unit.RATE:
        return metric.kind is Kind.FLOW
    return metric.additive and metric.unit in (Unit.COUNT, Unit.MONEY)


@cache
def family(name: str) -> tuple[Metric, ...]:
    """All metrics that the same SELECT by day answers: of the same rows of the same fact."""
    groups = parts(other for other, metric in METRICS.items() if is_daily(metric))
    mine = next(group for group in groups if METRICS[name] in group.metrics)
    return mine.metrics


@dataclass(frozen=True)
class Plan:
    """What is counted for a family of metrics: each expression once, and where each metric finds its value and its n.

    Values of money are in cents.  The first expression is the number of rows.
    """

    expressions: tuple[ColumnElement[Any], ...]
    places: dict[str, tuple[int, int]]
    is_stock: bool
    is_by_span: bool  # a sum that may be unknown cannot be counted up and down by day


@cache
def plan(name: str) -> Plan:
    """The plan for a metric's family."""
    metrics = family(name)
    expressions: dict[str, ColumnElement[Any]] = {}

    def place(expression: ColumnElement[Any]) -> int:
        text = str(expression.compile(compile_kwargs={"literal_binds": True}))
        expressions.setdefault(text, expression)
        return list(expressions).index(text)

    place(func.count())
    places = {metric.name: (place(_whole(metric)), place(metric.n)) for metric in metrics}
    is_stock = metrics[0].kind is Kind.STOCK
    by_span = is_stock and any(metric.unit is Unit.MONEY for metric in metrics)
    return Plan(tuple(expressions.values()), places, is_stock, by_span)


def _whole(metric: Metric) -> ColumnElement[Any]:
    return cast(metric.value * CENTS, BigInteger) if metric.unit is Unit.MONEY else metric.value


def statement(metrics: tuple[Metric, ...], frame: Frame) -> Select[Any]:
    """The SELECT by day, under filters that the fact can follow.

    Columns: the day (by span: the first and the one after the last), then the expressions of the plan.
    """
    first, planned = metrics[0], plan(metrics[0].name)
    fact: Fact = first.fact
    kept, _ = conditions(fact, list(frame.filters), frame.viewer, frame.window, frame.window.last_day)
    kept = [first.where, *kept]
    counted = [expression.label(f"c{place}") for place, expression in enumerate(planned.expressions)]
    if not planned.is_stock:
        time = fact.time_column
        assert time is not None
        return select(time.label("day"), *counted).where(time.is_not(None), *kept).group_by(_FIRST)
    begins, ceases = fact.table.c.valid_from, fact.table.c.valid_to
    kept = [begins.is_not(None), ceases.is_not(None), *kept]
    if planned.is_by_span:
        chosen = select(begins.label("begins"), ceases.label("ceases"), *counted)
        return chosen.where(*kept).group_by(_FIRST, _SECOND)
    return _moves(begins, ceases, counted, kept)


def _moves(
    begins: ColumnElement[Any], ceases: ColumnElement[Any], counted: list[Label[Any]], kept: list[Any]
) -> Select[Any]:
    """By how much counts rise and fall on each day."""
    falls = [(-count.element).label(count.name) for count in counted]
    halves = [
        select(day.label("day"), *moved).where(*kept).group_by(_FIRST)
        for day, moved in ((begins, counted), (ceases, falls))
    ]
    moves = union_all(*halves).subquery("moves")
    sums = (cast(func.sum(moves.c[count.name]), BigInteger).label(count.name) for count in counted)
    return select(moves.c.day, *sums).group_by(_FIRST)


def read(metrics: tuple[Metric, ...], columns: Sequence[Column]) -> Days:
    """The days of the columns that :func:`statement` gives."""
    planned = plan(metrics[0].name)
    moments = np.concatenate([column.values for column in columns[: 1 + planned.is_by_span]])
    counted = columns[1 + planned.is_by_span :]
    days, place = np.unique(moments, return_inverse=True)

    def running(values: Any) -> Whole:
        moved = np.concatenate((values, -values)) if planned.is_by_span else values
        by_day = np.zeros(len(days) + 1, dtype=np.int64)
        np.add.at(by_day, place + 1, moved)
        total: Whole = by_day.cumsum()
        return total

    sums, known, n = {}, {}, {}
    for metric in metrics:
        value, of = (counted[at] for at in planned.places[metric.name])
        is_share = metric.unit is Unit.RATE
        whole = np.rint(value.values.astype(float) * of.values) if is_share else value.values
        sums[metric.name] = running(whole.astype(np.int64))
        known[metric.name] = running(value.known.astype(np.int64))
        n[metric.name] = running(of.values.astype(np.int64))
    return Days(days, running(counted[0].values.astype(np.int64)), sums, known, n)


def _values(metric: Metric, sums: list[int], known: list[int], n: list[int], rows: list[int]) -> list[float]:
    if metric.unit is Unit.RATE:
        return [total / of if of else nan for total, of in zip(sums, n, strict=True)]
    scale = CENTS if metric.unit is Unit.MONEY else 1
    return [
        total / scale if groups or not count else nan for total, groups, count in zip(sums, known, rows, strict=True)
    ]


Step = tuple[date, int, int]


def _flow_steps(part: Part, query: Query, frame: Frame) -> list[Step]:
    window = known_days(part, frame.window, frame)
    if query.calendar is None or query.calendar.grain is None:
        return [(window.start, window.start.toordinal(), window.end.toordinal())]
    grain = query.calendar.grain
    inside = [(start, Window(start, bucket_end(start, grain)).within(window)) for start in buckets(window, grain)]
    return [(start, days.start.toordinal(), days.end.toordinal()) for start, days in inside]


def _stock_steps(query: Query, frame: Frame) -> list[Step]:
    grain = query.calendar.grain if query.calendar else None
    return [(start, day.toordinal(), day.toordinal()) for start, day, _ in bucket_days(grain, frame)]
