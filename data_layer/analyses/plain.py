"""The plain questions: one figure, a split, a trend."""

from dataclasses import dataclass
from itertools import compress
from math import fsum, isnan
from typing import Any

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.comparable import NOT_COVERED, is_covered, why_not
from data_layer.semantics.metric import Kind
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window, add_months, bucket_start, buckets
from data_layer.semantics.query import N_SUFFIX, Query
from data_layer.semantics.run import Result, complete, run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation

SPARK_BUCKETS = 24
# As many as a table view shows.
MOST_LEADERS = 100


@dataclass(frozen=True)
class Headline:
    """One figure: its value, the same for the comparison period, and its recent course.

    ``last_days``: look at the last so many days of the period instead of all of it.  ``also``: figures that stand
    beside the first.  ``facts``: ``value`` and ``before`` (floats or None), ``doubt`` (why they are not compared: a
    :class:`Doubt` or None), ``course`` (a list of floats or None, oldest first), ``also`` (value and n by metric),
    ``comparison`` (Window or None).
    """

    metric: str
    last_days: int | None = None
    also: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric, *self.also)

    def __call__(self, ask: Ask) -> Answer:
        window, comparison = self._windows(ask)
        now = run(Query(self.metrics), ask.selection, ask.viewer, ask.data, window)
        before = run(Query((self.metric,)), ask.selection, ask.viewer, ask.data, comparison) if comparison else None
        value_before = before.value(self.metric) if before else None
        doubt = None
        if before and comparison and value_before is not None:
            n_before, n = before.n(self.metric), now.n(self.metric)
            doubt = why_not(METRICS[self.metric], ask.data, comparison, n_before, n)
        elif before and comparison and not is_covered(METRICS[self.metric], ask.data, comparison):
            doubt = NOT_COVERED
        facts: dict[str, Any] = {
            "value": now.value(self.metric),
            "before": None if doubt else value_before,
            "doubt": doubt,
            "course": [] if now.missing else self._course(ask, window),
            "also": {name: (now.value(name), now.n(name)) for name in self.also},
            "comparison": comparison,
        }
        missing = tuple(name for name in now.missing if name == self.metric)
        # What is not compared with is not shown either, on the card, in its table or in a download.
        figures = {**now.columns, "before": [facts["before"]]} if before else now.columns
        return Answer(figures, window, facts, missing, now.ignored, now.n(self.metric))

    def record_window(self, selection: Selection, data: Generation) -> Window:
        """The days whose records stand behind the figure."""
        window = selection.window(data.as_of, data.first_day)
        return Window(window.end - self.last_days * DAY, window.end) if self.last_days else window

    def _windows(self, ask: Ask) -> tuple[Window, Window | None]:
        window = ask.window
        if not self.last_days:
            return window, ask.comparison
        last = Window(window.end - self.last_days * DAY, window.end)
        return last, Window(last.start - self.last_days * DAY, last.start) if ask.comparison else None

    def _course(self, ask: Ask, window: Window) -> list[float | None]:
        grain = fitting_grain(window, SPARK_BUCKETS)
        if grain == "day" and window.days < 14:
            window = Window(window.end - 14 * DAY, window.end)
        result = run(Query((self.metric,), (grain,)), ask.selection, ask.viewer, ask.data, window)
        values = complete(result, ask.data).columns[self.metric]
        return [None if isnan(value) else value for value in values]


@dataclass(frozen=True)
class Breakdown:
    """Metrics split by one or two dimensions, in the order of the dimensions.

    Every group is in the answer; how many a figure has room for is the figure's business.
    ``facts["total"]``: the metrics without any split, by name; None for those whose groups do not add up.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...]

    def __call__(self, ask: Ask) -> Answer:
        result = run(Query(self.metrics, self.by), ask.selection, ask.viewer, ask.data)
        main = self.metrics[0]
        kept = [not isnan(value) for value in result.columns[main]]
        known = {name: list(compress(column, kept)) for name, column in result.columns.items()}
        facts = {"total": {name: _total(known[name], name) for name in self.metrics}}
        n = int(sum(known[main + N_SUFFIX]))
        return Answer(known, result.window, facts, result.missing, result.ignored, n)


def _total(values: list[float], name: str) -> float | None:
    """The metric without the split, where groups add up to it."""
    is_sum = METRICS[name].additive and values
    return fsum(value for value in values if not isnan(value)) if is_sum else None


@dataclass(frozen=True)
class Leaders:
    """The groups of a dimension with the most of a metric, the largest first; the unknown member is none of them.

    ``facts["groups"]``: how many groups there are in all.
    """

    metric: str
    dimension: str

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)

    def __call__(self, ask: Ask) -> Answer:
        result = leaders(ask, self.metric, self.dimension)
        facts = {"groups": int(result.groups)}
        return Answer(result.columns, result.window, facts, result.missing, result.ignored, int(result.total_n))

    def whole(self, ask: Ask) -> Answer:
        """All of the groups, as a download has them."""
        return Breakdown((self.metric,), (self.dimension,))(ask)


def leaders(ask: Ask, metric: str, dimension: str) -> Result:
    """The largest groups; all who ask for them on a page ask the same."""
    return run(Query((metric,), (dimension,), most=MOST_LEADERS), ask.selection, ask.viewer, ask.data)


@dataclass(frozen=True)
class Trend:
    """Metrics over time, in steps that fit the period.

    ``months``: look back at least so far from the end of the period, so that a short period still has a course around
    it.  ``grain``: the steps, or None for what fits.  ``facts["grain"]`` says which.  Partial buckets at the edges are
    in ``facts["partial"]``, as the dates they start on.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    months: int = 0
    grain: str | None = None

    def __call__(self, ask: Ask) -> Answer:
        window = self.window(ask)
        grain = self.grain or fitting_grain(window)
        query = Query(self.metrics, (grain, *self.by))
        result = complete(run(query, ask.selection, ask.viewer, ask.data, window), ask.data)
        facts = {"grain": grain, "partial": partial_buckets(result, ask, grain)}
        n = result.n(self.metrics[0]) if not result.missing else 0
        stock = METRICS[self.metrics[0]].kind is not Kind.FLOW
        return Answer(result.columns, window, facts, result.missing, result.ignored, None if stock else n)

    def window(self, ask: Ask) -> Window:
        """The period, lengthened to whole months back where the trend wants more."""
        window = ask.window
        if not self.months:
            return window
        back = bucket_start(add_months(window.last_day, 1 - self.months), "month")
        return Window(max(min(window.start, back), bucket_start(ask.data.first_day, "month")), window.end)


def fitting_grain(window: Window, most: int = 62) -> str:
    """The finest steps of the calendar that give no more than ``most`` buckets."""
    for grain in ("day", "week", "month", "quarter"):
        if len(buckets(window, grain)) <= most:
            return grain
    return "year"


def partial_buckets(result: Result, ask: Ask, grain: str) -> list[str]:
    """The buckets that the window or the data covers only in part, by their first day."""
    starts = buckets(result.window, grain)
    last = min(result.window.last_day, ask.data.as_of)
    found = [starts[0]] if starts and starts[0] < result.window.start else []
    if starts and bucket_start(last + DAY, grain) == bucket_start(last, grain):
        found.append(bucket_start(last, grain))
    return sorted({day.isoformat() for day in found})
