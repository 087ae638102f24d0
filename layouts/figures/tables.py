"""Tables: the small ones that are a tile, and the table view that every chart has."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import day_in_words, exact, short
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from data_layer.semantics.result import Columns
from layouts.figures.base import Content
from layouts.links import SUBJECT_PATHS, address_of

MOST_ROWS = 100
# Columns whose own name says little to people.
WORDS = {
    "low80": "80 % band from", "high80": "80 % band to", "low95": "95 % band from", "high95": "95 % band to",
    "of_first": "Share of the first", "of_previous": "Share of the one before", "n": "n",
}  # fmt: skip


def table(
    columns: tuple[str, ...], key: str | None = None, most: int = 10, by: str | None = None
) -> Callable[[Answer], Content]:
    """A short table.  ``key``: the dimension that a click on a row sets.  ``by``: largest of this metric first."""

    def draw(answer: Answer) -> Content:
        frame = answer.frame.sort_values(by, ascending=False, kind="stable") if by else answer.frame
        shown = {str(name): frame[name].tolist()[:most] for name in frame}
        content = as_table(shown, columns, brief=True)
        content["keys"] = [[str(value)] for value in shown[key]] if key else []
        content["more"] = max(0, len(frame) - most)
        content["links"] = links(shown, columns)
        return content

    return draw


def links(figures: Columns, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Per row, by the place of a cell among ``columns``, the page about the subject that stands in it."""
    subjects = [(str(place), column) for place, column in enumerate(columns) if column in SUBJECT_PATHS]
    found: list[dict[str, str]] = [{} for _ in next(iter(figures.values()), [])]
    for place, column in subjects:
        for row, value in zip(found, figures[column], strict=True):
            row[place] = address_of(column, str(value))
    return [{place: address for place, address in row.items() if address} for row in found]


def as_table(figures: Columns, columns: tuple[str, ...] | None = None, *, brief: bool = False) -> Content:
    """Any answer as headed rows of text.  ``brief``: short numbers, as in a tile; else exact ones."""
    chosen = columns or tuple(column for column in figures if NAME_SUFFIX not in column)
    write = short if brief else exact
    cells = [_cells(figures, column, write) for column in chosen]
    return {
        "columns": [{"label": heading(column), "number": is_number(column, figures[column])} for column in chosen],
        "rows": [list(row) for row in zip(*cells, strict=True)],
        "cut": max(0, len(next(iter(figures.values()), [])) - MOST_ROWS),
    }


def keys_of_rows(figures: Columns, emits: tuple[str, ...]) -> list[list[str] | None]:
    """What a click on each row of the table behind a chart picks: the same as on its mark, for those without a mouse.

    None for a row that stands for no value; nothing at all where the figures do not say what marks stand for.
    """
    if not emits or any(name not in figures for name in emits):
        return []
    rows = zip(*(figures[name][:MOST_ROWS] for name in emits), strict=True)
    return [None if None in row else [str(value) for value in row] for row in rows]


def _cells(figures: Columns, column: str, write: Callable[..., str]) -> list[str]:
    """The first rows of a column as text; of a dimension that people know by name, the name."""
    named = column + NAME_SUFFIX
    values = figures[named if named in figures else column][:MOST_ROWS]
    return [_cell(value, column, write) for value in values]


def heading(column: str) -> str:
    """What stands above a column of an answer."""
    name = column.removesuffix(N_SUFFIX)
    if column.endswith(N_SUFFIX) and name in METRICS:
        return f"n ({METRICS[name].n_label})"
    if column in METRICS:
        return METRICS[column].label
    if column in DIMENSIONS:
        return DIMENSIONS[column].label
    return WORDS.get(column) or column.replace("_", " ").capitalize()


def is_number(column: str, values: list[Any]) -> bool:
    """Whether a column stands right: figures, and whatever holds nothing but numbers."""
    return column in METRICS or column.endswith(N_SUFFIX) or all(isinstance(value, int | float) for value in values)


def _cell(value: Any, column: str, write: Callable[..., str]) -> str:
    if column in METRICS:
        return write(value, METRICS[column].unit)
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return "—"
    if column.endswith(N_SUFFIX):
        return f"{int(value):,}"
    if hasattr(value, "isoformat"):
        return day_in_words(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
