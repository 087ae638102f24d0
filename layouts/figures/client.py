"""What stands on the page of one client: who they are, their tasks, their records, their health."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import UNKNOWN_VALUE, day_in_words, exact, short
from data_layer.semantics.metric import Unit
from layouts import theme
from layouts.figures.base import Content, figure, nothing, numbers
from layouts.figures.categories import label_axis

MOST_TASKS = 12


def profile(answer: Answer) -> Content:
    """A line per fact.  ``note``: that contact data was withheld."""
    facts = [[str(field), str(value)] for field, value in answer.frame.itertuples(index=False)]
    return {"facts": facts, "note": "Contact data is not shown to your role." if answer.facts["withheld"] else ""}


def open_tasks(answer: Answer) -> Content:
    """The tasks that are due, overdue ones first and marked."""
    rows = [
        [day_in_words(row["due"]), row["standing"], row["to_do"]]
        for row in answer.frame.head(MOST_TASKS).to_dict("records")
    ]
    overdue, upcoming = answer.facts["overdue"], answer.facts["upcoming"]
    return {
        "columns": [{"label": label, "number": False} for label in ("Due", "Standing", "Action")],
        "rows": rows,
        "marks": ["bad" if row[1].endswith(("overdue", "since today")) else "" for row in rows],
        "more": max(0, len(answer.frame) - MOST_TASKS),
        "caption": f"{overdue:,} overdue, {upcoming:,} to come.",
    }


def latest(answer: Answer) -> Content:
    """The newest records, as they are in the record set."""
    units = answer.facts["units"]
    return {
        "columns": [{"label": label, "number": label in units} for label in answer.frame.columns],
        "rows": [[_written(row[label], units.get(label)) for label in answer.frame.columns] for row in _rows(answer)],
        "more": max(0, answer.facts["count"] - len(answer.frame)),
    }


def _rows(answer: Answer) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in answer.frame.to_dict("records")]


def _written(value: Any, unit: Unit | None) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)) or value == "Unknown":
        return UNKNOWN_VALUE
    if unit is not None:
        return short(float(value), unit)
    return day_in_words(value) if hasattr(value, "isoformat") else str(value)


def health_parts(answer: Answer) -> Content:
    """The components as bars from 0 to 100, each with what it adds to the score; what has no data has no bar."""
    frame = answer.frame
    known = frame["score"].notna()
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": numbers(frame["score"]),
        "y": list(range(len(frame))),
        "text": [_beside(row) for row in frame.to_dict("records")],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": theme.CATEGORIES[0]},
        "hovertext": [_told(row) for row in frame.to_dict("records")],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    silent = [
        {
            "x": 0, "y": place, "text": "no data", "showarrow": False, "xanchor": "left", "xshift": 4,
            "font": {"color": theme.MUTED, "size": 12},
        }
        for place, has_data in enumerate(known)
        if not has_data
    ]  # fmt: skip
    content = figure(
        [bars],
        xaxis={"range": [0, 140], "showticklabels": False, "showgrid": False},
        yaxis=label_axis(list(frame["component"])),
        annotations=silent,
    )
    content["caption"] = _caption(answer)
    return content


def _beside(row: dict[str, Any]) -> str:
    if pd.isna(row["score"]):
        return ""
    return f"{row['score']:.0f}" if pd.isna(row["points"]) else f"{row['score']:.0f} · +{row['points']:.1f}"


def _told(row: dict[str, Any]) -> str:
    adds = "" if pd.isna(row["points"]) else f"<br>Adds {row['points']:.1f} points to the score"
    return (
        f"<b>{row['component']}</b>: {exact(row['score'], Unit.POINTS)} of 100<br>{row['means']}"
        f"<br>Weighs {short(row['weight'], Unit.RATE)}{adds}"
    )


def _caption(answer: Answer) -> str:
    coverage = short(answer.facts["coverage"], Unit.RATE)
    measured = day_in_words(answer.facts["measured"])
    if answer.facts["score"] is None:
        return f"No score: the components with data carry {coverage} of the weights, and half is the least."
    score = exact(answer.facts["score"], Unit.POINTS)
    if answer.facts["clients"] > 1:
        return f"Mean of {answer.n or 0:,} clients with a score: {score}, measured on {measured}."
    carried = "" if answer.facts["coverage"] > 0.999 else f", over the {coverage} of the weights that have data"
    return f"Together {score}{carried}; measured on {measured}."


def from_first(name: str, draw: Callable[[Answer], Content]) -> Callable[[Answer], Content]:
    """The same figure from the first step in which there is something of this client."""

    def begun(answer: Answer) -> Content:
        is_there = answer.frame[name].fillna(0) != 0
        if not is_there.any():
            return nothing("Nothing in this period.")
        first = int(is_there.to_numpy().argmax())
        return draw(replace(answer, figures=answer.frame.iloc[first:].reset_index(drop=True)))

    return begun
