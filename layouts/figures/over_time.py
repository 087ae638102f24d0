"""Figures with the calendar along the bottom."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import exact, short
from data_layer.semantics.metric import Unit
from layouts import theme
from layouts.figures.axes import value_axis
from layouts.figures.base import Content, figure, hover, keys, metric, numbers, texts

TICKS = {"day": "%-d %b", "week": "%-d %b", "month": "%b\n%Y", "quarter": "%b\n%Y", "year": "%Y"}


def calendar_axis(grain: str) -> dict[str, Any]:
    """A time axis by the calendar: months as Jan, Feb, and the year once."""
    return {"type": "date", "tickformat": TICKS[grain], "hoverformat": HOVERS[grain], "nticks": 8, "showgrid": False}


HOVERS = {"day": "%a %-d %b %Y", "week": "week of %-d %b %Y", "month": "%b %Y", "quarter": "from %b %Y", "year": "%Y"}


def bars_over_time(name: str) -> Callable[[Answer], Content]:
    """Bars of one metric; steps that are not complete yet are lighter."""

    def draw(answer: Answer) -> Content:
        grain, columns = answer.facts["grain"], answer.columns
        days = texts(columns[grain])
        partial = set(answer.facts["partial"])
        bars = {
            "type": "bar",
            "x": days,
            "y": numbers(columns[name]),
            "customdata": keys(columns, grain),
            "marker": {"color": theme.CATEGORIES[0], "opacity": [0.45 if day in partial else 1 for day in days]},
            "hovertemplate": hover(metric(name)),
        }
        axis = value_axis(metric(name).unit, bars["y"])
        return figure([bars], xaxis=calendar_axis(grain), yaxis=axis, hovermode="x unified")

    return draw


def line_over_time(name: str) -> Callable[[Answer], Content]:
    """A metric as a line; steps that are not complete yet hang on it by hollow marks."""

    def draw(answer: Answer) -> Content:
        grain, columns = answer.facts["grain"], answer.columns
        days = texts(columns[grain])
        partial = set(answer.facts["partial"])
        line = {
            "type": "scatter",
            "mode": "lines+markers",
            "x": days,
            "y": numbers(columns[name]),
            "customdata": keys(columns, grain),
            "line": {"color": theme.CATEGORIES[0], "width": 2},
            "marker": {
                "size": 7,
                "color": [theme.CARD if day in partial else theme.CATEGORIES[0] for day in days],
                "line": {"color": theme.CATEGORIES[0], "width": 1.5},
            },
            "hovertemplate": hover(metric(name)),
        }
        axis = value_axis(metric(name).unit, line["y"])
        return figure([line], xaxis=calendar_axis(grain), yaxis=axis, hovermode="x unified")

    return draw


class Layer(NamedTuple):
    """One part of a stack.  ``label``: a word or two for the legend; the hover has the metric's whole name."""

    metric: str
    label: str
    colour: str


def stacked_over_time(*layers: Layer) -> Callable[[Answer], Content]:
    """Counts that add up, stacked step by step."""

    def draw(answer: Answer) -> Content:
        grain, columns = answer.facts["grain"], answer.columns
        data = [
            {
                "type": "bar",
                "x": texts(columns[grain]),
                "y": numbers(columns[layer.metric]),
                "name": layer.label,
                "customdata": keys(columns, grain),
                "marker": {"color": layer.colour},
                "hovertemplate": hover(metric(layer.metric)),
            }
            for layer in layers
        ]
        tops = (sum(value or 0.0 for value in step) for step in zip(*(part["y"] for part in data), strict=True))
        axis = value_axis(metric(layers[0].metric).unit, tops)
        return figure(
            data, barmode="stack", xaxis=calendar_axis(grain), yaxis=axis, showlegend=True, hovermode="x unified"
        )

    return draw


