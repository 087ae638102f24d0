"""Contributions add up to the change, whatever the groups do."""

from fractions import Fraction
from operator import truediv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_layer.analyses.contributions import Share, leading, of_amounts, of_rates

names = st.sampled_from(["a", "b", "c", "d", "e", "f"])
amounts = st.dictionaries(names, st.integers(-(10**12), 10**12))
shares = st.dictionaries(
    names, st.integers(0, 10**6).flatmap(lambda n: st.integers(0, n).map(lambda hits: Share(hits, n)))
)


@given(amounts, amounts)
def test_amounts_add_up(before: dict[str, int], after: dict[str, int]) -> None:
    split = of_amounts(before, after)
    assert sum(split.parts.values()) == split.change == sum(after.values()) - sum(before.values())


@given(shares, shares)
def test_rates_add_up(before: dict[str, Share], after: dict[str, Share]) -> None:
    split = of_rates(before, after)
    n0, n1 = (sum(share.of for share in side.values()) for side in (before, after))
    if n0 and n1:
        r0, r1 = (Fraction(sum(s.hits for s in side.values()), n) for side, n in ((before, n0), (after, n1)))
        assert split.change == r1 - r0
        assert sum(split.sizes.values()) == pytest.approx(1)
    else:
        assert None in (split.before, split.after)
    assert sum(split.parts.values()) == split.change


@given(shares, shares)
def test_swapping_before_and_after_swaps_the_signs(before: dict[str, Share], after: dict[str, Share]) -> None:
    there, back = of_rates(before, after), of_rates(after, before)
    assert there.parts == {group: -part for group, part in back.parts.items()}


def test_a_rate_falls_although_every_group_is_steady() -> None:
    split = of_rates({"easy": Share(90, 100), "hard": Share(50, 100)}, {"easy": Share(45, 50), "hard": Share(75, 150)})
    assert split.change == Fraction(60, 100) - Fraction(70, 100)
    assert split.parts["easy"] < 0  # there is less of what does well …
    assert split.parts["hard"] < 0  # … and more of what does not


def even(count: int, value: int) -> dict[str, int]:
    return {f"g{place}": value for place in range(count)}


@given(shares, shares)
def test_roughly_the_same_is_found_in_a_tenth_of_the_time(before: dict[str, Share], after: dict[str, Share]) -> None:
    exact, rough = of_rates(before, after), of_rates(before, after, truediv)
    assert rough.parts == pytest.approx({group: float(part) for group, part in exact.parts.items()}, abs=1e-9)
    assert rough.sizes == pytest.approx(exact.sizes)


def test_the_group_that_moved_leads() -> None:
    lead = leading(of_amounts(even(4, 100), {**even(4, 101), "g2": 130}))
    assert lead is not None
    assert (lead.group, lead.part) == ("g2", 30)


def test_nobody_leads_where_all_move_alike_or_nothing_moves() -> None:
    assert leading(of_amounts(even(4, 100), even(4, 110))) is None
    assert leading(of_amounts(even(4, 100), even(4, 100))) is None
    assert leading(of_amounts({"only": 1}, {"only": 9})) is None


def test_a_large_group_does_not_lead_for_its_size() -> None:
    before = {"large": 900, "small": 100}
    assert leading(of_amounts(before, {"large": 990, "small": 110})) is None
    lead = leading(of_amounts(before, {"large": 910, "small": 190}))
    assert lead is not None
    assert lead.group == "small"


def test_the_group_against_the_current_does_not_lead() -> None:
    after = {"up": 300, "down": 50, "still": 100}
    lead = leading(of_amounts(dict.fromkeys(after, 100), after))
    assert lead is not None
    assert lead.group == "up"


def test_many_values_do_not_win_by_chance() -> None:
    few = of_amounts(even(3, 1000), {**even(3, 1010), "g0": 1180})
    many = of_amounts(even(50, 60), {f"g{place}": 60 + (8 if place % 2 else 0) for place in range(50)})
    assert few.change == many.change == 200
    assert leading(few) is not None
    assert leading(many) is None


def test_what_is_to_be_ignored_is_not_named() -> None:
    split = of_amounts(even(3, 100), {**even(3, 100), "g1": 300})
    assert leading(split, ignore=frozenset({"g1"})) is None
