"""A member of staff beside the team: medians and ranks, and nothing of any single colleague.

What is compared is asked with the team's rights, here and nowhere else, and only aggregates leave this module.
"""

from dataclasses import dataclass, replace

import pandas as pd

from data_layer.access import Role, Viewer
from data_layer.analyses.answer import Ask
from data_layer.semantics.metric import Good
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window
from data_layer.semantics.query import N_SUFFIX, Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.semantics.teams import team_of
from data_layer.warehouse.tables import UNKNOWN

# Of fewer members a median would come close to one colleague's figure, and a rank to telling who is better.
FEWEST_MEMBERS = 5
# Filters that choose people could leave one colleague beside oneself.
PEOPLE = frozenset({"staff", "team", "owner", "customer"})


@dataclass(frozen=True)
class Standing:
    """One measure of a member beside the team.

    ``value``, ``n``: one's own.  ``median``: over the members of the team who have any, oneself among them; None where
    they are fewer than :data:`FEWEST_MEMBERS`.  ``rank`` of ``ranked``: among those whose value rests on enough; None
    where one's own does not, or they are too few.
    """

    metric: str
    value: float | None
    n: int
    members: int
    median: float | None
    rank: int | None
    ranked: int


def standings(metrics: tuple[str, ...], ask: Ask) -> tuple[list[Standing], tuple[str, ...], Window]:
    """How the viewer, a member of staff, stands in each metric; the dimensions that were left out; the days.

    Filters that choose people are left out of both sides.
    """
    mine = ask.viewer.scope.staff_id
    selection, left_out = without_people(ask.selection)
    team = team_of(mine, ask.data)
    asks = Viewer(ask.viewer.login, Role.SUPPORT_LEAD, team=team) if team else ask.viewer
    result = run(Query(metrics, ("staff",)), selection, asks, ask.data)
    found = [_standing(name, result.frame, mine or "", ask.standards.least_n) for name in metrics]
    return found, (*result.ignored, *left_out), result.window


def without_people(selection: Selection) -> tuple[Selection, tuple[str, ...]]:
    """The selection without the filters that choose people, and which those are."""
    left_out = {name for name, _ in selection.wanted()} & PEOPLE
    filters = tuple(one for one in selection.filters if one[0] not in PEOPLE)
    picks = tuple(pick for pick in selection.picks if pick.dimension not in PEOPLE)
    return replace(selection, filters=filters, picks=picks), tuple(sorted(left_out))


def _standing(metric: str, frame: pd.DataFrame, mine: str, least_n: int) -> Standing:
    # Who has nothing of the kind does other work: their zeros would pull the median of those who do it.
    known = frame[frame[metric].notna() & (frame[metric + N_SUFFIX] > 0) & (frame["staff"] != UNKNOWN)]
    own = known[known["staff"] == mine]
    value = float(own[metric].iloc[0]) if len(own) else (0.0 if METRICS[metric].is_zero_when_empty else None)
    n = int(own[metric + N_SUFFIX].iloc[0]) if len(own) else 0
    enough = known[known[metric + N_SUFFIX] >= least_n]
    is_told = len(enough) >= FEWEST_MEMBERS and n >= least_n and value is not None
    ranks = ranked(enough[metric], metric)
    return Standing(
        metric,
        value,
        n,
        len(known),
        float(known[metric].median()) if len(known) >= FEWEST_MEMBERS else None,
        int(ranks[enough["staff"] == mine].iloc[0]) if is_told else None,
        len(enough),
    )


def ranked(values: pd.Series, metric: str) -> pd.Series:
    """1 for the best; equals share a rank.  More is better unless the metric says otherwise."""
    return values.rank(method="min", ascending=METRICS[metric].good is Good.DOWN)