def flows(answer: Answer) -> Content:
    """Money in above the line, money out below it, and the net of both."""
    grain, columns = answer.facts["grain"], answer.columns
    days, key = texts(columns[grain]), keys(columns, grain)
    colours = {"contributions": theme.CATEGORIES[0], "withdrawals": theme.CATEGORIES[1]}
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": days,
            "y": numbers(value * sign for value in columns[name]),
            "name": metric(name).label,
            "customdata": key,
            "marker": {"color": colours[name]},
            "hovertemplate": hover(metric(name)),
        }
        for name, sign in (("contributions", 1), ("withdrawals", -1))
    ]
    data.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": days,
            "y": numbers(columns["net_flows"]),
            "name": metric("net_flows").label,
            "customdata": key,
            "line": {"color": theme.TEXT, "width": 2},
            "marker": {"size": 5},
            "hovertemplate": hover(metric("net_flows")),
        }
    )
    axis = value_axis(metric("net_flows").unit, [value for part in data for value in part["y"]]) | {"zeroline": True}
    return figure(
        data, barmode="relative", xaxis=calendar_axis(grain), yaxis=axis, showlegend=True, hovermode="x unified"
    )


def aum_forecast(answer: Answer) -> Content:
    """AUM so far as a line, its forecast dashed with the 80 and 95 % prediction intervals."""
    columns = answer.columns
    months = texts(columns["month"])
    aum, ahead = numbers(columns["aum"]), numbers(columns["forecast"])
    known = [place for place, value in enumerate(aum) if value is not None]
    past = {
        "type": "scatter",
        "mode": "lines",
        "x": [months[place] for place in known],
        "y": [aum[place] for place in known],
        "customdata": [[months[place]] for place in known],
        "name": "AUM",
        "line": {"color": theme.CATEGORIES[0], "width": 2.5},
        "hovertemplate": hover(metric("aum"), name="AUM"),
    }
    data = [past]
    if any(value is not None for value in ahead):
        # From the last known value on, so that the forecast hangs on it.
        joined = [*known[-1:], *(place for place, value in enumerate(ahead) if value is not None)]
        days = [months[place] for place in joined]
        low95, high95, low80, high80, mean = (
            [aum[place] if values[place] is None else values[place] for place in joined]
            for values in (numbers(columns[name]) for name in ("low95", "high95", "low80", "high80", "forecast"))
        )
        data = [
            *_band(days, low95, high95, theme.BAND_WIDE, "95 %"),
            *_band(days, low80, high80, theme.BAND_NARROW, "80 %"),
            {
                "type": "scatter",
                "mode": "lines",
                "x": days,
                "y": mean,
                "name": "Forecast",
                "line": {"color": theme.CATEGORIES[0], "width": 2, "dash": "dot"},
                "hovertemplate": hover(metric("aum"), name="Forecast"),
            },
            past,
        ]
    ends = [value for part in data for value in part["y"]]
    axis = value_axis(metric("aum").unit, ends, zero=False, most=6)
    content = figure(data, xaxis=calendar_axis("month"), yaxis=axis, hovermode="x unified")
    content["caption"] = _trust(answer.facts)
    return content


def _trust(facts: Mapping[str, Any]) -> str:
    """By what the forecast was made and how wrong that was on the past; or why there is none."""
    if not facts.get("model"):
        return str(facts.get("reason") or "")
    error, plain = facts["mape"], facts["baseline_mape"]
    off = (
        ""
        if error is None
        else f" In {facts['origins']} trials on the past it was {short(error, Unit.RATE)} off on average"
    )
    is_better = error is not None and plain is not None and facts["baseline"] != facts["model"]
    against = f" ({facts['baseline']}: {short(plain, Unit.RATE)})" if is_better else ""
    return (
        f"Forecast: {facts['model']}.{off}{against}{'.' if off else ''} Bands: 80 and 95 % of what it should stay in."
    )


def _band(
    days: list[str], low: list[float | None], high: list[float | None], fill: str, share: str
) -> list[dict[str, Any]]:
    """A prediction interval: an invisible lower edge, and the area up to the upper one."""
    edge = {"type": "scatter", "mode": "lines", "x": days, "line": {"width": 0}, "showlegend": False}
    return [
        edge | {"y": low, "hoverinfo": "skip"},
        edge
        | {
            "y": high,
            "fill": "tonexty",
            "fillcolor": fill,
            "text": [exact(value, metric("aum").unit) for value in low],
            "hovertemplate": f"{share} interval: %{{text}} – %{{y:$,.0f}}<extra></extra>",
        },
    ]
