"""Sheets of Excel workbooks as rows of text."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl

from data_layer.ingest.cells import as_text
from data_layer.ingest.errors import BadFile, ImportFailed, one_line
from data_layer.ingest.spooled import Row, SpooledReader


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook.  BadFile where it is none."""
    try:
        book = _open(path)
        names = [sheet.title for sheet in book.worksheets]
        book.close()
    except ImportFailed:
        raise
    except Exception as error:  # a damaged workbook makes openpyxl raise almost anything
        raise BadFile(f"{path.name} is not an Excel workbook that can be read: {one_line(error)}.") from error
    return names


def _open(path: Path) -> openpyxl.Workbook:
    """The workbook with the values of its formulas; what openpyxl finds unusual in its style is no matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, read_only=True, data_only=True)


def open_sheet(path: Path, sheet: str | None, spool: Path) -> SpooledReader:
    """The rows under the first filled row of a sheet, by name whatever the case, or of the first sheet."""
    names = sheet_names(path)
    found = next((name for name in names if sheet is None or name.lower() == sheet.lower()), None)
    if found is None:
        raise BadFile(f"{path.name} has no sheet {sheet!r}; its sheets: {', '.join(names)}.")
    label = f"{path.name}#{found}"
    header = next(_rows(path, found, label), None)
    if header is None:
        raise BadFile(f"{label}: the sheet is empty; it must at least have a row with column names.")
    columns = tuple((value or "").strip() for value in header[1])
    while columns and not columns[-1]:
        columns = columns[:-1]
    width = len(columns)

    def rows() -> Iterator[Row]:
        body = _rows(path, found, label)
        next(body)
        for line, values in body:
            yield line, [*values[:width], *[None] * (width - len(values))]

    return SpooledReader(label, columns, rows, spool)


def _rows(path: Path, sheet: str, label: str) -> Iterator[Row]:
    """Rows with a value, with their number in the sheet."""
    try:
        book = _open(path)
        try:
            for line, values in enumerate(book[sheet].iter_rows(values_only=True), 1):
                texts: Sequence[str | None] = [as_text(value, midnight_is_day=True) for value in values]
                if any(text is not None for text in texts):
                    yield line, texts
        finally:
            book.close()
    except ImportFailed:
        raise
    except Exception as error:  # a damaged workbook makes openpyxl raise almost anything
        raise BadFile(f"{label}: cannot be read ({one_line(error)}).") from error
