"""``account_balances``: a row a month and account, exact to the cent.

balance = balance before + contributions − withdrawals + returns − fees, all of them whole cents.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data_layer.synthetic.columns import cents, days, idents, pick, take
from data_layer.synthetic.holdings import Accounts
from data_layer.synthetic.people import People
from data_layer.synthetic.places import STATE_CODES
from data_layer.synthetic.products import CATALOGUE, LOSING, PRODUCT_IDS, Market
from data_layer.synthetic.scope import Bool, Chunk, Int, Real, Scope, as_date, day_number
from data_layer.synthetic.stories import Plan
from data_layer.synthetic.writer import Writer

_EVERY: Final = np.array([1, 3, 12, 1])  # months between contributions, by frequency
_NO_ROW: Final = np.iinfo(np.int64).min


@dataclass(frozen=True)
class _Habits:
    """How the holders of the accounts of one chunk behave; one element per account, shares of the balance."""

    payday: Int
    phase: Int
    draws: Real
    wave_day: Int
    wave: Real
    emptied: Int


@dataclass(frozen=True)
class _Flows:
    """One month's cents per account."""

    contributions: Int
    withdrawals: Int
    returns: Int
    fees: Int


def _habits(rng: np.random.Generator, scope: Scope, plan: Plan, people: People, held: Accounts) -> _Habits:
    size = len(held.person)
    age = (scope.last - people.born[held.person]) / 365.25
    draws = np.where(age > 66, 0.16, 0.055) * np.exp(0.8 * (0.69 - people.loyalty[held.person]))
    joins = (people.faces.state[held.person] == STATE_CODES.index(plan.growing.state)) & (rng.random(size) < 0.55)
    joins &= held.product != LOSING
    since = day_number(plan.growing.since)
    return _Habits(
        payday=rng.integers(1, 29, size),
        phase=rng.integers(0, 12, size),
        draws=draws,
        wave_day=np.where(joins, rng.integers(since, scope.last + 1, size), -1),
        wave=rng.uniform(0.35, 0.7, size),
        emptied=np.where(rng.random(size) < 0.012, rng.integers(0, scope.months * 2, size), -1),
    )


def _before(rng: np.random.Generator, scope: Scope, held: Accounts) -> Int:
    """Balance on the eve of the scope of accounts opened before it: what was put in, grown at 4.5 % a year."""
    months = np.maximum(scope.first - held.opened, 0) / 30.4
    grown = (held.initial + held.monthly * months * 0.5) * 1.045 ** (months / 12) * rng.lognormal(0, 0.12, len(months))
    return np.where(held.opened < scope.first, grown, 0).astype(np.int64)


def _paid_in(scope: Scope, held: Accounts, habits: _Habits, at: int, before: Int, leaving: Bool) -> Int:
    """Initial investment, regular contributions whose day has come, and the wave of the story."""
    start, end = int(scope.opens[at]), int(scope.ends[at])
    pay = day_number(as_date(start).replace(day=1)) + habits.payday - 1
    every = _EVERY[held.frequency]
    due = ((at + habits.phase) % every == 0) & (pay >= start) & (pay <= end) & (pay > held.opened) & ~leaving
    regular = np.where(due, held.monthly * every, 0)
    regular[(held.product == LOSING) & _losing(scope, held, at)] //= 4
    first = np.where((held.opened >= start) & (held.opened <= end), held.initial, 0)
    wave = np.where((habits.wave_day >= start) & (habits.wave_day <= end) & ~leaving, before * habits.wave, 0)
    return np.asarray(regular + first + wave.astype(np.int64), np.int64)


def _losing(scope: Scope, held: Accounts, at: int) -> bool:
    return bool(scope.ends[at] > scope.last - 273)


