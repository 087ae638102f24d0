"""What all figures share.  A figure is a plain ``{"data": […], "layout": {…}}`` of Plotly, without a template: fonts,
grids and the dark theme are applied in the browser, once for all, so that a figure is small and the same in both
themes.
"""

from collections.abc import Iterable, Sequence
from math import inf, isnan
from typing import Any

import pandas as pd

from data_layer.semantics.formats import SUFFIXES
from data_layer.semantics.metric import Metric, Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.result import Columns

Content = dict[str, Any]

# Plotly's d3 formats of the exact value, as it stands in the hover.
EXACT: dict[Unit, str] = {
    Unit.COUNT: ",.0f",
    Unit.MONEY: "$,.0f",  # the browser puts the site's currency for $
    Unit.RATE: ".1%",
    Unit.MINUTES: ",.1f",
    Unit.HOURS: ",.1f",
    Unit.DAYS: ",.1f",
    Unit.SCORE: ".2f",
    Unit.POINTS: ".1f",
    Unit.RATIO: ",.2f",
}


def figure(data: list[dict[str, Any]], **layout: Any) -> Content:
    """A figure; ``layout`` holds only what differs from the site's template."""
    return {"data": data, "layout": layout}


def nothing(words: str) -> Content:
    """A figure that only says why there is none."""
    said = {"text": words, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    return figure([], annotations=[said], xaxis={"visible": False}, yaxis={"visible": False})


def hover(metric: Metric, letter: str = "y", name: str | None = None) -> str:
    """One line of a hover box: what it is, and the exact value."""
    return f"{name or metric.label}: {exact_at(letter, metric.unit)}<extra></extra>"


def exact_at(letter: str, unit: Unit) -> str:
    """The exact value at a mark, with its unit, for a hover box; ``letter``: where the value stands, as in ``y``."""
    return f"%{{{letter}:{EXACT[unit]}}}{' ' + SUFFIXES[unit] if unit in SUFFIXES else ''}"


def numbers(column: Iterable[float]) -> list[float | None]:
    """A column as JSON numbers, None for what is unknown: a gap, never a zero."""
    return [None if value != value else float(value) for value in column]  # NaN alone is not itself


def texts(column: Iterable[Any]) -> list[str]:
    return [str(value) for value in column]


def keys(figures: pd.DataFrame | Columns, *dimensions: str) -> list[list[str]]:
    """The ``customdata`` of marks: the values a click sets, in the order that the tile emits them."""
    return [[str(value) for value in row] for row in zip(*(figures[name] for name in dimensions), strict=True)]


def ranked(values: Sequence[float]) -> list[int]:
    """The places of the values, the largest first, equal ones in their order, unknown ones last."""
    return sorted(range(len(values)), key=lambda place: inf if isnan(values[place]) else -values[place])


def at(figures: Columns, places: Sequence[int]) -> Columns:
    """The rows at these places, in this order."""
    return {column: [values[place] for place in places] for column, values in figures.items()}


def metric(name: str) -> Metric:
    return METRICS[name]
