"""The sales funnel: count, share of the first stage, share of the one before."""

import math

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import exact, short
from data_layer.semantics.metric import Unit
from layouts import theme
from layouts.figures.base import Content, figure, keys, numbers, texts


def funnel(answer: Answer) -> Content:
    """Bars around a middle line, the stages in their order from the top."""
    frame = answer.frame
    rows = frame.to_dict("records")
    trace = {
        "type": "funnel",
        "y": texts(frame["stage"]),
        "x": numbers(frame["opportunities"]),
        "customdata": keys(frame, "stage"),
        "text": [exact(row["opportunities"], Unit.COUNT) for row in rows],
        "textinfo": "text",
        "textposition": "inside",
        "insidetextfont": {"color": theme.CARD},
        "hovertext": [_shares(row) for row in rows],
        "marker": {"color": list(theme.CATEGORIES[:1]) * len(frame)},
        "connector": {"fillcolor": theme.BAND_WIDE, "line": {"width": 0}},
        "hovertemplate": "<b>%{y}</b><br>%{text} opportunities<br>%{hovertext}<extra></extra>",
    }
    beside = [
        {
            "x": 0.55, "xref": "paper", "xanchor": "left", "y": row["stage"], "showarrow": False, "align": "left",
            "text": _shares(row), "font": {"color": theme.MUTED},
        }
        for row in rows
    ]  # fmt: skip
    axis = {"domain": [0, 0.52], "showticklabels": False, "showgrid": False}
    content = figure([trace], xaxis=axis, yaxis={"showgrid": False}, annotations=beside)
    lost, still_open = answer.facts["lost"], answer.facts["open"]
    content["caption"] = (
        f"{exact(lost, Unit.COUNT)} lost, {exact(still_open, Unit.COUNT)} open. A skipped stage counts as passed."
    )
    return content


def _shares(row: dict[str, float]) -> str:
    """The shares beside a stage, on two lines; nothing for the first."""
    if math.isnan(row["of_previous"]):
        return ""
    return f"{short(row['of_previous'], Unit.RATE)} of previous<br>{short(row['of_first'], Unit.RATE)} of all"
