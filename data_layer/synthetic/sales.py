"""``opportunities`` and ``stage_changes``."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data_layer.synthetic.columns import cents, idents, moments, pick, take
from data_layer.synthetic.crew import SALES_TEAMS, Crew
from data_layer.synthetic.directory import Contacts
from data_layer.synthetic.holdings import Accounts
from data_layer.synthetic.people import People
from data_layer.synthetic.products import CATALOGUE, PRODUCT_IDS
from data_layer.synthetic.scope import DAY, NEVER, Bool, Chunk, Int, Real, Scope, day_number
from data_layer.synthetic.shapes import OFFICE_HOURS, OFFICE_WEEK, DayShape, HourShape, choose_by_row
from data_layer.synthetic.stories import Plan
from data_layer.synthetic.writer import Writer

STAGES: Final = ("Lead", "Qualified", "Won", "Lost")
EARNS: Final = 0.03  # of a client's wealth: half of it invested, at the fees of five years
_MIDDAY: Final = 12 * 3_600


@dataclass(frozen=True)
class Deals:
    """One element per opportunity.  ``qualified`` and ``closed`` are ``NEVER`` where that does not come.

    ``won``: how it closes when it does.  Values in cents; the final one is agreed when it is qualified.
    """

    contact: Int
    seller: Int
    product: Int
    created: Int
    qualified: Int
    closed: Int
    won: Bool
    asked: Int
    value: Int

    @property
    def size(self) -> int:
        """How many."""
        return len(self.contact)


def _gap(rng: np.random.Generator, median: float, size: int) -> Int:
    return (median * DAY * np.exp(rng.normal(0, 0.65, size))).astype(np.int64)


def _acquired(rng: np.random.Generator, scope: Scope, people: People, who: Contacts) -> tuple[Int, Int, Int, Int]:
    """Those who became customers: contact, created, qualified and won, ending on the day they joined."""
    person = np.maximum(who.person, 0)
    joined = people.joined[person]
    rows = np.flatnonzero((who.person >= 0) & (people.met[person] > scope.first) & (joined - people.met[person] >= 6))
    created = np.maximum(who.created[rows], people.met[person[rows]] * DAY)
    won = joined[rows] * DAY + _MIDDAY
    qualified = created + ((won - created) * rng.uniform(0.2, 0.6, len(rows))).astype(np.int64)
    return rows, created, np.where(rng.random(len(rows)) < 0.12, NEVER, qualified), won


def _other(rng: np.random.Generator, scope: Scope, who: Contacts) -> tuple[Int, Int]:
    """Leads, and customers who may take more: contact and moment of creation."""
    lead = who.person < 0
    leads = np.flatnonzero(lead & (rng.random(who.size) < 0.8))
    new = who.created[leads] + _gap(rng, 0.6, len(leads))
    counts = np.where(lead, 0, rng.poisson(0.32 * scope.years, who.size))
    more = np.repeat(np.arange(who.size), counts)
    low = np.maximum(np.maximum(who.created[more] // DAY + 90, scope.first), scope.first)
    high = np.minimum(who.until[more] - 1, scope.last)
    more, low, high = (values[low <= high] for values in (more, low, high))
    day = DayShape(scope, OFFICE_WEEK, growth=0.1).draw(rng, low, high)
    created = np.concatenate([new, day * DAY + HourShape(OFFICE_HOURS).draw(rng, len(more))])
    contact = np.concatenate([leads, more])
    seen = created <= scope.now
    return contact[seen], created[seen]


def _course(rng: np.random.Generator, plan: Plan, slow_team: Bool, created: Int, lead: Bool) -> tuple[Int, Int, Bool]:
    """How an opportunity goes: qualified, closed, won.  The story's team is slow and loses where it is qualified."""
    size = len(created)
    draw = rng.random(size)
    dropped = draw < np.where(lead, 0.5, 0.26)  # lost as a lead
    skips = ~dropped & (rng.random(size) < 0.11)
    qualified = created + _gap(rng, 7.0, size)
    stuck = slow_team & (qualified >= day_number(plan.bottleneck.since) * DAY) & ~dropped & ~skips
    in_stage = _gap(rng, 13.0, size) * np.where(stuck, 3, 1)
    # Leads who are won become customers and are counted among those who joined.
    won = ~dropped & ~lead & (rng.random(size) < np.where(stuck, 0.22, 0.58))
    closed = np.where(dropped | skips, created + _gap(rng, 15.0, size), qualified + in_stage)
    asleep = rng.random(size) < 0.035
    return np.where(dropped | skips, NEVER, qualified), np.where(asleep, NEVER, closed), won


