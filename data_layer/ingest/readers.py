"""Readers: what stands between a file of some format and rows of text.

A reader finds the columns of a file and can hand its rows to DuckDB in two ways: ``scan``, a table function that is
fast and gives up at the first irregular row, and ``batches``, which copes with everything and knows each row's line.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from data_layer.ingest import csv_dialect
from data_layer.ingest.csv_rows import locate_records, read_batches, read_lines
from data_layer.ingest.csv_straight import MARK, straighten
from data_layer.ingest.sql import literal

# Files up to this size one thread reads.  Of several threads the database promises to keep the rows in their order, on
# which “the last row of a key wins” rests; once, a file of two blocks was seen with the second first, so a file of few
# blocks, where more threads gain little, is not left to them.
SHARED_BYTES = 32 * 1024**2


@dataclass(frozen=True)
class Straight:
    """A copy of a file: what ``scan`` gives, with a column ``_problem`` that tells why a row cannot be used."""

    scan: str
    problems: int


class Reader(Protocol):
    """One file (or foreign table) with named columns of text."""

    @property
    def name(self) -> str:
        """What stands for the file in messages."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the header, as they are written."""

    def notes(self) -> tuple[str, ...]:
        """What had to be assumed to read it, once it was read."""

    def scan(self) -> str | None:
        """A DuckDB table expression with columns c0, c1, … of VARCHAR; None where only ``batches`` can read it."""

    def straight(self) -> "Straight | None":
        """A copy without anything irregular, made when it is first wanted; None where there is none."""

    def batches(self, wanted: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
        """Rows as ``_line, _end, _problem, c<wanted>…``: first and last line, and why the row cannot be used."""

    def raw(self, spans: Iterator[tuple[int, int]]) -> Iterator[str]:
        """The text of line spans (first, last), which must rise."""

    def located(self, records: Iterator[int]) -> Iterator[tuple[int, str]]:
        """Line and text of records by their number (from 1) in what ``scan`` gives; the numbers must rise."""


@dataclass(frozen=True)
class CsvReader:
    """A CSV file, plain or gzipped, in UTF-8, UTF-16 or Windows-1252.  ``spool``: where a copy may be written."""

    path: Path
    columns: tuple[str, ...]
    dialect: csv_dialect.Dialect
    spool: Path | None = None
    _copied: dict[Path, Straight | None] = field(default_factory=dict, compare=False, repr=False)
    _assumed: list[str] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def open(
        cls,
        path: Path,
        known: Collection[str],
        delimiter: str | None = None,
        encoding: str | None = None,
        spool: Path | None = None,
    ) -> "CsvReader":
        """Find delimiter, encoding and header, in which ``known`` names (lower case) are hoped for.

        BadFile where the file is empty, unreadable or has no header.
        """
        dialect, columns = csv_dialect.detect(path, known, delimiter, encoding)
        return cls(path, columns, dialect, spool)

    @property
    def name(self) -> str:
        return self.path.name

    def notes(self) -> tuple[str, ...]:
        if not self._assumed:
            return ()
        return (
            f"{self.name} is not in UTF-8 and was read as Windows-1252. Where letters look wrong, "
            "a mapping can name its encoding.",
        )

    def scan(self) -> str | None:
        if self.dialect.encoding not in ("utf-8", "utf-8-sig") or self.dialect.starts_late:
            return None
        return self._read_csv(self.path, has_header=True)

    def straight(self) -> Straight | None:
        if self.spool is None:
            return None
        if self.spool not in self._copied:
            self._copied[self.spool] = self._copy(self.spool)
        return self._copied[self.spool]

    def _copy(self, spool: Path) -> Straight | None:
        problems = straighten(self.path, self._encoding, self.dialect.delimiter, len(self.columns), spool)
        if problems is None:
            return None
        marked = f"starts_with(c0, {literal(MARK)})"
        return Straight(
            f"(SELECT * REPLACE (CASE WHEN {marked} THEN NULL ELSE c0 END AS c0), "
            f"CASE WHEN {marked} THEN c0[2:] END AS _problem FROM {self._read_csv(spool, has_header=False)})",
            problems,
        )

    def _read_csv(self, path: Path, has_header: bool) -> str:
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.columns)))
        is_large = path.stat().st_size > SHARED_BYTES
        return (
            f"read_csv({literal(str(path))}, columns = {{{columns}}}, header = {has_header}, auto_detect = false, "
            f"delim = {literal(self.dialect.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
            f"null_padding = false, parallel = {is_large}, "
            f"compression = '{'gzip' if path.suffix.lower() == '.gz' else 'none'}')"
        )

    def batches(self, wanted: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
        return read_batches(self.path, self._encoding, self.dialect.delimiter, len(self.columns), wanted)

    def raw(self, spans: Iterator[tuple[int, int]]) -> Iterator[str]:
        return read_lines(self.path, self._encoding, spans)

    def located(self, records: Iterator[int]) -> Iterator[tuple[int, str]]:
        return locate_records(self.path, self._encoding, self.dialect.delimiter, len(self.columns), records)

    @property
    def _encoding(self) -> str:
        encoding = csv_dialect.settle_encoding(self.path, self.dialect)
        if encoding == "cp1252" and not self.dialect.is_declared:
            self._assumed[:] = [encoding]
        return encoding
