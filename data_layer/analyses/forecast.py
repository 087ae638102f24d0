"""Where assets under management are heading: a forecast whose model and error were measured on the past itself."""

from dataclasses import dataclass
from datetime import date
from math import nan
from typing import Any

import numpy as np

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.smoothing import (
    DAMPED_TREND,
    DRIFT,
    LAST_VALUE,
    SEASON,
    SEASON_START,
    SEASONAL,
    SEASONAL_NAIVE,
    Floats,
    Model,
)
from data_layer.semantics.period import Window, add_months, bucket_start
from data_layer.semantics.query import Query
from data_layer.semantics.result import Columns
from data_layer.semantics.run import complete, run

LEAST_POINTS = 8
MOST_ORIGINS = 24
_FIRST_ORIGIN = 5
_HISTORY_MONTHS = 60
_COLUMNS = ("forecast", "low80", "high80", "low95", "high95")
_NORMAL_80, _NORMAL_95 = 1.281552, 1.959964
# How many origins the growth of the error with the square root of the horizon is worth, against the errors seen.
_PRIOR_ORIGINS = 8.0


@dataclass(frozen=True)
class Backtest:
    """How a model did on the past.  ``mape``: mean |error| ÷ |value|, None where a value was 0.

    ``mase``: mean |error| ÷ mean |month-to-month step|, None for a series that never moved.  ``errors``: by origin and
    horizon, NaN where the future is not known yet.
    """

    model: Model
    errors: Floats
    mape: float | None
    mase: float | None

    @property
    def mean_error(self) -> float:
        return float(np.nanmean(np.abs(self.errors)))


@dataclass(frozen=True)
class Forecast:
    """``mean`` and the bounds of its 80 and 95 % prediction intervals: arrays of ``ahead`` values.

    ``reason``: why there is none; the arrays are empty then.  ``origins``: forecasts of the backtest.
    """

    mean: Floats
    low80: Floats
    high80: Floats
    low95: Floats
    high95: Floats
    chosen: Backtest | None = None
    baseline: Backtest | None = None
    origins: int = 0
    reason: str | None = None


def forecast(series: Floats, ahead: int) -> Forecast:
    """Forecast a monthly series ``ahead`` steps on.

    Every candidate forecasts from every origin of the past (rolling-origin backtest; Tashman 2000); the least mean
    absolute error wins, the simpler one where they tie.  The intervals come from the errors of the winner: their size
    by horizon, drawn towards growth with the square root of the horizon where they are few, times Student's t.
    """
    series = np.asarray(series, dtype=float)
    reason = _why_not(series)
    if reason:
        none = np.array([])
        return Forecast(none, none, none, none, none, reason=reason)
    candidates = _candidates(len(series))
    first = _first_origin(len(series))
    tested = [_backtest(model, series, ahead, first) for model in candidates]
    chosen = min(tested, key=lambda test: round(test.mean_error, 9))
    mean = chosen.model.forecasts(series, ahead)[-1]
    origins = len(series) - first
    half80, half95 = _half_widths(_errors_today(chosen.model, series, ahead))
    floor = 0.0 if series.min() >= 0 else -np.inf

    def bound(values: Floats) -> Floats:
        return np.maximum(values, floor)

    return Forecast(
        bound(mean), bound(mean - half80), bound(mean + half80), bound(mean - half95), bound(mean + half95),
        chosen, tested[0], origins,
    )  # fmt: skip


def _why_not(series: Floats) -> str | None:
    if not np.isfinite(series).all():
        return "Some months are unknown, so that there is no course to continue."
    if len(series) < LEAST_POINTS:
        return f"A forecast needs at least {LEAST_POINTS} months; there are {len(series)}."
    if series[-1] == 0:
        return "The last month has no balance to start from."
    return None


def _candidates(points: int) -> list[Model]:
    """The baseline first; then from simple to elaborate."""
    if points >= 2 * SEASON:
        return [SEASONAL_NAIVE, LAST_VALUE, DRIFT, DAMPED_TREND, SEASONAL]
    return [LAST_VALUE, DRIFT, DAMPED_TREND]


def _first_origin(points: int) -> int:
    """From how many points on the past is forecast: the same for every candidate, so that they can be compared."""
    return max(SEASON_START if points >= 2 * SEASON else _FIRST_ORIGIN, points - MOST_ORIGINS)


def _backtest(model: Model, series: Floats, ahead: int, first: int) -> Backtest:
    made = model.forecasts(series, ahead)
    known = np.concatenate([series, np.full(ahead, np.nan)])
    actual = np.array([known[origin : origin + ahead] for origin in range(first, len(series))])
    errors = actual - made[first : len(series)]
    step = float(np.abs(np.diff(series)).mean())
    seen = np.isfinite(actual)
    relative = None if (actual[seen] == 0).any() else float(np.mean(np.abs(errors[seen] / actual[seen])))
    return Backtest(model, errors, relative, float(np.abs(errors[seen]).mean()) / step if step else None)


