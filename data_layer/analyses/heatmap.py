"""When contacts come in: weekday by hour, per week."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum, isnan, nan
from typing import Any

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.dimensions import WEEKDAYS
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import N_SUFFIX, Query
from data_layer.semantics.result import Columns
from data_layer.semantics.run import run

METRIC = "interactions"


@dataclass(frozen=True)
class ActivityHeatmap:
    """Interactions by weekday and hour, as the mean of such a day: one Monday more in the period does not tilt it.

    Frame: ``weekday``, ``hour``, ``interactions`` (mean per such day; NaN where the period has no such day) and
    ``interactions__n`` (how many in all), 168 rows.  Days on which no loaded source has times are left out.
    Facts: ``no_times`` (then the frame has no ``hour``: 7 rows), ``weekdays`` and ``hours`` (totals at the edges: mean
    per such day, and per week), ``days`` (counted), ``days_left_out``, ``without_time`` (contacts on the days counted
    of which only the day is known: they are in no cell).
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return (METRIC,)

    def __call__(self, ask: Ask) -> Answer:
        window = Window(ask.window.start, min(ask.window.end, ask.data.as_of + DAY))
        timed = days_with_times(ask, window)
        if not timed:
            return _by_weekday(ask, window)
        span = Window(timed[0], timed[-1] + DAY)
        result = run(Query((METRIC,), ("weekday", "hour")), ask.selection, ask.viewer, ask.data, span)
        whole = run(Query((METRIC,)), ask.selection, ask.viewer, ask.data, span)
        grid = _grid(result.columns, Counter(WEEKDAYS[day.weekday()] for day in timed))
        means, count = grid[METRIC], int(sum(grid[METRIC + N_SUFFIX]))
        facts = {
            "no_times": False,
            "weekdays": [_total(means[24 * day : 24 * (day + 1)]) for day in range(7)],
            "hours": [_total(means[hour::24]) for hour in range(24)],
            "days": len(timed),
            "days_left_out": window.days - len(timed),
            "without_time": int(whole.value(METRIC) or 0) - count,
        }
        return Answer(grid if count else {}, span, facts, result.missing, result.ignored, count)


def days_with_times(ask: Ask, window: Window) -> list[date]:
    """The days that a loaded source of contacts covers whose rows have a time of day."""
    spans = [
        Window(source.first_date, source.last_date + DAY).within(window)
        for name in METRICS[METRIC].sources
        if (source := ask.data.sources.get(name)) and source.has_times and source.first_date and source.last_date
    ]
    return sorted({span.start + timedelta(days=step) for span in spans for step in range(span.days)})


def _grid(found: Columns, days: Counter[str]) -> Columns:
    """Every weekday and hour, the counts per such day; day by day, hour by hour."""
    cells = [(weekday, hour) for weekday in WEEKDAYS for hour in range(24)]
    counted = _counted(found, "weekday", "hour")
    counts = [counted.get(cell, 0.0) for cell in cells]
    weekdays = [weekday for weekday, _ in cells]
    return {"weekday": weekdays, "hour": [hour for _, hour in cells], **_per_day(weekdays, counts, days)}


def _counted(found: Columns, *dimensions: str) -> dict[tuple[Any, ...], float]:
    """The counts by the dimensions' values, those that are known."""
    groups = zip(*(found[name] for name in dimensions), strict=True)
    return {group: count for group, count in zip(groups, found[METRIC], strict=True) if not isnan(count)}


def _per_day(weekdays: list[str], counts: list[float], days: Counter[str]) -> Columns:
    """The mean per such day, and the counts as its n."""
    means = [count / days[day] if days[day] else nan for day, count in zip(weekdays, counts, strict=True)]
    return {METRIC: means, METRIC + N_SUFFIX: counts}


def _by_weekday(ask: Ask, window: Window) -> Answer:
    """Where nobody knows the hour."""
    result = run(Query((METRIC,), ("weekday",)), ask.selection, ask.viewer, ask.data, window)
    days = Counter(WEEKDAYS[(window.start + timedelta(days=step)).weekday()] for step in range(window.days))
    counted = _counted(result.columns, "weekday")
    counts = [counted.get((day,), 0.0) for day in WEEKDAYS]
    count = int(sum(counts))
    week = {"weekday": list(WEEKDAYS), **_per_day(list(WEEKDAYS), counts, days)} if count else {}
    facts = {
        "no_times": True,
        "weekdays": [None if isnan(value) else value for value in week.get(METRIC, [])],
        "hours": [],
        "days": window.days,
        "days_left_out": 0,
        "without_time": count,
    }
    return Answer(week, window, facts, result.missing, result.ignored, count)


def _total(cells: list[float]) -> float | None:
    known = [cell for cell in cells if not isnan(cell)]
    return fsum(known) if known else None
