"""Figures day by day, of which those of any period are made without asking again.

A page asks the same metric of the same rows over many stretches of days: the period, the one it is compared with, the
weeks of a course, the months of a chart.  Where the values of days add up, one SELECT by day answers them all, and it
still does when only the period changes.  :mod:`data_layer.semantics.rollups` reads the same, by the members of a
dimension too, from what was added up when the data were loaded.

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

from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.facts import Fact
from data_layer.semantics.grouping import NAME_SUFFIX
from data_layer.semantics.metric import Kind, Metric, Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window, bucket_end, buckets
from data_layer.semantics.query import N_SUFFIX, Frame, Part, Query, bucket_days, known_days, parts
from data_layer.semantics.result import Columns
from data_layer.semantics.scope import conditions
from data_layer.warehouse.functions import Column

Whole = NDArray[np.int64]
CENTS = 100
# Above the bits of any day's ordinal.
MEMBER_SHIFT = 22
# Groups are named by their place in the statement, as in data_layer.semantics.query.
_FIRST: ColumnElement[Any] = literal_column("1")
_SECOND: ColumnElement[Any] = literal_column("2")


@dataclass(frozen=True)
class Chosen:
    """Which members of a dimension are asked for.

    ``keys``: their numbers, the rows of everybody 0.  ``split_by``: the dimension by which the answer is split, whose
    members are then told by ``values`` and ``labels``, in the order of the keys; None adds them up.
    """

    keys: tuple[int, ...] = (0,)
    split_by: str | None = None
    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


EVERYTHING = Chosen()


@dataclass(frozen=True)
class Days:
    """The figures of some metrics of one fact, member by member and day by day, as running sums.

    ``places``: the members and, of each, the days on which something happened, ascending; see :func:`place_of`.  ``rows`` and
    the columns of ``sums`` have one place more: the sum over all before.  ``known``: of those columns that may be
    unknown, the number of groups of rows of which they are known.  ``plan``: which columns are whose.
    """

    plan: "Plan"
    places: Whole
    sums: tuple[Whole, ...]
    known: dict[int, Whole]

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return sum(kept.nbytes for kept in (self.places, *self.sums, *self.known.values()))

    def figures(self, part: Part, query: Query, frame: Frame, chosen: Chosen = EVERYTHING) -> Columns:
        """What :mod:`data_layer.semantics.query`'s SELECT of the part would answer: a row a member and bucket with any rows."""
        is_stock = part.first.kind is Kind.STOCK
        steps = _stock_steps(query, frame) if is_stock else _flow_steps(part, query, frame)
        low, high = self._between(steps, chosen.keys, is_stock)

        def over(sums: Whole) -> Whole:
            each: Whole = sums[high] - sums[low]
            return each if chosen.split_by else each.sum(axis=0, keepdims=True)

        rows = over(self.sums[0])
        is_whole = query.calendar is None and chosen.split_by is None
        members, found = np.nonzero(rows) if not is_whole else (np.array([0]), np.array([0]))
        columns: Columns = {query.calendar.name: [steps[at][0] for at in found.tolist()]} if query.calendar else {}
        columns |= _told(chosen, members.tolist())
        for metric in part.metrics:
            value, of = self.plan.places[metric.name]
            sums, n = (over(self.sums[at])[members, found].tolist() for at in (value, of))
            known = over(self.known[value])[members, found].tolist() if value in self.known else None
            columns[metric.name] = _values(metric, sums, known, n, rows[members, found].tolist())
            columns[metric.name + N_SUFFIX] = n
        return columns

    def _between(self, steps: list["Step"], keys: tuple[int, ...], is_stock: bool) -> tuple[Whole, Whole]:
        """Where the sums of each member begin and end for each step; a stock begins with the member's first day."""
        member = place_of(np.array(keys, dtype=np.int64), 0)[:, None]
        first, last = (np.array([step[at] for step in steps], dtype=np.int64)[None, :] for at in (1, 2))
        low = np.searchsorted(self.places, member + first * (not is_stock), "left")
        return low, np.searchsorted(self.places, member + last, "right" if is_stock else "left")


def place_of(member: Any, day: Any) -> Any:
    """One number for a member and a day's ordinal, which sorts by member first."""
    return (member << MEMBER_SHIFT) + day


def is_daily(metric: Metric) -> bool:
    """Whether the metric's value over days can be made of its values by day: sums, and shares of their n."""
    if metric.of or metric.superseded or not metric.is_whole or metric.kind is Kind.RETAINED:
        return False
    if metric.unit is Unit.RATE:
        return metric.kind is Kind.FLOW
    return metric.additive and metric.unit in (Unit.COUNT, Unit.MONEY)


@cache
def families() -> tuple[tuple[Metric, ...], ...]:
    """The metrics that are made of those of days, those together that one SELECT by day answers."""
    return tuple(part.metrics for part in parts(name for name, metric in METRICS.items() if is_daily(metric)))


@cache
def family(name: str) -> tuple[Metric, ...]:
    """All metrics that the same SELECT by day answers: of the same rows of the same fact."""
    return next(mine for mine in families() if METRICS[name] in mine)


@dataclass(frozen=True)
class Plan:
    """What is counted for a family of metrics: each expression once, and where each metric finds its value and its n.

    Values are whole numbers: of money in cents, of a rate its hits.  The first expression is the number of rows.
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
    if metric.unit is Unit.RATE:
        return cast(func.round(metric.value * metric.n), BigInteger)
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

    def moved(values: Any) -> Any:
        return np.concatenate((values, -values)) if planned.is_by_span else values

    values = [moved(column.values.astype(np.int64)) for column in counted]
    known = {at: moved(one.known.astype(np.int64)) for at, one in enumerate(counted) if not one.known.all()}
    return running(planned, place_of(0, moments), values, known)


def running(planned: Plan, places: Whole, values: Sequence[Whole], known: dict[int, Whole]) -> Days:
    """The running sums of figures by place, in any order, of which several may be of one place.

    ``known``: by column, of how many groups of rows the value is known; of a column that is not there, of all.
    """
    at, place = np.unique(places, return_inverse=True)

    def total(of: Whole) -> Whole:
        sums = np.zeros(len(at) + 1, dtype=np.int64)
        np.add.at(sums, place + 1, of)
        return sums.cumsum()

    return Days(planned, at, tuple(map(total, values)), {column: total(of) for column, of in known.items()})


def _told(chosen: Chosen, members: list[int]) -> Columns:
    """The columns that say which member a row is of."""
    if chosen.split_by is None:
        return {}
    columns: Columns = {chosen.split_by: [chosen.values[member] for member in members]}
    if DIMENSIONS[chosen.split_by].name_column:
        columns[chosen.split_by + NAME_SUFFIX] = [chosen.labels[member] for member in members]
    return columns


def _values(metric: Metric, sums: list[int], known: list[int] | None, n: list[int], rows: list[int]) -> list[float]:
    if metric.unit is Unit.RATE:
        return [total / of if of else nan for total, of in zip(sums, n, strict=True)]
    scale = CENTS if metric.unit is Unit.MONEY else 1
    groups = known or rows
    return [total / scale if of or not count else nan for total, of, count in zip(sums, groups, rows, strict=True)]


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
