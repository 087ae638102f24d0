"""The sales funnel: how far the opportunities of a cohort came."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sqlalchemy import select

from data_layer.analyses.answer import Analysis, Answer, Ask
from data_layer.semantics.period import DAY, Window, add_months
from data_layer.semantics.query import Query
from data_layer.semantics.run import Result, run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import dim_stage

_BY_STAGE = ("stage_reached", "stage_reached_value", "lost_from_stage")
_OVERALL = ("pipeline_conversion_rate", "pipeline_conversion_ever_rate")


@dataclass(frozen=True)
class Funnel:
    """Of the opportunities that began in the period, how many reached each stage up to the last day of the data.

    ``months``: those that began in so many months up to the period's end, instead of in the period.  A stage that was
    skipped counts as passed: who is Won was Qualified.  Lost stages stand apart.
    Frame: ``stage`` (in order), ``opportunities`` and their ``stage_reached_value``, ``of_first`` and ``of_previous``
    (fractions, the latter NaN for the first), ``lost_from_stage``.  Facts: ``lost``, ``open`` (neither won nor lost),
    ``overall`` and ``overall_ever`` (value and n of the conversion to won within the window, and so far), ``days`` (the
    window).  A filter on stages is not followed: it would cut the way to a stage off.
    """

    months: int | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        return (*_BY_STAGE, *_OVERALL)

    def __call__(self, ask: Ask) -> Answer:
        window = self.record_window(ask.selection, ask.data)
        selection, left_out = without_stage(ask.selection)
        result = run(Query(_BY_STAGE, ("stage",)), selection, ask.viewer, ask.data, window)
        if result.missing:
            return Answer(pd.DataFrame(), window, missing=result.missing)
        ignored = (*result.ignored, *left_out)
        frame = _frame(result, way(ask.data))
        total = int(frame["opportunities"].max()) if len(frame) else 0
        if not total:
            return Answer(frame.head(0), window, ignored=ignored)
        whole = run(Query(_OVERALL), selection, ask.viewer, ask.data, window)
        in_time, ever = ((whole.value(name), whole.n(name)) for name in _OVERALL)
        won, lost = round((ever[0] or 0.0) * ever[1]), int(frame["lost_from_stage"].sum())
        facts = {
            "lost": lost, "open": max(0, total - lost - won), "overall": in_time, "overall_ever": ever,
            "days": ask.data.conversion_days,
        }  # fmt: skip
        return Answer(frame, window, facts, (), ignored, total)

    def record_window(self, selection: Selection, data: Generation) -> Window:
        """The days in which the opportunities began."""
        window = selection.window(data.as_of, data.first_day)
        if self.months is None:
            return window
        end = min(window.last_day, data.as_of) + DAY
        return Window(add_months(end, -self.months), end)


@dataclass(frozen=True)
class AcrossStages:
    """Another analysis, of the whole way: what the selection says of stages is not followed.

    Of the opportunities in one stage none is won, so there is no rate of winning to tell.
    """

    inner: Analysis

    @property
    def metrics(self) -> tuple[str, ...]:
        return self.inner.metrics

    def __call__(self, ask: Ask) -> Answer:
        selection, left_out = without_stage(ask.selection)
        answer = self.inner(replace(ask, selection=selection))
        return replace(answer, ignored=(*answer.ignored, *left_out))

    def record_selection(self, selection: Selection) -> Selection:
        """What the records behind it are held to: the same."""
        return without_stage(selection)[0]

    def record_window(self, selection: Selection, data: Generation) -> Window:
        """The days of the records, where they are not the period's: as the other analysis says."""
        theirs = getattr(self.inner, "record_window", None)
        days: Window = theirs(selection, data) if theirs else selection.window(data.as_of, data.first_day)
        return days


def without_stage(selection: Selection) -> tuple[Selection, tuple[str, ...]]:
    """The selection without what it says of stages, and ``("stage",)`` where it said something."""
    picks = tuple(pick for pick in selection.picks if pick.dimension != "stage")
    freed = replace(selection.with_filter("stage", ()), picks=picks)
    return freed, ("stage",) if len(freed.conditions()) < len(selection.conditions()) else ()


def way(data: Generation) -> list[str]:
    """The stages on the way to being won, and the won ones, in their order."""
    columns = dim_stage.c
    wanted = select(columns.name).where(columns.stage_key != 0, ~columns.is_lost).order_by(columns.position)

    def ask() -> list[str]:
        with data.connect() as connection:
            return [str(name) for name in connection.execute(wanted).scalars()]

    found: list[str] = data.memo.get("stages of the way", ask)
    return found


def _frame(result: Result, stages: list[str]) -> pd.DataFrame:
    """Counts and shares by stage; a stage that nobody reached is there with nobody in it."""
    columns = result.columns
    places = {stage: place for place, stage in enumerate(columns["stage"])}

    def of(name: str) -> list[float]:
        return [float(columns[name][places[stage]]) if stage in places else 0.0 for stage in stages]

    frame = pd.DataFrame(
        {
            "stage": stages,
            "opportunities": np.array(of("stage_reached"), dtype=float),
            "stage_reached_value": np.array(of("stage_reached_value"), dtype=float),
        }
    )
    first = frame["opportunities"].max() if len(frame) else 0.0
    frame["of_first"] = frame["opportunities"] / (first or np.nan)
    frame["of_previous"] = frame["opportunities"] / frame["opportunities"].shift(1).replace(0.0, np.nan)
    frame["lost_from_stage"] = np.array(of("lost_from_stage"), dtype=float)
    return frame
