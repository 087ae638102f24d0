"""A move and what explains it, as a sentence."""

from dataclasses import dataclass

from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import (
    SPACE,
    amount,
    closing_day,
    difference,
    during,
    during_comparison,
    is_relative,
    percent,
    short,
)
from data_layer.semantics.metric import Kind, Metric, Unit
from data_layer.semantics.period import Window

# Of fewer things, a percentage says less than the number itself.
FEW = 20
# Nor does “1,577 %”, of what has grown to many times its size.
MOST_TIMES = 3


@dataclass(frozen=True)
class Move:
    """A metric in two periods.  ``n``: what the later value rests on.  ``unusual``: in units of the usual move."""

    metric: Metric
    before: float
    after: float
    n: int
    window: Window
    comparison: Window
    unusual: float

    @property
    def change(self) -> float:
        return self.after - self.before


def change_in_words(move: Move) -> str:
    """“AUM rose 2.3 % to $412.6 M on 22 Nov 2026, from $403.4 M on 23 Oct 2026”, without a full stop."""
    unit = move.metric.unit
    after, before = short(move.after, unit), short(move.before, unit)
    if unit is Unit.RATE:
        after += f" (n{SPACE}={SPACE}{move.n:,})"
    if move.metric.kind is Kind.STOCK:
        when, then = closing_day(move.window), closing_day(move.comparison)
    else:
        when, then = during(move.window), during_comparison(move.comparison, move.window)
    if not move.change:
        return f"{move.metric.label} stayed at {after} {when}, the same as {then}"
    verb = "rose" if move.change > 0 else "fell"
    return f"{move.metric.label} {verb} {_by(move)} to {after} {when}, from {before} {then}"


def _by(move: Move) -> str:
    unit = move.metric.unit
    if unit is Unit.RATE:
        return amount(move.change, unit).replace("point", f"percentage{SPACE}point")
    few = unit is Unit.COUNT and max(move.before, move.after) < FEW
    if is_relative(move.after, move.before, unit) and not few and move.after <= MOST_TIMES * move.before:
        text = percent(move.change / move.before)
        if any(digit in text for digit in "123456789"):
            return text
    return f"by {amount(move.change, unit)}"


def explained_in_words(move: Move, dimension: str | None, label: str, part: float, tried: tuple[str, ...] = ()) -> str:
    """“; Texas explains $5.10 M of the $9.20 M”.  Without a dimension: that none of those tried stands out."""
    if dimension is None:
        return f"; no single {_either(tried)} stands out" if move.change and tried else ""
    unit = move.metric.unit
    who = group_in_words(dimension, label)
    if abs(part) > abs(move.change):
        return f"; {who} alone accounts for {difference(part, unit)}, which others partly offset"
    whole = amount(move.change, unit)
    some = amount(part, unit)
    if some == whole:
        return f"; {who} explains all of it"
    return f"; {who} explains {some.partition(SPACE)[0] if unit is Unit.RATE else some} of the {whole}"


def group_in_words(dimension: str, label: str) -> str:
    """The Retail segment, Texas, the Equity category, the Advisory East team."""
    noun = {"segment": "segment", "product_category": "category", "team": "team"}.get(dimension)
    return f"the {label} {noun}" if noun and noun not in label.lower() else label


def _either(tried: tuple[str, ...]) -> str:
    names = [DIMENSIONS[name].label.lower() for name in tried]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
