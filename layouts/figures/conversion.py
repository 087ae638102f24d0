"""Figures of conversion: one cohort against the last, and month by month."""

import math
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import UNKNOWN_VALUE, days_in_words, difference, short
from data_layer.semantics.metric import Unit
from layouts import theme
from layouts.figures.axes import value_axis
from layouts.figures.base import Content, figure, keys, numbers, texts
from layouts.figures.categories import hidden_axis, label_axis
from layouts.figures.over_time import calendar_axis

# So many lines can be told apart; of more steps those are drawn that lose the most.
MOST_LINES = 4


def cohorts(answer: Answer) -> Content:
    """A pair of bars per step: this cohort with the difference in points, and the last one below it, thin and grey."""
    facts, frame = answer.facts, answer.frame
    moves = ["" if math.isnan(change) else f" · {difference(change, Unit.RATE)}" for change in frame["change"]]
    traces = [_side(frame, "now", "This cohort", moves)]
    if facts["comparison"] and not facts["doubt"]:
        traces.append(_side(frame, "before", "The last one", [""] * len(frame)))
    content = figure(
        traces, xaxis=hidden_axis([*frame["now"], *frame["before"]]), yaxis=label_axis(list(frame["step"])),
        barmode="overlay", showlegend=len(traces) > 1,
    )  # fmt: skip
    last = f"The last began {days_in_words(facts['comparison'])}. " if facts["comparison"] else ""
    young = f"None of this cohort has {facts['days']} days behind it yet. " if facts["is_young"] else ""
    content["caption"] = young + (
        facts["doubt"] or f"{last}Both within {facts['days']} days, of those that have so many behind them."
    )
    return content


# Where the bar of a side stands within its step, and how thick it is, in steps.
SIDES = {"now": (-0.36, 0.38, theme.CATEGORIES[0]), "before": (0.06, 0.24, theme.BEFORE)}


def _side(frame: pd.DataFrame, name: str, label: str, moves: list[str]) -> dict[str, Any]:
    """The bars of one cohort.  ``moves``: what is added to the text of each."""
    offset, width, colour = SIDES[name]
    shares = [_share(rate, n) for rate, n in zip(frame[name], frame[f"{name}_n"], strict=True)]
    return {
        "type": "bar",
        "orientation": "h",
        "name": label,
        # What is unknown has no bar, but its dash.
        "x": [0.0 if math.isnan(rate) else float(rate) for rate in frame[name]],
        "y": list(range(len(frame))),
        "offset": offset,
        "width": width,
        "marker": {"color": colour},
        "text": [share + move for share, move in zip(shares, moves, strict=True)],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": f"<b>%{{y}}</b><br>{label}: %{{text}}<extra></extra>",
    }


def _share(rate: float, n: float) -> str:
    return UNKNOWN_VALUE if math.isnan(rate) else f"{short(rate, Unit.RATE)} of {int(n):,}"


def conversion_trend(answer: Answer) -> Content:
    """A line per step; months whose youngest opportunities do not count yet have open marks."""
    traces = []
    frame, is_cut = _steps_that_lose(answer.frame)
    for place, (step, rows) in enumerate(frame.groupby("step", sort=False)):
        is_whole = rows["stage"].isna().all()
        colour = theme.MUTED if is_whole else theme.CATEGORIES[place % len(theme.CATEGORIES)]
        full = [bool(n >= entered) for n, entered in zip(rows["n"], rows["entered"], strict=True)]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": texts(rows["month"]),
                "y": numbers(rows["rate"]),
                "name": str(step),
                "customdata": keys(rows, "month"),
                "line": {"color": colour, "width": 2, "dash": "dot" if is_whole else "solid"},
                "marker": {
                    "size": 7, "color": [colour if one else theme.CARD for one in full],
                    "line": {"color": colour, "width": 1.5},
                },
                "text": [_basis(n, entered) for n, entered in zip(rows["n"], rows["entered"], strict=True)],
                "hovertemplate": f"{step}: %{{y:.1%}} %{{text}}<extra></extra>",
            }
        )  # fmt: skip
    axis = value_axis(Unit.RATE, [rate for trace in traces for rate in trace["y"]])
    content = figure(
        traces, xaxis=calendar_axis("month"), yaxis=axis, showlegend=True, hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    content["caption"] = (
        f"Within {answer.facts['days']} days, by the month in which they began. Open marks: not all of that month count yet."
        f"{' Only the steps that lose the most.' if is_cut else ''}"
    )
    return content


def _steps_that_lose(frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """The steps with the lowest conversion, in their order, and the whole way; whether others were left out."""
    parts = frame[frame["stage"].notna()]
    went_on = (parts["rate"] * parts["n"]).groupby(parts["step"], sort=False).sum()
    rates = went_on / parts.groupby("step", sort=False)["n"].sum()
    kept = rates.nsmallest(MOST_LINES).index
    return frame[frame["stage"].isna() | frame["step"].isin(kept)], len(rates) > len(kept)


def _basis(n: float, entered: float) -> str:
    return f"of {int(n):,}" if n >= entered else f"of {int(n):,}, {int(entered - n):,} too young"
