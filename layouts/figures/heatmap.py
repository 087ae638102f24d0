"""Weekday × hour, with totals at the edges and one hue."""

from typing import Any

from data_layer.analyses.answer import Answer
from data_layer.semantics.dimensions import WEEKDAYS
from data_layer.semantics.metric import Unit
from layouts import theme
from layouts.figures.axes import value_axis
from layouts.figures.base import Content, figure, numbers

SHORT_DAYS = [day[:3] for day in WEEKDAYS]
HOURS = list(range(24))


def activity(answer: Answer) -> Content:
    """Mean contacts per weekday and hour; above it the hours' totals, at its right the weekdays'."""
    if answer.facts["no_times"]:
        return _weekdays_only(answer)
    cells = answer.columns["interactions"]
    z = [numbers(cells[24 * day : 24 * (day + 1)]) for day in range(7)]
    heat: dict[str, Any] = {
        "type": "heatmap",
        "x": HOURS,
        "y": list(range(7)),
        "z": z,
        "customdata": [[[day, str(hour)] for hour in HOURS] for day in WEEKDAYS],
        "colorscale": [list(step) for step in theme.SEQUENTIAL],
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "text": [[f"{day}, {hour:02d}:00 – {hour + 1:02d}:00" for hour in HOURS] for day in WEEKDAYS],
        "hovertemplate": "<b>%{text}</b><br>%{z:.1f} interactions on such a day<extra></extra>",
    }
    edge: dict[str, Any] = {"type": "bar", "marker": {"color": theme.BAND_NARROW}, "hoverinfo": "x+y"}
    by_hour = edge | {
        "x": HOURS, "y": answer.facts["hours"], "yaxis": "y2",
        "hovertemplate": "%{x}:00 – %{y:.0f} interactions a week<extra></extra>",
    }  # fmt: skip
    by_day = edge | {
        "orientation": "h", "y": list(range(7)), "x": answer.facts["weekdays"], "xaxis": "x2",
        "hovertemplate": "%{x:.0f} interactions on such a day<extra></extra>",
    }  # fmt: skip
    quiet = {"showticklabels": False, "showgrid": False, "rangemode": "tozero"}
    content = figure(
        [heat, by_hour, by_day],
        xaxis={
            "domain": [0, 0.9], "tickvals": HOURS[::3], "ticktext": [f"{hour:02d}" for hour in HOURS[::3]],
            "range": [-0.5, 23.5], "showgrid": False,
        },
        yaxis={
            "domain": [0, 0.84], "tickvals": list(range(7)), "ticktext": SHORT_DAYS, "range": [6.5, -0.5], "showgrid": False,
        },
        xaxis2=quiet | {"domain": [0.915, 1]},
        yaxis2=quiet | {"domain": [0.86, 1]},
    )  # fmt: skip
    content["caption"] = _left_out(answer)
    return content


def _left_out(answer: Answer) -> str:
    left_out = answer.facts["without_time"]
    return f"{left_out:,} contacts without a time of day are in no cell." if left_out else ""


def _weekdays_only(answer: Answer) -> Content:
    bars = {
        "type": "bar",
        "x": [day[:3] for day in answer.columns["weekday"]],
        "y": numbers(answer.columns["interactions"]),
        "marker": {"color": theme.CATEGORIES[0]},
        "hovertemplate": "%{x}: %{y:.1f} interactions on such a day<extra></extra>",
    }
    content = figure([bars], yaxis=value_axis(Unit.COUNT, bars["y"]))
    content["caption"] = "The loaded data has days but no times, so hours cannot be shown."
    return content
