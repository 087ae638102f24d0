"""Who holds which product from when to when: ``enrollments`` and ``retention``."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data_layer.synthetic.columns import Column, cents, days, flags, idents, pick, take, whole
from data_layer.synthetic.crew import Crew
from data_layer.synthetic.people import People
from data_layer.synthetic.places import STATE_CODES
from data_layer.synthetic.products import CATALOGUE, CATEGORIES, CLOSED, CLOSED_FOR_DAYS, LOSING, PRODUCT_IDS, launched
from data_layer.synthetic.scope import NEVER, Bool, Chunk, Int, Real, Scope, day_number
from data_layer.synthetic.shapes import choose, choose_by_row, first_event, presence
from data_layer.synthetic.stories import Plan
from data_layer.synthetic.writer import Writer

MOST: Final = 5  # products a customer holds at most
FREQUENCIES: Final = ("Monthly", "Quarterly", "Annual", "One-time")
CHANNELS: Final = ("Web", "Mobile app", "Branch", "Advisor", "Phone", "Partner")
REASONS: Final = (
    "Fees too high",
    "Moved to a competitor",
    "Poor performance",
    "Poor service",
    "Needed the money",
    "Retired",
    "Life event",
)
_MORE: Final = np.array([0.3, 0.44, 0.58, 0.72])  # chance of each of the further products, by segment
_TASTE: Final = np.array(  # segment × category
    [
        [1.0, 0.7, 1.5, 1.2, 2.6, 0.08],
        [1.4, 1.0, 1.4, 1.0, 2.0, 0.3],
        [1.8, 1.3, 1.2, 0.8, 1.1, 1.0],
        [1.9, 1.5, 0.9, 0.7, 0.6, 2.4],
    ]
)
_BY_CHANNEL: Final = np.array(
    [
        [0.30, 0.34, 0.12, 0.08, 0.09, 0.07],
        [0.32, 0.24, 0.12, 0.17, 0.08, 0.07],
        [0.20, 0.12, 0.13, 0.43, 0.07, 0.05],
        [0.06, 0.05, 0.12, 0.70, 0.04, 0.03],
    ]
)


@dataclass(frozen=True)
class Accounts:
    """One element per customer and product.

    ``closed``: the day it was given up, or ``NEVER``; where ``recovered`` it was won back and goes on.
    ``initial`` and ``monthly`` in cents; ``monthly`` is the contribution a month comes to, whatever the frequency.
    """

    person: Int
    product: Int
    opened: Int
    closed: Int
    recovered: Bool
    initial: Int
    monthly: Int
    frequency: Int
    channel: Int

    @property
    def gone(self) -> Int:
        """The day the account ended for good, or ``NEVER``."""
        return np.where(self.recovered, NEVER, self.closed)


def _wanted(rng: np.random.Generator, scope: Scope, plan: Plan, people: People) -> tuple[Int, Int]:
    """Shape (people, MOST): products by preference, all different, and the day each would be taken."""
    category = np.array([CATEGORIES.index(product.category) for product in CATALOGUE])
    scores = np.log(_TASTE[people.segment][:, category]) + rng.gumbel(size=(people.size, len(CATALOGUE)))
    since = launched(scope)
    scores[people.joined[:, None] < since[None, :]] -= 30.0
    scores[people.joined > scope.last - CLOSED_FOR_DAYS, CLOSED] -= 30.0
    scores[people.joined > day_number(plan.losing.since), LOSING] -= 1.6
    best = np.argsort(-scores, axis=1, kind="stable")[:, :MOST]
    gaps = (40 + rng.exponential(330.0, (people.size, MOST))).astype(np.int64)
    gaps[:, 0] = 0
    return best, people.joined[:, None] + np.cumsum(gaps, axis=1)


def _opened(rng: np.random.Generator, scope: Scope, plan: Plan, people: People) -> tuple[Int, Int, Int]:
    best, day = _wanted(rng, scope, plan, people)
    count = 1 + rng.binomial(MOST - 1, _MORE[people.segment])
    takes = np.arange(MOST)[None, :] < count[:, None]
    takes &= (day <= scope.last) & (day < people.left[:, None] - 45)
    takes &= (best != CLOSED) | (day <= scope.last - CLOSED_FOR_DAYS)
    late = (best == LOSING) & (day > day_number(plan.losing.since))
    takes &= ~late | (rng.random(best.shape) < 0.25)
    takes[:, 0] = True
    person, place = np.nonzero(takes)
    return person, best[person, place], day[person, place]


def _closings(
    rng: np.random.Generator, scope: Scope, plan: Plan, people: People, person: Int, product: Int, opened: Int
) -> tuple[Int, Bool]:
    """The day each account is given up, and whether it was won back."""
    hazard = (0.0024 * np.exp(2.0 * (0.69 - people.loyalty)))[person, None] * presence(
        scope, opened + 60, np.full(len(person), scope.last)
    )
    late = scope.ends >= day_number(plan.losing.since)
    hazard[np.ix_(product == LOSING, late)] *= 5.0
    there = people.faces.state[person] == STATE_CODES.index(plan.churning.state)
    last_quarter = scope.opens >= day_number(plan.churning.since)
    hazard[np.ix_(there, last_quarter)] *= 4.0
    at, happens = first_event(rng, hazard)
    low = np.maximum(scope.opens[at], opened + 60)
    day = low + (rng.random(len(low)) * (np.maximum(scope.ends[at], low) - low + 1)).astype(np.int64)
    single = np.where(happens & (day <= scope.last), day, NEVER)
    left = people.left[person]
    whole_exit = np.where(
        left < NEVER, np.maximum(left - rng.integers(0, 12, len(left)), np.maximum(opened + 20, scope.first)), NEVER
    )
    closed = np.minimum(single, whole_exit)
    recovered = (single < whole_exit) & (single < scope.last - 25) & (rng.random(len(left)) < 0.2)
    return np.where(closed <= scope.last, closed, NEVER), recovered


def _amounts(rng: np.random.Generator, people: People, person: Int, product: Int) -> tuple[Int, Int, Int]:
    """Initial investment and monthly contribution in cents, and the frequency."""
    least = np.array([item.least for item in CATALOGUE])[product]
    typical = people.wealth[person] * np.exp(rng.normal(0, 0.45, len(person)))
    initial = np.maximum((typical * 0.62 / 50).round() * 50, least).astype(np.int64) * 100
    table = np.array([[0.62, 0.12, 0.06, 0.2], [0.36, 0.18, 0.14, 0.32]])
    saving = np.array([item.category in ("Retirement", "Balanced", "Money market") for item in CATALOGUE])[product]
    frequency = choose_by_row(rng, table, np.where(saving, 0, 1))
    eager = 0.55 + 0.45 * np.clip(people.sessions[person] / 5.0, 0, 2.5)
    monthly = np.maximum((typical * 0.009 * eager / 5).round() * 5, 25).astype(np.int64) * 100
    return initial, np.where(frequency == 3, 0, monthly), frequency


def accounts(scope: Scope, chunk: Chunk, plan: Plan, people: People) -> Accounts:
    """The accounts of a chunk's customers, by customer."""
    rng = scope.rng("accounts", chunk.index)
    person, product, opened = _opened(rng, scope, plan, people)
    closed, recovered = _closings(rng, scope, plan, people, person, product, opened)
    initial, monthly, frequency = _amounts(rng, people, person, product)
    channel = choose_by_row(rng, _BY_CHANNEL, people.segment[person])
    return Accounts(person, product, opened, closed, recovered, initial, monthly, frequency, channel)


