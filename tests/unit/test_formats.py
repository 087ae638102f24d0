"""Numbers, money and days as people read them."""

from datetime import date

import pytest

from data_layer.semantics.formats import (
    MINUS,
    SPACE,
    amount,
    change,
    days_in_words,
    difference,
    during,
    during_comparison,
    exact,
    short,
    write_money_in,
)
from data_layer.semantics.metric import Unit
from data_layer.semantics.period import Window
from layouts.figures.axes import value_axis


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, Unit.COUNT, "—"),
        (float("nan"), Unit.MONEY, "—"),
        (0, Unit.COUNT, "0"),
        (-0.0, Unit.COUNT, "0"),
        (843, Unit.COUNT, "843"),
        (9_999, Unit.COUNT, "9,999"),
        (12_345, Unit.COUNT, "12.3 k"),
        (999_940, Unit.COUNT, "999.9 k"),
        (999_960, Unit.COUNT, "1.00 M"),
        (1_283_422, Unit.COUNT, "1.28 M"),
        (-12_345, Unit.COUNT, "−12.3 k"),
        (412_600_112.35, Unit.MONEY, "$412.6 M"),
        (9_199_000, Unit.MONEY, "$9.20 M"),
        (9_999.7, Unit.MONEY, "$10.0 k"),
        (-5_100, Unit.MONEY, "−$5,100"),
        (4.2, Unit.MONEY, "$4.20"),
        (1.5e15, Unit.MONEY, "$1,500.0 T"),
        (0.8431, Unit.RATE, "84.3 %"),
        (32.2993, Unit.RATE, "3,229.9 %"),
        (-0.00001, Unit.RATE, "0.0 %"),
        (4.26, Unit.MINUTES, "4.3 min"),
        (45.2, Unit.MINUTES, "45 min"),
        (192, Unit.MINUTES, "3.2 h"),
        (96, Unit.HOURS, "4.0 days"),
        (1, Unit.DAYS, "1.0 day"),
        (4.214, Unit.SCORE, "4.21"),
    ],
)
def test_short(value: float | None, unit: Unit, expected: str) -> None:
    assert plain(short(value, unit)) == expected


def test_other_currencies() -> None:
    assert plain(short(412_600_112, Unit.MONEY, "EUR")) == "€412.6 M"
    assert plain(short(412_600_112, Unit.MONEY, "CHF")) == "CHF 412.6 M"
    assert exact(1234, Unit.MONEY, "JPY") == "¥1,234"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, Unit.RATE, "—"),
        (1_283_422, Unit.COUNT, "1,283,422"),
        (-412_600_112.35, Unit.MONEY, "−$412,600,112.35"),
        (0.84312, Unit.RATE, "84.31 %"),
        (32.2993, Unit.RATE, "3,229.93 %"),
        (12.25, Unit.HOURS, "12.2 h"),
        (4.2149, Unit.SCORE, "4.21"),
    ],
)
def test_exact(value: float | None, unit: Unit, expected: str) -> None:
    assert plain(exact(value, unit)) == expected


@pytest.mark.parametrize(
    ("value", "before", "unit", "expected"),
    [
        (102.3, 100, Unit.MONEY, "+2.3 %"),
        (90, 100, Unit.COUNT, "−10.0 %"),
        (100.001, 100, Unit.MONEY, "0.0 %"),
        (5, 0, Unit.COUNT, "+5"),
        (2e6, -1e6, Unit.MONEY, "+$3.00 M"),
        (0.84, 0.861, Unit.RATE, "−2.1 points"),
        (4.31, 4.2, Unit.SCORE, "+0.11"),
        (None, 3, Unit.COUNT, "—"),
        (3, None, Unit.COUNT, "—"),
    ],
)
def test_change(value: float | None, before: float | None, unit: Unit, expected: str) -> None:
    assert plain(change(value, before, unit)) == expected


def test_differences_have_a_sign_and_amounts_none() -> None:
    assert plain(difference(-0.01, Unit.RATE)) == "−1.0 point"
    assert plain(amount(-0.021, Unit.RATE)) == "2.1 points"
    assert plain(amount(-5_100_000, Unit.MONEY)) == "$5.10 M"


def test_periods_in_words() -> None:
    thirty = Window(date(2026, 10, 24), date(2026, 11, 23))
    assert days_in_words(thirty) == "24 Oct – 22 Nov 2026"
    assert during(thirty) == "in the 30 days to 22 Nov 2026"
    assert during(Window(date(2026, 10, 1), date(2026, 11, 1))) == "in October 2026"
    sunday, saturday = Window(date(2026, 11, 22), date(2026, 11, 23)), Window(date(2026, 11, 21), date(2026, 11, 22))
    assert during(sunday) == "on Sunday, 22 Nov 2026"
    assert during_comparison(saturday, sunday) == "on the Saturday before"
    year = Window(date(2025, 11, 23), date(2026, 11, 23))
    assert during(year) == "in the 12 months to 22 Nov 2026"
    assert during_comparison(Window(date(2024, 11, 23), date(2025, 11, 23)), year) == "in the 12 months before"
    assert during_comparison(Window(date(2026, 9, 24), date(2026, 10, 24)), thirty) == "in the 30 days before"
    year_ago = Window(date(2025, 10, 24), date(2025, 11, 23))
    assert during_comparison(year_ago, thirty) == "in the 30 days to 22 Nov 2025"
    october, september = Window(date(2026, 10, 1), date(2026, 11, 1)), Window(date(2026, 9, 1), date(2026, 10, 1))
    assert during_comparison(september, october) == "in September 2026"


def test_a_site_writes_all_its_money_in_its_currency() -> None:
    write_money_in("EUR")
    try:
        assert short(1_283_422, Unit.MONEY) == f"€1.28{SPACE}M"
        assert exact(-12.5, Unit.MONEY) == f"{MINUS}€12.50"
        assert value_axis(Unit.MONEY, [2e6])["ticktext"][-1] == f"€2.0{SPACE}M"
        write_money_in("JPY")
        assert exact(1234.5, Unit.MONEY) == "¥1,234"
    finally:
        write_money_in("USD")
