"""The bottleneck: the step of the pipeline whose losses, beyond what is usual for it, cost the most.

Every step of every team is held against what that team did at that step before, and against what the other teams do at
it now.  Only a shortfall against both counts, measured from the lower of the two, and only where chance is an unlikely
cause.  Its price: opportunities that would have gone on x their average value x the share of those that came so far
and were won.
"""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.funnel import way, without_stage
from data_layer.analyses.shortfalls import LEAST, Share, Shortfall, as_frame, chances, shares_of, shortfalls
from data_layer.analyses.stages import STEP, steps
from data_layer.semantics.formats import SPACE, day_in_words, during, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.period import Window, add_months
from data_layer.semantics.query import N_SUFFIX, Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection

HISTORY_MONTHS = 24
_MEASURES = (STEP, "stage_reached", "stage_reached_value")
_NOW = ("open_opportunities", "open_opportunity_value", "days_waiting")


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
    ``before_n``, ``peers``, ``peers_n``, ``missed``, ``cost`` (NaN where there is no shortfall, or no opportunity has a
    value), dearest first.
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
        found = shortfalls(steps(way(ask.data)), shares_of(now), shares_of(before), now, chances(before, now))
        facts: dict[str, Any] = {"days": ask.data.conversion_days}
        if not found:
            facts["told"] = [_too_early(ask, window)]
            return Answer(now[["stage", "team", "stage_reached"]], window, facts, ignored=left_out)
        costly = [one for one in found if one.missed > 0]
        facts["told"] = _tell(ask, selection, costly, past) if costly else _nothing(ask, selection, found)
        return Answer(as_frame(found), window, facts, ignored=left_out, n=int(sum(one.now.of for one in found)))


def _frame(ask: Ask, selection: Selection, window: Window) -> pd.DataFrame | None:
    result = run(Query(_MEASURES, ("stage", "team")), selection, ask.viewer, ask.data, window)
    return None if result.missing else result.frame


# ---- in words


def _tell(ask: Ask, selection: Selection, costly: list[Shortfall], past: Window) -> list[Told]:
    first = costly[0]
    most = "costs the most" if first.is_priced else "loses the most"
    text = f"{first.step} in {first.team} {most}. {_compared(first, ask, past)} {_price(first)}"
    told = [Told(text, good=False, team=first.team)]
    told += [one for one in (_slow(ask, selection, first), _waiting(ask, selection, first.stage, first.team)) if one]
    told += _most_lost(ask, selection)
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
    price = f"about {short(one.cost, Unit.MONEY)} won" if one.is_priced else "no opportunity there has a value"
    return f"{lower}, {more} have gone on: {price}."


def _months(past: Window) -> str:
    months = round(past.days / 30.44)
    return f"{months} months" if months > 1 else f"{past.days} days"


def _share(share: Share) -> str:
    return f"{short(share.rate, Unit.RATE)} (n{SPACE}={SPACE}{share.of:,.0f})"


def _slow(ask: Ask, selection: Selection, one: Shortfall) -> Told | None:
    """How long a completed stay lasts there, beside the same stay in the other teams."""
    mine = run(Query(("days_in_stage",)), _only(selection, one.stage, one.team), ask.viewer, ask.data)
    all_teams = run(Query(("days_in_stage",), ("team",)), _only(selection, one.stage), ask.viewer, ask.data)
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


def _waiting(ask: Ask, selection: Selection, stage: str, team: str | None = None) -> Told | None:
    """What is open there at the end of the period, of one team or of all."""
    found = run(Query(_NOW), _only(selection, stage, team), ask.viewer, ask.data)
    count, value, days = (found.value(name) for name in _NOW)
    if not count or days is None:
        return None
    day = min(ask.window.last_day, ask.data.as_of)
    worth = f", worth {short(value, Unit.MONEY)}" if value is not None else ""
    some = "1 open opportunity waits" if count == 1 else f"{count:,.0f} open opportunities wait"
    text = (
        f"{some} in {stage}{f' with {team}' if team else ''} on {day_in_words(day)}{worth}; "
        f"half of them for {short(days, Unit.DAYS)} or longer."
    )
    return Told(text, tile="waiting")


def _most_lost(ask: Ask, selection: Selection) -> list[Told]:
    """The stage that most of this cohort were lost from."""
    found = run(Query(("lost_from_stage",), ("stage",)), selection, ask.viewer, ask.data)
    by_stage = dict(zip(found.columns["stage"], found.columns["lost_from_stage"], strict=True))
    total = sum(by_stage.values())
    if not total:
        return []
    stage, count = max(by_stage.items(), key=lambda item: item[1])
    text = (
        f"Most are lost from {stage}: {count:,.0f} of the {total:,.0f} lost so far of those that began "
        f"{during(ask.window)}, {short(count / total, Unit.RATE)}."
    )
    return [Told(text, tile="dropped")]


def _only(selection: Selection, stage: str, team: str | None = None) -> Selection:
    """The selection held to a stage, and to a team."""
    held = selection.with_filter("stage", (stage,))
    return held.with_filter("team", (team,)) if team else held


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
    return (
        "No step loses more than it did before." if any(one.before for one in found) else "Nothing to compare with yet."
    )


def _nothing(ask: Ask, selection: Selection, found: list[Shortfall]) -> list[Told]:
    """No step stands out; the largest loss there is and what waits there, for orientation."""
    by_step: dict[tuple[str, str], Share] = {}
    for one in found:
        by_step[one.stage, one.step] = by_step.get((one.stage, one.step), Share()) + one.now
    (stage, step), share = min(by_step.items(), key=lambda item: item[1].rate)
    text = (
        f"{_no_step(found)} The largest loss is at {step}: {short(1 - share.rate, Unit.RATE)} of those that began "
        f"{during(ask.window)} did not go on within {ask.data.conversion_days} days (n{SPACE}={SPACE}{share.of:,.0f})."
    )
    waiting = _waiting(ask, selection, stage)
    return [Told(text, tile="cohorts"), *([waiting] if waiting else []), *_most_lost(ask, selection)]
