"""Asking the site and the oracle the same question, and comparing their answers."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from data_layer.access import Role, Viewer
from data_layer.semantics.metric import Metric, Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.oracle.ask import Filters, Question, answer
from tests.data.oracle.world import World

Answer = dict[tuple[object, ...], tuple[float, float]]
BOSS = Viewer("boss", Role.EXECUTIVE)
FEW = 3  # metrics that are one question


def question(metric: str, window: tuple[date, date], by: tuple[str, ...] = (), filters: Filters = ()) -> Question:
    """``window``: its first day, and the day after its last."""
    start, end = (pd.Timestamp(day) for day in window)
    return Question(metric, by, start, end, filters)


def viewer(asked: Question) -> Viewer:
    """Someone with the question's scope."""
    kind, who = asked.scope
    if kind == "own":
        return Viewer("staff", Role.STAFF, staff_id=who or None)
    return Viewer("lead", Role.SUPPORT_LEAD, team=who) if kind == "team" else BOSS


def check(world: World, data: Generation, asked: list[Question]) -> None:
    """Fail with all that differs between the site's answers and the oracle's."""
    wrong = [
        f"{one.by} {one.start.date()}–{one.end.date()} {one.filters} {one.scope}\n    {said}"
        for one in asked
        for said in differences(site(one, data), wanted(world, one), one.metric)[:5]
    ]
    assert not wrong, f"{asked[0].metric}\n" + "\n".join(wrong)


def on_engines(metrics: Sequence[str], others: Sequence[Any]) -> list[tuple[str, str, Any]]:
    """Each metric with each of the others on DuckDB; on PostgreSQL, whose statements differ in their dialect alone, a third
    of the pairs, in which each metric meets every third of the others.
    """
    return [
        (engine, metric, other)
        for m, metric in enumerate(metrics)
        for o, other in enumerate(others)
        for engine in ("duckdb", "postgresql")
        if engine == "duckdb" or (m + o) % 3 == 0
    ]


def is_turn(metric: str, place: int) -> bool:
    """Whether a metric is to be compared at this place of a list of groups or filters.

    Metrics of one fact and kind are one question, whose groups and filters they share: where they are many, half of
    them prove it at each place, the others at the next.
    """
    alike = _asked_with(METRICS[metric])
    return len(alike) < FEW or (alike.index(metric) + place) % 2 == 0


def _asked_with(metric: Metric) -> tuple[str, ...]:
    """The metrics that are asked for at once with this one, as a page does."""
    return tuple(name for name, other in METRICS.items() if (other.fact, other.kind) == (metric.fact, metric.kind))


def site(asked: Question, data: Generation) -> Answer:
    """The site's answer: value and n by group."""
    names = _asked_with(METRICS[asked.metric])
    frame = _run(names, replace(asked, metric=""), data.engine.dialect.name, _Held(data))
    return _by_group(frame, asked.by, asked.metric, f"{asked.metric}__n")


class _Held:
    """A generation as an argument of a cached function, which is told the engine's name beside it."""

    def __init__(self, data: Generation) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.data.engine is self.data.engine

    def __hash__(self) -> int:
        return hash(id(self.data.engine))


@cache
def _run(names: tuple[str, ...], asked: Question, _engine: str, held: _Held) -> pd.DataFrame:
    window = Window(asked.start.date(), asked.end.date())
    result = run(Query(names, asked.by), Selection(filters=asked.filters), viewer(asked), held.data, window)
    assert not result.missing
    return result.frame


@cache
def wanted(world: World, asked: Question) -> Answer:
    """The oracle's answer, computed once for all engines."""
    return _by_group(answer(world, asked), asked.by, "value", "n")


def _by_group(frame: pd.DataFrame, by: tuple[str, ...], value: str, n: str) -> Answer:
    keys = list(zip(*([_plain(key) for key in frame[name]] for name in by), strict=True)) if by else [()]
    assert len(set(keys)) == len(keys) == len(frame), "a group appears twice"
    return dict(zip(keys, zip(frame[value].astype(float), frame[n].astype(float), strict=True), strict=True))


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.date()
    return int(value) if isinstance(value, float | np.integer) else value


def differences(found: Answer, right: Answer, metric: str) -> list[str]:
    """What differs, in words: money to the cent, counts exactly, the rest to nine digits.

    A group of which the oracle knows no row must be empty: 0 for sums and counts, unknown for the rest.
    """
    unit = METRICS[metric].unit
    empty = (0.0 if METRICS[metric].additive or unit is Unit.COUNT else math.nan, 0.0)
    slack = 0.004 if unit is Unit.MONEY else 1e-9
    said = []
    for key in found.keys() | right.keys():
        (value, n), (other, m) = found.get(key, (math.inf, -1)), right.get(key, empty)
        same = (math.isnan(value) and math.isnan(other)) or math.isclose(value, other, rel_tol=1e-9, abs_tol=slack)
        if not same or n != m:
            said.append(f"{key}: site {value!r} (n {n:g}), oracle {other!r} (n {m:g})")
    return sorted(said)
