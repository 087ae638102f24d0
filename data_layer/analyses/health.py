"""Why a client's health score is what it is: its components, what each weighs and what each brings."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Select, func, select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import HEALTH
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.scope import conditions, holds
from data_layer.warehouse.health import COMPONENTS
from data_layer.warehouse.tables import health_component, rollup_health

NEVER_SEEN = {"nothing": "Health is measured from the day on which a client is first seen; none was seen by then."}


@dataclass(frozen=True)
class HealthParts:
    """The components on the last day of the period; of several clients their means.

    Frame: ``component``, ``means`` (how it is measured), ``score`` (0–100, None without data), ``weight`` (share of all
    weights), ``points`` (what it adds to the score; they add up to it).  With several clients ``points`` are unknown.
    Facts: ``score`` (None under the least coverage), ``coverage``, ``clients``, ``measured`` (the day).
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("health_score",)

    def __call__(self, ask: Ask) -> Answer:
        day = min(ask.window.last_day, ask.data.as_of)
        window = Window(day, day + DAY)
        if not ask.data.has(*METRICS["health_score"].needs):
            return Answer(pd.DataFrame(), window, missing=self.metrics)
        kept, ignored = conditions(HEALTH, ask.selection.conditions(), ask.viewer, ask.window, day)
        with ask.data.connect() as connection:
            found = connection.execute(_means().where(holds(HEALTH, day, window), *kept)).mappings().one()
            weighed = select(health_component.c.name, health_component.c.weight)
            weights = {str(name): float(weight) for name, weight in connection.execute(weighed)}
        if not found["clients"]:
            return Answer(_frame(dict(found), weights).iloc[0:0], window, NEVER_SEEN, ignored=ignored)
        facts = {name: found[name] for name in ("score", "coverage", "clients", "measured")}
        return Answer(_frame(dict(found), weights), window, facts, (), ignored, int(found["scored"]))


def _means() -> Select[Any]:
    columns = rollup_health.c
    means = [func.avg(columns[name]).label(name) for name in ("score", "coverage", *(part.name for part in COMPONENTS))]
    counts = [func.count().label("clients"), func.count(columns.score).label("scored")]
    return select(*means, *counts, func.max(columns.valid_from).label("measured"))


def _frame(found: dict[str, Any], weights: dict[str, float]) -> pd.DataFrame:
    whole = sum(weights.values())
    carried = sum(weights[part.name] for part in COMPONENTS if found[part.name] is not None)
    one = found["clients"] == 1 and found["score"] is not None
    rows = [
        (
            part.label,
            part.means,
            None if found[part.name] is None else float(found[part.name]),
            weights[part.name] / whole,
            float(found[part.name]) * weights[part.name] / carried if one and found[part.name] is not None else None,
        )
        for part in COMPONENTS
    ]
    return pd.DataFrame(rows, columns=["component", "means", "score", "weight", "points"]).astype(
        {"score": float, "points": float}
    )
