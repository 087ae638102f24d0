"""When contacts come in: weekday by hour, per week."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.dimensions import WEEKDAYS
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import N_SUFFIX, Query
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
        frame = _grid(result.frame, Counter(WEEKDAYS[day.weekday()] for day in timed))
        count = int(result.frame[METRIC].sum()) if len(result.frame) else 0
        facts = {
            "no_times": False,
            "weekdays": [_total(cells) for _, cells in frame.groupby("weekday", sort=False)[METRIC]],
            "hours": [_total(cells) for _, cells in frame.groupby("hour")[METRIC]],
            "days": len(timed),
            "days_left_out": window.days - len(timed),
            "without_time": int(whole.value(METRIC) or 0) - count,
        }
        shown = frame if count else frame.iloc[0:0]
        return Answer(shown, span, facts, result.missing, result.ignored, count)


def days_with_times(ask: Ask, window: Window) -> list[date]:
    """The days that a loaded source of contacts covers whose rows have a time of day."""
    spans = [
        Window(source.first_date, source.last_date + DAY).within(window)
        for name in METRICS[METRIC].sources
        if (source := ask.data.sources.get(name)) and source.has_times and source.first_date and source.last_date
    ]
    return sorted({span.start + timedelta(days=step) for span in spans for step in range(span.days)})


def _grid(found: pd.DataFrame, days: Counter[str]) -> pd.DataFrame:
    """Every weekday and hour, the counts per such day."""
    cells = pd.DataFrame([(weekday, hour) for weekday in WEEKDAYS for hour in range(24)], columns=["weekday", "hour"])
    counts = (
        found[["weekday", "hour", METRIC]].astype({"hour": "int64"}) if len(found) else cells.assign(**{METRIC: 0.0})
    )
    frame = cells.merge(counts, on=["weekday", "hour"], how="left").fillna({METRIC: 0.0})
    return _per_day(frame, days)


def _per_day(frame: pd.DataFrame, days: Counter[str]) -> pd.DataFrame:
    per = frame["weekday"].map(lambda weekday: days[weekday] or float("nan")).astype(float)
    return frame.assign(**{METRIC + N_SUFFIX: frame[METRIC], METRIC: frame[METRIC] / per})


def _by_weekday(ask: Ask, window: Window) -> Answer:
    """Where nobody knows the hour."""
    result = run(Query((METRIC,), ("weekday",)), ask.selection, ask.viewer, ask.data, window)
    days = Counter(WEEKDAYS[(window.start + timedelta(days=step)).weekday()] for step in range(window.days))
    count = int(result.frame[METRIC].sum()) if len(result.frame) else 0
    cells = pd.DataFrame({"weekday": WEEKDAYS}).merge(result.frame[["weekday", METRIC]], on="weekday", how="left")
    frame = _per_day(cells.fillna({METRIC: 0.0}), days) if count else cells.iloc[0:0]
    facts = {
        "no_times": True,
        "weekdays": [None if pd.isna(value) else float(value) for value in frame[METRIC]],
        "hours": [],
        "days": window.days,
        "days_left_out": 0,
        "without_time": count,
    }
    return Answer(frame, window, facts, result.missing, result.ignored, count)


def _total(cells: pd.Series) -> float | None:
    return None if cells.isna().all() else float(cells.sum())
