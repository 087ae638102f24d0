"""Clients by US state: a map, and beside it the ranked list, since maps alone are hard to read."""

from typing import Any

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import short
from data_layer.warehouse.tables import UNKNOWN
from layouts import theme
from layouts.figures.base import Content, at, figure, keys, metric, nothing, numbers, texts
from layouts.figures.categories import hidden_axis, largest

RANKED = 10


def state_map(answer: Answer) -> Content:
    """A choropleth of the states with the ten largest as bars at its right."""
    name = "total_clients"
    every = answer.columns
    known = at(every, [place for place, state in enumerate(every.get("state", [])) if state != UNKNOWN])
    if not known.get("state"):
        return nothing("No US state is known of any of these clients.")
    data: list[dict[str, Any]] = [
        {
            "type": "choropleth",
            "locationmode": "USA-states",
            "locations": texts(known["state"]),
            "z": numbers(known[name]),
            "customdata": keys(known, "state"),
            "colorscale": [list(step) for step in theme.SEQUENTIAL],
            "showscale": False,
            "marker": {"line": {"color": theme.CARD, "width": 0.8}},
            "hovertemplate": "%{location}: %{z:,.0f}<extra></extra>",
        }
    ]
    top = largest(known, name, "state", RANKED, rest=False)
    data.append(
        {
            "type": "bar",
            "orientation": "h",
            "x": numbers(top[name]),
            "y": texts(top["state"]),
            "customdata": keys(top, "state"),
            "text": [short(value, metric(name).unit) for value in top[name]],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": theme.CATEGORIES[0]},
            "hovertemplate": "%{y}: %{x:,.0f}<extra></extra>",
        }
    )
    geo = {"scope": "usa", "domain": {"x": [0, 0.72], "y": [0, 1]}, "showlakes": False, "bgcolor": "rgba(0,0,0,0)"}
    return figure(
        data,
        geo=geo | {"landcolor": theme.LINE, "subunitcolor": theme.CARD, "framewidth": 0},
        xaxis=hidden_axis(top[name]) | {"domain": [0.79, 1]},
        yaxis={"autorange": "reversed", "showgrid": False, "ticklen": 0},
        margin={"l": 0, "r": 8, "t": 0, "b": 0},
    )
