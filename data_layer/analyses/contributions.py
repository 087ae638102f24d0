"""What a change is made of: the contribution of every group, in exact fractions that add up to the change.

Counts are whole numbers and money is whole cents, so that nothing is lost between the groups and the whole.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

ZERO = Fraction(0)


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

    before: Fraction | None
    after: Fraction | None
    parts: Mapping[str, Fraction]
    sizes: Mapping[str, Fraction]

    @property
    def change(self) -> Fraction:
        """``after - before``; 0 where one of them is unknown."""
        return ZERO if self.before is None or self.after is None else self.after - self.before


def of_amounts(before: Mapping[str, Fraction], after: Mapping[str, Fraction]) -> Split:
    """What adds up: each group contributes its own difference.  A group missing on one side is 0 there."""
    groups = list(dict.fromkeys([*after, *before]))
    parts = {group: after.get(group, ZERO) - before.get(group, ZERO) for group in groups}
    gross = {group: abs(after.get(group, ZERO)) + abs(before.get(group, ZERO)) for group in groups}
    whole = sum(gross.values(), ZERO)
    sizes = {group: size / whole if whole else ZERO for group, size in gross.items()}
    return Split(sum(before.values(), ZERO), sum(after.values(), ZERO), parts, sizes)


def of_rates(before: Mapping[str, Share], after: Mapping[str, Share]) -> Split:
    """A rate moves because groups' rates move and because groups grow and shrink.

    With weight w and rate r of a group, and R of the whole: contribution = mean w x Δr + Δw x (mean r - mean R), the
    symmetric form of the shift-share (Marshall and Edgeworth) decomposition, so that swapping before and after swaps
    the signs.  A group without cases on one side has no rate there; it is given the rate it has on the other, so that
    all of its contribution is one of weight.
    """
    groups = list(dict.fromkeys([*after, *before]))
    n0, n1 = (sum(share.of for share in side.values()) for side in (before, after))
    if not n0 or not n1:
        return Split(_whole(before), _whole(after), dict.fromkeys(groups, ZERO), dict.fromkeys(groups, ZERO))
    r0, r1 = _whole(before) or ZERO, _whole(after) or ZERO
    parts, sizes = {}, {}
    for group in groups:
        old, new = before.get(group, Share(0, 0)), after.get(group, Share(0, 0))
        rate0, rate1 = _rate(old, new), _rate(new, old)
        weight0, weight1 = Fraction(old.of, n0), Fraction(new.of, n1)
        sizes[group] = (weight0 + weight1) / 2
        parts[group] = sizes[group] * (rate1 - rate0) + (weight1 - weight0) * (rate0 + rate1 - r0 - r1) / 2
    return Split(r0, r1, parts, sizes)


def _whole(shares: Mapping[str, Share]) -> Fraction | None:
    n = sum(share.of for share in shares.values())
    return Fraction(sum(share.hits for share in shares.values()), n) if n else None


def _rate(share: Share, other: Share) -> Fraction:
    if share.of:
        return Fraction(share.hits, share.of)
    return Fraction(other.hits, other.of) if other.of else ZERO


@dataclass(frozen=True)
class Lead:
    """The group that explains most of a change: its contribution, and how far it stands out."""

    group: str
    part: Fraction
    score: float


def leading(split: Split, ignore: frozenset[str] = frozenset(), least_share: float = 0.4) -> Lead | None:
    """The group in which a change is concentrated; None where it is spread out.

    A group's *share of the movement* is its contribution, counted in the direction of the change, over the sum of all
    contributions' sizes.  It must be at least ``least_share``.  What counts is how far that exceeds the group's size p
    (the share it would have if the change were spread evenly), measured in the spread that chance gives a group of that
    size, √(p (1 - p)), and divided by √(2 ln K), about the largest of K such deviations that chance alone brings.  So
    neither does the largest group win for being large, nor a dimension for having many values.
    """
    change = split.change
    movement = sum((abs(part) for part in split.parts.values()), ZERO)
    count = sum(1 for group, size in split.sizes.items() if size or split.parts[group])
    if not change or not movement or count < 2:
        return None
    sign = 1 if change > 0 else -1
    found: list[Lead] = []
    for group, part in split.parts.items():
        share, size = float(sign * part / movement), float(split.sizes[group])
        if share < least_share or share <= size or group in ignore:
            continue
        chance = math.sqrt(max(size * (1 - size), 1e-9)) * math.sqrt(2 * math.log(count))
        found.append(Lead(group, part, (share - size) / chance))
    return max(found, key=lambda lead: (lead.score, lead.group), default=None)
