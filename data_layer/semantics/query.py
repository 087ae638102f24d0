"""From a query — metrics by dimensions — to SQL.

Each fact is aggregated by itself; results of several facts meet only afterwards, on the dimensions they share, so that
no row is counted twice by a join (the fan and the chasm trap).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql.visitors import replacement_traverse

from data_layer.access import Viewer
from data_layer.semantics.dimensions import DIMENSIONS, Dimension
from data_layer.semantics.grouping import NAME_SUFFIX as NAME_SUFFIX
from data_layer.semantics.grouping import group, group_apart, grouped, largest, sql_name
from data_layer.semantics.metric import LOOKED_AT, Kind, Metric
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window, bucket_end, bucket_start, buckets
from data_layer.semantics.scope import conditions, holds, reaches
from data_layer.warehouse.functions import start_of, table_of_days

N_SUFFIX = "__n"
MOST_BUCKETS = 1200


class Unanswerable(ValueError):
    """The question makes no sense: a metric that cannot be split that way."""


@dataclass(frozen=True)
class Query:
    """Metrics, split by dimensions.  ``metrics`` and ``by`` are names of the registry.

    ``apart``: split by each dimension by itself, in one reading of the facts, instead of by all of them crossed; and by the
    stretches of the frame, which are told apart by their first days.
    ``most``: of one metric by one dimension, only so many groups: those with the most of it, largest first, equal ones by
    name; the unknown member is none of them.  A hundred thousand clients are not brought over to show ten.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    apart: bool = False
    most: int | None = None

    def __post_init__(self) -> None:
        for name in self.metrics:
            if name not in METRICS:
                raise Unanswerable(f"There is no metric “{name}”.")
        for name in self.by:
            if name not in DIMENSIONS:
                raise Unanswerable(f"There is no dimension “{name}”.")
            for metric in self.metrics:
                check_reach(METRICS[metric], DIMENSIONS[name])
        if self.apart and any(DIMENSIONS[name].is_time for name in self.by):
            raise Unanswerable("Time cannot be split apart from other dimensions.")
        if self.most and (len(self.metrics) != 1 or len(self.by) != 1 or DIMENSIONS[self.by[0]].is_time):
            raise Unanswerable("The largest groups are those of one metric, by one dimension that is not time.")
        if sum(DIMENSIONS[name].is_calendar for name in self.by) > 1:
            raise Unanswerable("Split by one stretch of the calendar at a time: day, week, month, quarter or year.")

    @property
    def calendar(self) -> Dimension | None:
        """The dimension that buckets by the calendar, if there is one."""
        return next((DIMENSIONS[name] for name in self.by if DIMENSIONS[name].is_calendar), None)


def check_reach(metric: Metric, dimension: Dimension) -> None:
    """Raise :class:`Unanswerable` where the metric cannot be split by the dimension."""
    stock = metric.kind is not Kind.FLOW
    if not reaches(metric.fact, dimension) or (stock and dimension.grain in ("weekday", "hour")):
        raise Unanswerable(f"“{metric.label}” cannot be split by {dimension.label.lower()}.")


@dataclass(frozen=True)
class Part:
    """The metrics of a query that one SELECT answers: one fact, one kind, one condition."""

    metrics: tuple[Metric, ...]

    @property
    def first(self) -> Metric:
        return self.metrics[0]


def parts(names: Iterable[str]) -> list[Part]:
    """Group metrics that one SELECT can answer together."""
    groups: dict[tuple[object, ...], list[Metric]] = {}
    for name in names:
        metric = METRICS[name]
        where = _where(name)
        apart = name if metric.kind is Kind.RETAINED else ""
        key = (metric.fact.name, metric.kind, where, metric.as_of_limited, metric.superseded, apart)
        groups.setdefault(key, []).append(metric)
    return [Part(tuple(group)) for group in groups.values()]


@cache
def _where(name: str) -> str:
    """A metric's own condition as text, with its values: the same text, the same rows."""
    return str(METRICS[name].where.compile(compile_kwargs={"literal_binds": True}))


@dataclass(frozen=True)
class Frame:
    """What surrounds a statement: the days, the filters, who asks, and the last day that is known.

    ``stretches``: days that do not meet, for a query whose dimensions are apart; ``window`` is then the first of them.
    """

    window: Window
    filters: tuple[tuple[str, tuple[str, ...]], ...]
    viewer: Viewer
    as_of: date
    stretches: tuple[Window, ...] = ()


