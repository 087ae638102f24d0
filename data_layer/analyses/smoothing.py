"""Forecast models for a monthly series, each run once over the series and forecasting from every origin.

Damped trend and additive season: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., ch. 8.
The smoothing weights come from a grid; at each origin those with the least squared one-step errors *so far* are used,
so that no forecast has seen what came after it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SEASON = 12
# Points that a start of the seasonal state needs: one and a half years, to tell trend from season.
SEASON_START = 18
_TREND_START = 4

_DAMPED_GRID = np.array(list(product((0.1, 0.3, 0.5, 0.7, 0.9, 1.0), (0.02, 0.1, 0.2, 0.4), (0.85, 0.92, 0.98))))
_SEASONAL_GRID = np.array(list(product((0.1, 0.3, 0.5, 0.8), (0.02, 0.1, 0.3), (0.05, 0.2, 0.4), (0.9, 0.98))))


@dataclass(frozen=True)
class Model:
    """``forecasts(series, ahead)[t, h]``: of the value h + 1 steps after the first t points, from these points alone.

    Shape (len(series) + 1, ahead); rows before ``least`` points mean nothing.  ``name``: in plain words.
    """

    name: str
    least: int
    forecasts: Callable[[Floats, int], Floats]


def last_value(series: Floats, ahead: int) -> Floats:
    """Every value is the last one again."""
    return np.repeat(_before(series)[:, None], ahead, axis=1)


def drift(series: Floats, ahead: int) -> Floats:
    """The last value, and on from it with the mean step so far."""
    count = np.arange(len(series) + 1)
    step = (_before(series) - series[0]) / np.maximum(count - 1, 1)
    found: Floats = _before(series)[:, None] + step[:, None] * np.arange(1, ahead + 1)
    return found


def seasonal_naive(series: Floats, ahead: int) -> Floats:
    """Every value is that of the same month a year before; of the last value where there is none."""
    found = last_value(series, ahead)
    for origin in range(SEASON, len(series) + 1):
        found[origin] = series[origin - SEASON + np.arange(ahead) % SEASON]
    return found


def damped_trend(series: Floats, ahead: int) -> Floats:
    """Holt's exponential smoothing with a trend that fades out."""
    alpha, beta, phi = _DAMPED_GRID.T
    start = series[:_TREND_START]
    level = np.full(len(alpha), start[0])
    trend = np.full(len(alpha), (start[-1] - start[0]) / max(len(start) - 1, 1))
    fade = np.cumsum(phi[:, None] ** np.arange(1, ahead + 1), axis=1)
    errors = np.zeros(len(alpha))
    found = np.full((len(series) + 1, ahead), series[0])
    for place, value in enumerate(series[1:], start=1):
        expected = level + phi * trend
        errors += (value - expected) ** 2
        level, previous = expected + alpha * (value - expected), level
        trend = beta * (level - previous) + (1 - beta) * phi * trend
        best = int(errors.argmin())
        found[place + 1] = level[best] + trend[best] * fade[best]
    return found


def seasonal_smoothing(series: Floats, ahead: int) -> Floats:
    """Holt and Winters' smoothing: a level, a trend that fades out, and a month's own distance from them."""
    found = np.full((len(series) + 1, ahead), series[0])
    if len(series) < SEASON_START:
        return found
    alpha, beta, gamma, phi = _SEASONAL_GRID.T
    size = len(alpha)
    slope = (series[SEASON:SEASON_START].mean() - series[: SEASON_START - SEASON].mean()) / SEASON
    middle = series[:SEASON].mean()
    course = middle + slope * (np.arange(SEASON) - (SEASON - 1) / 2)
    season = np.repeat((series[:SEASON] - course)[None, :], size, axis=0)
    level, trend = np.full(size, course[0] - slope), np.full(size, slope)
    fade = np.cumsum(phi[:, None] ** np.arange(1, ahead + 1), axis=1)
    errors = np.zeros(size)
    for place, value in enumerate(series):
        month = place % SEASON
        expected = level + phi * trend
        missed = value - expected - season[:, month]
        errors += missed**2 if place >= SEASON else 0.0
        level, previous = expected + alpha * missed, level
        trend = beta * (level - previous) + (1 - beta) * phi * trend
        season[:, month] += gamma * (1 - alpha) * missed
        best = int(errors.argmin())
        months = (place + 1 + np.arange(ahead)) % SEASON
        found[place + 1] = level[best] + trend[best] * fade[best] + season[best, months]
    return found


def _before(series: Floats) -> Floats:
    """The last value known at each origin; the first value where nothing is known yet."""
    return np.concatenate([series[:1], series])


LAST_VALUE = Model("the last month again", 1, last_value)
SEASONAL_NAIVE = Model("the same month of the year before", SEASON, seasonal_naive)
DRIFT = Model("the mean growth so far", 3, drift)
DAMPED_TREND = Model("the recent trend, fading out", _TREND_START + 1, damped_trend)
SEASONAL = Model("the recent trend and the season", SEASON_START, seasonal_smoothing)