def _errors_today(model: Model, series: Floats, ahead: int) -> Floats:
    """The model's errors from every origin it can forecast from, as large as they would be at today's level."""
    first = max(_FIRST_ORIGIN, model.least, len(series) - MOST_ORIGINS)
    errors = _backtest(model, series, ahead, first).errors
    if series.min() <= 0:
        return errors
    at_todays_level: Floats = errors * (series[-1] / series[first - 1 : -1])[:, None]
    return at_todays_level


def _half_widths(errors: Floats) -> tuple[Floats, Floats]:
    """Half the width of the 80 and the 95 % interval by horizon.  ``errors``: by origin and horizon.

    The second factor of the variance is what a drift that was estimated from so few points adds (Hyndman &
    Athanasopoulos, section 5.5).
    """
    horizons = np.arange(1, errors.shape[1] + 1)
    counts = np.isfinite(errors).sum(axis=0)
    squares = np.where(counts > 0, np.nansum(errors**2, axis=0) / np.maximum(counts, 1), 0.0)
    # Errors of neighbouring origins overlap: h of them tell about as much as one.
    worth = counts / horizons
    per_step = float((worth * squares / horizons).sum() / max(worth.sum(), 1e-12))
    variance = (worth * squares + _PRIOR_ORIGINS * per_step * horizons) / (worth + _PRIOR_ORIGINS)
    size = np.sqrt(np.maximum.accumulate(variance) * (1 + (horizons + 1) / len(errors)))
    freedom = max(len(errors) - 1, 2)
    return student(_NORMAL_80, freedom) * size, student(_NORMAL_95, freedom) * size


def student(normal: float, freedom: int) -> float:
    """Student's t quantile from the normal one (expansion of Cornish and Fisher; Abramowitz & Stegun 26.7.5)."""
    z = normal
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


@dataclass(frozen=True)
class AumForecast:
    """Assets under management at month ends, the last ``months`` of them shown, and ``ahead`` months on.

    Frame: ``month`` (first day), ``aum``, ``forecast``, ``low80``, ``high80``, ``low95``, ``high95``.  The last actual
    point is the value on the last day of the period, also inside a month.  Facts: ``model``, ``mape``, ``mase``,
    ``baseline``, ``baseline_mape``, ``baseline_mase``, ``origins``, and ``reason`` where there is no forecast.
    """

    months: int = 24
    ahead: int = 6

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("aum",)

    def __call__(self, ask: Ask) -> Answer:
        window = self._window(ask)
        result = complete(run(Query(("aum",), ("month",)), ask.selection, ask.viewer, ask.data, window), ask.data)
        months, values = result.columns["month"], result.columns["aum"]
        begun = next((place for place, value in enumerate(values) if value and not np.isnan(value)), len(values))
        made = forecast(np.array(values[begun:], dtype=float), self.ahead)
        first = max(begun, len(values) - self.months)
        figures = _figures(months[first:], values[first:], made)
        shown = Window(figures["month"][0], window.end) if figures["month"] else window
        return Answer(figures, shown, _facts(made), result.missing, result.ignored)

    def _window(self, ask: Ask) -> Window:
        """Whole months back from the end of the period: as much as the models can use."""
        months = max(self.months, _HISTORY_MONTHS)
        start = bucket_start(add_months(ask.window.last_day.replace(day=1), 1 - months), "month")
        return Window(min(max(start, bucket_start(ask.data.first_day, "month")), ask.window.last_day), ask.window.end)


def _figures(months: list[date], values: list[float], made: Forecast) -> Columns:
    """The past, then the months to come."""
    ahead = [add_months(months[-1], step) for step in range(1, len(made.mean) + 1)] if months else []
    figures: Columns = {"month": [*months, *ahead], "aum": [*values, *[nan] * len(ahead)]}
    for column in _COLUMNS:
        coming = getattr(made, "mean" if column == "forecast" else column)
        figures[column] = [nan] * len(months) + [float(value) for value in coming]
    return figures


def _facts(made: Forecast) -> dict[str, Any]:
    facts: dict[str, Any] = {"reason": made.reason, "origins": made.origins}
    for prefix, test in (("", made.chosen), ("baseline_", made.baseline)):
        facts[f"{prefix}mape"] = test.mape if test else None
        facts[f"{prefix}mase"] = test.mase if test else None
        facts["baseline" if prefix else "model"] = test.model.name if test else None
    return facts
