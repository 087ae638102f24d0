"""Customers and leads: who they are, what drives them, when they come and go."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow.compute as pc

from data_layer.synthetic.columns import Column, idents, pick
from data_layer.synthetic.names import Names
from data_layer.synthetic.places import DIALLING, STATE_CODES, STATES
from data_layer.synthetic.scope import NEVER, Bool, Chunk, Int, Real, Scope, day_number
from data_layer.synthetic.shapes import OFFICE_WEEK, DayShape, choose, first_event, presence
from data_layer.synthetic.stories import Plan

SEGMENTS: Final = ("Retail", "Mass affluent", "Affluent", "Private")
_SHARES: Final = (0.52, 0.28, 0.15, 0.05)
_LEAVING: Final = np.array([0.0052, 0.0036, 0.0024, 0.0016])  # a month, by segment
_SESSIONS: Final = np.array([4.25, 5.5, 6.5, 5.8])  # a month, by segment
_BALANCE: Final = np.array([13_000.0, 42_000.0, 150_000.0, 520_000.0])  # median dollars an account
_DOMAINS: Final = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me")
_JOINING_BEFORE: Final = 0.845  # each year of the scope adds to the share of customers who joined inside it
EMPLOYERS: Final = 240


@dataclass(frozen=True)
class Faces:
    """What names and addresses a person by; every column has one element a person."""

    first: Int
    last: Int
    state: Int
    country: Int
    phone: Column
    email: Column
    reachable: Bool


@dataclass(frozen=True)
class People:
    """Customers of one chunk, one element each.

    ``met``, ``joined``, ``left``: days (``NEVER`` for who stays).  ``loyalty`` 0–1.  ``sessions``: digital sessions a
    month.  ``wealth``: typical balance of an account in dollars.  ``client``: known to the interaction manager.
    """

    ids: Column
    number: Int
    faces: Faces
    segment: Int
    born: Int
    met: Int
    joined: Int
    left: Int
    loyalty: Real
    sessions: Real
    wealth: Real
    employer: Int
    advisor: Int
    client: Bool

    @property
    def size(self) -> int:
        """How many."""
        return len(self.number)


def _numbers(rng: np.random.Generator, state: Int, number: Int) -> tuple[Int, Column]:
    country = choose(rng, tuple(place.share for place in DIALLING), len(number))
    local = number * 3_777_773 % 8_000_000 + 2_000_000
    areas = pick([state.area for state in STATES], state, country == 0)
    prefix = pick([place.prefix for place in DIALLING], country).cast("string")
    area = pc.fill_null(areas.cast("string"), "")
    return country, pc.binary_join_element_wise(prefix, area, idents("", local, 7), "")


def _plain(pool: tuple[str, ...]) -> list[str]:
    return [name.lower().replace("'", "").replace(" ", "") for name in pool]


def faces(rng: np.random.Generator, pool: Names, number: Int) -> Faces:
    """Faces for people whose ``number`` is unique among customers and leads together."""
    size = len(number)
    first, last = rng.integers(0, len(pool.first), size), rng.integers(0, len(pool.last), size)
    state = choose(rng, tuple(state.weight for state in STATES), size)
    country, phone = _numbers(rng, state, number)
    email = pc.binary_join_element_wise(
        pick(_plain(pool.first), first).cast("string"),
        ".",
        pick(_plain(pool.last), last).cast("string"),
        idents("", number % 10_000, 4),
        "@",
        pick(_DOMAINS, choose(rng, (0.5, 0.18, 0.16, 0.12, 0.04), size)).cast("string"),
        "",
    )
    reachable = rng.random(size) < 0.95
    no_mail = rng.random(size) < 0.04
    return Faces(
        first,
        last,
        state,
        country,
        pc.if_else(_mask(reachable), phone, None),
        pc.if_else(_mask(no_mail), None, email),
        reachable,
    )


def _mask(values: Bool) -> Column:
    return pc.equal(values.astype(np.int8), 1)


def _joining(rng: np.random.Generator, scope: Scope, size: int) -> Int:
    """Steady growth before the scope, a season and a week inside it."""
    inside = rng.random(size) > _JOINING_BEFORE**scope.years
    before = scope.first - 1 - (365.25 * 8 * rng.random(size) ** 1.6).astype(np.int64)
    low = np.full(size, scope.first)
    during = DayShape(scope, OFFICE_WEEK, growth=0.14).draw(rng, low, np.full(size, scope.last))
    return np.where(inside, during, before)


def _leaving(rng: np.random.Generator, scope: Scope, plan: Plan, joined: Int, base: Real, state: Int) -> Int:
    """The day a customer gives up everything: a hazard by month, raised by the story of a state."""
    hazard = base[:, None] * presence(scope, joined + 75, np.full(len(joined), scope.last))
    story = scope.ends >= day_number(plan.churning.since)
    there = state == STATE_CODES.index(plan.churning.state)
    hazard[np.ix_(there, story)] *= np.linspace(5.0, 11.0, int(story.sum()))
    at, happens = first_event(rng, hazard)
    low = np.maximum(scope.opens[at], joined + 75)
    # In the month the story begins the raised risk falls on its days only.
    begins = there & (scope.opens[at] < day_number(plan.churning.since)) & story[at]
    low = np.where(begins, np.maximum(low, day_number(plan.churning.since)), low)
    high = np.maximum(scope.ends[at], low)
    day = low + (rng.random(len(low)) * (high - low + 1)).astype(np.int64)
    return np.where(happens & (day <= scope.last), day, NEVER)


def people(scope: Scope, chunk: Chunk, pool: Names, plan: Plan, advisors: int) -> People:
    """The customers of a chunk."""
    rng = scope.rng("people", chunk.index)
    size = chunk.size
    number = np.arange(chunk.start + 1, chunk.start + size + 1)
    face = faces(rng, pool, number)
    segment = choose(rng, _SHARES, size)
    joined = _joining(rng, scope, size)
    age = np.clip(rng.gamma(7.0, 6.2, size) + 3.0 * segment, 18, 90 - scope.years)
    born = joined - (age * 365.25).astype(np.int64)
    born = np.maximum(born, scope.last - round(90.9 * 365.25))
    loyalty = rng.beta(4.0, 1.8, size)
    risk = _LEAVING[segment] * np.exp(3.4 * (0.69 - loyalty))
    years_old = (scope.last - born) / 365.25
    digital = np.clip(1.55 - years_old / 75, 0.25, 1.4) * (0.55 + 0.65 * loyalty)
    waiting = 1 + rng.exponential(24.0, size).astype(np.int64)
    return People(
        ids=idents("C", number, 7),
        number=number,
        faces=face,
        segment=segment,
        born=born,
        met=joined - waiting,
        joined=joined,
        left=_leaving(rng, scope, plan, joined, risk, face.state),
        loyalty=loyalty,
        sessions=_SESSIONS[segment] * digital * rng.gamma(2.2, 1 / 2.2, size),
        wealth=_BALANCE[segment] * np.exp(rng.normal(0, 0.6, size)) * np.clip(years_old / 45, 0.45, 1.6),
        employer=np.where(rng.random(size) < 0.72, rng.integers(1, EMPLOYERS + 1, size), 0),
        advisor=rng.integers(0, advisors, size),
        client=rng.random(size) < np.array([0.5, 0.66, 0.8, 0.95])[segment],
    )
