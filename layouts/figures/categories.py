"""Figures of parts and ranks: donut, bars, stacked bars, funnel."""

from collections.abc import Callable, Iterable
from math import fsum, isnan
from typing import Any

from data_layer.analyses.answer import Answer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import UNKNOWN_VALUE, exact, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from data_layer.semantics.result import Columns
from layouts import theme
from layouts.figures.base import Content, at, figure, keys, metric, numbers, ranked, texts

# By how many bars there are, the part of each one's place that stays free.
GAPS = {1: 0.8, 2: 0.7, 3: 0.55, 4: 0.45}


def largest(figures: Columns, name: str, dimension: str, most: int, *, rest: bool = True) -> Columns:
    """The largest groups first; where more exist and the metric adds up, the ``rest`` as one "Other (n)"."""
    places = ranked(figures[name])
    if len(places) <= most or not metric(name).additive or not rest:
        return at(figures, places[:most])
    last = at(figures, places[most - 1 :])
    other: dict[str, Any] = dict.fromkeys((dimension, dimension + NAME_SUFFIX), f"Other ({len(places) - most + 1})")
    other |= {column: fsum(value for value in last[column] if not isnan(value)) for column in (name, name + N_SUFFIX)}
    kept = at(figures, places[: most - 1])
    return {column: [*values, other.get(column)] for column, values in kept.items()}


def labels(figures: Columns, dimension: str) -> list[str]:
    """What people read for the values of a dimension."""
    return texts(figures[dimension + NAME_SUFFIX] if dimension + NAME_SUFFIX in figures else figures[dimension])


def donut(name: str, dimension: str) -> Callable[[Answer], Content]:
    """Parts of one whole, at most six, with the total in the middle."""

    def draw(answer: Answer) -> Content:
        kept = largest(answer.columns, name, dimension, 6)
        names = labels(kept, dimension)
        total = answer.facts["total"][name]
        shares = [short(value / total, Unit.RATE) if total else UNKNOWN_VALUE for value in kept[name]]
        pie = {
            "type": "pie",
            "labels": [f"{label}  {share}" for label, share in zip(names, shares, strict=True)],
            "values": numbers(kept[name]),
            "customdata": keys(kept, dimension),
            "hole": 0.64,
            "sort": False,
            "direction": "clockwise",
            "marker": {"colors": [theme.colour(value, place) for place, value in enumerate(names)]},
            "text": [exact(value, metric(name).unit) for value in kept[name]],
            "textinfo": "none",
            "hovertemplate": "<b>%{label}</b><br>%{text}<extra></extra>",
        }
        middle = {
            "text": f"<b>{short(total, metric(name).unit)}</b>", "showarrow": False, "font": {"size": 16},
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
        every = answer.columns
        in_order = at(every, range(len(every[name]))[:most])
        kept = in_order if own_order else largest(every, name, dimension, most, rest=rest)
        names, count = labels(kept, dimension), len(kept[name])
        places = list(range(count))
        trace: dict[str, Any] = {
            "type": "bar",
            "orientation": "h",
            "x": numbers(kept[name]),
            "y": places,
            "customdata": keys(kept, dimension),
            "text": [short(value, metric(name).unit) for value in kept[name]],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": theme.CATEGORIES[0]},
            "hovertext": [
                _hover_text(value, n, label, name)
                for value, n, label in zip(kept[name], kept[name + N_SUFFIX], names, strict=True)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
        content = figure([trace], xaxis=hidden_axis(kept[name]), yaxis=label_axis(names))
        content["layout"] |= slim(count)
        if not rest and len(every[name]) > most:
            content["caption"] = f"The {most} largest of {len(every[name]):,}."
        return content

    return draw


def hidden_axis(values: Iterable[float]) -> dict[str, Any]:
    """An axis without ticks for bars that carry their value, from zero, with room for the text beside the longest."""
    known = [float(value) for value in values if not isnan(value)]
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


def _hover_text(value: float, n: float | None, label: str, name: str) -> str:
    basis = "" if metric(name).additive or n is None else f" · n = {int(n):,} {metric(name).n_label}"
    return f"<b>{label}</b><br>{metric(name).label}: {exact(value, metric(name).unit)}{basis}"
