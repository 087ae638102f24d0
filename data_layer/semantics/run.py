"""Running queries: the only place where a metric's SQL meets the database."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from data_layer.access import Viewer
from data_layer.semantics.dimensions import DIMENSIONS, WEEKDAYS
from data_layer.semantics.metric import Kind, Metric
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window, bucket_end, buckets
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, POSITION_SUFFIX, Frame, Part, Query, parts, statement
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation


@dataclass(frozen=True)
class Result:
    """The answer to a query.

    ``frame``: a row per group; a column per dimension (and ``<dimension>__name`` where people read a name), per metric
    its value (float, NaN where unknown) and ``<metric>__n``.  Calendar buckets are dates and complete; the order of a
    dimension that has one is kept.  ``missing``: metrics whose sources nobody loaded.  ``ignored``: dimensions of the
    selection that the facts cannot follow.
    """

    query: Query
    window: Window
    frame: pd.DataFrame
    missing: tuple[str, ...]
    ignored: tuple[str, ...]

    def value(self, metric: str) -> float | None:
        """The value of a query without dimensions; None where it is unknown."""
        if metric in self.missing or self.frame.empty:
            return None
        value = self.frame[metric].iloc[0]
        return None if pd.isna(value) else float(value)

    def n(self, metric: str) -> int:
        """What the value rests on."""
        return 0 if self.frame.empty else int(self.frame[metric + N_SUFFIX].fillna(0).sum())


def run(query: Query, selection: Selection, viewer: Viewer, data: Generation, window: Window | None = None) -> Result:
    """Answer a query under a selection, for a viewer.

    ``window``: other days than the selection's, as for a comparison.  Raises :class:`QueryTooLong` and
    :class:`WarehouseAway`.
    """
    days = window or selection.window(data.as_of, data.first_day)
    frame = Frame(days, tuple(selection.conditions()), viewer, data.as_of)
    missing = tuple(name for name in query.metrics if not data.has(METRICS[name].sources))
    answers: list[pd.DataFrame] = []
    ignored: set[str] = set()
    for part in parts(name for name in query.metrics if name not in missing):
        found, left_out = _part(part, query, frame, data)
        ignored.update(left_out)
        answers.append(found.copy(deep=False))
    merged = _merge(answers, query)
    for name in query.metrics:
        _settle(merged, name, query, frame, data)
    return Result(query, days, _ordered(merged, query), missing, tuple(sorted(ignored)))


def _part(part: Part, query: Query, frame: Frame, data: Generation) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """What one SELECT answers, and the dimensions it cannot follow; asked once by all who ask it together."""

    def ask() -> tuple[pd.DataFrame, tuple[str, ...]]:
        select, left_out = statement(part, query, frame)
        with data.connect() as connection:
            return _fetch(connection, select), left_out

    names = tuple(metric.name for metric in part.metrics)
    days = (frame.window.start, frame.window.end, frame.as_of)
    key = (names, query.by, days, frame.filters, frame.viewer.cache_key())
    found: tuple[pd.DataFrame, tuple[str, ...]] = data.memo.get(key, ask)
    return found


def _fetch(connection: Connection, select: Any) -> pd.DataFrame:
    cursor = connection.execute(select)
    # Plain tuples: pandas asks every database row, one by one, whether it is something else.
    # Plain objects too: for a few rows, guessing types and packing texts costs more than it saves.
    return pd.DataFrame([tuple(row) for row in cursor], columns=list(cursor.keys()), dtype=object)


def _merge(answers: list[pd.DataFrame], query: Query) -> pd.DataFrame:
    """Bring the facts' answers together on the dimensions they share."""
    keys = _keys(query, answers)
    if not answers:
        return pd.DataFrame({key: pd.Series(dtype=object) for key in keys}, index=[] if query.by else [0])
    merged = answers[0]
    for answer in answers[1:]:
        merged = merged.merge(answer, on=keys, how="outer") if keys else pd.concat([merged, answer], axis=1)
    return merged


def _keys(query: Query, answers: list[pd.DataFrame]) -> list[str]:
    """The columns that say which group a row is: each dimension's value, name and position."""
    found = {column for answer in answers for column in answer.columns}
    return [
        key
        for name in query.by
        for key in (name, name + NAME_SUFFIX, name + POSITION_SUFFIX)
        if key == name or key in found
    ]


