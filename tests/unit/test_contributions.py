"""Contributions add up to the change, whatever the groups do."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from data_layer.analyses.contributions import Share, leading, of_amounts, of_rates

names = st.sampled_from(["a", "b", "c", "d", "e", "f"])
amounts = st.dictionaries(names, st.integers(-(10**12), 10**12).map(lambda cents: Fraction(cents, 100)))
shares = st.dictionaries(
    names, st.integers(0, 10**6).flatmap(lambda n: st.integers(0, n).map(lambda hits: Share(hits, n)))
)


@given(amounts, amounts)
def test_amounts_add_up(before: dict[str, Fraction], after: dict[str, Fraction]) -> None:
    split = of_amounts(before, after)
    assert sum(split.parts.values()) == split.change == sum(after.values()) - sum(before.values())


@given(shares, shares)
def test_rates_add_up(before: dict[str, Share], after: dict[str, Share]) -> None:
    split = of_rates(before, after)
    n0, n1 = (sum(share.of for share in side.values()) for side in (before, after))
    if n0 and n1:
        r0, r1 = (Fraction(sum(s.hits for s in side.values()), n) for side, n in ((before, n0), (after, n1)))
        assert split.change == r1 - r0
        assert sum(split.sizes.values()) == 1
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


def even(count: int, value: int) -> dict[str, Fraction]:
    return {f"g{place}": Fraction(value) for place in range(count)}


def test_the_group_that_moved_leads() -> None:
    lead = leading(of_amounts(even(4, 100), {**even(4, 101), "g2": Fraction(130)}))
    assert lead is not None
    assert (lead.group, lead.part) == ("g2", 30)


def test_nobody_leads_where_all_move_alike_or_nothing_moves() -> None:
    assert leading(of_amounts(even(4, 100), even(4, 110))) is None
    assert leading(of_amounts(even(4, 100), even(4, 100))) is None
    assert leading(of_amounts({"only": Fraction(1)}, {"only": Fraction(9)})) is None


def test_a_large_group_does_not_lead_for_its_size() -> None:
    before = {"large": Fraction(900), "small": Fraction(100)}
    assert leading(of_amounts(before, {"large": Fraction(990), "small": Fraction(110)})) is None
    lead = leading(of_amounts(before, {"large": Fraction(910), "small": Fraction(190)}))
    assert lead is not None
    assert lead.group == "small"


def test_the_group_against_the_current_does_not_lead() -> None:
    after = {"up": Fraction(300), "down": Fraction(50), "still": Fraction(100)}
    lead = leading(of_amounts(dict.fromkeys(after, Fraction(100)), after))
    assert lead is not None
    assert lead.group == "up"


def test_many_values_do_not_win_by_chance() -> None:
    few = of_amounts(even(3, 1000), {**even(3, 1010), "g0": Fraction(1180)})
    many = of_amounts(even(50, 60), {f"g{place}": Fraction(60 + (8 if place % 2 else 0)) for place in range(50)})
    assert few.change == many.change == 200
    assert leading(few) is not None
    assert leading(many) is None


def test_what_is_to_be_ignored_is_not_named() -> None:
    split = of_amounts(even(3, 100), {**even(3, 100), "g1": Fraction(300)})
    assert leading(split, ignore=frozenset({"g1"})) is None
