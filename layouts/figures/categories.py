"""Figures of parts and ranks: donut, bars, stacked bars, funnel."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import UNKNOWN_VALUE, exact, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from layouts import theme
from layouts.figures.base import Content, figure, keys, metric, numbers, texts

# By how many bars there are, the part of each one's place that stays free.
GAPS = {1: 0.8, 2: 0.7, 3: 0.55, 4: 0.45}


def largest(frame: pd.DataFrame, name: str, dimension: str, most: int, *, rest: bool = True) -> pd.DataFrame:
    """The largest groups first; where more exist and the metric adds up, the ``rest`` as one "Other (n)"."""
    ranked = frame.sort_values(name, ascending=False, kind="stable", na_position="last")
    if len(ranked) <= most or not metric(name).additive or not rest:
        return ranked.head(most)
    kept, last = ranked.head(most - 1), ranked.iloc[most - 1 :]
    other = {dimension: f"Other ({len(last)})", name: last[name].sum(), name + N_SUFFIX: last[name + N_SUFFIX].sum()}
    if dimension + NAME_SUFFIX in frame:
        other[dimension + NAME_SUFFIX] = other[dimension]
    return pd.concat([kept, pd.DataFrame([other])], ignore_index=True)


def labels(frame: pd.DataFrame, dimension: str) -> list[str]:
    """What people read for the values of a dimension."""
    return texts(frame[dimension + NAME_SUFFIX] if dimension + NAME_SUFFIX in frame else frame[dimension])


def donut(name: str, dimension: str) -> Callable[[Answer], Content]:
    """Parts of one whole, at most six, with the total in the middle."""

    def draw(answer: Answer) -> Content:
        frame = largest(answer.frame, name, dimension, 6)
        names = labels(frame, dimension)
        total = answer.facts["total"][name]
        shares = [short(value / total, Unit.RATE) if total else UNKNOWN_VALUE for value in frame[name]]
        pie = {
            "type": "pie",
            "labels": [f"{label}  {share}" for label, share in zip(names, shares, strict=True)],
            "values": numbers(frame[name]),
            "customdata": keys(frame, dimension),
            "hole": 0.64,
            "sort": False,
            "direction": "clockwise",
            "marker": {"colors": [theme.colour(value, place) for place, value in enumerate(names)]},
            "text": [exact(value, metric(name).unit) for value in frame[name]],
            "textinfo": "none",
            "hovertemplate": "<b>%{label}</b><br>%{text}<extra></extra>",
        }
        middle = {
            "text": f"<b>{short(total, metric(name).unit)}</b>", "showarrow": False, "font": {"size": 18},
            "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper",
        }  # fmt: skip
        return figure(
            [pie],
            annotations=[middle],
            showlegend=True,
            legend={"orientation": "v", "x": 1.02, "y": 0.5, "yanchor": "middle"},
        )

    return draw


def bars(name: str, dimension: str, most: int = 10, *, rest: bool = True) -> Callable[[Answer], Content]:
    """Horizontal bars with their value written at the end, largest on top, or in the dimension's own order.

    ``rest``: whether what there is no room for becomes one bar, or is only counted below the figure.
    """

    def draw(answer: Answer) -> Content:
        own_order = bool(DIMENSIONS[dimension].order or DIMENSIONS[dimension].position_column)
        frame = answer.frame.head(most) if own_order else largest(answer.frame, name, dimension, most, rest=rest)
        places = list(range(len(frame)))
        trace: dict[str, Any] = {
            "type": "bar",
            "orientation": "h",
            "x": numbers(frame[name]),
            "y": places,
            "customdata": keys(frame, dimension),
            "text": [short(value, metric(name).unit) for value in frame[name]],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": theme.CATEGORIES[0]},
            "hovertext": [
                _hover_text(row, label, name) for row, label in zip(_rows(frame), labels(frame, dimension), strict=True)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
        content = figure([trace], xaxis=hidden_axis(frame[name]), yaxis=label_axis(labels(frame, dimension)))
        content["layout"] |= slim(len(frame))
        if not rest and len(answer.frame) > most:
            content["caption"] = f"The {most} largest of {len(answer.frame):,}."
        return content

    return draw


def hidden_axis(values: pd.Series) -> dict[str, Any]:
    """An axis without ticks for bars that carry their value, from zero, with room for the text beside the longest."""
    known = values.dropna().astype(float)
    high, low = max([0.0, *known]), min([0.0, *known])
    room = (high - low or 1.0) * 0.22
    return {
        "range": [low - (room if low < 0 else 0), high + (room if high > 0 or low == 0 else 0)],
        "showticklabels": False,
        "showgrid": False,
    }


def slim(count: int) -> dict[str, float]:
    """The gap between few bars, which would else be as thick as the card is high."""
    return {"bargap": GAPS[count]} if count in GAPS else {}


def label_axis(names: list[str]) -> dict[str, Any]:
    """Names down the side, the first on top; by place, since two people may have one name."""
    return {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [name if len(name) <= 28 else name[:27] + "…" for name in names],
        "range": [len(names) - 0.4, -0.6],
        "showgrid": False,
        "zeroline": False,
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")


def _hover_text(row: dict[str, Any], label: str, name: str) -> str:
    n = row.get(name + N_SUFFIX)
    basis = "" if metric(name).additive or n is None else f" · n = {int(n):,} {metric(name).n_label}"
    return f"<b>{label}</b><br>{metric(name).label}: {exact(row[name], metric(name).unit)}{basis}"