def write_enrollments(
    writer: Writer, scope: Scope, chunk: Chunk, people: People, held: Accounts, staff: Crew, first: int
) -> None:
    """``enrollments``; ids start after ``first``."""
    rng = scope.rng("enrollments", chunk.index)
    size = len(held.person)
    status = np.where(held.gone < NEVER, 1, np.where(held.opened > scope.last - 4, 2, 0))
    status[(status == 0) & (rng.random(size) < 0.015)] = 3
    writer.write(
        "enrollments",
        {
            "enrollment_id": idents("N", np.arange(first + 1, first + size + 1), 8),
            "customer_id": take(people.ids, held.person),
            "product_id": _products(held.product),
            "enrollment_date": days(held.opened),
            "initial_investment": cents(held.initial),
            "contribution_frequency": pick(FREQUENCIES, held.frequency),
            "monthly_contribution": cents(held.monthly),
            "advisor_id": take(staff.advisor_ids, people.advisor[held.person], rng.random(size) < 0.96),
            "channel": pick(CHANNELS, held.channel),
            "status": pick(("Active", "Closed", "Pending", "Suspended"), status),
        },
    )


def _products(product: Int) -> Column:
    return pick(PRODUCT_IDS, product)


def _reasons(rng: np.random.Generator, people: People, held: Accounts, rows: Int, plan: Plan) -> Int:
    reason = choose(rng, (0.2, 0.2, 0.14, 0.14, 0.16, 0.08, 0.08), len(rows))
    story = (people.faces.state[held.person[rows]] == STATE_CODES.index(plan.churning.state)) & (
        held.closed[rows] >= day_number(plan.churning.since)
    )
    reason[story & (rng.random(len(rows)) < 0.6)] = REASONS.index("Moved to a competitor")
    losing = (held.product[rows] == LOSING) & (held.closed[rows] >= day_number(plan.losing.since))
    reason[losing & (rng.random(len(rows)) < 0.7)] = REASONS.index("Poor performance")
    return reason


def write_retention(writer: Writer, scope: Scope, chunk: Chunk, plan: Plan, people: People, held: Accounts) -> None:
    """``retention``: accounts given up, those won back included.  Exit scores 1–10."""
    rng = scope.rng("retention", chunk.index)
    rows = np.flatnonzero(held.closed < NEVER)
    rows = rows[np.argsort(held.closed[rows], kind="stable")]
    score: Real = rng.normal(3.2 + 4.0 * people.loyalty[held.person[rows]], 1.6)
    fee = np.array([product.fee for product in CATALOGUE])[held.product[rows]] / 100
    fixed = np.array([product.fixed for product in CATALOGUE])[held.product[rows]]
    years = (held.closed[rows] - held.opened[rows]) / 365.25
    worth = ((held.initial[rows] * 1.15 * fee + fixed * 100) * years).astype(np.int64)
    writer.write(
        "retention",
        {
            "customer_id": take(people.ids, held.person[rows]),
            "product_id": _products(held.product[rows]),
            "churn_date": days(held.closed[rows]),
            "churn_reason": pick(REASONS, _reasons(rng, people, held, rows, plan), rng.random(len(rows)) < 0.95),
            "exit_survey_score": whole(np.clip(score.round(), 1, 10).astype(np.int64), rng.random(len(rows)) < 0.7),
            "recovered_flag": flags(held.recovered[rows]),
            "total_customer_lifetime_value": cents(worth),
        },
    )
