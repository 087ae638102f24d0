"""What changed: the moves that stand out, and the group that explains most of each."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from math import isnan
from operator import truediv
from typing import NamedTuple

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.change_words import Move, change_in_words, explained_in_words
from data_layer.analyses.comparable import is_covered, same_statements
from data_layer.analyses.contributions import Number, Over, Share, Split, leading, of_amounts, of_rates
from data_layer.analyses.unusual import unusual
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import amount, difference, exact
from data_layer.semantics.metric import Good, Kind, Metric, Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window, add_months, bucket_end, bucket_start
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, Query, Unanswerable, check_reach
from data_layer.semantics.result import Columns
from data_layer.semantics.run import Result, complete, run, run_apart
from data_layer.warehouse.tables import UNKNOWN

KPIS = (
    "aum", "net_flows", "interactions", "clients_added", "active_clients", "followups_overdue_now",
    "answered_in_target_rate", "csat_rate", "retention_rate",
)  # fmt: skip
TRIED = ("segment", "state", "product_category", "product", "team")
FEWEST, MOST = 3, 6
# A rate over fewer cases moves by chance alone.
LEAST_N = 20
PAST_MONTHS = 24
CENTS = 100
NOTHING_BEFORE = "There is no earlier period in the data to compare with."
NOTHING_KNOWN = "None of the figures is known for both periods."


class Contribution(NamedTuple):
    """``value``: what a link filters on.  ``amount``: in the metric's own unit; rates as fractions."""

    value: str
    label: str
    amount: float


@dataclass(frozen=True)
class Sentence:
    """One finding.

    ``direction``: up, down or flat.  ``good``: whether it is welcome, None where that cannot be said.  ``dimension``
    and ``value``: the group that explains most of it, None where no group stands out.  ``contributions``: those of all
    groups of that dimension, the largest first; they add up to ``after - before``.  ``unusual``: in units of the usual
    move.
    """

    metric: str
    text: str
    direction: str
    good: bool | None
    before: float
    after: float
    unusual: float
    dimension: str | None = None
    value: str | None = None
    label: str | None = None
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True)
class WhatChanged:
    """Three to six sentences on what moved between the comparison period and the period.

    The figures are ranked by how unusual their move is (:func:`unusual`); from the fourth on only those are told that
    moved by more than is usual.  Where the selection compares with nothing, the last whole month is compared with the
    one before.  Facts: ``sentences`` (of :class:`Sentence`), ``comparison`` (Window), ``note`` where there is none.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return KPIS

    def __call__(self, ask: Ask) -> Answer:
        window, comparison = periods(ask)
        if comparison.end <= ask.data.first_day or window.days < 1 or comparison.days < 1:
            return _only(NOTHING_BEFORE, window, comparison)
        now = run(Query(KPIS), ask.selection, ask.viewer, ask.data, window)
        if len(now.missing) == len(KPIS):
            return Answer({}, window, {"sentences": ()}, now.missing, now.ignored)
        moves = rank(_moves(ask, now, comparison))
        if not moves:
            return _only(NOTHING_KNOWN, window, comparison)
        sentences = tuple(self._sentence(ask, move) for move in moves)
        facts = {"sentences": sentences, "comparison": comparison}
        return Answer(self._table(sentences), window, facts, (), now.ignored)

    def _sentence(self, ask: Ask, move: Move) -> Sentence:
        best = _best(ask, move)
        text = change_in_words(move)
        if best is None:
            told = explained_in_words(move, None, "", 0.0, reachable(move.metric))
            return _told(move, f"{text}{told}.")
        dimension, group, results = best
        split, labels = _split(move.metric, dimension, *results), _labels(dimension, *results)
        parts = sorted(split.parts.items(), key=lambda part: (-abs(float(part[1])), part[0]))
        contributions = tuple(Contribution(value, labels[value], _amount(move.metric, part)) for value, part in parts)
        told = explained_in_words(move, dimension, labels[group], _amount(move.metric, split.parts[group]))
        return _told(move, f"{text}{told}.", dimension, group, labels[group], contributions)

    def _table(self, sentences: tuple[Sentence, ...]) -> Columns:
        """The table view: a row per sentence."""
        rows = [self._row(told) for told in sentences]
        return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}

    def _row(self, told: Sentence) -> dict[str, str]:
        metric = METRICS[told.metric]
        part = next((c.amount for c in told.contributions if c.value == told.value), None)
        return {
            "figure": metric.label,
            "before": exact(told.before, metric.unit),
            "now": exact(told.after, metric.unit),
            "change": difference(told.after - told.before, metric.unit),
            "explained_by": f"{DIMENSIONS[told.dimension].label}: {told.label}" if told.dimension else "—",
            "of_it": amount(part, metric.unit) if part is not None else "—",
            "sentence": told.text,
        }


def periods(ask: Ask) -> tuple[Window, Window]:
    """The period and the one it is compared with; the last two whole months where the selection compares nothing."""
    if ask.comparison is not None:
        return ask.window, ask.comparison
    end = bucket_start(min(ask.window.last_day, ask.data.as_of) + DAY, "month")
    start = add_months(end, -1)
    return Window(start, end), Window(add_months(start, -1), start)


def reachable(metric: Metric) -> tuple[str, ...]:
    """The dimensions over which a change of the metric is explained."""
    found = []
    for name in TRIED:
        try:
            check_reach(metric, DIMENSIONS[name])
        except Unanswerable:
            continue
        found.append(name)
    return tuple(found)


def rank(moves: list[Move]) -> list[Move]:
    """The most unusual first: three at least, where there are so many, then those that moved more than is usual."""
    ordered = sorted(moves, key=lambda move: (move.before == move.after, -move.unusual, KPIS.index(move.metric.name)))
    told = ordered[:FEWEST]
    return told + [move for move in ordered[FEWEST:MOST] if move.unusual >= 1 and move.before != move.after]


def _moves(ask: Ask, now: Result, comparison: Window) -> list[Move]:
    """The figures that are known for both periods."""
    window = now.window
    before = run(Query(KPIS), ask.selection, ask.viewer, ask.data, comparison)
    past = _past(ask, window)
    found = []
    for name in KPIS:
        metric, old, new = METRICS[name], before.value(name), now.value(name)
        n_before, n = before.n(name), now.n(name)
        if old is None or new is None or not is_covered(metric, ask.data, comparison):
            continue
        if metric.unit is Unit.RATE and min(n_before, n) < LEAST_N:
            continue
        if not same_statements(metric, n_before, n):
            continue
        score = unusual(metric, old, new, past[name], window, comparison)
        found.append(Move(metric, old, new, n, window, comparison, score))
    return found


def _past(ask: Ask, window: Window) -> dict[str, list[float]]:
    """Each figure month by month, over the whole months before the period (flows that add up: per day)."""
    end = bucket_start(window.start, "month")
    start = max(add_months(end, -PAST_MONTHS), bucket_end(bucket_start(ask.data.first_day, "month"), "month"))
    if start >= end:
        return {name: [] for name in KPIS}
    result = run(Query(KPIS, ("month",)), ask.selection, ask.viewer, ask.data, Window(start, end))
    months = complete(result, ask.data).columns
    days = [(bucket_end(month, "month") - month).days for month in months["month"]]
    return {
        name: [value / of for value, of in zip(months[name], days, strict=True)]
        if METRICS[name].additive and METRICS[name].kind is Kind.FLOW
        else months[name]
        for name in KPIS
    }


def _best(ask: Ask, move: Move) -> tuple[str, str, tuple[Result, Result]] | None:
    """The dimension in which the change is most concentrated, the group that leads in it, and both periods split by it."""
    chosen = {name for name, values in ask.selection.conditions() if len(values) == 1}
    dimensions = tuple(name for name in reachable(move.metric) if name not in chosen)  # there is one group of those
    if not dimensions:
        return None
    query = Query((move.metric.name,), dimensions)
    before, after = run_apart(query, ask.selection, ask.viewer, ask.data, (move.comparison, move.window))
    leads = {
        name: leading(_split(move.metric, name, before[name], after[name], truediv), ignore=frozenset({UNKNOWN}))
        for name in dimensions
    }
    found = [(lead.score, name, lead.group) for name, lead in leads.items() if lead is not None]
    if not found:
        return None
    most = max(score for score, _, _ in found)
    _, name, group = next(one for one in found if one[0] == most)
    return name, group, (before[name], after[name])


def _split(metric: Metric, dimension: str, before: Result, after: Result, over: Over = Fraction) -> Split:
    """The change by one of the dimensions that the results are split by; amounts of money in cents."""
    if metric.unit is Unit.RATE:
        return of_rates(_shares(metric, dimension, before), _shares(metric, dimension, after), over)
    return of_amounts(_amounts(metric, dimension, before), _amounts(metric, dimension, after))


def _amounts(metric: Metric, dimension: str, result: Result) -> dict[str, int]:
    scale = CENTS if metric.unit is Unit.MONEY else 1
    units: dict[str, int] = defaultdict(int)
    for group, value in zip(result.columns[dimension], result.columns[metric.name], strict=True):
        units[str(group)] += 0 if isnan(value) else round(value * scale)
    return units


def _amount(metric: Metric, part: Number) -> float:
    """A contribution in the metric's own unit."""
    return float(part) / CENTS if metric.unit is Unit.MONEY else float(part)


