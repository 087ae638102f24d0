"""``interactions`` and ``followup_actions`` of the interaction manager."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data_layer.synthetic.columns import Column, days, flags, idents, moments, pick, take
from data_layer.synthetic.crew import INTERACTION_TYPES, SUPPORT_TEAMS, Crew
from data_layer.synthetic.digital import fading
from data_layer.synthetic.people import People
from data_layer.synthetic.phrases import ACTIONS, NOTES, SUMMARIES
from data_layer.synthetic.scope import DAY, NEVER, Bool, Chunk, Int, Scope, day_number, weekday
from data_layer.synthetic.shapes import (
    OFFICE_HOURS,
    OFFICE_WEEK,
    DayShape,
    HourShape,
    choose,
    choose_by_row,
    happenings,
    presence,
    seasons,
)
from data_layer.synthetic.stories import Plan
from data_layer.synthetic.writer import Writer

CHANNELS: Final = ("Phone", "E-mail", "Video", "In person", "WhatsApp")
DIRECTIONS: Final = ("inbound", "outbound", "two-way")
OUTCOMES: Final = ("Successful", "Neutral", "Unsuccessful", "No answer")
STATUSES: Final = ("Completed", "Pending", "Cancelled")
PRIORITIES: Final = ("Low", "Normal", "High", "Urgent")
_BY_CATEGORY: Final = {  # weights of CHANNELS, of DIRECTIONS
    "Call": ((0.92, 0, 0.02, 0, 0.06), (0.42, 0.38, 0.2)),
    "E-mail": ((0, 1.0, 0, 0, 0), (0.6, 0.4, 0.0)),
    "Meeting": ((0.05, 0, 0.55, 0.4, 0), (0.0, 0.0, 1.0)),
    "Visit": ((0, 0, 0, 1.0, 0), (0.0, 0.2, 0.8)),
    "Complaint": ((0.5, 0.3, 0, 0.08, 0.12), (0.9, 0.0, 0.1)),
    "Portfolio review": ((0.2, 0.05, 0.45, 0.3, 0), (0.05, 0.25, 0.7)),
}
_DUE_WITHIN: Final = 30  # days after the interaction


@dataclass(frozen=True)
class Dealings:
    """One element per interaction.  ``due``: the day a follow-up is promised for, or ``NEVER``.  ``busy``: handled by
    the overloaded team since it is overloaded."""

    who: Int
    staff: Int
    kind: Int
    moment: Int
    outcome: Int
    due: Int
    busy: Bool

    @property
    def size(self) -> int:
        """How many."""
        return len(self.who)


def _when(rng: np.random.Generator, scope: Scope, people: People) -> tuple[Int, Int]:
    rate = np.array([0.36, 0.5, 0.78, 1.3])[people.segment] * people.client
    expected = rate[:, None] * seasons(scope, 0.1)[None, :] * presence(scope, people.joined, people.left)
    who, month = happenings(rng, expected * (0.4 + 0.6 * fading(scope, people.left)))
    low = np.maximum(scope.opens[month], people.joined[who])
    high = np.minimum(scope.ends[month], people.left[who])
    day = DayShape(scope, OFFICE_WEEK, seasonal=False).draw(rng, low, high)
    moment = day * DAY + HourShape(OFFICE_HOURS).draw(rng, len(who))
    order = np.argsort(moment, kind="stable")
    return who[order], moment[order]


def _handlers(
    rng: np.random.Generator, plan: Plan, people: People, staff: Crew, who: Int, moment: Int
) -> tuple[Int, Bool]:
    """Place in ``staff_ids``: the client's advisor, a case manager or a salesperson."""
    size = len(who)
    part = choose(rng, (0.64, 0.24, 0.12), size)
    busy_team = SUPPORT_TEAMS.index(plan.overloaded.team)
    late = moment >= day_number(plan.overloaded.since) * DAY
    weights = np.ones((2, staff.cases))
    weights[1, staff.case_team == busy_team] = 1.8
    case = choose_by_row(rng, weights, late.astype(np.int64))
    seller = rng.integers(0, staff.sellers, size)
    handler = np.where(
        part == 0, people.advisor[who], np.where(part == 1, staff.case_number(case), staff.seller_number(seller))
    )
    return handler, late & (part == 1) & (staff.case_team[case] == busy_team)


def dealings(scope: Scope, chunk: Chunk, plan: Plan, people: People, staff: Crew) -> Dealings:
    """The interactions of a chunk, by time."""
    rng = scope.rng("dealings", chunk.index)
    who, moment = _when(rng, scope, people)
    handler, busy = _handlers(rng, plan, people, staff, who, moment)
    size = len(who)
    kind = choose(rng, tuple(item[2] for item in INTERACTION_TYPES), size)
    success = np.array([item[3] for item in INTERACTION_TYPES])[kind] + 0.25 * (people.loyalty[who] - 0.69)
    draw = (rng.random(size) - success) / (1 - success)
    calls = np.array([item[1] == "Call" for item in INTERACTION_TYPES])[kind]
    outcome = np.select([draw < 0, draw < 0.5, (draw < 0.85) | ~calls], [0, 1, 2], 3)
    promised = rng.random(size) < np.array([item[4] for item in INTERACTION_TYPES])[kind]
    ahead = np.clip((1 + rng.gamma(1.6, 5.5, size)).astype(np.int64), 1, _DUE_WITHIN)
    due = moment // DAY + ahead
    due += np.array([0, 0, 0, 0, 0, 2, 1])[weekday(due)]
    due = np.minimum(due, scope.last + _DUE_WITHIN)
    return Dealings(who, handler, kind, moment, outcome, np.where(promised, due, NEVER), busy)