def _taken_out(
    rng: np.random.Generator, scope: Scope, held: Accounts, habits: _Habits, at: int, before: Int, length: float
) -> Int:
    """Partial withdrawals; more of them in the months before an account is given up."""
    soon = (held.closed - scope.ends[at] < 95) & (held.closed > scope.ends[at])
    chance = habits.draws * np.where(soon, 3.0, 1.0)
    if _losing(scope, held, at):
        chance = np.where(held.product == LOSING, 0.55, chance)
    share = rng.uniform(0.03, 0.17, len(before)) * np.where(held.product == LOSING, 1.4, 1.0)
    happens = rng.random(len(before)) < chance * length
    back = held.recovered & (held.closed >= scope.opens[at]) & (held.closed <= scope.ends[at])
    share = np.where(back, 0.7, np.where(happens, share, 0.0))
    return (np.maximum(before, 0) * share).astype(np.int64)


def _month(
    rng: np.random.Generator, scope: Scope, held: Accounts, habits: _Habits, at: int, before: Int, earned: Real
) -> _Flows:
    length = (scope.ends[at] - scope.opens[at] + 1) / 30.4
    started = np.clip((scope.ends[at] - held.opened) / 30.4, 0, length)
    closing = (held.gone >= scope.opens[at]) & (held.gone <= scope.ends[at])
    leaving = closing | ((habits.emptied >= 0) & (at >= habits.emptied))
    paid_in = _paid_in(scope, held, habits, at, before, leaving & (held.opened < scope.opens[at]))
    base = np.where(before != 0, before, paid_in) * np.where(before != 0, 1.0, started / length)
    returns = (base * earned[held.product]).round().astype(np.int64)
    fee = np.array([product.fee for product in CATALOGUE])[held.product] / 1_200
    fixed = np.array([product.fixed for product in CATALOGUE])[held.product] * 100 / 12
    fees = np.where((before > 0) | (paid_in > 0), np.maximum(base, 0) * fee * length + fixed * length, 0)
    fees = fees.round().astype(np.int64)
    taken = _taken_out(rng, scope, held, habits, at, before, float(length))
    emptied = (at == habits.emptied) & ~closing
    taken = np.where(emptied, np.maximum(before + paid_in, 0), taken)
    taken = np.where(closing, np.maximum(before + paid_in + returns - fees, 0), taken)
    # An account that closes owing its last fee is let off, so that it ends at nothing.
    fees = np.where(closing, np.minimum(fees, np.maximum(before + paid_in + returns, 0)), fees)
    returns = np.where(closing, taken - before - paid_in + fees, returns)
    return _Flows(paid_in, taken, returns, fees)


def write_balances(
    writer: Writer, scope: Scope, chunk: Chunk, plan: Plan, people: People, held: Accounts, prices: Market, first: int
) -> None:
    """``account_balances``, by account and date; ids start after ``first``."""
    rng = scope.rng("balances", chunk.index)
    habits = _habits(rng, scope, plan, people, held)
    before = _before(rng, scope, held)
    shape = (5, len(held.person), scope.months)
    cube = np.full(shape, _NO_ROW, np.int64)
    for at in range(scope.months):
        open_now = (held.opened <= scope.ends[at]) & (held.gone >= scope.opens[at])
        flows = _month(rng, scope, held, habits, at, before, prices.returns[:, at])
        after = before + flows.contributions - flows.withdrawals + flows.returns - flows.fees
        for place, values in enumerate((after, flows.contributions, flows.withdrawals, flows.returns, flows.fees)):
            cube[place, open_now, at] = values[open_now]
        before = np.where(open_now, after, before)
    account, month = np.nonzero(cube[0] != _NO_ROW)
    amounts = cube[:, account, month]
    size = len(account)
    writer.write(
        "account_balances",
        {
            "balance_id": idents("B", np.arange(first + 1, first + size + 1), 9),
            "customer_id": take(people.ids, held.person[account]),
            "product_id": pick(PRODUCT_IDS, held.product[account]),
            "date": days(scope.ends[month]),
            "balance": cents(amounts[0]),
            "contributions_mtd": cents(amounts[1]),
            "withdrawals_mtd": cents(amounts[2]),
            "investment_returns_mtd": cents(amounts[3]),
            "fees_mtd": cents(amounts[4]),
        },
    )
