"""What is asked for: how many customers, which days, which seed; and the clock the demo site lives by.

Inside the generator a day is a number of days since 1970-01-01 and a moment is the number of seconds that a wall
clock in ``ZONE`` shows since then; both become text, and moments UTC, only when they are written.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

ZONE: Final = "America/New_York"
DAY: Final = 86_400
NEVER: Final = 2**61  # a day or moment that does not come; adding to it stays clear of overflow
CHUNK: Final = 10_000  # customers generated at a time: bounds the memory at any size
_EPOCH: Final = date(1970, 1, 1)
_CLOCK_FROM: Final = 1990
_CLOCK_TO: Final = 2080


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def as_date(number: int) -> date:
    """The date of a day number."""
    return _EPOCH + timedelta(days=int(number))


def weekday(days: Int) -> Int:
    """0 for Monday … 6 for Sunday."""
    return (days + 3) % 7


def month(days: Int) -> Int:
    """0 for January … 11 for December."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


@lru_cache(maxsize=1)
def _offsets() -> Int:
    """Seconds to add to local time to get UTC, by local day.

    Taken at noon: the two hours before a clock change at 02:00 are an hour off on two nights a year.
    """
    zone = ZoneInfo(ZONE)
    first, last = day_number(date(_CLOCK_FROM, 1, 1)), day_number(date(_CLOCK_TO, 1, 1))
    shifts = []
    for number in range(first, last):
        day = as_date(number)
        shift = datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset() or timedelta()
        shifts.append(-int(shift.total_seconds()))
    return np.array(shifts, np.int64)


def to_utc(local: Int) -> Int:
    """Local seconds to UTC seconds.  Days outside 1990–2079 use the nearest day known."""
    table = _offsets()
    at = np.clip(local // DAY - day_number(date(_CLOCK_FROM, 1, 1)), 0, len(table) - 1)
    return np.asarray(local + table[at], np.int64)


@dataclass(frozen=True)
class Chunk:
    """Customers ``start + 1 … start + size`` and the leads that come with them."""

    index: int
    start: int
    size: int
    lead_start: int
    leads: int


@dataclass(frozen=True)
class Scope:
    """Days ``first`` to ``last`` inclusive, cut into months: ``opens[k]`` to ``ends[k]``; the last may be partial."""

    customers: int
    years: int
    seed: int
    first: int
    last: int
    opens: Int
    ends: Int

    @classmethod
    def of(cls, customers: int, years: int, seed: int, end: date) -> "Scope":
        """Checks the request.  ValueError where it cannot be met."""
        if customers < 20 or years < 1 or seed < 0:
            raise ValueError("Ask for at least 20 customers and 1 year, and a seed that is not negative.")
        last = day_number(end)
        first = day_number(date(end.year - years, end.month, min(end.day, 28))) + 1
        every = np.arange(first, last + 1)
        opens = every[(every == first) | (month(every) != month(every - 1))]
        ends = np.append(opens[1:] - 1, last)
        return cls(customers, years, seed, first, last, opens, ends)

    @property
    def months(self) -> int:
        """How many months, the partial ones counted."""
        return len(self.ends)

    @property
    def now(self) -> int:
        """The last second covered, local."""
        return (self.last + 1) * DAY - 1

    @property
    def leads(self) -> int:
        """Contacts who are not customers."""
        return max(8, self.customers // 2)

    def rng(self, subject: str, chunk: int = 0) -> np.random.Generator:
        """An independent stream of numbers for a subject: adding one subject does not disturb another."""
        return np.random.default_rng([self.seed, zlib.crc32(subject.encode()), chunk])

    def chunks(self) -> Iterator[Chunk]:
        """The customers in chunks of at most ``CHUNK``."""
        for index, start in enumerate(range(0, self.customers, CHUNK)):
            size = min(CHUNK, self.customers - start)
            lead_start = start * self.leads // self.customers
            yield Chunk(index, start, size, lead_start, (start + size) * self.leads // self.customers - lead_start)

    def stamp(self) -> datetime:
        """The last second covered, as an aware UTC moment."""
        return datetime.fromtimestamp(int(to_utc(np.array([self.now]))[0]), UTC)
