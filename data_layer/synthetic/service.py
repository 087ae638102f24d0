"""``service_interactions``: contacts with customer service, repeats of unsolved issues among them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data_layer.synthetic.columns import idents, moments, pick, take, tenths, whole
from data_layer.synthetic.crew import SUPPORT_TEAMS, Crew
from data_layer.synthetic.people import People
from data_layer.synthetic.scope import DAY, Bool, Chunk, Int, Scope, day_number
from data_layer.synthetic.shapes import (
    OFFICE_WEEK,
    SERVICE_HOURS,
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

CHANNELS: Final = ("Phone", "E-mail", "Chat", "Branch", "Mobile app")
REASONS: Final = (
    # reason, share, how often solved, median minutes, how it pleases (points of 5)
    ("Balance inquiry", 0.15, 0.93, 4.0, 0.3),
    ("Transfer", 0.12, 0.80, 7.5, 0.1),
    ("Withdrawal", 0.10, 0.78, 8.5, 0.0),
    ("Fees", 0.10, 0.62, 9.5, -0.6),
    ("Statement", 0.10, 0.90, 5.0, 0.2),
    ("Login problem", 0.12, 0.82, 6.5, -0.2),
    ("Technical error", 0.08, 0.60, 11.5, -0.5),
    ("Account update", 0.08, 0.91, 5.5, 0.3),
    ("Investment advice", 0.07, 0.76, 15.0, 0.3),
    ("Tax documents", 0.05, 0.84, 7.0, 0.0),
    ("Complaint", 0.03, 0.42, 17.0, -1.2),
)
STATUSES: Final = ("Resolved", "Partially Resolved", "Unresolved")
_PACE: Final = np.array([1.0, 1.5, 1.15, 1.9, 0.8])  # minutes by channel
_BY_AGE: Final = np.array(
    [
        [0.20, 0.14, 0.38, 0.04, 0.24],
        [0.34, 0.20, 0.26, 0.06, 0.14],
        [0.52, 0.20, 0.12, 0.11, 0.05],
        [0.58, 0.15, 0.04, 0.21, 0.02],
    ]
)


@dataclass(frozen=True)
class _Calls:
    who: Int
    moment: Int
    channel: Int
    reason: Int
    agent: Int
    solved: Int


def agents(rng: np.random.Generator, plan: Plan, staff: Crew, moment: Int) -> tuple[Int, Bool]:
    """The agent of each contact, and whether the overloaded team took it since it is overloaded."""
    since = day_number(plan.overloaded.since) * DAY
    busy = SUPPORT_TEAMS.index(plan.overloaded.team)
    weights = np.ones((2, staff.agents)) * np.linspace(0.8, 1.2, staff.agents)
    weights[1, staff.agent_team == busy] *= 1.7
    late = moment >= since
    agent = choose_by_row(rng, weights, late.astype(np.int64))
    return agent, late & (staff.agent_team[agent] == busy)


def _first_calls(rng: np.random.Generator, scope: Scope, people: People) -> tuple[Int, Int]:
    rate = 0.34 * np.array([0.9, 1.0, 1.15, 1.4])[people.segment] * np.exp(1.2 * (0.69 - people.loyalty))
    expected = rate[:, None] * seasons(scope, 0.05)[None, :] * presence(scope, people.joined, people.left)
    ahead = people.left[:, None] - scope.ends[None, :]
    expected = expected * np.where(ahead < 120, 2.2, 1.0)
    who, month = happenings(rng, expected)
    low = np.maximum(scope.opens[month], people.joined[who])
    high = np.minimum(scope.ends[month], people.left[who])
    day = DayShape(scope, OFFICE_WEEK, seasonal=False).draw(rng, low, high)
    return who, day * DAY + HourShape(SERVICE_HOURS).draw(rng, len(who))


def _calls(rng: np.random.Generator, scope: Scope, plan: Plan, people: People, staff: Crew) -> _Calls:
    who, moment = _first_calls(rng, scope, people)
    reason = choose(rng, tuple(item[1] for item in REASONS), len(who))
    solved = _solve(rng, reason)
    # Who was not helped calls again within a week, about the same.
    again = np.flatnonzero((rng.random(len(who)) < 0.55) & (solved > 0))
    later = moment[again] + (rng.uniform(0.3, 6.5, len(again)) * DAY).astype(np.int64)
    again, later = again[later <= scope.now], later[later <= scope.now]
    who, moment = np.concatenate([who, who[again]]), np.concatenate([moment, later])
    reason = np.concatenate([reason, reason[again]])
    solved = np.concatenate([solved, _solve(rng, reason[len(solved) :])])
    age = np.clip(((scope.last - people.born[who]) / 365.25 - 20) // 17, 0, 3).astype(np.int64)
    channel = choose_by_row(rng, _BY_AGE, age)
    agent, _ = agents(rng, plan, staff, moment)
    order = np.argsort(moment, kind="stable")
    return _Calls(who[order], moment[order], channel[order], reason[order], agent[order], solved[order])


def _solve(rng: np.random.Generator, reason: Int) -> Int:
    chance = np.array([item[2] for item in REASONS])[reason]
    draw = rng.random(len(reason))
    return np.where(draw < chance, 0, np.where(draw < chance + (1 - chance) * 0.6, 1, 2)).astype(np.int64)


def write_service(
    writer: Writer, scope: Scope, chunk: Chunk, plan: Plan, people: People, staff: Crew, first: int
) -> None:
    """``service_interactions``, by time; scores 1–5; minutes; ids start after ``first``."""
    rng = scope.rng("service", chunk.index)
    calls = _calls(rng, scope, plan, people, staff)
    size = len(calls.who)
    busy = (calls.moment >= day_number(plan.overloaded.since) * DAY) & (
        staff.agent_team[calls.agent] == SUPPORT_TEAMS.index(plan.overloaded.team)
    )
    mood = 4.15 + np.array([item[4] for item in REASONS])[calls.reason] - 0.75 * calls.solved - 0.9 * busy
    mood += 1.1 * (people.loyalty[calls.who] - 0.69) - 0.5 * (people.left[calls.who] * DAY < calls.moment + 120 * DAY)
    score = np.clip((mood + rng.normal(0, 0.85, size)).round(), 1, 5).astype(np.int64)
    minutes = np.array([item[3] for item in REASONS])[calls.reason] * _PACE[calls.channel]
    minutes = np.clip(minutes * np.exp(rng.normal(0, 0.5, size)) * np.where(busy, 1.3, 1.0), 0.5, 120)
    writer.write(
        "service_interactions",
        {
            "interaction_id": idents("V", np.arange(first + 1, first + size + 1), 9),
            "customer_id": take(people.ids, calls.who),
            "date": moments(calls.moment, scope.now),
            "channel": pick(CHANNELS, calls.channel),
            "reason_code": pick([item[0] for item in REASONS], calls.reason),
            "duration_minutes": tenths(minutes),
            "satisfaction_score": whole(score, rng.random(size) < 0.58),
            "resolution_status": pick(STATUSES, calls.solved),
            "agent_id": take(staff.agent_ids, calls.agent, rng.random(size) < 0.985),
        },
    )