def statement(part: Part, query: Query, frame: Frame) -> Select[Any]:
    """The SELECT for one part, under filters that its fact can follow.

    Columns: each dimension's value under its :func:`sql_name` (and what people read under ``<name>__name``), then each metric's
    value under its name and its n under ``<name>__n``.
    """
    makers = {Kind.RETAINED: _retained, Kind.STOCK: _stock, Kind.FLOW: _flow}
    chosen = makers[part.first.kind](part, query, frame)
    return largest(chosen, part.first.name, DIMENSIONS[query.by[0]], query.most) if query.most else chosen


def _flow(part: Part, query: Query, frame: Frame) -> Select[Any]:
    fact, window = part.first.fact, known_days(part, frame.window, frame)
    time = fact.time_column
    assert time is not None
    kept, _ = conditions(fact, list(frame.filters), frame.viewer, window, window.last_day)
    source, groups = grouped(fact, query.by, ranked=query.most is not None)
    if part.first.superseded:
        kept.append(stands(part.first, window, query.calendar.grain if query.calendar else None))
    chosen = select(*groups, *_values(part)).select_from(source).where(part.first.where, *kept)
    if query.apart:
        spans = [(days.start, known_days(part, days, frame)) for days in frame.stretches]
        inside = [(_within(time, days), _written(start)) for start, days in spans]
        chosen = chosen.where(or_(*(condition for condition, _ in inside)))
        return group_apart(chosen, groups, query.by, case(*inside))
    return group(chosen.where(time >= window.start, time < window.end), groups)


def known_days(part: Part, days: Window, frame: Frame) -> Window:
    """The days of a flow, without those after as-of where what is dated there does not count yet."""
    return replace(days, end=max(days.start, min(days.end, frame.as_of + DAY))) if part.first.as_of_limited else days


def _within(time: ColumnElement[Any], days: Window) -> ColumnElement[bool]:
    return and_(time >= _written(days.start), time < _written(days.end))


def _written(day: date) -> ColumnElement[Any]:
    """A day that stands in the text, as where a group is made of it: a second copy would carry another parameter."""
    return cast(bindparam(None, day, Date, literal_execute=True), Date)


def stands(metric: Metric, window: Window, grain: str | None = None) -> ColumnElement[bool]:
    """The rows whose place no later row took in the window (in its step of the calendar, where it is split by such)."""
    assert metric.superseded is not None
    later, time = metric.fact.table.c[metric.superseded], metric.fact.time_column
    assert time is not None
    taken = later < window.end
    if grain is not None:
        taken = and_(taken, start_of(grain, later) == start_of(grain, time))
    return or_(later.is_(None), not_(taken))


def _stock(part: Part, query: Query, frame: Frame) -> Select[Any]:
    fact, day = part.first.fact, min(frame.window.last_day, frame.as_of)
    kept, _ = conditions(fact, list(frame.filters), frame.viewer, frame.window, day)
    looked_at: ColumnElement[Any] = literal(day, Date)
    if query.apart:
        stretches = _stretch_table(frame)
        source, groups = grouped(fact, query.by)
        source = source.join(stretches, holds(fact, stretches.c.day, frame.window))
        figures = [_on(value, stretches.c.day) for value in _values(part)]
        chosen = select(*groups, *figures).select_from(source).where(part.first.where, *kept)
        return group_apart(chosen, groups, query.by, stretches.c.bucket)
    if query.calendar is None:
        source, groups = grouped(fact, query.by, ranked=query.most is not None)
        held = holds(fact, day, frame.window)
    elif all(metric.additive for metric in part.metrics):
        return _added_stock(part, query, frame, kept)
    else:
        days = _bucket_table(query.calendar.grain or "day", frame)
        source, groups = grouped(fact, query.by, days.c.bucket)
        held = holds(fact, days.c.day, frame.window)
        source = source.join(days, true())
        looked_at = days.c.day
    figures = [_on(value, looked_at) for value in _values(part)]
    chosen = select(*groups, *figures).select_from(source).where(part.first.where, held, *kept)
    return group(chosen, groups)