def _shares(metric: Metric, dimension: str, result: Result) -> dict[str, Share]:
    hits: dict[str, int] = defaultdict(int)
    of: dict[str, int] = defaultdict(int)
    columns = (result.columns[name] for name in (dimension, metric.name, metric.name + N_SUFFIX))
    for group, value, n in zip(*columns, strict=True):
        of[str(group)] += round(n)
        hits[str(group)] += 0 if isnan(value) else round(value * round(n))
    return {group: Share(hits[group], n) for group, n in of.items()}


def _labels(dimension: str, *results: Result) -> dict[str, str]:
    """What people read for each value."""
    column = dimension + NAME_SUFFIX if DIMENSIONS[dimension].name_column else dimension
    return {
        str(value): str(label)
        for result in results
        for value, label in zip(result.columns[dimension], result.columns[column], strict=True)
    }


def _told(
    move: Move, text: str, dimension: str | None = None, value: str | None = None, label: str | None = None,
    contributions: tuple[Contribution, ...] = (),
) -> Sentence:  # fmt: skip
    direction = "flat" if move.after == move.before else "up" if move.after > move.before else "down"
    welcome = move.metric.good
    good = None if direction == "flat" or welcome is Good.NEUTRAL else (direction == "up") == (welcome is Good.UP)
    return Sentence(
        move.metric.name, text, direction, good, move.before, move.after, move.unusual, dimension, value, label,
        contributions,
    )  # fmt: skip


def _only(note: str, window: Window, comparison: Window) -> Answer:
    """One sentence, where there is nothing else to tell."""
    return Answer({"sentence": [note]}, window, {"sentences": (), "comparison": comparison, "note": note})
