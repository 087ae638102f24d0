"""Tables: the small ones that are a tile, and the table view that every chart has."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import day_in_words, exact, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from data_layer.semantics.result import Columns
from layouts.figures.base import Content, at, ranked
from layouts.links import SUBJECT_PATHS, address_of

MOST_ROWS = 100
# Columns of answers that are no metric: those in the unit of the answer's main metric, and those with one of their own.
LIKE_MAIN = frozenset({"before", "now", "change", "rate", "forecast", "low80", "high80", "low95", "high95"})
UNITS: dict[str, Unit] = {
    "of_first": Unit.RATE, "of_previous": Unit.RATE, "weight": Unit.RATE, "score": Unit.POINTS, "points": Unit.POINTS,
    "value": Unit.MONEY, "amount": Unit.MONEY, "balance": Unit.MONEY, "waiting": Unit.DAYS, "waited": Unit.DAYS,
    "tenure_years": Unit.RATIO, "own": Unit.RATIO, "team_median": Unit.RATIO, "clients": Unit.COUNT,
    "entered": Unit.COUNT, "n": Unit.COUNT, "now_n": Unit.COUNT, "before_n": Unit.COUNT, "recipients": Unit.COUNT,
    "share": Unit.RATE,
}  # fmt: skip
# Columns whose own name says little to people.
HEADINGS = {
    "growth": "Growth, %", "of_it": "Of the change", "n": "n",
    "low80": "80 % band from", "high80": "80 % band to", "low95": "95 % band from", "high95": "95 % band to",
    "of_first": "Share of the first", "of_previous": "Share of the one before",
}  # fmt: skip


def table(
    columns: tuple[str, ...], key: str | None = None, most: int = 10, by: str | None = None
) -> Callable[[Answer], Content]:
    """A short table.  ``key``: the dimension that a click on a row sets.  ``by``: largest of this metric first."""

    def draw(answer: Answer) -> Content:
        every = answer.columns
        count = len(next(iter(every.values()), []))
        shown = at(every, (ranked(every[by]) if by else range(count))[:most])
        content = as_table(shown, columns, brief=True)
        content["keys"] = [[str(value)] for value in shown[key]] if key else []
        content["more"] = max(0, answer.facts.get("groups", count) - most)
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


def as_table(
    figures: Columns, columns: tuple[str, ...] | None = None, *, brief: bool = False, main: str | None = None
) -> Content:
    """Any answer as headed rows of text.  ``brief``: short numbers, as in a tile; else exact ones.

    ``main``: the main metric of the answer, in whose unit some of the columns are.
    """
    chosen = columns or table_columns(figures)
    write = short if brief else exact
    cells = [_cells(figures, column, write, unit_of(column, main)) for column in chosen]
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


def table_columns(figures: Columns) -> tuple[str, ...]:
    """The columns of an answer that a table of it has."""
    return tuple(column for column in figures if NAME_SUFFIX not in column)


def values_of(figures: Columns, column: str) -> list[Any]:
    """What stands in a column: of a dimension that people know by name, the names."""
    named = column + NAME_SUFFIX
    return figures[named if named in figures else column]


def unit_of(column: str, main: str | None = None) -> Unit | None:
    """How the numbers of an answer's column are written; None for texts, days and bare numbers."""
    if column in METRICS:
        return METRICS[column].unit
    if column.endswith(N_SUFFIX):
        return Unit.COUNT
    return METRICS[main].unit if column in LIKE_MAIN and main else UNITS.get(column)


def _cells(figures: Columns, column: str, write: Callable[..., str], unit: Unit | None) -> list[str]:
    """The first rows of a column as text."""
    return [_cell(value, column, write, unit) for value in values_of(figures, column)[:MOST_ROWS]]


def heading(column: str) -> str:
    """What stands above a column of an answer."""
    name = column.removesuffix(N_SUFFIX)
    if column.endswith(N_SUFFIX) and name in METRICS:
        return f"n ({METRICS[name].n_label})"
    if column in METRICS:
        return METRICS[column].label
    if column in DIMENSIONS:
        return DIMENSIONS[column].label
    return HEADINGS.get(column) or column.replace("_", " ").capitalize()


def is_number(column: str, values: list[Any]) -> bool:
    """Whether a column stands right: figures, and whatever holds nothing but numbers."""
    return column in METRICS or column.endswith(N_SUFFIX) or all(isinstance(value, int | float) for value in values)


def _cell(value: Any, column: str, write: Callable[..., str], unit: Unit | None) -> str:
    if column in METRICS:
        return write(value, METRICS[column].unit)
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return "—"
    if column.endswith(N_SUFFIX):
        return f"{int(value):,}"
    if unit is not None and isinstance(value, int | float):
        return write(value, unit)
    if hasattr(value, "isoformat"):
        return day_in_words(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
