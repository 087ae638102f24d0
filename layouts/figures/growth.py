"""Growth of clients: what a period brought and took, and what is added step by step."""

import math
from datetime import date, timedelta
from typing import Any

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import MINUS, change, day_in_words, exact, month_in_words, short
from data_layer.semantics.metric import Unit
from layouts import theme
from layouts.figures.axes import value_axis
from layouts.figures.base import Content, figure, keys, numbers
from layouts.figures.over_time import bars_over_time

# Where the moves are smaller than that share of the whole, an axis from zero would hide them.
LEAST_SHARE = 0.25
COLOURS = {"New": theme.CATEGORIES[0], "Returned": theme.CATEGORIES[2], "Lost": theme.CATEGORIES[1]}


def waterfall(answer: Answer) -> Content:
    """From the clients at the start to those at the end; each move hangs where the one before it ended."""
    rows = answer.frame.to_dict("records")
    start, end = answer.facts["start"], answer.facts["end"]
    bases, level = [0.0], float(start)
    for row in rows[1:-1]:
        bases.append(min(level, level + row["clients"]))
        level += row["clients"]
    heights = [float(start), *(abs(row["clients"]) for row in rows[1:-1]), float(end)]
    is_move = [row["movement"] in COLOURS for row in rows]
    low = _floor([*bases[1:], float(start), float(end)])
    bars: dict[str, Any] = {
        "type": "bar",
        "x": list(range(len(rows))),
        "y": heights,
        "base": [*bases, 0.0],
        "customdata": [[row["movement"]] if moved else None for row, moved in zip(rows, is_move, strict=True)],
        "marker": {"color": [COLOURS.get(row["movement"], theme.BEFORE) for row in rows]},
        "text": [_signed(row["clients"], moved) for row, moved in zip(rows, is_move, strict=True)],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"<b>{row['step']}</b><br>{exact(abs(row['clients']), Unit.COUNT)} clients" for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    top = max(base + height for base, height in zip(bars["base"], heights, strict=True))
    content = figure(
        [bars],
        xaxis={"tickvals": bars["x"], "ticktext": [_label(row) for row in rows], "tickangle": 0, "showgrid": False},
        yaxis=value_axis(Unit.COUNT, [low, top], zero=False) | {"range": [low, top + (top - low) * 0.12]},
        bargap=0.4,
    )
    content["caption"] = _told(answer, low)
    return content


def _floor(levels: list[float]) -> float:
    """Where the axis begins: at zero, unless the moves could not be seen then."""
    high, low = max(levels), min(levels)
    if not high or (high - low) / high >= LEAST_SHARE:
        return 0.0
    return float(max(0, math.floor(low - max(high - low, 1.0) * 0.6)))


def _label(row: dict[str, Any]) -> str:
    """The days at both ends stand above the figure."""
    return str(row["step"]).partition(" of ")[0]


def _signed(value: float, moved: bool) -> str:
    text = short(abs(value), Unit.COUNT)
    return text if not moved or not value else ("+" if value > 0 else MINUS) + text


def _told(answer: Answer, low: float) -> str:
    words = []
    if low:
        words.append(f"The axis begins at {low:,.0f}, not at zero.")
    if not answer.facts["knows_losses"]:
        words.append("Who left is not known: retention.csv has not been loaded.")
    return " ".join(words)


def acquisition(answer: Answer) -> Content:
    """Clients added by step; below, what the last complete step brought, against the one before it."""
    frame, grain = answer.frame, answer.facts["grain"]
    content = bars_over_time("clients_added")(answer)
    (bars,) = content["data"]
    bars["customdata"] = keys(frame, grain)
    bars["hovertext"] = [
        "" if value is None else f"<br>{value:.2f} % on top of the clients before" for value in numbers(frame["growth"])
    ]
    bars["hovertemplate"] = "Clients added: %{y:,.0f}%{hovertext}<extra></extra>"
    content["caption"] = _velocity(answer)
    return content


BEFORE = {"day": "the day before", "week": "the week before", "month": "the month before"}


def _velocity(answer: Answer) -> str:
    facts = answer.facts
    if facts["last"] is None:
        return ""
    grain = facts["grain"]
    words = f"{_step_in_words(facts['last'], grain)}: {exact(facts['added'], Unit.COUNT)} added"
    if facts["added_before"] is not None:
        words += f", {_against(facts['added'], facts['added_before'], BEFORE[grain])}"
    if facts["growth"] is not None:
        words += f"; {exact(facts['growth'], Unit.RATE)} growth a {grain}"
    return words + "."


def _against(added: float, before: float, when: str) -> str:
    if added == before:
        return f"as many as {when}"
    return f"{change(added, before, Unit.COUNT)} on {when} ({exact(before, Unit.COUNT)})"


def _step_in_words(day: date, grain: str) -> str:
    if grain == "month":
        return month_in_words(day)
    return day_in_words(day) if grain == "day" else f"Week to {day_in_words(day + timedelta(days=6))}"
