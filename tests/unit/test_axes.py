"""The axis of a metric: round steps that hold the marks, written as everywhere else."""

from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_layer.semantics.formats import tick_texts
from data_layer.semantics.metric import Unit
from layouts.figures.axes import round_steps, value_axis

SIZES = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-6)


@pytest.mark.parametrize(
    ("unit", "ticks", "texts"),
    [
        (Unit.MONEY, [0.0, 500e6, 1e9, 1.5e9], ["$0", "$0.5 B", "$1.0 B", "$1.5 B"]),
        (Unit.MONEY, [-10e6, 0.0, 10e6], ["−$10 M", "$0", "$10 M"]),
        (Unit.MONEY, [0.0, 250.0, 500.0], ["$0", "$250", "$500"]),
        (Unit.COUNT, [0.0, 2000.0, 4000.0], ["0", "2,000", "4,000"]),
        (Unit.COUNT, [0.0, 5000.0, 10000.0], ["0", "5 k", "10 k"]),
        (Unit.RATE, [0.0, 0.2, 0.4], ["0 %", "20 %", "40 %"]),
        (Unit.RATE, [0.95, 0.955, 0.96], ["95.0 %", "95.5 %", "96.0 %"]),
        (Unit.MINUTES, [0.0, 30.0, 60.0], ["0 min", "30 min", "60 min"]),
        (Unit.SCORE, [0.0, 0.5, 1.0], ["0", "0.5", "1.0"]),
    ],
)
def test_ticks_are_written_like_the_cards(unit: Unit, ticks: list[float], texts: list[str]) -> None:
    assert tick_texts(ticks, unit) == [text.replace(" ", "\u00a0") for text in texts]


@given(SIZES, SIZES, st.integers(1, 8), st.booleans())
def test_round_steps_hold_the_range_and_are_few(one: float, other: float, most: int, whole: bool) -> None:
    low, high = sorted((one, other))
    ticks = round_steps(low, high, most, whole=whole)
    slack = max(abs(low), abs(high)) * 1e-6 + 1e-9
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 1 <= len(ticks) <= most + 2
    assert all(b > a for a, b in pairwise(ticks))
    assert not whole or all(tick == int(tick) for tick in ticks)


def test_a_count_of_few_has_no_halves() -> None:
    assert value_axis(Unit.COUNT, [1, 0, 2])["tickvals"] == [0, 1, 2]


def test_a_level_without_zero_keeps_its_neighbourhood() -> None:
    ticks = value_axis(Unit.MONEY, [630e6, 759e6], zero=False)["tickvals"]
    assert ticks[0] > 500e6
    assert value_axis(Unit.MONEY, [630e6, 759e6])["tickvals"][0] == 0


@pytest.mark.parametrize("values", [[], [None, None], [nan]])
def test_nothing_known_still_has_an_axis(values: list[float | None]) -> None:
    axis = value_axis(Unit.MONEY, values)
    assert axis["tickvals"] == [0]
    assert axis["ticktext"] == ["$0"]
    assert inf not in axis["tickvals"]
