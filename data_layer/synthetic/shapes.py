"""How busy days and hours are, and how often things happen to people."""

from typing import Final

import numpy as np

from data_layer.synthetic.scope import Bool, Int, Real, Scope, month, weekday

OFFICE_WEEK: Final = (1.05, 1.15, 1.12, 1.05, 0.9, 0.12, 0.05)
ANY_WEEK: Final = (1.1, 1.08, 1.05, 1.02, 0.98, 0.72, 0.68)
CHAT_WEEK: Final = (1.15, 1.12, 1.08, 1.05, 1.0, 0.45, 0.35)
# January (new plans), March and April (tax), and autumn are busy; July, August and late December are not.
SEASON: Final = (1.14, 1.04, 1.1, 1.08, 0.98, 0.95, 0.88, 0.87, 1.0, 1.05, 1.03, 0.9)

OFFICE_HOURS: Final = (0, 0, 0, 0, 0, 0, 0, 0.2, 2, 6, 9, 8, 4, 5, 8, 7, 5, 2, 0.6, 0.2, 0, 0, 0, 0)
SERVICE_HOURS: Final = (0.1, 0.1, 0, 0, 0, 0.1, 0.3, 1, 4, 8, 10, 9, 7, 7, 8, 8, 7, 5, 3.5, 2.5, 1.5, 0.8, 0.4, 0.2)
DIGITAL_HOURS: Final = (0.5, 0.3, 0.2, 0.1, 0.2, 0.5, 1.5, 3.5, 5, 5, 5, 5, 6, 5, 4.5, 4.5, 5, 6, 7, 8.5, 9, 7, 4, 1.5)
CHAT_HOURS: Final = (0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 0.8, 2, 5, 8, 9, 8, 7, 7, 7.5, 7, 6, 5, 4.5, 4, 3, 2, 1, 0.5)
EVENING_HOURS: Final = (
    *(0.1, 0.05, 0.05, 0.05, 0.05, 0.1, 0.4, 1.0, 2.0, 2.6, 2.8, 2.7),
    *(2.9, 2.6, 2.5, 2.4, 2.6, 4.0, 25.2, 24.8, 18.2, 3.3, 1.2, 0.4),
)
SEND_HOURS: Final = (0, 0, 0, 0, 0, 0, 0, 0, 2, 6, 8, 6, 6, 5, 5, 5, 6, 7, 8, 6, 3, 0, 0, 0)


class DayShape:
    """Days of the scope, some likelier than others."""

    def __init__(self, scope: Scope, week: tuple[float, ...], *, growth: float = 0.0, seasonal: bool = True) -> None:
        """``growth``: how much busier a year makes (0.2: a fifth)."""
        days = np.arange(scope.first, scope.last + 1)
        weights = np.array(week)[weekday(days)]
        if seasonal:
            weights = weights * np.array(SEASON)[month(days)]
        weights = weights * (1 + growth) ** ((days - scope.first) / 365)
        self._first = scope.first
        self._sums = np.concatenate([[0.0], np.cumsum(weights)])

    def draw(self, rng: np.random.Generator, low: Int, high: Int) -> Int:
        """One day in each ``[low, high]`` (inside the scope), by weight."""
        start, stop = self._sums[low - self._first], self._sums[high + 1 - self._first]
        at = start + rng.random(len(low)) * (stop - start)
        days = self._first + np.searchsorted(self._sums, at, side="right") - 1
        return np.asarray(np.clip(days, low, high), np.int64)


class HourShape:
    """Seconds of a day by the weights of its 24 hours."""

    def __init__(self, hours: tuple[float, ...]) -> None:
        self._sums = np.concatenate([[0.0], np.cumsum(hours)]) / np.sum(hours)

    def draw(self, rng: np.random.Generator, size: int) -> Int:
        """``size`` seconds of the day, 0–86,399."""
        at = np.interp(rng.random(size), self._sums, np.arange(25) * 3600.0)
        return np.asarray(np.minimum(at, 86_399), np.int64)


def presence(scope: Scope, since: Int, until: Int) -> Real:
    """Shape (people, months): the share of a 30.4-day month each person is there, ends included."""
    low = np.maximum(scope.opens[None, :], since[:, None])
    high = np.minimum(scope.ends[None, :], until[:, None])
    return np.asarray(np.maximum(high - low + 1, 0) / 30.4, np.float64)


def seasons(scope: Scope, growth: float = 0.0) -> Real:
    """Shape (months,): the season's factor times growth by year."""
    middle = (scope.opens + scope.ends) // 2
    return np.asarray(np.array(SEASON)[month(middle)] * (1 + growth) ** ((middle - scope.first) / 365), np.float64)


def happenings(rng: np.random.Generator, expected: Real) -> tuple[Int, Int]:
    """For expected counts of shape (people, months): who and in which month, one element per event."""
    counts = rng.poisson(expected)
    people, months = expected.shape
    cells = np.repeat(np.arange(people * months), counts.ravel())
    return cells // months, cells % months


def first_event(rng: np.random.Generator, hazard: Real) -> tuple[Int, Bool]:
    """For hazards of shape (people, months): the month of the first event, and whether there is one."""
    risk = np.cumsum(hazard, axis=1)
    threshold = rng.exponential(size=len(hazard))[:, None]
    reached = risk > threshold
    return np.asarray(np.argmax(reached, axis=1), np.int64), np.asarray(reached.any(axis=1))


def choose(rng: np.random.Generator, weights: tuple[float, ...] | Real, size: int) -> Int:
    """``size`` indices into ``weights``, by weight."""
    sums = np.cumsum(weights)
    return np.asarray(np.searchsorted(sums, rng.random(size) * sums[-1], side="right"), np.int64)


def choose_by_row(rng: np.random.Generator, table: Real, row: Int) -> Int:
    """One column per element of ``row``, by the weights in that row of ``table``."""
    sums = np.cumsum(table, axis=1)
    sums = sums / sums[:, -1:]
    flat = (sums + np.arange(len(table))[:, None]).ravel()
    at = np.searchsorted(flat, row + rng.random(len(row)), side="right") - row * table.shape[1]
    return np.asarray(np.clip(at, 0, table.shape[1] - 1), np.int64)
