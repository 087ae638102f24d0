"""Opportunities one by one: who is in a stage, who was lost from it, and whom to act on."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.segments import high_intent_rule
from data_layer.semantics.dimensions import SAVED
from data_layer.semantics.formats import short
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import NAME_SUFFIX, Query
from data_layer.semantics.records import MOST_PAGE, Records, records_of
from data_layer.semantics.rules import BoundRule
from data_layer.semantics.run import run
from data_layer.semantics.selection import HeldSegment, Pick, Selection

_LISTED = 100
_CUSTOMER = {"client_id": "customer", "client": "customer" + NAME_SUFFIX}
# A stay is stalled once it lasts so many times the usual one; a tenth of the open opportunities has high potential.
STALLED_TIMES = 2.0
HIGH_SHARE = 0.1
_HOT = "hot"


@dataclass(frozen=True)
class Listed:
    """The first rows behind a metric, in an order that matters to whoever acts on them.

    ``metric``: of opportunities or of the stages they passed.  ``order``: the record field to sort by.  ``columns``: the
    record fields to show.  Frame: those, with ``customer`` and its name.  Facts: ``count``, of all rows there are; the
    records have the rest.
    """

    metric: str
    order: str
    columns: tuple[str, ...]
    descending: bool = True

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)

    def __call__(self, ask: Ask) -> Answer:
        if not ask.data.has(*METRICS[self.metric].needs):
            return Answer(pd.DataFrame(), ask.window, missing=self.metrics)
        records = records_of(self.metric, ask.selection, ask.viewer, ask.data)
        rows = records.page(0, _LISTED, self.order, self.descending)
        count = records.count() if len(rows) == _LISTED else len(rows)
        return Answer(_frame(rows, self.columns), ask.window, {"count": count}, n=count)


def _frame(rows: Iterable[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Records as a frame; money and days as numbers."""
    frame = pd.DataFrame([dict(row) for row in rows], dtype=object)
    if frame.empty:
        return pd.DataFrame(columns=[*_CUSTOMER.values(), *columns])
    for name in ("value", "waiting", "waited"):
        if name in frame:
            frame[name] = pd.to_numeric(frame[name]).astype(float)
    return frame.rename(columns=_CUSTOMER)[[*_CUSTOMER.values(), *columns]]


@dataclass(frozen=True)
class ActOn:
    """Open opportunities that deserve a call, each with its reasons; those with most reasons and value first; a
    hot one counts double, for somebody is waiting to be called.

    * *High potential*: its value is among the highest tenth of the open ones.
    * *Stalled*: it has been in its stage for more than twice as long as half of the completed stays there lasted.
    * *Hot*: its client is one of high intent: replied to more campaigns than the setting says.

    Of each kind at most 500 are looked at: the most valuable, the longest waiting, the most valuable hot ones.
    Frame: ``customer``, ``customer__name``, ``opportunity``, ``stage``, ``value``, ``waiting`` (days),
    ``entered`` (the stage), ``owner``, ``why``.  Facts: how many there are of each kind (``high``, ``stalled``, ``hot``)
    and of ``open`` ones.
    """

    needs_high_intent = True

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("open_opportunities", "days_waiting", "days_in_stage")

    def __call__(self, ask: Ask) -> Answer:
        missing = tuple(name for name in self.metrics if not ask.data.has(*METRICS[name].needs))
        if missing:
            return Answer(pd.DataFrame(), ask.window, missing=missing)
        open_ones = records_of("open_opportunities", ask.selection, ask.viewer, ask.data)
        count = open_ones.count()
        reasons: dict[str, list[str]] = {}
        rows: dict[str, dict[str, Any]] = {}
        kinds = {_HOT: _hot(ask), "high": _high(open_ones, count), "stalled": _stalled(open_ones, _usual_stays(ask))}
        hot = {str(row["id"]) for row, _ in kinds[_HOT]}
        for found in kinds.values():
            for row, why in found:
                rows[str(row["id"])] = row
                reasons.setdefault(str(row["id"]), []).append(why)
        order = sorted(rows, key=lambda key: (-len(reasons[key]) - (key in hot), -_number(rows[key]["value"]), key))
        frame = _frame((rows[key] for key in order), ("opportunity", "stage", "value", "waiting", "entered", "owner"))
        if not frame.empty:
            frame["why"] = [_sentence(reasons[key]) for key in order]
        facts = {"open": count, **{kind: len(found) for kind, found in kinds.items()}}
        return Answer(frame, ask.window, facts, n=count)


_Reasoned = list[tuple[dict[str, Any], str]]


def _high(records: Records, count: int) -> _Reasoned:
    wanted = min(math.ceil(count * HIGH_SHARE), MOST_PAGE)
    rows = records.page(0, wanted, "value", descending=True) if wanted else []
    share = short(HIGH_SHARE, Unit.RATE).replace(".0", "")
    return [(row, f"high potential (top {share} by value)") for row in rows if row["value"] is not None]


def _stalled(records: Records, usual: dict[str, float]) -> _Reasoned:
    rows = records.page(0, MOST_PAGE, "waiting", descending=True)
    return [
        (row, f"stalled (usual: {short(usual[row['stage']], Unit.DAYS)})")
        for row in rows
        if row["waiting"] is not None and row["waiting"] > STALLED_TIMES * usual.get(row["stage"], math.inf)
    ]


def _usual_stays(ask: Ask) -> dict[str, float]:
    """Per stage the median days of the completed stays so far, of all that the viewer may see."""
    so_far = Window(ask.data.first_day, min(ask.window.last_day, ask.data.as_of) + DAY)
    result = run(Query(("days_in_stage",), ("stage",)), Selection(), ask.viewer, ask.data, so_far)
    known = zip(result.columns["stage"], result.columns["days_in_stage"], strict=True)
    return {str(stage): days for stage, days in known if not math.isnan(days)}


def _hot(ask: Ask) -> _Reasoned:
    """Open opportunities of clients of high intent."""
    replies = ask.standards.high_intent_replies
    if not ask.data.has(*METRICS["replied"].needs):
        return []
    bound = BoundRule(high_intent_rule(replies), ask.data.as_of, ask.data.first_day).to_text()
    hot = replace(
        ask.selection,
        picks=(*ask.selection.picks, Pick(_HOT, SAVED, (_HOT,))),
        segments=(*ask.selection.segments, HeldSegment(_HOT, "Hot", bound)),
    )
    rows = records_of("open_opportunities", hot, ask.viewer, ask.data).page(0, MOST_PAGE, "value", descending=True)
    return [(row, f"hot (over {replies} replies to campaigns)") for row in rows]


def _sentence(reasons: list[str]) -> str:
    words = ", ".join(reasons)
    return words[:1].upper() + words[1:]


def _number(value: Any) -> float:
    return float(value) if value is not None else -1.0
