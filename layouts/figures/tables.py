"""Tables: the small ones that are a tile, and the table view that every chart has."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import day_in_words, exact, short
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from layouts.figures.base import Content
from layouts.links import SUBJECT_PATHS, address_of

MOST_ROWS = 100


def table(
    columns: tuple[str, ...], key: str | None = None, most: int = 10, by: str | None = None
) -> Callable[[Answer], Content]:
    """A short table.  ``key``: the dimension that a click on a row sets.  ``by``: largest of this metric first."""

    def draw(answer: Answer) -> Content:
        frame = answer.frame.sort_values(by, ascending=False, kind="stable") if by else answer.frame
        content = as_table(frame.head(most), columns, brief=True)
        content["keys"] = [[str(value)] for value in frame.head(most)[key]] if key else []
        content["more"] = max(0, len(frame) - most)
        content["links"] = links(frame.head(most), columns)
        return content

    return draw


def links(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Per row, by the place of a cell among ``columns``, the page about the subject that stands in it."""
    subjects = [(str(place), column) for place, column in enumerate(columns) if column in SUBJECT_PATHS]
    rows = frame[[column for _, column in subjects]].itertuples(index=False)
    found = [
        {place: address_of(column, str(value)) for (place, column), value in zip(subjects, row, strict=True)}
        for row in rows
    ]
    return [{place: address for place, address in row.items() if address} for row in found]


def as_table(frame: pd.DataFrame, columns: tuple[str, ...] | None = None, *, brief: bool = False) -> Content:
    """Any answer as headed rows of text.  ``brief``: short numbers, as in a tile; else exact ones."""
    chosen = columns or tuple(column for column in frame.columns if NAME_SUFFIX not in column)
    write = short if brief else exact
    cells = [_cells(frame, column, write) for column in chosen]
    return {
        "columns": [{"label": heading(column), "number": is_number(column, frame)} for column in chosen],
        "rows": [list(row) for row in zip(*cells, strict=True)],
        "cut": max(0, len(frame) - MOST_ROWS),
    }


def _cells(frame: pd.DataFrame, column: str, write: Callable[..., str]) -> list[str]:
    """The first rows of a column as text; of a dimension that people know by name, the name."""
    named = column + NAME_SUFFIX
    values = frame[named if named in frame else column].array[:MOST_ROWS]
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
    return column.replace("_", " ").capitalize()


def is_number(column: str, frame: pd.DataFrame) -> bool:
    return column in METRICS or column.endswith(N_SUFFIX) or bool(pd.api.types.is_numeric_dtype(frame[column]))


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
