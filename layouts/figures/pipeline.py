"""Figures of the pipeline: its funnel, its stages, its cohorts, its bottleneck, its opportunities."""

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.analyses.bottleneck import Told
from data_layer.semantics.formats import UNKNOWN_VALUE, day_in_words, exact, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.query import N_SUFFIX
from data_layer.semantics.result import Columns
from layouts import theme
from layouts.figures.base import Content, figure, keys, numbers, texts
from layouts.figures.tables import links, table
from layouts.links import at_moment

SKIPPED = "A skipped stage counts as passed."
# A funnel of so many stages has room for three lines beside each.
ROOMY = 4


def stage_funnel(answer: Answer) -> Content:
    """Bars around a middle line with count, value and shares beside them; the conversion of the whole way below."""
    frame, facts = answer.frame, answer.facts
    rows = frame.to_dict("records")
    is_roomy = len(rows) <= ROOMY
    trace = {
        "type": "funnel",
        "y": texts(frame["stage"]),
        "x": numbers(frame["opportunities"]),
        "customdata": keys(frame, "stage"),
        "text": [exact(row["opportunities"], Unit.COUNT) for row in rows],
        "textinfo": "none",
        "hovertext": [_reached(row, "<br>") for row in rows],
        "marker": {"color": [theme.CATEGORIES[0]] * len(frame)},
        "connector": {"fillcolor": theme.BAND_WIDE, "line": {"width": 0}},
        "hovertemplate": "<b>%{y}</b><br>%{hovertext}<extra></extra>",
    }
    beside = [
        {
            "x": 0.54, "xref": "paper", "xanchor": "left", "y": row["stage"], "showarrow": False, "align": "left",
            "text": _beside(row, is_roomy), "font": {"color": theme.MUTED},
        }
        for row in rows
    ]  # fmt: skip
    axis = {"domain": [0, 0.52], "showticklabels": False, "showgrid": False}
    content = figure([trace], xaxis=axis, yaxis={"showgrid": False, "ticksuffix": "  "}, annotations=beside)
    (in_time, due), (ever, n) = facts["overall"], facts["overall_ever"]
    timely = (
        f"Won within {facts['days']} days: {short(in_time, Unit.RATE)} of the {due:,} that began at least so long ago."
        if due
        else f"None has {facts['days']} days behind it yet."
    )
    content["caption"] = (
        f"Won so far: {short(ever, Unit.RATE)} of {n:,}. {timely} {exact(facts['lost'], Unit.COUNT)} lost, "
        f"{exact(facts['open'], Unit.COUNT)} still open. {SKIPPED}{'' if is_roomy else ' Shares are of the stage before.'}"
    )
    return content


def _beside(row: dict[str, float], is_roomy: bool) -> str:
    """What stands beside a bar: three lines where there is room."""
    value = f"<b>{exact(row['opportunities'], Unit.COUNT)}</b>  {short(row['stage_reached_value'], Unit.MONEY)}"
    if math.isnan(row["of_previous"]):
        return value
    share = short(row["of_previous"], Unit.RATE)
    if not is_roomy:
        return f"{value}  {share}"
    return f"{value}<br>{share} of previous<br>{short(row['of_first'], Unit.RATE)} of all"


def _reached(row: dict[str, float], between: str) -> str:
    lines = [
        f"{exact(row['opportunities'], Unit.COUNT)} opportunities reached it",
        f"worth {exact(row['stage_reached_value'], Unit.MONEY)}",
        f"{exact(row['lost_from_stage'], Unit.COUNT)} were lost from it",
    ]
    if not math.isnan(row["of_previous"]):
        lines.append(f"{short(row['of_previous'], Unit.RATE)} of the stage before")
    return between.join(lines)


def _cells(columns: tuple[tuple[str, bool], ...], rows: list[list[str]], answer_keys: list[list[str]]) -> Content:
    return {
        "columns": [{"label": label, "number": number} for label, number in columns],
        "rows": rows,
        "keys": answer_keys,
        "more": 0,
    }


def _text(value: float, unit: Unit) -> str:
    return short(value, unit) if not math.isnan(value) else UNKNOWN_VALUE


def _with_n(row: dict[str, Any], metric: str, unit: Unit) -> str:
    """A median or a rate, with what it rests on."""
    n = row.get(metric + N_SUFFIX, 0.0)
    return f"{_text(row[metric], unit)}  ({int(n):,})" if n and not math.isnan(row[metric]) else UNKNOWN_VALUE


