"""The pipeline stage by stage: what stands in each, how long, and how this cohort goes compared with the last."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.comparable import NOT_COVERED, is_covered
from data_layer.analyses.funnel import way, without_stage
from data_layer.analyses.plain import Trend
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import N_SUFFIX, Query
from data_layer.semantics.run import Result, run

OVERALL = "pipeline_conversion_rate"
OVERALL_EVER = "pipeline_conversion_ever_rate"
STEP = "stage_conversion_rate"
EVER = "stage_conversion_ever_rate"
_STANDING = (
    "opportunities", "opportunity_value", "days_waiting", "days_in_stage", STEP, EVER,
    "lost_from_stage",
)  # fmt: skip


def steps(stages: list[str]) -> list[tuple[str, str]]:
    """Each stage that has a next one, and the step in words: ``("Lead", "Lead → Qualified")``."""
    return [(stage, f"{stage} → {after}") for stage, after in pairwise(stages)]


@dataclass(frozen=True)
class Stages:
    """Each stage as it stands at the end of the period, and how the opportunities of the period went on from it.

    Frame: ``stage`` and the metrics, each with its n.  Medians of completed stays (entered in the period) and of open
    ones (at its end) stand side by side, never together.  Facts: ``days``, the conversion window.
    """

    metrics: tuple[str, ...] = _STANDING

    def __call__(self, ask: Ask) -> Answer:
        result = run(Query(self.metrics, ("stage",)), ask.selection, ask.viewer, ask.data)
        if result.missing:
            return Answer(pd.DataFrame(), result.window, missing=result.missing, ignored=result.ignored)
        n = int(np.nansum(result.columns["opportunities"]))
        facts = {"days": ask.data.conversion_days}
        return Answer(result.frame, result.window, facts, (), result.ignored, n)


@dataclass(frozen=True)
class Cohorts:
    """The conversion of each step, and of the whole way, of those that began in the period and in the one before.

    Both within the window and only of those that have all of it behind them, so that a young cohort is not compared
    with an old one.  Frame: ``step``, ``now``, ``now_n``, ``before``, ``before_n``, ``change`` (fractions; NaN where
    unknown); the whole way last.  Facts: ``days``, ``comparison`` (Window or None), ``doubt`` (why there is nothing to
    compare with, or None), ``is_young`` (none of this cohort has the window behind it).
    """

    metrics: tuple[str, ...] = (STEP, OVERALL)

    def __call__(self, ask: Ask) -> Answer:
        selection, left_out = without_stage(ask.selection)
        now = run(Query((STEP, EVER), ("stage",)), selection, ask.viewer, ask.data)
        if now.missing:
            return Answer(pd.DataFrame(), now.window, missing=now.missing)
        comparison, doubt = ask.comparison, None
        if comparison is not None and not is_covered(METRICS[STEP], ask.data, comparison):
            doubt, shown = NOT_COVERED.words, None
        else:
            shown = comparison
        before = run(Query((STEP, EVER), ("stage",)), selection, ask.viewer, ask.data, shown) if shown else None
        frame = pd.DataFrame(self._rows(ask, now, before), columns=["step", "now", "now_n", "before", "before_n"])
        frame["change"] = frame["now"] - frame["before"]
        n = int(frame["now_n"].max()) if len(frame) else 0
        facts = {"days": ask.data.conversion_days, "comparison": comparison, "doubt": doubt, "is_young": not n}
        kept = frame if now.columns["stage"] else frame.head(0)
        return Answer(kept, now.window, facts, (), (*now.ignored, *left_out), n)

    def _rows(self, ask: Ask, now: Result, before: Result | None) -> Iterator[tuple[str, float, float, float, float]]:
        stages = way(ask.data)
        for stage, words in steps(stages):
            yield words, *_of(now, stage), *_of(before, stage)
        if len(stages) > 1:
            selection, _ = without_stage(ask.selection)
            whole = [
                run(Query((OVERALL,)), selection, ask.viewer, ask.data, result.window) if result else None
                for result in (now, before)
            ]
            yield f"{stages[0]} → {stages[-1]}", *_value(whole[0]), *_value(whole[1])


def _of(result: Result | None, stage: str) -> tuple[float, float]:
    """The conversion from a stage and its n; NaN of 0 where it is not known."""
    if result is None or stage not in result.columns["stage"]:
        return np.nan, 0.0
    place = result.columns["stage"].index(stage)
    return float(result.columns[STEP][place]), float(result.columns[STEP + N_SUFFIX][place])


def _value(result: Result | None) -> tuple[float, float]:
    if result is None:
        return np.nan, 0.0
    value = result.value(OVERALL)
    return np.nan if value is None else value, float(result.n(OVERALL))


@dataclass(frozen=True)
class ConversionTrend:
    """The conversion of each step by the month in which the opportunities began, within the window.

    Only those with the whole window behind them count, ``n``, of the ``entered``; a month without any is unknown.
    Frame: ``month``, ``stage`` (None for the whole way), ``step``, ``rate``, ``n``, ``entered``.
    """

    months: int = 18

    @property
    def metrics(self) -> tuple[str, ...]:
        return (STEP, OVERALL)

    def __call__(self, ask: Ask) -> Answer:
        by_step = Trend((STEP, EVER), ("stage",), self.months, "month")(ask)
        overall = Trend((OVERALL, OVERALL_EVER), (), self.months, "month")(ask)
        if by_step.missing:
            return Answer(pd.DataFrame(), by_step.window, missing=by_step.missing)
        stages = way(ask.data)
        parts = []
        for stage, words in steps(stages):
            rows = by_step.frame[by_step.frame["stage"] == stage]
            parts.append(_course(rows, STEP, EVER).assign(step=words, stage=stage))
        if len(stages) > 2 and not without_stage(ask.selection)[1]:
            whole = _course(overall.frame, OVERALL, OVERALL_EVER)
            parts.append(whole.assign(step=f"{stages[0]} → {stages[-1]}", stage=None))
        nothing = pd.DataFrame(columns=["month", "rate", "n", "entered", "step", "stage"])
        frame = pd.concat([part for part in parts if len(part)] or [nothing], ignore_index=True)
        known = frame if frame["rate"].notna().any() else nothing
        facts = {"days": ask.data.conversion_days}
        return Answer(known, by_step.window, facts, (), by_step.ignored, int(overall.n or 0))


def _course(rows: pd.DataFrame, in_time: str, ever: str) -> pd.DataFrame:
    frame = rows[["month", in_time, in_time + N_SUFFIX, ever + N_SUFFIX]]
    return frame.set_axis(["month", "rate", "n", "entered"], axis=1)
