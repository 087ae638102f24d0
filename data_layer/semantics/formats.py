"""Numbers, money and days as people read them, written in this one place: English, 1,234.5, a true minus sign.

Between a number and its unit stands a no-break space.  What is unknown is a dash.
"""

import math
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from data_layer.semantics.metric import Unit
from data_layer.semantics.period import Window, add_months

UNKNOWN_VALUE = "—"
MINUS = "−"
SPACE = "\u00a0"
# A text that begins so would run as a formula in a spreadsheet.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")

_SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "CNY": "CN¥",
    "BRL": "R$",
    "CAD": "CA$",
    "AUD": "A$",
}
_site_currency = "USD"
_WITHOUT_CENTS = {"JPY", "KRW", "CLP", "VND"}
_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
SUFFIXES = {Unit.MINUTES: "min", Unit.HOURS: "h", Unit.DAYS: "days"}
# From here on a count is shortened; below it every digit can be read at a glance.
_SHORTENED_FROM = 10_000


def neutral(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers, negative ones too, stay numbers."""
    if isinstance(value, str) and value.startswith(DANGEROUS):
        return "'" + value
    return value


def write_money_in(currency: str) -> None:
    """Let every amount of this process be in that currency (ISO 4217): the data hold amounts, the site says of what."""
    global _site_currency
    _site_currency = currency


def site_currency() -> str:
    """The currency of every amount."""
    return _site_currency


def money_sign(currency: str | None = None) -> str:
    """What stands before an amount: $, €, CHF and a space."""
    code = currency or _site_currency
    return _SYMBOLS.get(code, code + SPACE)


def short(value: float | None, unit: Unit, currency: str | None = None) -> str:
    """A value for a card, a label or a sentence: 1.28 M, $412.6 M, 12.3 k, 84.3 %, 45 min, 4.21.

    ``value``: rates are fractions.  None and NaN give a dash.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN_VALUE
    size = abs(float(value))
    match unit:
        case Unit.COUNT:
            text = _scaled(size, 0)
        case Unit.MONEY:
            text = money_sign(currency) + _scaled(size, cents(currency) if size < 100 else 0)
        case Unit.RATE:
            text = f"{size:,.1%}".replace("%", f"{SPACE}%")
        case Unit.MINUTES | Unit.HOURS | Unit.DAYS:
            text = _duration(size, unit)
        case Unit.POINTS:
            text = f"{size:.0f}"
        case _:
            text = f"{size:.2f}" if size < 100 else _scaled(size, 1)
    return _signed(text, value < 0)


def exact(value: float | None, unit: Unit, currency: str | None = None) -> str:
    """The same value with the digits that matter, for hovers and tables: 1,283,422; $412,600,112.35; 84.31 %."""
    if value is None or not math.isfinite(value):
        return UNKNOWN_VALUE
    size = abs(float(value))
    match unit:
        case Unit.COUNT:
            text = f"{size:,.0f}"
        case Unit.MONEY:
            text = f"{money_sign(currency)}{size:,.{cents(currency)}f}"
        case Unit.RATE:
            text = f"{size:,.2%}".replace("%", f"{SPACE}%")
        case Unit.MINUTES | Unit.HOURS | Unit.DAYS:
            text = f"{size:,.1f}{SPACE}{SUFFIXES[unit]}"
        case Unit.POINTS:
            text = f"{size:.1f}"
        case _:
            text = f"{size:,.2f}"
    return _signed(text, value < 0)


def difference(value: float | None, unit: Unit, currency: str | None = None) -> str:
    """How far two values are apart, with its sign: +$9.20 M, −12, +2.1 points (rates: percentage points)."""
    if value is None or not math.isfinite(value):
        return UNKNOWN_VALUE
    text = amount(value, unit, currency)
    return _plus(text, value)


def amount(value: float, unit: Unit, currency: str | None = None) -> str:
    """The size of a difference, without a sign: $9.20 M, 12, 2.1 points."""
    if unit is not Unit.RATE:
        return short(abs(value), unit, currency)
    points = f"{abs(value) * 100:,.1f}"
    return f"{points}{SPACE}{'point' if points == '1.0' else 'points'}"


def change(value: float | None, before: float | None, unit: Unit, currency: str | None = None) -> str:
    """The move from ``before`` to ``value``: +2.3 %; rates in percentage points; scores by their difference.

    A percentage of nothing, or of a debt, says nothing: then the difference itself.
    """
    if value is None or before is None or not (math.isfinite(value) and math.isfinite(before)):
        return UNKNOWN_VALUE
    if not is_relative(value, before, unit):
        return difference(value - before, unit, currency)
    relative = (value - before) / before
    return _plus(percent(relative), relative)


def is_relative(value: float, before: float, unit: Unit) -> bool:
    """Whether a change is told in percent."""
    return unit not in (Unit.RATE, Unit.SCORE, Unit.POINTS, Unit.RATIO) and before > 0 and value >= 0


def percent(relative: float) -> str:
    """The size of a relative change: 2.3 %; from ten times on, how many times."""
    size = abs(relative) * 100
    return f"{size:,.{1 if size < 1000 else 0}f}{SPACE}%"


def day_in_words(day: date) -> str:
    """21 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def month_in_words(day: date) -> str:
    """November 2026."""
    return f"{day:%B %Y}"


def days_in_words(window: Window) -> str:
    """1 – 21 Nov 2026; 3 Dec 2025 – 2 Jan 2026; 21 Nov 2026."""
    first, last = window.start, window.last_day
    if first >= last:
        return day_in_words(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {day_in_words(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {day_in_words(last)}"
    return f"{day_in_words(first)} – {day_in_words(last)}"


def during(window: Window) -> str:
    """A period inside a sentence: on Saturday, 21 Nov 2026; in October 2026; in the 30 days to 22 Nov 2026."""
    if window.days <= 1:
        return f"on {window.last_day:%A}, {day_in_words(window.last_day)}"
    if _is_month(window):
        return f"in {month_in_words(window.start)}"
    months = next((count for count in (6, 12, 24) if add_months(window.end, -count) == window.start), None)
    return f"in the {months or window.days} {'months' if months else 'days'} to {day_in_words(window.last_day)}"


def during_comparison(comparison: Window, window: Window) -> str:
    """What a period is compared with: in the 30 days before; in September 2026; in the 21 days to 21 Oct 2026."""
    if comparison.end != window.start or _is_month(comparison):
        return during(comparison)
    if comparison.days == 1:
        return f"on the {comparison.start:%A} before"
    return during(comparison).partition(" to ")[0] + " before"


def _is_month(window: Window) -> bool:
    return window.start.day == 1 and window.end == add_months(window.start, 1)


def closing_day(window: Window) -> str:
    """The day on whose end a stock is counted, inside a sentence."""
    return f"on {day_in_words(window.last_day)}"


def tick_texts(ticks: Sequence[float], unit: Unit) -> list[str]:
    """The ticks of one axis as people read them, all with the same scale and as many decimals: $500 M, 1.5 k, 40 %."""
    size, word = _scale_of(max(abs(tick) for tick in ticks), unit)
    step = min((abs(b - a) for a, b in pairwise(ticks)), default=1.0) / size
    decimals = next((places for places in range(4) if abs(round(step, places) - step) < step * 1e-6), 4)
    return [_tick(tick, size, decimals, word, unit) for tick in ticks]


def _tick(tick: float, size: float, decimals: int, word: str, unit: Unit) -> str:
    number = f"{abs(tick) / size:,.{decimals}f}"
    sign = MINUS if tick < 0 else ""
    if not tick:
        number, word = "0", word if unit in SUFFIXES or unit is Unit.RATE else ""
    return f"{sign}{money_sign() if unit is Unit.MONEY else ''}{number}{SPACE if word else ''}{word}"


def _scale_of(largest: float, unit: Unit) -> tuple[float, str]:
    """By what the numbers are divided, and the word for it."""
    if unit is Unit.RATE:
        return 0.01, "%"
    if unit in SUFFIXES:
        return 1.0, SUFFIXES[unit]
    found = ((size, word) for size, word in _SCALES if largest >= size) if largest >= _SHORTENED_FROM else iter(())
    return next(found, (1.0, ""))


def _scaled(size: float, decimals: int) -> str:
    """Without sign; ``decimals`` where it is not shortened."""
    if round(size, decimals) < _SHORTENED_FROM:
        return f"{size:,.{decimals}f}"
    for place, (scale, letter) in enumerate(_SCALES):
        if size < scale:
            continue
        text = _three_digits(size / scale)
        if text == "1,000.0" and place:  # 999,960 is 1.00 M, not 1,000.0 k
            return f"1.00{SPACE}{_SCALES[place - 1][1]}"
        return f"{text}{SPACE}{letter}"
    return f"{size:,.{decimals}f}"


def _three_digits(number: float) -> str:
    return f"{number:.2f}" if round(number, 2) < 10 else f"{number:,.1f}"


def _duration(size: float, unit: Unit) -> str:
    if unit is Unit.MINUTES and size >= 120:
        size, unit = size / 60, Unit.HOURS
    if unit is Unit.HOURS and size >= 72:
        size, unit = size / 24, Unit.DAYS
    text = f"{size:,.1f}" if size < 10 else f"{size:,.0f}"
    suffix = "day" if unit is Unit.DAYS and text == "1.0" else SUFFIXES[unit]
    return f"{text}{SPACE}{suffix}"


def cents(currency: str | None = None) -> int:
    """How many decimal places an exact amount has."""
    return 0 if (currency or _site_currency) in _WITHOUT_CENTS else 2


def _is_zero(text: str) -> bool:
    return not any(character in "123456789" for character in text)


def _signed(text: str, negative: bool) -> str:
    return MINUS + text if negative and not _is_zero(text) else text


def _plus(text: str, value: float) -> str:
    """A difference that reads as zero has no sign."""
    if _is_zero(text):
        return text
    return (MINUS if value < 0 else "+") + text
