"""Who is left of each cohort, month by month: a triangle, since what is not over is not shown."""

from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import month_in_words, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from layouts import theme
from layouts.figures.axes import value_axis
from layouts.figures.base import Content, figure

RATE = "cohort_retention"
MOST_NAMED = 18  # cohorts; of more, every second one has its name beside it


def retention(answer: Answer) -> Content:
    """A row per cohort, the newest at the bottom, a column per month since; above it the mean of all cohorts."""
    frame = answer.frame
    cohorts = list(dict.fromkeys(frame["cohort"]))
    months = list(range(int(frame["months_on"].max()) + 1))
    cells = {(row["cohort"], row["months_on"]): row for row in frame.to_dict("records")}
    grid = [[cells.get((cohort, month)) for month in months] for cohort in cohorts]
    lowest = float(frame[RATE].min())
    labels = _labels(frame, cohorts)
    named = list(range(0, len(cohorts), 1 if len(cohorts) <= MOST_NAMED else 2))
    heat: dict[str, Any] = {
        "type": "heatmap",
        "x": months,
        "y": list(range(len(cohorts))),
        "z": [[None if cell is None else float(cell[RATE]) for cell in row] for row in grid],
        "customdata": [
            [None if cell is None else [cell["cohort"], cell["month"].isoformat()] for cell in row] for row in grid
        ],
        "text": [["" if cell is None else _told(cell) for cell in row] for row in grid],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverongaps": False,
        "colorscale": [list(step) for step in theme.SEQUENTIAL],
        "zmin": min(lowest, 0.99) - (1 - min(lowest, 0.99)) * 0.15,
        "zmax": 1,
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
    }
    content = figure(
        [heat, _mean(frame)],
        xaxis={"tickvals": months[::3], "range": [-0.5, len(months) - 0.5], "showgrid": False, "anchor": "y"},
        yaxis={
            "domain": [0, 0.82], "tickvals": named, "ticktext": [labels[place] for place in named],
            "range": [len(cohorts) - 0.5, -0.5], "showgrid": False,
        },
        yaxis2=value_axis(Unit.RATE, [lowest, 1.0], zero=False, most=2)
        | {"domain": [0.86, 1], "range": [lowest - (1 - lowest) * 0.1 - 0.002, 1.004]},
    )  # fmt: skip
    content["caption"] = f"Months since the first product, cohort with its clients at the left; {_range(frame)}."
    return content


def _range(frame: pd.DataFrame) -> str:
    """What the colours mean."""
    low, high = (short(float(value), Unit.RATE) for value in (frame[RATE].min(), frame[RATE].max()))
    return (
        f"every cell is {low}" if low == high else f"from {low} (pale) to {high} (strong). Above, all cohorts together"
    )


def _mean(frame: pd.DataFrame) -> dict[str, Any]:
    """All cohorts that are so far, by month: kept clients over clients."""
    kept = frame.assign(kept=frame[RATE] * frame[RATE + N_SUFFIX]).groupby("months_on")[["kept", RATE + N_SUFFIX]].sum()
    shares = kept["kept"] / kept[RATE + N_SUFFIX]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [int(month) for month in shares.index],
        "y": [float(value) for value in shares],
        "yaxis": "y2",
        "line": {"color": theme.CATEGORIES[0], "width": 2},
        "text": [f"{int(n):,}" for n in kept[RATE + N_SUFFIX]],
        "hovertemplate": "<b>Month %{x}, all cohorts</b><br>%{y:.1%} of %{text} clients<extra></extra>",
    }


def _labels(frame: pd.DataFrame, cohorts: list[str]) -> list[str]:
    names = dict(zip(frame["cohort"], frame["cohort" + NAME_SUFFIX], strict=True))
    sizes = frame.groupby("cohort")[RATE + N_SUFFIX].max()
    return [f"{names[cohort]}  ({int(sizes[cohort]):,})" for cohort in cohorts]


def _told(cell: dict[str, Any]) -> str:
    return (
        f"<b>Cohort {cell['cohort' + NAME_SUFFIX]}, month {cell['months_on']}</b><br>{short(cell[RATE], Unit.RATE)} of "
        f"{int(cell[RATE + N_SUFFIX]):,} clients hold a product at the end of {month_in_words(cell['month'])}"
    )
