"""Periods: from the words of a filter ("last 30 days") to half-open days, always relative to as-of.

As-of is the last day that loaded data covers; "today" means that day, never the clock of the server.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class PeriodName(StrEnum):
    TODAY = "today"
    YESTERDAY = "yesterday"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    MONTH = "mtd"
    QUARTER = "qtd"
    YEAR = "ytd"
    MONTHS_12 = "12m"
    ALL = "all"
    CUSTOM = "custom"


PERIOD_LABELS: dict[PeriodName, str] = {
    PeriodName.TODAY: "Last day of data",
    PeriodName.YESTERDAY: "The day before",
    PeriodName.DAYS_7: "Last 7 days",
    PeriodName.DAYS_30: "Last 30 days",
    PeriodName.DAYS_90: "Last 90 days",
    PeriodName.MONTH: "Month to date",
    PeriodName.QUARTER: "Quarter to date",
    PeriodName.YEAR: "Year to date",
    PeriodName.MONTHS_12: "Last 12 months",
    PeriodName.ALL: "All",
    PeriodName.CUSTOM: "Custom",
}

_LENGTHS = {PeriodName.TODAY: 1, PeriodName.DAYS_7: 7, PeriodName.DAYS_30: 30, PeriodName.DAYS_90: 90}


class Comparison(StrEnum):
    PREVIOUS = "previous"
    YEAR = "year"
    NONE = "none"


COMPARISON_LABELS: dict[Comparison, str] = {
    Comparison.PREVIOUS: "Previous period",
    Comparison.YEAR: "Same period last year",
    Comparison.NONE: "No comparison",
}


@dataclass(frozen=True)
class Window:
    """The days ``start <= day < end``."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day inside, on whose end stocks are counted."""
        return self.end - DAY

    def within(self, other: "Window") -> "Window":
        """What both have in common; empty (start == end) where they do not meet."""
        start = max(self.start, other.start)
        return Window(start, max(start, min(self.end, other.end)))


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day where that month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for candidate in (day.day, 30, 29, 28):
        if candidate > day.day:
            continue
        try:
            return date(year, month + 1, candidate)
        except ValueError:
            continue
    raise ValueError(day)


def bucket_start(day: date, grain: str) -> date:
    """The first day of the bucket that ``day`` lies in.  Weeks are ISO weeks, from Monday."""
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(day.year, 1, 1)
    raise ValueError(grain)


def bucket_end(start: date, grain: str) -> date:
    """The day after the bucket that begins on ``start``."""
    match grain:
        case "day":
            return start + DAY
        case "week":
            return start + 7 * DAY
    return add_months(start, {"month": 1, "quarter": 3, "year": 12}[grain])


def buckets(window: Window, grain: str) -> list[date]:
    """The starts of the buckets that the window touches, in order."""
    found = []
    start = bucket_start(window.start, grain)
    while start < window.end:
        found.append(start)
        start = bucket_end(start, grain)
    return found


def resolve(name: PeriodName, as_of: date, first_day: date, custom: Window | None = None) -> Window:
    """The days that a period means.

    ``first_day``: where "all" begins.  ``custom``: the window of ``custom``; ValueError where it is missing.
    """
    end = as_of + DAY
    if name in _LENGTHS:
        return Window(end - _LENGTHS[name] * DAY, end)
    match name:
        case PeriodName.YESTERDAY:
            return Window(as_of - DAY, as_of)
        case PeriodName.MONTH | PeriodName.QUARTER | PeriodName.YEAR:
            grain = {PeriodName.MONTH: "month", PeriodName.QUARTER: "quarter", PeriodName.YEAR: "year"}[name]
            return Window(bucket_start(as_of, grain), end)
        case PeriodName.MONTHS_12:
            return Window(add_months(as_of, -12) + DAY, end)
        case PeriodName.ALL:
            return Window(min(first_day, as_of), end)
    if custom is None:
        raise ValueError("a custom period needs its first and last day")
    return custom


def compare(window: Window, name: PeriodName, how: Comparison) -> Window | None:
    """The window to compare with; None where nothing is compared ("all" has nothing before it).

    To-date periods are compared with the same stretch of the period before: 1–21 November with 1–21 October.
    """
    if how is Comparison.NONE or name is PeriodName.ALL:
        return None
    if how is Comparison.YEAR:
        return Window(add_months(window.start, -12), add_months(window.last_day, -12) + DAY)
    months = {PeriodName.MONTH: 1, PeriodName.QUARTER: 3, PeriodName.YEAR: 12, PeriodName.MONTHS_12: 12}.get(name)
    if months:
        return Window(add_months(window.start, -months), add_months(window.last_day, -months) + DAY)
    return Window(window.start - window.days * DAY, window.start)
