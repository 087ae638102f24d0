"""Steps of the pipeline where a team converts less than it did before and less than the other teams do."""

import math
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from data_layer.analyses.stages import STEP
from data_layer.semantics.query import N_SUFFIX
from data_layer.warehouse.tables import UNKNOWN

# Of fewer, a share says little; and from here on chance explains less than one shortfall in twenty.
LEAST = 30
LEAST_DEVIATIONS = 1.64
Cell = tuple[str, str]  # a stage and a team
_VALUE = "stage_reached_value"


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
    on at the lower of the two shares.  ``cost``: the value of those of them that would have been won, NaN where no
    opportunity there has a value.
    """

    stage: str
    step: str
    team: str
    now: Share
    before: Share | None
    peers: Share | None
    missed: float
    cost: float

    @property
    def is_priced(self) -> bool:
        return not math.isnan(self.cost)


def shares_of(frame: pd.DataFrame | None) -> dict[Cell, Share]:
    """Who went on in time, by stage and team."""
    if frame is None:
        return {}
    known = frame[frame[STEP].notna()]
    rows = zip(known["stage"], known["team"], known[STEP], known[STEP + N_SUFFIX], strict=True)
    return {(stage, team): Share(rate * n, n) for stage, team, rate, n in rows}


def chances(before: pd.DataFrame | None, now: pd.DataFrame) -> dict[str, float]:
    """Of those that reached a stage, the share that reached the last one: of the past, else of now."""
    frame = before if before is not None and len(before) else now
    reached = frame.groupby("stage", sort=False)["stage_reached"].sum()
    last = float(reached.min()) if len(reached) else 0.0
    return {str(stage): last / count if count else 0.0 for stage, count in reached.items()}


def shortfalls(
    stages: list[tuple[str, str]],
    now: dict[Cell, Share],
    past: dict[Cell, Share],
    values: pd.DataFrame,
    chances: dict[str, float],
) -> list[Shortfall]:
    """Every step and team that has enough opportunities, the dearest shortfall first; no shortfall costs 0.

    Those whose price is not known come next, the largest first.
    """
    found = []
    after = {stage: later for (stage, _), (later, _) in pairwise(stages)}
    cells = zip(values["stage"], values["team"], strict=True)
    amounts = zip(values[_VALUE].tolist(), values[_VALUE + N_SUFFIX].tolist(), strict=True)
    worth = dict(zip(cells, amounts, strict=True))
    for stage, words in stages:
        teams = {team: share for (at, team), share in now.items() if at == stage and team != UNKNOWN}
        for team, share in teams.items():
            if not share.is_enough:
                continue
            others = sum((other for name, other in teams.items() if name != team), Share())
            before, peers = past.get((stage, team), Share()), others
            missed = _missed(share, [one for one in (before, peers) if one.is_enough])
            value, valued = worth[stage, team]
            price = value / valued * chances.get(after.get(stage, ""), 1.0) if valued else math.nan
            cost = missed * price if missed else 0.0
            known_before, known_peers = (one if one.is_enough else None for one in (before, peers))
            found.append(Shortfall(stage, words, team, share, known_before, known_peers, missed, cost))
    return sorted(found, key=lambda one: (-(one.cost if one.is_priced else 0.0), -one.missed, one.now.rate))


def _missed(now: Share, references: list[Share]) -> float:
    """How many more would have gone on at the lowest of the references; 0 where chance may be the cause."""
    if not references:
        return 0.0
    reference = min(references, key=lambda one: one.rate)
    spread = sum(one.rate * (1 - one.rate) / one.of for one in (now, reference))
    gap = reference.rate - now.rate
    return gap * now.of if gap > LEAST_DEVIATIONS * math.sqrt(spread) else 0.0


def as_frame(found: list[Shortfall]) -> pd.DataFrame:
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