def deals(scope: Scope, chunk: Chunk, plan: Plan, people: People, who: Contacts, held: Accounts, staff: Crew) -> Deals:
    """The opportunities of a chunk's contacts, by creation.  Who became a customer was won for the first product held."""
    rng = scope.rng("deals", chunk.index)
    rows, begun, half, won_at = _acquired(rng, scope, people, who)
    contact, created = _other(rng, scope, who)
    contact, created = np.concatenate([rows, contact]), np.concatenate([begun, created])
    size, known = len(contact), len(rows)
    since = day_number(plan.bottleneck.since) * DAY
    team = SALES_TEAMS.index(plan.bottleneck.team)
    weights = np.ones((2, staff.sellers))
    weights[1, staff.seller_team == team] = 0.25
    sure = np.concatenate([won_at >= since, np.zeros(size - known, np.bool_)])
    seller = choose_by_row(rng, weights, sure.astype(np.int64))
    qualified, closed, won = _course(rng, plan, staff.seller_team[seller] == team, created, who.person[contact] < 0)
    qualified[:known], closed[:known], won[:known] = half, won_at, True
    wealth = np.where(who.person[contact] < 0, 24_000.0, people.wealth[np.maximum(who.person[contact], 0)])
    asked = np.maximum((wealth * EARNS * rng.lognormal(0, 0.5, size) / 25).round(), 5).astype(np.int64) * 2_500
    factor: Real = rng.choice([1.0, 1.0, 1.0, 0.8, 0.9, 1.15], size)
    order = np.argsort(created, kind="stable")
    product = rng.integers(0, len(CATALOGUE) - 1, size)
    product[:known] = held.product[np.unique(held.person, return_index=True)[1]][who.person[rows]]
    value = (asked * factor).astype(np.int64)
    return Deals(
        contact=contact[order],
        seller=seller[order],
        product=product[order],
        created=created[order],
        qualified=qualified[order],
        closed=closed[order],
        won=won[order],
        asked=asked[order],
        value=value[order],
    )


def write_opportunities(
    writer: Writer, scope: Scope, chunk: Chunk, who: Contacts, staff: Crew, what: Deals, first: int
) -> None:
    """``opportunities``; ids start after ``first``."""
    rng = scope.rng("opportunities", chunk.index)
    closed, seen = what.closed <= scope.now, what.qualified <= scope.now
    stage = np.where(closed, np.where(what.won, 2, 3), np.where(seen, 1, 0))
    writer.write(
        "opportunities",
        {
            "opportunity_id": idents("O", np.arange(first + 1, first + what.size + 1), 8),
            "customer_id": take(who.ids, what.contact),
            "name": pick([product.name for product in CATALOGUE], what.product),
            "stage": pick(STAGES, stage),
            "value": cents(np.where(seen | closed, what.value, what.asked)),
            "owner_id": take(staff.staff_ids, staff.seller_number(what.seller)),
            "created_at": moments(what.created, scope.now),
            "closed_at": moments(what.closed, scope.now),
            "product_id": pick(PRODUCT_IDS, what.product, rng.random(what.size) < 0.9),
            "first_stage": pick(STAGES, np.zeros(what.size, np.int64)),
        },
    )


def write_stage_changes(writer: Writer, scope: Scope, what: Deals, first: int, first_deal: int) -> None:
    """``stage_changes``, by time: the entry as a lead has no stage before it; ids start after ``first``."""
    everyone = np.arange(what.size)
    moment = np.concatenate([what.created, what.qualified, what.closed])
    deal = np.tile(everyone, 3)
    target = np.concatenate([np.zeros(what.size, np.int64), np.ones(what.size, np.int64), np.where(what.won, 2, 3)])
    source = np.concatenate(
        [np.full(what.size, -1), np.zeros(what.size, np.int64), np.where(what.qualified < NEVER, 1, 0)]
    )
    value = np.concatenate([what.asked, what.value, what.value])
    happened = np.flatnonzero(moment <= scope.now)
    order = happened[np.argsort(moment[happened], kind="stable")]
    size = len(order)
    writer.write(
        "stage_changes",
        {
            "change_id": idents("H", np.arange(first + 1, first + size + 1), 9),
            "opportunity_id": idents("O", first_deal + 1 + deal[order], 8),
            "from_stage": pick(STAGES, np.maximum(source[order], 0), source[order] >= 0),
            "to_stage": pick(STAGES, target[order]),
            "changed_at": moments(moment[order], scope.now),
            "value": cents(value[order]),
        },
    )
