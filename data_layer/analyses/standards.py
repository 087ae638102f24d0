"""What the figures are measured by: targets, on how little a rank may rest, and who is hot."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data_layer.segments import HIGH_INTENT_REPLIES
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.targets import Target, Targets, adds_up
from data_layer.semantics.teams import team_of

if TYPE_CHECKING:
    from data_layer.analyses.answer import Answer, Ask

LEAST_N = 10


@dataclass(frozen=True)
class Standards:
    """``targets``: those that hold now.  ``least_n``: a rank needs a value that rests on so many things.

    ``high_intent_replies``: to more campaigns than this a client of high intent has replied, as in the segment.
    """

    targets: Callable[[], Targets] = Targets
    least_n: int = LEAST_N
    high_intent_replies: int = HIGH_INTENT_REPLIES


def judged(answer: "Answer", metric: str, ask: "Ask") -> "Answer":
    """The answer of a single figure with its target, where the metric has one.

    Adds to ``facts``: ``state`` (good, watch, bad; None where the value is unknown), ``target_text`` and, where there is
    more to say of it, ``target_note``.
    """
    target = ask.standards.targets().best(metric, _team(ask))
    if target is None or not _is_about(target, ask):
        return answer
    mine = target.over(_known_days(answer.window, ask))
    state = mine.state(answer.facts.get("value"))
    told = {"state": state, "target_text": f"Target {mine.words}", "target_note": _note(mine, answer.window)}
    return replace(answer, facts={**answer.facts, **told})


def _team(ask: "Ask") -> str | None:
    """The team that a figure is about: the viewer's own, else the only one filtered to."""
    scope = ask.viewer.scope
    if scope.kind != "all":
        return scope.team if scope.kind == "team" else team_of(scope.staff_id, ask.data)
    teams = {value for name, values in ask.selection.conditions() if name == "team" for value in values}
    return teams.pop() if len(teams) == 1 else None


def _is_about(target: Target, ask: "Ask") -> bool:
    """Whether the figure can be held against the target: a share or a time always; a sum or a count only where it is of
    all whom the target is for, since a part of them reaches a part of it.
    """
    if METRICS[target.metric].unit not in (Unit.COUNT, Unit.MONEY):
        return True
    narrowed = {name for name, _ in ask.selection.conditions()}
    if target.team is None:
        return not narrowed and ask.viewer.scope.kind == "all"
    return narrowed <= {"team"} and ask.viewer.scope.kind != "own"


def _known_days(window: Window, ask: "Ask") -> int:
    """The days of a window that the data cover."""
    return window.within(Window(window.start, ask.data.as_of + DAY)).days


def _note(mine: Target, window: Window) -> str:
    """Where the target is not simply everybody's: how long a time it is for, and whose it is."""
    days = f"For {window.days:,} {'day' if window.days == 1 else 'days'}." if adds_up(METRICS[mine.metric]) else ""
    team = f"The target of {mine.team}." if mine.team else ""
    return f"{days} {team}".strip()
