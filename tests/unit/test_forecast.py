"""The forecast of assets: honest backtest, calibrated intervals, and the tile's answer."""

from datetime import date

import numpy as np
import pytest
from scipy import stats

from data_layer.analyses.forecast import AumForecast, forecast, student
from data_layer.analyses.smoothing import DAMPED_TREND, DRIFT, LAST_VALUE, SEASONAL, SEASONAL_NAIVE, Model
from data_layer.semantics.period import add_months
from tests.star import ask, star

MODELS = (LAST_VALUE, SEASONAL_NAIVE, DRIFT, DAMPED_TREND, SEASONAL)
SEASON = 4 * np.sin(np.arange(80) * 2 * np.pi / 12)


def walk(points: int, seed: int, drift: float = 0.8) -> np.ndarray:
    return 100 + np.cumsum(np.random.default_rng(seed).normal(drift, 1, points))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_no_model_looks_ahead(model: Model) -> None:
    series = walk(40, 3) + SEASON[:40]
    whole = model.forecasts(series, 4)
    for origin in range(max(model.least, 5), 40):
        assert whole[origin] == pytest.approx(model.forecasts(series[:origin], 4)[-1]), origin


def test_a_straight_line_goes_on_straight() -> None:
    made = forecast(100 + 2.0 * np.arange(20), 3)
    assert made.mean == pytest.approx([140, 142, 144])
    assert made.high95 - made.low95 == pytest.approx([0, 0, 0], abs=1e-6)
    assert made.chosen is not None
    assert made.chosen.model.name == DRIFT.name


def test_a_season_is_found_and_beats_the_baseline() -> None:
    course = 100 + 0.5 * np.arange(54) + SEASON[:54]
    made = forecast(course[:48], 6)
    assert made.chosen is not None
    assert made.baseline is not None
    assert made.chosen.model is SEASONAL
    assert made.baseline.model is SEASONAL_NAIVE
    assert made.mean == pytest.approx(course[48:], rel=0.01)
    assert made.chosen.mase is not None
    assert made.baseline.mase is not None
    assert made.chosen.mase < made.baseline.mase / 4


def test_errors_are_those_of_the_backtest() -> None:
    series = np.array([100, 110, 100, 110, 100, 110, 100, 110.0])
    made = forecast(series, 1)
    assert made.origins == 3
    assert made.baseline is not None
    assert made.baseline.errors.ravel() == pytest.approx([10, -10, 10])
    assert made.baseline.mase == pytest.approx(1.0)
    assert made.baseline.mape == pytest.approx((10 / 110 + 10 / 100 + 10 / 110) / 3)


@pytest.mark.parametrize("points", [12, 24, 36])
@pytest.mark.parametrize("drift", [0.0, 0.8])
def test_intervals_cover_what_they_promise(points: int, drift: float) -> None:
    inside80, inside95 = [], []
    for seed in range(150):
        series = walk(points + 6, seed, drift)
        made, future = forecast(series[:points], 6), series[points:]
        inside80.append((made.low80 <= future) & (future <= made.high80))
        inside95.append((made.low95 <= future) & (future <= made.high95))
    assert 0.74 <= np.mean(inside80) <= 0.90
    assert 0.92 <= np.mean(inside95) <= 0.99


def test_intervals_nest_and_widen_and_stay_above_zero() -> None:
    made = forecast(np.abs(walk(20, 1, -5.0)) + 1, 6)
    assert (made.low95 <= made.low80).all()
    assert (made.high80 <= made.high95).all()
    assert (np.diff(made.high95 - made.mean) >= -1e-9).all()
    assert (made.low95 >= 0).all()


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ([1.0] * 7, "at least 8 months"),
        ([1, 2, 3, np.nan, 5, 6, 7, 8, 9], "unknown"),
        ([5.0] * 9 + [0.0], "no balance"),
    ],
)
def test_no_forecast_without_a_course(series: list[float], words: str) -> None:
    made = forecast(np.array(series, dtype=float), 6)
    assert not len(made.mean)
    assert made.reason is not None
    assert words in made.reason


def test_students_quantiles() -> None:
    for freedom in (3, 5, 10, 30):
        assert student(1.959964, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.02)


def balances(months: int, customer: int = 1, start: date = date(2024, 1, 1)) -> list[dict[str, object]]:
    """One statement on the first of each month, in force until the next: 1,000, 1,010, 1,020 …"""
    days = [add_months(start, step) for step in range(months)]
    return [
        {
            "customer_key": customer, "balance_date": day, "balance": 1000 + 10 * step,
            "valid_from": day, "valid_to": add_months(day, 1),
        }
        for step, day in enumerate(days)
    ]  # fmt: skip


def test_the_tile_shows_the_past_and_what_follows() -> None:
    data = star({"dim_customer": [{}], "fact_balance": balances(30)}, as_of=date(2026, 6, 14))
    answer = AumForecast(months=12, ahead=3)(ask(data))
    frame = answer.frame
    assert list(frame.columns) == ["month", "aum", "forecast", "low80", "high80", "low95", "high95"]
    assert [str(month) for month in frame["month"]][::14] == ["2025-07-01", "2026-09-01"]
    assert frame["aum"].dropna().tolist()[-2:] == [1280, 1290]
    assert frame["forecast"].dropna().tolist() == pytest.approx([1300, 1310, 1320])
    assert answer.facts["reason"] is None
    assert answer.facts["mape"] == pytest.approx(0, abs=1e-9)
    assert answer.facts["baseline"] == SEASONAL_NAIVE.name
    assert answer.facts["baseline_mape"] > 0.05


def test_the_tile_follows_filters_and_starts_where_the_balances_start() -> None:
    rows = balances(30) + balances(10, customer=2, start=date(2025, 9, 1))
    data = star(
        {"dim_customer": [{"segment": "Retail"}, {"segment": "Private"}], "fact_balance": rows}, as_of=date(2026, 6, 14)
    )
    answer = AumForecast()(ask(data, "segment=Private"))
    assert str(answer.frame["month"].iloc[0]) == "2025-09-01"
    assert answer.frame["aum"].dropna().tolist() == [1000 + 10 * step for step in range(10)]


def test_a_short_history_is_shown_without_a_forecast() -> None:
    data = star({"dim_customer": [{}], "fact_balance": balances(5)}, as_of=date(2024, 5, 14))
    answer = AumForecast()(ask(data))
    assert len(answer.frame) == 5
    assert answer.frame["forecast"].isna().all()
    assert "at least 8 months; there are 5" in answer.facts["reason"]


def test_no_balances_at_all() -> None:
    answer = AumForecast()(ask(star({}, as_of=date(2024, 5, 14))))
    assert answer.is_empty
    missing = AumForecast()(ask(star({}, as_of=date(2024, 5, 14), sources=())))
    assert missing.missing == ("aum",)
    assert missing.is_empty
