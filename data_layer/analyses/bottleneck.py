"""The bottleneck: the step of the pipeline whose losses, beyond what is usual for it, cost the most.

Every step of every team is held against what that team did at that step before, and against what the other teams do at
it now.  Only a shortfall against both counts, measured from the lower of the two, and only where chance is an unlikely
cause.  Its price: opportunities that would have gone on x their average value x the share of those that came so far
and were won.
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.funnel import way, without_stage
from data_layer.analyses.stages import STEP, steps
from data_layer.semantics.formats import SPACE, during, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.period import Window, add_months
from data_layer.semantics.query import N_SUFFIX, Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.tables import UNKNOWN

# Of fewer, a share says little; and from here on chance explains less than one shortfall in twenty.
LEAST = 30
LEAST_DEVIATIONS = 1.64
HISTORY_MONTHS = 24
_MEASURES = (STEP, "stage_reached", "stage_reached_value")
_NOW = ("open_opportunities", "open_opportunity_value", "days_waiting")
Cell = tuple[str, str]  # a stage and a team


@dataclass(frozen=True)
class Share:
    """``hits`` of ``of``; a sum of two is the share of both together."""

    hits: float = 0.0
    of: float = 0.0

    @property
    def rate(self) -> float:
        return self.hits / self.of if self.of else math.nan

    @property
    def is_enough(self) -> bool:
        return self.of >= LEAST

    def __add__(self, other: "Share") -> "Share":
        return Share(self.hits + other.hits, self.of + other.of)


@dataclass(frozen=True)
class Shortfall:
    """A step of a team that converts less than it did before and less than the other teams do.

    ``before``, ``peers``: None where there are too few to compare with.  ``missed``: opportunities that would have gone
    on at the lower of the two shares.  ``cost``: the value of those of them that would have been won.
    """

    stage: str
    step: str
    team: str
    now: Share
    before: Share | None
    peers: Share | None
    missed: float
    cost: float


@dataclass(frozen=True)
class Told:
    """A sentence and where it leads: a filter (dimension and value), or a tile of the page."""

    text: str
    good: bool | None = None
    team: str | None = None
    tile: str | None = None


@dataclass(frozen=True)
class Bottleneck:
    """What costs the most, in sentences with number, period, comparison and money.

    Frame: a row per step and team of which something is known: ``step``, ``team``, ``now``, ``now_n``, ``before``,
    ``before_n``, ``peers``, ``peers_n``, ``missed``, ``cost`` (NaN where there is no shortfall), dearest first.
    Facts: ``told`` (a list of :class:`Told`), ``days`` (the conversion window).
    """

    metrics: tuple[str, ...] = field(default=(*_MEASURES, *_NOW, "days_in_stage"))

    def __call__(self, ask: Ask) -> Answer:
        selection, left_out = without_stage(ask.selection)
        window = ask.window
        now = _frame(ask, selection, window)
        if now is None:
            return Answer(pd.DataFrame(), window, missing=self.metrics)
        past = Window(max(ask.data.first_day, add_months(window.start, -HISTORY_MONTHS)), window.start)
        before = _frame(ask, selection, past) if past.days > 0 else None
        found = _shortfalls(steps(way(ask.data)), _shares(now), _shares(before), now, _chances(before, now))
        facts: dict[str, Any] = {"days": ask.data.conversion_days}
        if not found:
            facts["told"] = [_too_early(ask, window)]
            return Answer(now[["stage", "team", "stage_reached"]], window, facts, ignored=left_out)
        costly = [one for one in found if one.cost > 0]
        facts["told"] = _tell(ask, selection, costly, past) if costly else [_nothing(found, window)]
        return Answer(_as_frame(found), window, facts, ignored=left_out, n=int(sum(one.now.of for one in found)))


def _frame(ask: Ask, selection: Selection, window: Window) -> pd.DataFrame | None:
    result = run(Query(_MEASURES, ("stage", "team")), selection, ask.viewer, ask.data, window)
    return None if result.missing else result.frame


def _shares(frame: pd.DataFrame | None) -> dict[Cell, Share]:
    """Who went on in time, by stage and team."""
    if frame is None:
        return {}
    known = frame[frame[STEP].notna()]
    rows = zip(known["stage"], known["team"], known[STEP], known[STEP + N_SUFFIX], strict=True)
    return {(stage, team): Share(rate * n, n) for stage, team, rate, n in rows}


def _chances(before: pd.DataFrame | None, now: pd.DataFrame) -> dict[str, float]:
    """Of those that reached a stage, the share that reached the last one: of the past, else of now."""
    frame = before if before is not None and len(before) else now
    reached = frame.groupby("stage", sort=False)["stage_reached"].sum()
    last = float(reached.min()) if len(reached) else 0.0
    return {str(stage): last / count if count else 0.0 for stage, count in reached.items()}


def _shortfalls(
    stages: list[tuple[str, str]],
    now: dict[Cell, Share],
    past: dict[Cell, Share],
    values: pd.DataFrame,
    chances: dict[str, float],
) -> list[Shortfall]:
    """Every step and team that has enough opportunities, the dearest shortfall first; no shortfall costs 0."""
    found = []
    after = {stage: later for (stage, _), (later, _) in pairwise(stages)}
    cells = zip(values["stage"], values["team"], strict=True)
    amounts = zip(values["stage_reached_value"].tolist(), values["stage_reached"].tolist(), strict=True)
    worth = dict(zip(cells, amounts, strict=True))
    for stage, words in stages:
        teams = {team: share for (at, team), share in now.items() if at == stage and team != UNKNOWN}
        for team, share in teams.items():
            if not share.is_enough:
                continue
            others = sum((other for name, other in teams.items() if name != team), Share())
            before, peers = past.get((stage, team), Share()), others
            missed = _missed(share, [one for one in (before, peers) if one.is_enough])
            value, count = worth[stage, team]
            cost = missed * value / count * chances.get(after.get(stage, ""), 1.0) if count else 0.0
            known_before, known_peers = (one if one.is_enough else None for one in (before, peers))
            found.append(Shortfall(stage, words, team, share, known_before, known_peers, missed, cost))
    return sorted(found, key=lambda one: (-one.cost, one.now.rate))


def _missed(now: Share, references: list[Share]) -> float:
    """How many more would have gone on at the lowest of the references; 0 where chance may be the cause."""
    if not references:
        return 0.0
    reference = min(references, key=lambda one: one.rate)
    spread = sum(one.rate * (1 - one.rate) / one.of for one in (now, reference))
    gap = reference.rate - now.rate
    return gap * now.of if gap > LEAST_DEVIATIONS * math.sqrt(spread) else 0.0


def _as_frame(found: list[Shortfall]) -> pd.DataFrame:
    rows = [
        {
            "step": one.step,
            "team": one.team,
            "now": one.now.rate,
            "now_n": one.now.of,
            "before": one.before.rate if one.before else math.nan,
            "before_n": one.before.of if one.before else 0.0,
            "peers": one.peers.rate if one.peers else math.nan,
            "peers_n": one.peers.of if one.peers else 0.0,
            "missed": one.missed or math.nan,
            "cost": one.cost or math.nan,
        }
        for one in found
    ]
    return pd.DataFrame(rows)


# ---- in words


def _tell(ask: Ask, selection: Selection, costly: list[Shortfall], past: Window) -> list[Told]:
    first = costly[0]
    text = f"{first.step} in {first.team} costs the most. {_compared(first, ask, past)} {_price(first)}"
    told = [Told(text, good=False, team=first.team)]
    told += [one for one in (_slow(ask, selection, first), _waiting(ask, selection, first)) if one]
    told += [one for one in (_most_lost(ask, selection),) if one]
    if len(costly) > 1:
        second = costly[1]
        told.append(Told(f"Next: {second.step} in {second.team}. {_compared(second, ask, past)} {_price(second)}",
                         good=False, team=second.team))  # fmt: skip
    return told


def _compared(one: Shortfall, ask: Ask, past: Window) -> str:
    """“41.2 % of those that began in the 12 months … went on within 90 days (n = 512); 58.9 % did in … (n = 1,010)”."""
    days = f"{ask.data.conversion_days} days"
    against = []
    if one.before:
        against.append(f"{_share(one.before)} did in the {_months(past)} before")
    if one.peers:
        against.append(f"{_share(one.peers)} in the other teams")
    return (
        f"Of those that began {during(ask.window)}, {_share(one.now)} went on within {days}; {' and '.join(against)}."
    )


def _price(one: Shortfall) -> str:
    count = max(1, round(one.missed))
    more = "1 more would" if count == 1 else f"{count:,} more would"
    lower = "At the lower of the two" if one.before and one.peers else "At that rate"
    return f"{lower}, {more} have gone on: about {short(one.cost, Unit.MONEY)} won."


def _months(past: Window) -> str:
    months = round(past.days / 30.44)
    return f"{months} months" if months > 1 else f"{past.days} days"


def _share(share: Share) -> str:
    return f"{short(share.rate, Unit.RATE)} (n{SPACE}={SPACE}{share.of:,.0f})"


def _slow(ask: Ask, selection: Selection, one: Shortfall) -> Told | None:
    """How long a completed stay lasts there, beside the same stay in the other teams."""
    mine = run(Query(("days_in_stage",)), _only(selection, one), ask.viewer, ask.data)
    all_teams = run(Query(("days_in_stage",), ("team",)), _only(selection, one, team=False), ask.viewer, ask.data)
    days, others = mine.value("days_in_stage"), all_teams.frame
    others = others[(others["team"] != one.team) & (others["days_in_stage" + N_SUFFIX] >= LEAST)]
    if days is None or mine.n("days_in_stage") < LEAST or others.empty:
        return None
    low, high = others["days_in_stage"].min(), others["days_in_stage"].max()
    ends = dict.fromkeys((short(low, Unit.DAYS), short(high, Unit.DAYS)))
    text = (
        f"A completed stay in {one.stage} takes {one.team} {short(days, Unit.DAYS)} "
        f"(median, n{SPACE}={SPACE}{mine.n('days_in_stage'):,}, entered {during(ask.window)}); the other teams take "
        f"{' to '.join(ends)}."
    )
    return Told(text, good=None if days <= high else False, tile="stages")


def _waiting(ask: Ask, selection: Selection, one: Shortfall) -> Told | None:
    """What is open there at the end of the period."""
    found = run(Query(_NOW), _only(selection, one), ask.viewer, ask.data)
    count, value, days = (found.value(name) for name in _NOW)
    if not count or days is None:
        return None
    day = min(ask.window.last_day, ask.data.as_of)
    some = "1 open opportunity waits" if count == 1 else f"{count:,.0f} open opportunities wait"
    text = (
        f"{some} in {one.stage} with {one.team} on {day.day} {day:%b %Y}, worth {short(value, Unit.MONEY)}; "
        f"half of them for {short(days, Unit.DAYS)} or longer."
    )
    return Told(text, tile="waiting")


def _most_lost(ask: Ask, selection: Selection) -> Told | None:
    """The stage that most of this cohort were lost from."""
    found = run(Query(("lost_from_stage",), ("stage",)), selection, ask.viewer, ask.data)
    by_stage = dict(zip(found.columns["stage"], found.columns["lost_from_stage"], strict=True))
    total = sum(by_stage.values())
    if not total:
        return None
    stage, count = max(by_stage.items(), key=lambda item: item[1])
    text = (
        f"Most are lost from {stage}: {count:,.0f} of the {total:,.0f} lost so far of those that began "
        f"{during(ask.window)}, {short(count / total, Unit.RATE)}."
    )
    return Told(text, tile="dropped")


def _only(selection: Selection, one: Shortfall, *, team: bool = True) -> Selection:
    """The selection held to the stage, and to the team unless it is held to teams already."""
    held = selection.with_filter("stage", (one.stage,))
    return held.with_filter("team", (one.team,)) if team else held


def _too_early(ask: Ask, window: Window) -> Told:
    """Nothing can be told: too few opportunities, or too young ones."""
    return Told(
        f"Too early to say: of the opportunities that began {during(window)}, fewer than {LEAST} of any team have the "
        f"{ask.data.conversion_days} days behind them that count here. Choose a longer period.",
        tile="stages",
    )


def _no_step(found: list[Shortfall]) -> str:
    if any(one.before and one.peers for one in found):
        return "No step of any team loses more than it did before and more than the other teams lose now."
    if any(one.peers for one in found):
        return "No step of any team loses more than the other teams lose."
    return "No step loses more than it did before." if any(one.before for one in found) else "Nothing to compare with yet."


def _nothing(found: list[Shortfall], window: Window) -> Told:
    """No step stands out; the largest loss there is, for orientation."""
    by_step: dict[str, Share] = {}
    for one in found:
        by_step[one.step] = by_step.get(one.step, Share()) + one.now
    step, share = min(by_step.items(), key=lambda item: item[1].rate)
    return Told(
        f"{_no_step(found)} The largest loss is at {step}: {short(1 - share.rate, Unit.RATE)} of those that began {during(window)} did not go on in time "
        f"(n{SPACE}={SPACE}{share.of:,.0f}).",
        tile="cohorts",
    )
