"""What a change is made of: the contribution of every group; exact numbers, which add up to the change.

Counts are whole numbers and money is whole cents, so that nothing is lost between the groups and the whole; rates are
fractions of them.  Where many dimensions are only compared, ``over=truediv`` computes the rates roughly, in a tenth of the
time.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

Number = int | float | Fraction
Over = Callable[[int, int], Number]


@dataclass(frozen=True)
class Share:
    """A rate over one group: ``hits`` of ``of``."""

    hits: int
    of: int


@dataclass(frozen=True)
class Split:
    """A change and its parts.

    ``before``, ``after``: the whole, None for a rate over nothing.  ``parts``: the contribution of each group; they
    add up to ``after - before`` exactly.  ``sizes``: each group's share of the whole, the mean of before and after;
    they add up to 1 (or are all 0).
    """

    before: Number | None
    after: Number | None
    parts: Mapping[str, Number]
    sizes: Mapping[str, float]

    @property
    def change(self) -> Number:
        """``after - before``; 0 where one of them is unknown."""
        return 0 if self.before is None or self.after is None else self.after - self.before


def of_amounts(before: Mapping[str, int], after: Mapping[str, int]) -> Split:
    """What adds up: each group contributes its own difference.  A group missing on one side is 0 there."""
    groups = list(dict.fromkeys([*after, *before]))
    parts = {group: after.get(group, 0) - before.get(group, 0) for group in groups}
    gross = {group: abs(after.get(group, 0)) + abs(before.get(group, 0)) for group in groups}
    whole = sum(gross.values())
    sizes = {group: size / whole if whole else 0.0 for group, size in gross.items()}
    return Split(sum(before.values()), sum(after.values()), parts, sizes)


def of_rates(before: Mapping[str, Share], after: Mapping[str, Share], over: Over = Fraction) -> Split:
    """A rate moves because groups' rates move and because groups grow and shrink.

    With weight w and rate r of a group, and R of the whole: contribution = mean w x Δr + Δw x (mean r - mean R), the
    symmetric form of the shift-share (Marshall and Edgeworth) decomposition, so that swapping before and after swaps
    the signs.  A group without cases on one side has no rate there; it is given the rate it has on the other, so that
    all of its contribution is one of weight.
    """
    groups = list(dict.fromkeys([*after, *before]))
    n0, n1 = (sum(share.of for share in side.values()) for side in (before, after))
    r0, r1 = _whole(before, over), _whole(after, over)
    if r0 is None or r1 is None:
        return Split(r0, r1, dict.fromkeys(groups, 0), dict.fromkeys(groups, 0.0))
    parts, sizes = {}, {}
    for group in groups:
        old, new = before.get(group, _NONE), after.get(group, _NONE)
        rate0, rate1 = _rate(old, new, over), _rate(new, old, over)
        weight0, weight1 = over(old.of, n0), over(new.of, n1)
        sizes[group] = float((weight0 + weight1) / 2)
        parts[group] = ((weight0 + weight1) * (rate1 - rate0) + (weight1 - weight0) * (rate0 + rate1 - r0 - r1)) / 2
    return Split(r0, r1, parts, sizes)


_NONE = Share(0, 0)


def _whole(shares: Mapping[str, Share], over: Over) -> Number | None:
    n = sum(share.of for share in shares.values())
    return over(sum(share.hits for share in shares.values()), n) if n else None


def _rate(share: Share, other: Share, over: Over) -> Number:
    if share.of:
        return over(share.hits, share.of)
    return over(other.hits, other.of) if other.of else 0


@dataclass(frozen=True)
class Lead:
    """The group that explains most of a change: its contribution, and how far it stands out."""

    group: str
    part: float
    score: float


def leading(split: Split, ignore: frozenset[str] = frozenset(), least_share: float = 0.4) -> Lead | None:
    """The group in which a change is concentrated; None where it is spread out.

    A group's *share of the movement* is its contribution, counted in the direction of the change, over the sum of all
    contributions' sizes.  It must be at least ``least_share``.  What counts is how far that exceeds the group's size p
    (the share it would have if the change were spread evenly), measured in the spread that chance gives a group of that
    size, √(p (1 - p)), and divided by √(2 ln K), about the largest of K such deviations that chance alone brings.  So
    neither does the largest group win for being large, nor a dimension for having many values.
    """
    parts = {group: float(part) for group, part in split.parts.items()}
    movement = math.fsum(map(abs, parts.values()))
    count = sum(1 for group, size in split.sizes.items() if size or parts[group])
    if not split.change or not movement or count < 2:
        return None
    sign = 1 if split.change > 0 else -1
    found: list[Lead] = []
    for group, part in parts.items():
        share, size = sign * part / movement, split.sizes[group]
        if share < least_share or share <= size or group in ignore:
            continue
        chance = math.sqrt(max(size * (1 - size), 1e-9)) * math.sqrt(2 * math.log(count))
        found.append(Lead(group, part, (share - size) / chance))
    return max(found, key=lambda lead: (lead.score, lead.group), default=None)
