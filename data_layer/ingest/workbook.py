"""Sheets of Excel workbooks as rows of text."""

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from data_layer.ingest.cells import as_text
from data_layer.ingest.errors import BadFile, ImportFailed, names_shown, one_line
from data_layer.ingest.header import HEAD_ROWS, likely_header
from data_layer.ingest.spooled import Row, SpooledReader
from data_layer.ingest.sql import literal

FORMULA = "\ue00f"
"""What the text of a cell begins with that holds a formula and no result of it."""
_HAS_FORMULA = re.compile(rb"<(\w+:)?f[ />]")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class SheetReader(SpooledReader):
    """A sheet of a workbook."""

    def refuse_unusable(self, wanted: tuple[int, ...]) -> None:
        """BadFile where a wanted column has formulas that nobody ever calculated: they would pass for empty cells."""
        counts = ", ".join(f"count(*) FILTER (starts_with(c{place}, {literal(FORMULA)}))" for place in wanted)
        with duckdb.connect() as con:
            row = con.execute(f"SELECT {counts or 0} FROM {self.scan()}").fetchone() or ()
        lacking = [f"{self.columns[place]} ({count:,})" for place, count in zip(wanted, row, strict=False) if count]
        if lacking:
            raise BadFile(
                f"{self.name}: there are formulas without a result, as programs write them, in cells of "
                f"{names_shown(lacking)}. Open the workbook in Excel or LibreOffice, save it, and import it again."
            )


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook.  BadFile where it is none."""
    try:
        about = path.stat()
    except OSError as error:
        raise BadFile(f"{path.name}: cannot be read ({one_line(error)}).") from error
    return list(_sheet_names(path, about.st_size, about.st_mtime_ns))


@lru_cache(maxsize=256)
def _sheet_names(path: Path, _size: int, _changed: int) -> tuple[str, ...]:
    """Looked up once: all the texts of a workbook are read before its names are known."""
    try:
        with closing(_open(path)) as book:
            return tuple(sheet.title for sheet in book.worksheets)
    except ImportFailed:
        raise
    except Exception as error:  # a damaged workbook makes openpyxl raise almost anything
        raise BadFile(f"{path.name} is not an Excel workbook that can be read: {one_line(error)}.") from error


def _open(path: Path, as_formulas: bool = False) -> openpyxl.Workbook:
    """The workbook with the values of its formulas; what openpyxl finds unusual in its style is no matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, read_only=True, data_only=not as_formulas)


def open_sheet(path: Path, sheet: str | None, spool: Path, header: int | None = None) -> SheetReader:
    """The rows under the names in row ``header``, or in the first filled row.

    Of a sheet by its name, whatever the case, or of the first one.
    """
    names = sheet_names(path)
    found = next((name for name in names if sheet is None or name.lower() == sheet.lower()), None)
    if found is None:
        raise BadFile(f"{path.name} has no sheet {sheet!r}; its sheets: {', '.join(names)}.")
    label = f"{path.name}#{found}"
    head = list(islice(_rows(path, found, label, header or 1), HEAD_ROWS))
    if not head:
        raise BadFile(f"{label}: the sheet is empty; it must at least have a row with column names.")
    if header is not None and head[0][0] != header:
        raise BadFile(f"{label}: row {header} is empty, and the mapping says that the column names are there.")
    columns = tuple((value or "").strip() for value in head[0][1])
    while columns and not columns[-1]:
        columns = columns[:-1]
    width = len(columns)

    def rows() -> Iterator[Row]:
        for line, values in _rows(path, found, label, head[0][0] + 1):
            yield line, [*values[:width], *[None] * (width - len(values))]

    return SheetReader(label, columns, rows, spool, None if header else likely_header(head))


def _rows(path: Path, sheet: str, label: str, first: int) -> Iterator[Row]:
    """Rows with a value, with their number in the sheet, from one on."""
    try:
        for line, texts in enumerate(_texts(path, sheet), 1):
            if line >= first and any(text is not None for text in texts):
                yield line, texts
    except ImportFailed:
        raise
    except Exception as error:  # a damaged workbook makes openpyxl raise almost anything
        raise BadFile(f"{label}: cannot be read ({one_line(error)}).") from error


def _texts(path: Path, sheet: str) -> Iterator[Sequence[str | None]]:
    """The texts of all rows.  Only where there are formulas the cells themselves are looked at, which takes twice as long."""
    with closing(_open(path)) as book:
        if not _has_formulas(path):
            for values in book[sheet].iter_rows(values_only=True):
                yield [as_text(value, midnight_is_day=True) for value in values]
            return
        with closing(_open(path, as_formulas=True)) as other:
            for cells, formulas in zip(book[sheet].iter_rows(), other[sheet].iter_rows(), strict=True):
                yield [_text(cell, formula) for cell, formula in zip(cells, formulas, strict=True)]


def _text(cell: Any, formula: Any) -> str | None:
    """The text of a cell.  An empty text is a result too: its cell says that it is one of text."""
    if cell.value is None and formula.data_type == "f" and cell.data_type != "str":
        return f"{FORMULA}{formula.value}"
    return as_text(cell.value, midnight_is_day=True)


def _has_formulas(path: Path) -> bool:
    """Whether any sheet of a workbook has a formula."""
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/"):
                with parts.open(name) as part:
                    before = b""
                    while chunk := part.read(_CHUNK_BYTES):
                        if _HAS_FORMULA.search(before + chunk):
                            return True
                        before = chunk[-16:]
    return False