def stages(answer: Answer) -> Content:
    """A row per stage: what stands there, how long stays last, how many went on, how many were lost."""
    days = answer.facts["days"]
    columns = (
        ("Stage", False), ("In it now", True), ("Value", True), ("Open stays, median (n)", True),
        ("Completed stays, median (n)", True), (f"Went on in {days} days (n)", True), ("Went on so far (n)", True),
        ("Lost from it", True),
    )  # fmt: skip
    rows = [
        [
            str(row["stage"]),
            short(row["opportunities"], Unit.COUNT),
            short(row["opportunity_value"], Unit.MONEY),
            _with_n(row, "days_waiting", Unit.DAYS),
            _with_n(row, "days_in_stage", Unit.DAYS),
            _with_n(row, "stage_conversion_rate", Unit.RATE),
            _with_n(row, "stage_conversion_ever_rate", Unit.RATE),
            short(row["lost_from_stage"], Unit.COUNT),
        ]
        for row in answer.frame.to_dict("records")
    ]
    content = _cells(columns, rows, keys(answer.frame, "stage"))
    content["caption"] = f"Open stays are no part of the completed ones. {SKIPPED}"
    return content


# Where a sentence leads, in words.
PLACES = {
    "stages": "Show the stages",
    "cohorts": "Show the cohorts",
    "waiting": "Show who waits",
    "dropped": "Show who was lost",
}


def bottleneck(answer: Answer) -> Content:
    """The sentences, each with a link to the team it names or to the figure where it can be understood."""

    def sentence(told: Told) -> dict[str, Any]:
        return {
            "text": told.text,
            "direction": "none",
            "good": told.good,
            "filter": ["team", told.team] if told.team else None,
            "link": f"Filter to {told.team}" if told.team else PLACES.get(told.tile or ""),
            "goto": told.tile,
        }

    return {"sentences": [sentence(told) for told in answer.facts["told"]]}


# How the fields of opportunities are headed and written.
_FIELDS: dict[str, tuple[str, Unit | None]] = {
    "customer": ("Client", None),
    "opportunity": ("Opportunity", None),
    "stage": ("Stage", None),
    "owner": ("Owner", None),
    "why": ("Why", None),
    "value": ("Value", Unit.MONEY),
    "waiting": ("Waiting", Unit.DAYS),
    "lost": ("Lost on", None),
    "waited": ("After", Unit.DAYS),
}


def opportunities(columns: tuple[str, ...], most: int, caption: str = "") -> Callable[[Answer], Content]:
    """A table of opportunities; a client's name leads to the client, a row filters to it."""

    def draw(answer: Answer) -> Content:
        shown = {name: values[:most] for name, values in answer.columns.items()}
        content = table(columns, key="customer", most=most)(answer)
        content["columns"] = [{"label": _FIELDS[name][0], "number": _FIELDS[name][1] is not None} for name in columns]
        for place, name in enumerate(columns):
            for row, value in zip(content["rows"], shown[name], strict=True):
                row[place] = _field(name, value, row[place])
        content["links"] = _to_the_moment(links(shown, columns), shown)
        content["more"] = max(0, int(answer.facts.get("count", len(answer.frame))) - len(content["rows"]))
        content["caption"] = caption
        return content

    return draw


def _to_the_moment(found: list[dict[str, str]], shown: Columns) -> list[dict[str, str]]:
    """The way to each client leads to the day on which the opportunity got where it is."""
    days = shown.get("lost") or shown.get("entered") or [None] * len(found)
    return [
        {place: at_moment(address, day) for place, address in row.items()}
        if isinstance(day, date) and day is not pd.NaT
        else row
        for row, day in zip(found, days, strict=True)
    ]


def _field(name: str, value: Any, otherwise: str) -> str:
    """A value of an opportunity; whole days, short money."""
    unit = _FIELDS[name][1]
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NaT:
        return UNKNOWN_VALUE
    if unit is Unit.DAYS:
        days = int(value)
        return "1\u00a0day" if days == 1 else f"{days:,}\u00a0days"
    if unit is not None:
        return short(float(value), unit)
    return day_in_words(value) if hasattr(value, "isoformat") else otherwise


def act_on(answer: Answer) -> Content:
    """Whom to act on, with the reasons, and how many there are of each kind."""
    content = opportunities(("customer", "opportunity", "stage", "value", "waiting", "owner", "why"), 12)(answer)
    facts = answer.facts
    content["caption"] = (
        f"Of {facts['open']:,} open: {facts['high']:,} of high potential, {facts['stalled']:,} stalled, {facts['hot']:,} hot."
    )
    return content