def _on(value: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value as of a day, where it depends on one."""
    replace_in: Any = replacement_traverse
    found: ColumnElement[Any] = replace_in(value, {}, lambda part, **_: day if part is LOOKED_AT else None)
    return found


def _added_stock(part: Part, query: Query, frame: Frame, kept: list[ColumnElement[bool]]) -> Select[Any]:
    """Stocks that add up, at the end of each bucket: first add up the rows that hold for the same days — millions of
    balances share a few hundred spans — then meet the buckets, which would else each look at every row.
    """
    fact, calendar = part.first.fact, query.calendar
    assert calendar is not None
    days = _bucket_table(calendar.grain or "day", frame)
    others = replace(query, by=tuple(name for name in query.by if name != calendar.name))
    source, groups = grouped(fact, others.by)
    spans = [fact.table.c.valid_from.label("span_from"), fact.table.c.valid_to.label("span_to")]
    last = min(frame.window.last_day, frame.as_of)
    added = select(*spans, *groups, *_values(part)).select_from(source)
    added = added.where(part.first.where, spans[0] <= last, spans[1] > bucket_start(frame.window.start, "year"), *kept)
    span = added.group_by(*(literal_column(str(place + 1)) for place in range(len(spans) + len(groups)))).subquery()
    held = and_(span.c.span_from <= days.c.day, span.c.span_to > days.c.day)
    names = [group.name for group in groups]
    place = query.by.index(calendar.name)
    earlier = [sql_name(name) for name in query.by[:place]]
    before = [name for name in names if name.split("__")[0] in earlier]
    columns = [
        *(span.c[name] for name in before),
        days.c.bucket.label(calendar.name),
        *(span.c[name] for name in names if name not in before),
    ]
    sums = [func.sum(span.c[value.name]).label(value.name) for value in _values(part)]
    return group(select(*columns, *sums).select_from(span.join(days, held)), columns)


def _retained(part: Part, query: Query, frame: Frame) -> Select[Any]:
    """Spans at the start, joined with the same customer's span at the end; spans never overlap, so nothing fans out."""
    metric = part.first
    before = frame.window.start - DAY
    kept, _ = conditions(metric.fact, list(frame.filters), frame.viewer, frame.window, before)
    grain = query.calendar.grain if query.calendar else None
    days = _stretch_table(frame) if query.apart else _bucket_table(grain, frame)
    source, groups = grouped(metric.fact, query.by, days.c.bucket, ranked=query.most is not None)
    start, end = metric.fact.table, metric.fact.table.alias("at_end")
    held = and_(start.c.valid_from <= days.c.before, start.c.valid_to > days.c.before)
    still = and_(
        end.c.customer_key == start.c.customer_key, end.c.valid_from <= days.c.day, end.c.valid_to > days.c.day
    )
    source = source.join(days, held).outerjoin(end, still)
    n = func.count()
    chosen = select(
        *groups,
        (1.0 * func.count(end.c.customer_key) / func.nullif(n, 0)).label(metric.name),
        n.label(metric.name + N_SUFFIX),
    )
    chosen = chosen.select_from(source).where(*kept)
    if query.apart:
        return group_apart(chosen, groups, query.by, days.c.bucket)
    return group(chosen, groups)


def _values(part: Part) -> list[ColumnElement[Any]]:
    return [
        labelled
        for metric in part.metrics
        for labelled in (metric.value.label(metric.name), metric.n.label(metric.name + N_SUFFIX))
    ]


def bucket_days(grain: str | None, frame: Frame) -> list[tuple[date, date, date]]:
    """For each bucket its first day, its last known day, and the day before it; for no grain the window as one."""
    window = frame.window
    starts = buckets(window, grain) if grain else [window.start]
    if len(starts) > MOST_BUCKETS:
        raise Unanswerable(f"That are {len(starts)} steps; choose a shorter period or longer steps.")
    last = min(window.last_day, frame.as_of)
    rows = [
        (start, min(bucket_end(start, grain) - DAY, last) if grain else last, max(start, window.start) - DAY)
        for start in starts
    ]
    return [row for row in rows if row[0] <= last] or rows[:1]


def _bucket_table(grain: str | None, frame: Frame) -> Any:
    """The same as a table: ``bucket``, ``day``, ``before``."""
    return table_of_days(("bucket", "day", "before"), bucket_days(grain, frame))


def _stretch_table(frame: Frame) -> Any:
    """The stretches as such a table, each by its first day."""
    rows = [(days.start, min(days.last_day, frame.as_of), days.start - DAY) for days in frame.stretches]
    return table_of_days(("bucket", "day", "before"), rows)