def _kind_columns(rng: np.random.Generator, kind: Int) -> tuple[Column, Column]:
    categories = [item[1] for item in INTERACTION_TYPES]
    channels = np.array([_BY_CATEGORY[name][0] for name in categories], np.float64)
    directions = np.array([_BY_CATEGORY[name][1] for name in categories], np.float64)
    return pick(CHANNELS, choose_by_row(rng, channels, kind)), pick(DIRECTIONS, choose_by_row(rng, directions, kind))


def write_dealings(
    writer: Writer, scope: Scope, chunk: Chunk, people: People, staff: Crew, what: Dealings, first: int
) -> None:
    """``interactions``; ids start after ``first``."""
    rng = scope.rng("dealings text", chunk.index)
    categories = [item[1] for item in INTERACTION_TYPES]
    pools = [SUMMARIES[name] for name in categories]
    starts = np.cumsum([0] + [len(pool) for pool in pools])[:-1]
    sizes = np.array([len(pool) for pool in pools])
    summary = starts[what.kind] + (rng.random(what.size) * sizes[what.kind]).astype(np.int64)
    channel, direction = _kind_columns(rng, what.kind)
    promised = what.due < NEVER
    writer.write(
        "interactions",
        {
            "interaction_id": idents("I", np.arange(first + 1, first + what.size + 1), 9),
            "client_id": take(people.ids, what.who),
            "staff_id": take(staff.staff_ids, what.staff),
            "type_id": pick([f"IT{number:02d}" for number in range(1, len(categories) + 1)], what.kind),
            "interaction_date": moments(what.moment, scope.now),
            "summary": pick([text for pool in pools for text in pool], summary),
            "action_required": pick(ACTIONS, rng.integers(0, len(ACTIONS), what.size), promised),
            "next_followup": days(np.where(promised, what.due, 0), promised),
            "channel": channel,
            "direction": direction,
            "outcome": pick(OUTCOMES, what.outcome),
        },
    )


def _kept(rng: np.random.Generator, scope: Scope, staff: Crew, what: Dealings, rows: Int) -> tuple[Int, Int]:
    """Status, and the day done; ``NEVER`` for one that is not."""
    size = len(rows)
    due, made, busy = what.due[rows], what.moment[rows] // DAY, what.busy[rows]
    care = np.linspace(0.72, 0.93, len(staff.staff_ids))[what.staff[rows] * 7 % len(staff.staff_ids)]
    late = rng.random(size) > np.where(busy, 0.38, care)
    early = due - (rng.random(size) ** 1.6 * (due - made)).astype(np.int64)
    done = np.where(late, due + 1 + rng.exponential(np.where(busy, 14.0, 4.0)).astype(np.int64), early)
    forgotten = rng.random(size) < np.where(busy, 0.2, 0.025)
    cancelled = (rng.random(size) < 0.035) | (forgotten & (due < scope.last - 200))
    done = np.where(forgotten | cancelled | (done > scope.last), NEVER, done)
    cancelled &= made < scope.last - 1
    return np.where(cancelled, 2, np.where(done < NEVER, 0, 1)), done


def write_followups(
    writer: Writer, scope: Scope, chunk: Chunk, staff: Crew, what: Dealings, first: int, first_dealing: int
) -> None:
    """``followup_actions``: the day done, or where it is open or cancelled the day it is due."""
    rng = scope.rng("followups", chunk.index)
    rows = np.flatnonzero(what.due < NEVER)
    size = len(rows)
    status, done = _kept(rng, scope, staff, what, rows)
    complaint = what.kind[rows] == next(i for i, item in enumerate(INTERACTION_TYPES) if item[1] == "Complaint")
    priority = choose(rng, (0.18, 0.56, 0.2, 0.06), size)
    priority = np.minimum(priority + complaint, 3)
    overdue = (status == 1) & (what.due[rows] < scope.last - 3)
    escalated = rng.random(size) < np.where(overdue, 0.35, 0.015) + 0.12 * complaint
    writer.write(
        "followup_actions",
        {
            "followup_id": idents("F", np.arange(first + 1, first + size + 1), 9),
            "interaction_id": idents("I", first_dealing + 1 + rows, 9),
            "followup_date": days(np.where(done < NEVER, done, what.due[rows])),
            "status": pick(STATUSES, status),
            "notes": pick(NOTES, rng.integers(0, len(NOTES), size), (status != 1) & (rng.random(size) < 0.8)),
            "priority": pick(PRIORITIES, priority),
            "escalated": flags(escalated),
        },
    )
