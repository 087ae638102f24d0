"""How members of staff do: the ranking of a team, or one member beside the team."""

import sys
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.colleagues import Standing, ranked, standings, without_people
from data_layer.analyses.plain import Breakdown
from data_layer.semantics.listing import DOWN, Listing
from data_layer.semantics.metric import Good
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, Query
from data_layer.semantics.run import run
from data_layer.warehouse.tables import UNKNOWN

# Volume, speed, on time, satisfaction.
MEASURES = (
    "interactions", "resolved", "followups_completed", "first_response_minutes", "followup_on_time_rate", "csat_rate",
)  # fmt: skip
NOBODY = "Other (team)"  # the value of a mark that stands for no member: a click on it chooses nobody


@dataclass(frozen=True)
class Performance:
    """For who leads: each member with the measures, ranked by the one that the list is sorted by.

    Frame: ``rank`` (NaN where the value rests on too little), ``staff`` with name, ``team``, and each measure with its
    n, a page of the members.  Facts: ``listing`` (as shown), ``total``, ``pages``, ``least_n``, ``measures`` (those whose
    sources are loaded), ``shows_team``.

    For a member of staff: a row per measure: ``measure``, ``own``, ``n``, ``median``, ``rank``, ``ranked``, ``members``.
    Facts: ``standings``, ``least_n``.
    """

    usual: str = "-interactions"
    page_rows: int = 12
    needs_least_n = True

    @property
    def metrics(self) -> tuple[str, ...]:
        return MEASURES

    def __call__(self, ask: Ask) -> Answer:
        loaded = tuple(name for name in MEASURES if ask.data.has(*METRICS[name].needs))
        if not loaded:
            return Answer(pd.DataFrame(), ask.window, missing=MEASURES)
        return self._own(ask, loaded) if ask.viewer.scope.kind == "own" else self._ranking(ask, loaded)

    def first(self, ask: Ask, rows: int) -> Answer:
        """The members on top of the ranking, so many of them."""
        return replace(self, page_rows=rows)(ask)

    def whole(self, ask: Ask) -> Answer:
        """All members, for a download."""
        return self.first(ask, sys.maxsize)

    def _ranking(self, ask: Ask, loaded: tuple[str, ...]) -> Answer:
        listing = self._listing(ask.selection.listing, loaded)
        result = run(Query(loaded, ("staff", "team")), ask.selection, ask.viewer, ask.data)
        frame = result.frame[result.frame["staff"] != UNKNOWN]
        by = listing.column
        if by in loaded:
            enough = frame[by].notna() & (frame[by + N_SUFFIX] >= ask.standards.least_n)
            frame = frame.assign(rank=ranked(frame[by].where(enough), by))
        else:
            frame = frame.assign(rank=np.nan)
        pages = max(1, -(-len(frame) // self.page_rows))
        listing = replace(listing, page=min(listing.page, pages))
        first = (listing.page - 1) * self.page_rows
        page = _ordered(frame, listing).iloc[first : first + self.page_rows].reset_index(drop=True)
        facts = {
            "listing": listing,
            "total": len(frame),
            "pages": pages,
            "first": first,
            "least_n": ask.standards.least_n,
            "measures": loaded,
            "shows_team": ask.viewer.scope.kind != "team",
        }
        return Answer(page, result.window, facts, (), result.ignored, len(frame))

    def _listing(self, wanted: Listing, loaded: tuple[str, ...]) -> Listing:
        known = (*loaded, "staff", "team")
        usual = self.usual if self.usual.removeprefix(DOWN) in loaded else best_first(loaded[0])
        return Listing(sort=wanted.sort if wanted.column in known else usual, page=wanted.page)

    def _own(self, ask: Ask, loaded: tuple[str, ...]) -> Answer:
        found, ignored, window = standings(loaded, ask)
        facts = {"standings": found, "least_n": ask.standards.least_n}
        known = [one for one in found if one.value is not None]
        return Answer(_as_frame(known), window, facts, (), ignored, None)


def best_first(metric: str) -> str:
    """How to sort by a metric with the best on top."""
    return metric if METRICS[metric].good is Good.DOWN else DOWN + metric


def _ordered(frame: pd.DataFrame, listing: Listing) -> pd.DataFrame:
    """By the column; what has no rank comes after what has one, and what is unknown last; then by name."""
    name = "staff" + NAME_SUFFIX
    column = name if listing.column == "staff" else listing.column
    if column not in METRICS:
        return frame.sort_values([column, name], ascending=[not listing.is_descending, True], ignore_index=True)
    return frame.assign(unranked=frame["rank"].isna()).sort_values(
        ["unranked", column, name], ascending=[True, not listing.is_descending, True], ignore_index=True
    ).drop(columns="unranked")  # fmt: skip


def _as_frame(found: list[Standing]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "measure": [METRICS[one.metric].label for one in found],
            "own": [one.value for one in found],
            "n": [one.n for one in found],
            "team_median": [one.median for one in found],
            "rank": [one.rank for one in found],
            "ranked": [one.ranked if one.rank else None for one in found],
        }
    )


@dataclass(frozen=True)
class PerStaff:
    """A metric that adds up, by member of staff; for one of them: the own value beside the team's median.

    As :class:`Breakdown` answers; the median stands under :data:`NOBODY`, which nobody can be chosen by.
    """

    metric: str

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)

    def __call__(self, ask: Ask) -> Answer:
        answer = Breakdown((self.metric,), ("staff",))(ask)
        if not answer.frame.empty:  # work of nobody in particular is no member's
            answer = replace(answer, figures=answer.frame[answer.frame["staff"] != UNKNOWN].reset_index(drop=True))
        if ask.viewer.scope.kind != "own" or answer.frame.empty:
            return answer
        (standing,), _, _ = standings((self.metric,), ask)
        if standing.median is None or without_people(ask.selection)[1]:
            return answer
        name = f"Median of {standing.members} in your team"
        beside = {"staff": NOBODY, "staff" + NAME_SUFFIX: name, self.metric: standing.median}
        frame = pd.concat([answer.frame, pd.DataFrame([beside | {self.metric + N_SUFFIX: 0.0}])], ignore_index=True)
        return Answer(frame, answer.window, answer.facts, answer.missing, answer.ignored, answer.n)