def _settle(frame: pd.DataFrame, name: str, query: Query, context: Frame, data: Generation) -> None:
    """Make a metric's columns numbers, 0 where nothing happened and NaN where nothing is known."""
    metric = METRICS[name]
    for column in (name, name + N_SUFFIX):
        frame[column] = pd.to_numeric(frame[column]).astype(float) if column in frame else float("nan")
    known = coverage(metric, data)
    if known is None:
        frame[name] = float("nan")
        return
    if metric.is_zero_when_empty:
        frame[name] = frame[name].fillna(0.0)
    frame[name + N_SUFFIX] = frame[name + N_SUFFIX].fillna(0.0)
    if query.calendar is None and not _is_known(metric, context.window, known):
        frame[name] = float("nan")


def coverage(metric: Metric, data: Generation) -> Window | None:
    """The days that the metric's loaded sources cover; None where none is loaded, or none of them knows a day."""
    loaded = [data.sources[name] for name in metric.sources if name in data.sources]
    firsts = [source.first_date for source in loaded if source.first_date]
    lasts = [source.last_date for source in loaded if source.last_date]
    if not firsts:
        return None
    return Window(min(firsts), max([*lasts, data.as_of]) + DAY)


def _is_known(metric: Metric, days: Window, known: Window) -> bool:
    """Whether the sources can know anything about these days."""
    if metric.kind is Kind.FLOW:
        return days.start < known.end and days.end > known.start
    if metric.kind is Kind.RETAINED:
        return known.start < days.start < known.end
    return known.start <= days.last_day


def _ordered(frame: pd.DataFrame, query: Query) -> pd.DataFrame:
    for name in query.by:
        if DIMENSIONS[name].grain == "weekday":
            frame[name] = frame[name].map(lambda number: WEEKDAYS[int(number) - 1])
        elif DIMENSIONS[name].grain == "hour":
            frame = frame.dropna(subset=[name]).astype({name: int})
    if not query.by:
        return frame
    keys = pd.DataFrame({name: _sort_key(frame, name) for name in query.by}, index=frame.index)
    order = keys.sort_values(list(query.by), kind="stable").index
    positions = [name + POSITION_SUFFIX for name in query.by if name + POSITION_SUFFIX in frame]
    return frame.loc[order].drop(columns=positions).reset_index(drop=True)


def _sort_key(frame: pd.DataFrame, name: str) -> pd.Series:
    """What puts the values of a dimension into their own order."""
    if name + POSITION_SUFFIX in frame:
        return frame[name + POSITION_SUFFIX]
    ranks = {value: rank for rank, value in enumerate(DIMENSIONS[name].order)}
    return frame[name].map(lambda value: ranks.get(value, len(ranks))) if ranks else frame[name]


def complete(result: Result, data: Generation) -> Result:
    """The same result with every calendar bucket in it, for a trend.

    A bucket without rows is 0 for sums and counts and unknown for the rest; one that no source covers is unknown.
    """
    calendar = result.query.calendar
    if calendar is None or calendar.grain is None:
        return result
    window = Window(result.window.start, min(result.window.end, data.as_of + DAY))
    starts = buckets(window, calendar.grain)
    others = [
        key for key in result.frame.columns if key.removesuffix(NAME_SUFFIX) in result.query.by and key != calendar.name
    ]
    grid = pd.DataFrame({calendar.name: pd.Series(starts, dtype=object)})
    if others:
        grid = grid.merge(result.frame[others].drop_duplicates(), how="cross")
    frame = grid.merge(result.frame, on=[calendar.name, *others], how="left")
    for name in result.query.metrics:
        metric, known = METRICS[name], coverage(METRICS[name], data)
        if known is None:
            continue
        covered = frame[calendar.name].map(
            lambda start, m=metric, k=known: _is_known(m, Window(start, bucket_end(start, calendar.grain or "day")), k)
        )
        if metric.is_zero_when_empty:
            frame[name] = frame[name].where(frame[name].notna() | ~covered, 0.0)
        frame[name] = frame[name].where(covered)
        frame[name + N_SUFFIX] = frame[name + N_SUFFIX].fillna(0.0)
    return Result(result.query, result.window, frame, result.missing, result.ignored)
