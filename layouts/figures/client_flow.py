"""Which way clients came, what they took first, how they stand: a flow of clients in three columns."""

from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import exact
from data_layer.semantics.metric import Unit
from data_layer.warehouse.bands import NO_PRODUCT
from data_layer.warehouse.tables import UNKNOWN
from layouts import theme
from layouts.figures.base import Content, figure

METRIC = "total_clients"
COLUMNS = ("acquisition_channel", "first_category", "status")
MOST_CHANNELS = 6
LAST = (NO_PRODUCT, UNKNOWN)
Key = list[str | None]


def flow(answer: Answer) -> Content:
    """Bands from channel to first product to status.  A band or a box sets what it stands for."""
    frame = _gathered(answer.frame)
    nodes = [(place, value) for place, name in enumerate(COLUMNS) for value in _values(frame, name)]
    at = {node: number for number, node in enumerate(nodes)}
    links: dict[str, list[Any]] = {"source": [], "target": [], "value": [], "customdata": [], "label": [], "color": []}
    for place in (0, 1):
        pair = list(COLUMNS[place : place + 2])
        for first, second, value in frame.groupby(pair, sort=False)[METRIC].sum().reset_index().itertuples(index=False):
            links["source"].append(at[place, first])
            links["target"].append(at[place + 1, second])
            links["value"].append(float(value))
            links["customdata"].append(_key({place: first, place + 1: second}))
            links["label"].append(f"{first} → {second}: {exact(value, Unit.COUNT)} clients")
            links["color"].append(theme.BAND_NARROW)
    sums = {(place, v): t for place, name in enumerate(COLUMNS) for v, t in frame.groupby(name)[METRIC].sum().items()}
    trace = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "label": [f"{value}  {exact(sums[place, value], Unit.COUNT)}" for place, value in nodes],
            "color": [theme.CATEGORIES[0] if place == 1 else theme.MUTED for place, _ in nodes],
            "customdata": [_key({place: value}) for place, value in nodes],
            "x": [(0.001, 0.5, 0.999)[place] for place, _ in nodes],
            "y": _heights(nodes, sums),
            "pad": 12, "thickness": 12, "line": {"width": 0},
            "hovertemplate": "%{label} clients<extra></extra>",
        },
        "link": links | {"hovertemplate": "%{label}<extra></extra>"},
    }  # fmt: skip
    return figure([trace], margin={"l": 4, "r": 4, "t": 8, "b": 8})


def _heights(nodes: list[tuple[int, str]], sums: dict[tuple[int, str], float]) -> list[float]:
    """Where the middle of each box stands, from the top: in the order given, as tall as its share."""
    total = {place: sum(sums[node] for node in nodes if node[0] == place) or 1.0 for place in range(len(COLUMNS))}
    used = dict.fromkeys(total, 0.0)
    heights = []
    for place, value in nodes:
        share = sums[place, value] / total[place]
        heights.append(min(0.999, max(0.001, used[place] + share / 2)))
        used[place] += share
    return heights


def _gathered(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with the smallest channels as one, where there are many."""
    sums = frame.groupby(COLUMNS[0])[METRIC].sum().sort_values(ascending=False, kind="stable")
    if len(sums) <= MOST_CHANNELS:
        return frame
    rest = set(sums.index[MOST_CHANNELS - 1 :])
    other = f"Other ({len(rest)})"
    return frame.assign(**{COLUMNS[0]: [other if name in rest else name for name in frame[COLUMNS[0]]]})


def _values(frame: pd.DataFrame, name: str) -> list[str]:
    """The largest first, but for a dimension with an order of its own; what is gathered or unknown last."""
    sums = frame.groupby(name)[METRIC].sum().sort_values(ascending=False, kind="stable")
    order = DIMENSIONS[name].order
    values = [value for value in order if value in sums.index] if order else list(sums.index)
    return sorted(values, key=lambda value: value.startswith("Other (") or value in LAST)


def _key(known: dict[int, str]) -> Key:
    """A value per column of the flow; None where the mark does not say."""
    return [known.get(place) for place in range(len(COLUMNS))]
