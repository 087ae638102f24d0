"""The answer to a query: columns of plain values, and as a frame where somebody wants one."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd

from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.facts import CUSTOMER
from data_layer.semantics.metric import Kind, Metric
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window, bucket_end, buckets
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, Query
from data_layer.warehouse.engine import Generation

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Result:
    """The answer to a query.

    ``columns``: equally long lists, a place per group; a column per dimension (and ``<dimension>__name`` where people
    read a name), per metric its value (float, NaN where unknown) and ``<metric>__n``.  Calendar buckets are dates; the
    order of a dimension that has one is kept.  ``missing``: metrics whose sources nobody loaded.  ``ignored``:
    dimensions of the selection that the facts cannot follow.

    ``groups``, ``peers``, ``total``, ``total_n``: where only the largest groups were asked for, how many there are, how
    many have as much as the first, and what all of them have together.

    Plain lists, because most answers are one row and a page asks for a hundred: a frame costs more than its query.
    """

    query: Query
    window: Window
    columns: Columns
    missing: tuple[str, ...]
    ignored: tuple[str, ...]
    groups: float = 0.0
    peers: float = 0.0
    total: float = 0.0
    total_n: float = 0.0

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The same as a frame: figures as float, dimensions as objects.  Nobody may change it."""
        return as_frame(self.columns)

    def value(self, metric: str) -> float | None:
        """The value of a query without dimensions; None where it is unknown."""
        column = self.columns[metric]
        return None if metric in self.missing or not column or isnan(column[0]) else float(column[0])

    def n(self, metric: str) -> int:
        """What the value rests on."""
        return int(sum(n for n in self.columns[metric + N_SUFFIX] if not isnan(n)))


def as_frame(columns: Columns) -> pd.DataFrame:
    """Columns as a frame: metrics and their n as float, everything else as objects."""
    return pd.DataFrame(
        {
            name: np.array(column, dtype=float) if name.removesuffix(N_SUFFIX) in METRICS else _objects(name, column)
            for name, column in columns.items()
        },
        copy=False,
    )


def _objects(name: str, column: list[Any]) -> Any:
    """A dimension's values; hours are whole numbers, the rest stays what it is: packing texts costs more than it saves."""
    grain = DIMENSIONS[name].grain if name in DIMENSIONS else None
    values: Any = np.array(column, dtype=int if grain == "hour" else object)
    return values if grain == "hour" else pd.array(values, dtype="object")


def coverage(metric: Metric, data: Generation) -> Window | None:
    """The days that the metric's loaded sources cover; None where none is loaded, or none of them knows a day.

    How many clients there are is known on the last day even where their files have no dates.
    """
    loaded = [data.sources[name] for name in metric.sources if name in data.sources]
    firsts = [source.first_date for source in loaded if source.first_date]
    lasts = [source.last_date for source in loaded if source.last_date]
    if not firsts:
        undated = loaded and metric.fact is CUSTOMER and metric.kind is Kind.STOCK
        return Window(data.as_of, data.as_of + DAY) if undated else None
    return Window(min(firsts), max([*lasts, data.as_of]) + DAY)


def is_known(metric: Metric, days: Window, known: Window) -> bool:
    """Whether the sources can know anything about these days."""
    if metric.kind is Kind.FLOW:
        return days.start < known.end and days.end > known.start
    if metric.kind is Kind.RETAINED:
        return known.start < days.start < known.end
    return known.start <= days.last_day


def complete(result: Result, data: Generation) -> Result:
    """The same result with every calendar bucket in it, for a trend.

    A bucket without rows is 0 for sums and counts and unknown for the rest; one that no source covers is unknown.
    """
    calendar = result.query.calendar
    if calendar is None or calendar.grain is None:
        return result
    starts = buckets(Window(result.window.start, min(result.window.end, data.as_of + DAY)), calendar.grain)
    columns = _on_grid(result, calendar.name, starts)
    for name in result.query.metrics:
        known = coverage(METRICS[name], data)
        covered = {
            start: known is not None
            and is_known(METRICS[name], Window(start, bucket_end(start, calendar.grain)), known)
            for start in starts
        }
        _fill(columns, name, [covered[start] for start in columns[calendar.name]])
    return replace(result, columns=columns)


def _on_grid(result: Result, calendar: str, starts: list[Any]) -> Columns:
    """A place for every bucket and every other group, None where the result has none."""
    named = [name for name in result.columns if name.removesuffix(NAME_SUFFIX) in result.query.by and name != calendar]
    others = list(zip(*(result.columns[name] for name in named), strict=True)) if named else []
    groups = list(dict.fromkeys(others)) if named else [()]
    keys = zip(result.columns[calendar], others or [()] * len(result.columns[calendar]), strict=True)
    places = {key: place for place, key in enumerate(keys)}
    grid = [(start, group) for start in starts for group in groups]
    found = [places.get(key) for key in grid]
    columns: Columns = {calendar: [start for start, _ in grid]}
    columns |= {name: [group[i] for _, group in grid] for i, name in enumerate(named)}
    for name, values in result.columns.items():
        if name not in columns:
            columns[name] = [None if place is None else values[place] for place in found]
    return columns


def _fill(columns: Columns, name: str, covered: list[bool]) -> None:
    empty = 0.0 if METRICS[name].is_zero_when_empty else nan
    columns[name] = [
        (empty if value is None else value) if known else nan
        for value, known in zip(columns[name], covered, strict=True)
    ]
    columns[name + N_SUFFIX] = [0.0 if n is None or isnan(n) else n for n in columns[name + N_SUFFIX]]
