"""The sales funnel in small: how far the opportunities of the last year came."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Select, and_, case, func, or_, select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import STAGE_CHANGE
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window, add_months
from data_layer.semantics.scope import conditions, holds
from data_layer.warehouse.tables import dim_stage


@dataclass(frozen=True)
class Funnel:
    """Of the opportunities that began in the last ``months``, how many reached each stage up to the period's end.

    A stage that was skipped counts as passed: who is Won was Qualified.  Lost stages stand apart.
    Frame: ``stage`` (in order), ``opportunities``, ``of_first`` and ``of_previous`` (fractions, the latter NaN for the
    first).  Facts: ``lost`` (how many of them are lost at the period's end), ``open`` (neither won nor lost).
    A filter on stages is not followed: it would cut the way to a stage off.
    """

    months: int = 12

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("opportunities",)

    def __call__(self, ask: Ask) -> Answer:
        end = min(ask.window.last_day, ask.data.as_of) + DAY
        window = Window(add_months(end, -self.months), end)
        if not ask.data.has(METRICS["opportunities"].sources):
            return Answer(pd.DataFrame(), window, missing=self.metrics)
        counted, ignored = _furthest(ask, window)
        with ask.data.connect() as connection:
            ways = [(int(at), bool(lost), int(count)) for at, lost, count in connection.execute(counted)]
            stages = [(str(name), int(position), bool(won)) for name, position, won in connection.execute(_stages())]
        total = sum(count for _, _, count in ways)
        if not total:
            return Answer(_frame([], ways), window, ignored=ignored)
        won_from = min((position for _, position, is_won in stages if is_won), default=None)
        won = sum(count for at, lost, count in ways if won_from and at >= won_from and not lost)
        lost = sum(count for _, is_lost, count in ways if is_lost)
        facts = {"lost": lost, "open": total - lost - won}
        return Answer(_frame(stages, ways), window, facts, (), ignored, total)


def _stages() -> Select[Any]:
    """The stages on the way to being won, in their order."""
    columns = dim_stage.c
    wanted = select(columns.name, columns.position, columns.is_won)
    return wanted.where(columns.stage_key != 0, ~columns.is_lost).order_by(columns.position)


def _furthest(ask: Ask, window: Window) -> tuple[Select[Any], tuple[str, ...]]:
    """Opportunities that began in the window, counted by the furthest stage they entered and whether they are lost."""
    change, last = STAGE_CHANGE.table, window.last_day
    wanted = ask.selection.conditions()
    followed = [(name, values) for name, values in wanted if name != "stage"]
    kept, ignored = conditions(STAGE_CHANGE, followed, ask.viewer, window, last)
    no_way = or_(dim_stage.c.is_lost, dim_stage.c.stage_key == 0)
    lost_now = and_(dim_stage.c.is_lost, holds(STAGE_CHANGE, last, window))
    way = (
        select(
            func.max(case((no_way, 0), else_=dim_stage.c.position)).label("furthest"),
            func.max(case((lost_now, 1), else_=0)).label("is_lost"),
        )
        .select_from(change.join(dim_stage, dim_stage.c.stage_key == change.c.stage_key))
        .where(change.c.entered_date < window.end, change.c.opportunity_key != 0, *kept)
        .group_by(change.c.opportunity_key)
        .having(func.min(change.c.entered_date) >= window.start)
        .subquery("way")
    )
    counted = select(way.c.furthest, way.c.is_lost, func.count().label("opportunities"))
    left_out = ("stage",) if len(followed) < len(wanted) else ()
    return counted.group_by(way.c.furthest, way.c.is_lost), (*ignored, *left_out)


def _frame(stages: list[tuple[str, int, bool]], ways: list[tuple[int, bool, int]]) -> pd.DataFrame:
    """Counts and shares by stage.  Whatever else is known of an opportunity, it passed the first stage."""
    rows = [
        (name, sum(count for at, _, count in ways if at >= position or place == 0))
        for place, (name, position, _) in enumerate(stages)
    ]
    frame = pd.DataFrame(rows, columns=["stage", "opportunities"]).astype({"opportunities": float})
    frame["of_first"] = frame["opportunities"] / frame["opportunities"].max()
    frame["of_previous"] = frame["opportunities"] / frame["opportunities"].shift(1).replace(0.0, float("nan"))
    return frame
