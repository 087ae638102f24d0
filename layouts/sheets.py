"""A tile as a sheet of a workbook: its table view with numbers and days as such, and what its card says in words.

The content is JSON, so that it can be kept as the card's is; ``layouts/workbook.py`` writes it.
"""

import math
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.formats import UNKNOWN_VALUE
from data_layer.semantics.metric import Unit
from layouts.figures.tables import heading, table_columns, unit_of, values_of
from layouts.tile import Content, Tile, View

# More than anybody reads in a workbook; a tile's CSV and its records have no such bound.
MOST_ROWS = 5_000
TEXT, NUMBER, DAY, MOMENT = "text", "number", "day", "moment"


def answer_for_sheet(tile: Tile, ask: Ask) -> Answer:
    """The answer as the card has it; of a long list not the page in sight but its beginning."""
    first = getattr(tile.analysis, "first", None)
    answer: Answer = first(ask, MOST_ROWS) if first else tile.analysis(ask)
    return answer


def sheet(tile: Tile, answer: Answer) -> Content:
    """``columns``: ``label``, ``kind``, ``unit`` (None for what is no figure of ours).  ``rows``: values of these kinds,
    None where nothing is known; days as ISO text.  ``left``: how many rows the sheet has no room for.  ``said``: what
    the card says beside its figures.
    """
    figures, given = answer.columns, answer.facts.get("units", {})
    columns, cells = [], []
    for name in table_columns(figures):
        values = [_known(value) for value in values_of(figures, name)[:MOST_ROWS]]
        kind = _kind(values)
        unit: Unit | None = given.get(name) or unit_of(name, tile.metrics[0])
        if unit is Unit.COUNT and any(isinstance(value, float) and value % 1 for value in values):
            unit = Unit.RATIO  # a mean of counts
        columns.append({"label": heading(name), "kind": kind, "unit": unit if kind == NUMBER else None})
        cells.append([_written(value, kind) for value in values])
    rows = [list(row) for row in zip(*cells, strict=True)]
    told = {str(value) for row in rows for value in row if isinstance(value, str)}
    said = [words for text, words in dict(_said(tile, answer)).items() if text not in told]
    return {"columns": columns, "rows": rows, "left": max(0, _total(answer) - len(rows)), "said": said}


def _total(answer: Answer) -> int:
    """How many rows there are: more than in the answer, where it is the beginning of a list."""
    counted = [answer.facts.get(name) for name in ("total", "count", "groups")]
    length = len(next(iter(answer.columns.values()), []))
    return max([length, *(count for count in counted if isinstance(count, int))])


def _known(value: Any) -> Any:
    """The value; None where it stands for nothing known."""
    if value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, Decimal):
        return float(value)
    return value.item() if hasattr(value, "item") else value  # NumPy's own numbers


def _kind(values: list[Any]) -> str:
    """What a column holds; mixed and empty ones are texts."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return NUMBER
    if known and all(isinstance(value, date) for value in known):
        return MOMENT if all(isinstance(value, datetime) for value in known) else DAY
    return TEXT


def _written(value: Any, kind: str) -> Any:
    if kind == TEXT:
        return UNKNOWN_VALUE if value is None else str(value)
    if kind == NUMBER or value is None:
        return value
    return value.isoformat()[: 19 if kind == MOMENT else 10]


def _said(tile: Tile, answer: Answer) -> Iterator[tuple[str, str]]:
    """The words of a card: a change against the comparison, a target, sentences with their questions, a caption.

    Those of a chart are about its drawing, which is not here.  Each as what may stand in a cell already, and as written.
    """
    if tile.view is View.CHART:
        return
    content = tile.draw(answer)
    change, state = content.get("change"), content.get("state")
    if isinstance(change, dict):
        parts = ("Change:", change["text"], change["versus"], change.get("doubt"))
        yield "change", " ".join(part for part in parts if part)
    if content.get("target"):
        yield "target", " · ".join([content["target"], *([state["word"]] if state else [])])
    for one in content.get("sentences") or []:
        if one.get("text"):
            yield one["text"], " ".join(part for part in (one.get("question"), one["text"]) if part)
    words = [content.get("caption"), content.get("note") if tile.view is not View.KPI else None]
    yield from ((text, text) for text in words if text and isinstance(text, str))
