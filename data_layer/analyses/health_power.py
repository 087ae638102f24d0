"""How well the health score tells clients who will leave from those who will stay.

On a past day of measurement, of the clients who held a product then and had a score: those who held none any more at some
time in the following days are the ones who left.  The score of that day knows nothing of what came after.  AUC is the
chance that of one who left and one who stayed the one who stayed had the higher score (ties count half): 0.5 is chance,
1 is perfect.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import select

from data_layer.access import Viewer
from data_layer.semantics.facts import HEALTH
from data_layer.semantics.scope import row_rights
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.health import COMPONENTS
from data_layer.warehouse.tables import rollup_health, rollup_holding_span

HORIZON_DAYS = 90
CONFIDENCE = 1.96


@dataclass(frozen=True)
class Power:
    """An area under the curve, with what it rests on.  ``auc`` and the ends of its 95 % interval are None over nothing."""

    name: str
    left: int
    stayed: int
    auc: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """``overall``: all days together; ``parts``: the same of each component alone; ``days``: of each day alone."""

    overall: Power
    parts: tuple[Power, ...]
    days: tuple[Power, ...]


def evaluate(
    viewer: Viewer, data: Generation, horizon: int = HORIZON_DAYS, start: date | None = None, end: date | None = None
) -> Evaluation:
    """Every day of measurement in ``[start, end)`` whose horizon the data covers whole."""
    rows = _scored(viewer, data, horizon, start, end)
    names = ("score", *(part.name for part in COMPONENTS))
    found = {name: _over_days(name, rows) for name in names}
    days = tuple(_power(str(day), part["score"], part["left"]) for day, part in rows.groupby("day"))
    return Evaluation(found["score"], tuple(found[name] for name in names[1:]), days)


def auc(scores: Sequence[float], left: Sequence[bool]) -> float | None:
    """The Mann–Whitney statistic as a share: stayers above leavers.  None without one of each."""
    gone = pd.Series(left, dtype=bool).to_numpy()
    count, others = int(gone.sum()), int((~gone).sum())
    if not count or not others:
        return None
    ranks = pd.Series(scores, dtype=float).rank().to_numpy()
    above = ranks[gone].sum() - count * (count + 1) / 2
    return float(1 - above / (count * others))


def _power(name: str, scores: "pd.Series[float]", left: "pd.Series[bool]") -> Power:
    known = scores.notna()
    scores, left = scores[known], left[known]
    gone, stayed = int(left.sum()), int((~left).sum())
    area = auc(scores.tolist(), left.tolist())
    if area is None:
        return Power(name, gone, stayed, None)
    return Power(name, gone, stayed, area, *_interval(area, gone, stayed))


def _interval(area: float, gone: int, stayed: int) -> tuple[float, float]:
    """Hanley and McNeil's (1982) standard error of an area, 95 %."""
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (gone - 1) * (q1 - area * area) + (stayed - 1) * (q2 - area * area)
    error = math.sqrt(max(0.0, variance) / (gone * stayed))
    return max(0.0, area - CONFIDENCE * error), min(1.0, area + CONFIDENCE * error)


def _over_days(name: str, rows: pd.DataFrame) -> Power:
    """Pairs are compared within a day only, days weighted by their pairs: a season cannot pass for a difference.

    The interval is that of the largest number of leavers that are certainly different people: each is counted once.
    """
    areas = [_power(name, part[name], part["left"]) for _, part in rows.groupby("day")]
    areas = [one for one in areas if one.auc is not None]
    gone, stayed = sum(one.left for one in areas), sum(one.stayed for one in areas)
    if not areas:
        return Power(name, gone, stayed, None)
    pairs = [one.left * one.stayed for one in areas]
    area = sum(one.auc * weight for one, weight in zip(areas, pairs, strict=True) if one.auc is not None) / sum(pairs)
    known = rows[rows[name].notna()]
    people = int(known.loc[known["left"], "customer_key"].nunique())
    others = int(known.loc[~known["left"], "customer_key"].nunique())
    return Power(name, gone, stayed, area, *_interval(area, people, others))


def _scored(viewer: Viewer, data: Generation, horizon: int, start: date | None, end: date | None) -> pd.DataFrame:
    """Holders on each day of measurement: ``day``, ``customer_key``, the scores, and whether they ``left``."""
    h, s = rollup_health.c, rollup_holding_span.c
    parts = [h[part.name] for part in COMPONENTS]
    rights = row_rights(HEALTH, viewer)
    wanted = (
        select(h.valid_from.label("day"), h.customer_key, h.score, *parts, s.valid_to.label("until"))
        .select_from(rollup_health.join(rollup_holding_span, s.customer_key == h.customer_key))
        .where(s.valid_from <= h.valid_from, s.valid_to > h.valid_from)
        .where(h.valid_from <= data.as_of - timedelta(days=horizon), *([rights] if rights is not None else []))
    )
    wanted = wanted.where(h.valid_from >= start) if start else wanted
    wanted = wanted.where(h.valid_from < end) if end else wanted
    with data.connect() as connection:
        result = connection.execute(wanted)
        rows = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
    ahead = timedelta(days=horizon)
    left = [until <= day + ahead for day, until in zip(rows["day"], rows["until"], strict=True)]
    return rows.assign(left=pd.Series(left, dtype=bool)).astype(
        dict.fromkeys(("score", *(part.name for part in COMPONENTS)), float)
    )
