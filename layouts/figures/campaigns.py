"""Figures of campaigns: how far their messages came, each campaign's results, rates over time."""

import math
from dataclasses import replace
from typing import Any

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import UNKNOWN_VALUE, exact, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from data_layer.warehouse.tables import UNKNOWN
from layouts import theme
from layouts.figures.axes import value_axis
from layouts.figures.base import Content, figure, keys, metric, numbers, texts
from layouts.figures.categories import bars, hidden_axis, label_axis
from layouts.figures.over_time import calendar_axis
from layouts.figures.tables import table

# The columns of the table, each with its heading: a rate names what it is of.
RESULTS = {
    "campaign": "Campaign",
    "campaign_audience": "Audience",
    "sent": "Sent",
    "delivered_rate": "Delivered, of sent",
    "delivered": "Delivered",
    "read_rate": "Read, of delivered",
    "reply_rate": "Replied, of delivered",
    "campaign_conversions": "Converted",
    "conversion_rate": "Converted, of delivered",
    "campaign_cost": "Cost",
    "campaign_revenue": "Revenue",
    "campaign_roi": "ROI",
}
RATES = {
    "delivered_rate": "Delivered, of sent",
    "read_rate": "Read, of delivered",
    "reply_rate": "Replied, of delivered",
}
_BETWEEN = 0.09  # of the height, free between two panels


def delivery_funnel(answer: Answer) -> Content:
    """A bar per step from a common line, with the count and its share of what it is a part of."""
    rows = answer.frame.to_dict("records")
    said = [_reached(row) for row in rows]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": numbers(answer.columns["recipients"]),
        "y": list(range(len(rows))),
        "text": said,
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": theme.CATEGORIES[0]},
        "hovertext": [f"<b>{row['step']}</b><br>{text}" for row, text in zip(rows, said, strict=True)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    names = texts(answer.columns["step"])
    content = figure([trace], xaxis=hidden_axis(answer.frame["recipients"]), yaxis=label_axis(names), bargap=0.35)
    content["layout"]["xaxis"]["range"][1] *= 1.2
    content["caption"] = "Each recipient of each campaign once. A reply proves a read, a read proves a delivery."
    return content


def _reached(row: dict[str, Any]) -> str:
    """3,679 · 94.9 % of sent."""
    count = exact(row["recipients"], Unit.COUNT)
    if not row["of"] or math.isnan(row["share"]):
        return count
    return f"{count} · {short(row['share'], Unit.RATE)} of {row['of'].lower()}"


def results(answer: Answer) -> Content:
    """A row per campaign, the one sent most on top; its name picks it."""
    content = table(tuple(RESULTS), key="campaign", most=20, by="sent")(answer)
    content["columns"] = [{"label": label, "number": name != "campaign"} for name, label in RESULTS.items()]
    content["caption"] = (
        "What was sent in the period and what came of it. A campaign's cost is spread evenly over all that it was sent to."
    )
    return content


def replies_by_template(answer: Answer) -> Content:
    """A bar per template; where several share a name, their variants tell them apart."""
    frame = answer.frame
    names, variants = frame["template" + NAME_SUFFIX], frame["variant"]
    told = [name if variant == UNKNOWN else f"{name}, {variant}" for name, variant in zip(names, variants, strict=True)]
    named = frame.assign(**{"template" + NAME_SUFFIX: told})
    return bars("reply_rate", "template")(replace(answer, figures=named))


def rates_over_time(answer: Answer) -> Content:
    """A panel per rate, each on a scale of its own: where most is read and little replied, one scale would hide the latter."""
    grain, columns = answer.facts["grain"], answer.columns
    days = texts(columns[grain])
    partial = set(answer.facts["partial"])
    layout: dict[str, Any] = {"xaxis": calendar_axis(grain) | {"anchor": f"y{len(RATES)}"}, "annotations": []}
    traces = []
    height = (1 - _BETWEEN * (len(RATES) - 1)) / len(RATES)
    for place, (name, label) in enumerate(RATES.items(), start=1):
        top = 1 - (place - 1) * (height + _BETWEEN)
        suffix = "" if place == 1 else str(place)
        layout[f"yaxis{suffix}"] = value_axis(Unit.RATE, columns[name], zero=name == "reply_rate", most=2) | {
            "domain": [max(0.0, top - height), top - 0.06],
        }
        layout["annotations"].append(
            {
                "text": label, "xref": "paper", "yref": "paper", "x": 0, "y": top, "xanchor": "left", "yanchor": "top",
                "showarrow": False, "font": {"color": theme.MUTED},
            }
        )  # fmt: skip
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": days,
                "y": numbers(columns[name]),
                "yaxis": f"y{suffix}",
                "name": label,
                "customdata": keys(columns, grain),
                "text": [_of(n, name) for n in columns[name + N_SUFFIX]],
                "line": {"color": theme.CATEGORIES[0], "width": 2},
                "marker": {
                    "size": 7, "color": [theme.CARD if day in partial else theme.CATEGORIES[0] for day in days],
                    "line": {"color": theme.CATEGORIES[0], "width": 1.5},
                },
                "hovertemplate": f"{label}: %{{y:.1%}} %{{text}}<extra></extra>",
            }
        )  # fmt: skip
    content = figure(traces, **layout, hovermode="x unified")
    content["caption"] = "By the month of sending; a gap: nothing was sent. Open marks: the month is not over."
    return content


def _of(n: float, name: str) -> str:
    return f"of {int(n):,} {metric(name).n_label}" if n and not math.isnan(n) else UNKNOWN_VALUE
