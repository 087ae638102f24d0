"""Tenure × balance: points where they are few, a density where they are many."""

import math
import re
from typing import Any

from data_layer.analyses.answer import Answer
from data_layer.analyses.client_value import POINTS
from data_layer.semantics.formats import exact, money_sign, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.query import NAME_SUFFIX
from data_layer.warehouse.bands import BALANCE_BANDS
from layouts import theme
from layouts.figures.base import Content, figure, numbers

NAME = "total_clients"
MOST_YEARS = 8  # written along the bottom
YEARS = {"ticksuffix": " y", "showgrid": False}


def value_by_tenure(answer: Answer) -> Content:
    """Years as a client along the bottom, balance up the side."""
    content = _points(answer) if answer.facts["kind"] == POINTS else _bins(answer)
    without = answer.facts["without"]
    said = [content.get("caption", ""), f"Without a balance, not drawn: {without:,}." if without else ""]
    content["caption"] = " ".join(filter(None, said))
    return content


def _bins(answer: Answer) -> Content:
    """A cell per half-year and band of balances, the darker the more clients."""
    cells = {
        (step_number(row["tenure_step"]), row["balance_band"]): row
        for row in answer.frame.to_dict("records")
        if step_number(row["tenure_step"]) is not None
    }
    steps = list(range(max(number for number, _ in cells) + 1))
    used = [place for place, band in enumerate(BALANCE_BANDS) if any(key[1] == band for key in cells)]
    bands = BALANCE_BANDS[used[0] : used[-1] + 1]
    grid = [[cells.get((number, band)) for number in steps] for band in bands]
    heat: dict[str, Any] = {
        "type": "heatmap",
        "x": steps,
        "y": list(range(len(bands))),
        # The root: a few crowded cells would else leave the others equally pale.
        "z": [[None if cell is None else math.sqrt(cell[NAME]) for cell in row] for row in grid],
        "customdata": [
            [None if cell is None else [None, cell["tenure_step"], cell["balance_band"]] for cell in row]
            for row in grid
        ],
        "text": [["" if cell is None else _told(cell) for cell in row] for row in grid],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverongaps": False,
        "colorscale": [list(step) for step in theme.SEQUENTIAL],
        "zmin": 0,
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
    }
    most = max(float(cell[NAME]) for cell in cells.values())
    years = steps[:: 2 * max(1, -(-len(steps) // (2 * MOST_YEARS)))]
    content = figure(
        [heat],
        xaxis={
            "tickvals": [step - 0.5 for step in years], "ticktext": [f"{step // 2} y" for step in years], "tickangle": 0,
            "showgrid": False, "range": [-0.5, len(steps) - 0.5],
        },
        yaxis={"tickvals": heat["y"], "ticktext": [in_money(band) for band in bands],
               "showgrid": False, "range": [-0.5, len(bands) - 0.5]},
    )  # fmt: skip
    content["caption"] = f"Clients per cell, from 1 (pale) to {most:,.0f} (strong)."
    return content


def in_money(band: str) -> str:
    """A band of balances with the currency's sign before its first amount."""
    return re.sub(r"(?=\d)", money_sign(), band, count=1)


def step_number(step: str) -> int | None:
    """Which half-year a step is: 3.5–4 years is the 7th after the first.  None for an unknown tenure."""
    begin = step.partition("–")[0]
    return int(float(begin) * 2) if begin[:1].isdigit() else None


def _told(cell: dict[str, Any]) -> str:
    count = int(cell[NAME])
    return f"<b>{cell['tenure_step']}, {cell['balance_band']}</b><br>{count:,} {'client' if count == 1 else 'clients'}"


def _points(answer: Answer) -> Content:
    """A point per client on a scale of powers of ten, which has no place for nothing and for debts."""
    frame = answer.frame[answer.frame["aum"] > 0]
    left_out = len(answer.frame) - len(frame)
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": numbers(frame["tenure_years"]),
        "y": numbers(frame["aum"]),
        "customdata": [[client, None, None] for client in frame["customer"]],
        "marker": {"color": theme.CATEGORIES[0], "size": 7, "opacity": 0.6},
        "text": [
            f"<b>{name or client}</b><br>{years:.1f} years, {exact(value, Unit.MONEY)}"
            for client, name, years, value in zip(
                frame["customer"], frame["customer" + NAME_SUFFIX], frame["tenure_years"], frame["aum"], strict=True
            )
        ],
        "hovertemplate": "%{text}<extra></extra>",
    }
    ticks = [10.0**power for power in range(10)]
    content = figure(
        [points],
        xaxis=YEARS | {"rangemode": "tozero"},
        yaxis={"type": "log", "tickvals": ticks, "ticktext": [short(tick, Unit.MONEY) for tick in ticks]},
        hovermode="closest",
    )
    content["caption"] = f"With nothing or a debt, not drawn: {left_out:,}." if left_out else ""
    return content
