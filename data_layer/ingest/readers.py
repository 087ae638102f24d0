"""Readers: what stands between a file of some format and rows of text.

A reader finds the columns of a file and can hand its rows to DuckDB in two ways: ``scan``, a table function that is
fast and gives up at the first irregular row, and ``batches``, which copes with everything and knows each row's line.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from data_layer.ingest import csv_dialect
from data_layer.ingest.csv_rows import locate_records, read_batches, read_lines
from data_layer.ingest.csv_samples import Sample, samples
from data_layer.ingest.csv_straight import MARK, Copied, Problem, straighten
from data_layer.ingest.sql import literal

# A file up to this size is one block to the database, which one thread reads.
BLOCK_BYTES = 8_000_000


@dataclass(frozen=True)
class Straight:
    """A copy of a file.

    ``scan``: what the file's own would give, with a column ``_problem`` that tells why a row cannot be used.
    ``regular``: the same without those rows and that column.  ``problems``: those rows; None where they are too many.
    """

    scan: str
    regular: str
    problems: tuple[Problem, ...] | None


class Reader(Protocol):
    """One file (or foreign table) with named columns of text."""

    @property
    def name(self) -> str:
        """What stands for the file in messages."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the header, as they are written."""

    @property
    def likely_header(self) -> int | None:
        """The line in which the names are rather, where the first line looks like a title."""

    def notes(self) -> tuple[str, ...]:
        """What had to be assumed to read it, once it was read."""

    def refuse_unusable(self, wanted: tuple[int, ...]) -> None:
        """BadFile where what is in those columns, by number, cannot be read out of the file."""

    def scan(self) -> str | None:
        """A DuckDB table expression with columns c0, c1, … of VARCHAR; None where only ``batches`` can read it."""

    def straight(self) -> "Straight | None":
        """A copy without anything irregular, made when it is first wanted; None where there is none."""

    def alone(self) -> "Reader":
        """The same file, read by one thread, and so for certain in the order of its rows."""

    def samples(self, copied: bool) -> Iterator[Sample] | None:
        """Records from all over what ``scan`` reads, or the copy; None where the order of its rows needs no proof."""

    def batches(self, wanted: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
        """Rows as ``_line, _end, _problem, c<wanted>…``: first and last line, and why the row cannot be used."""

    def raw(self, spans: Iterator[tuple[int, int]]) -> Iterator[str]:
        """The text of line spans (first, last), which must rise."""

    def located(self, records: Iterator[int]) -> Iterator[tuple[int, str]]:
        """Line and text of records by their number (from 1) in what ``scan`` gives; the numbers must rise."""


@dataclass(frozen=True)
class CsvReader:
    """A CSV file, plain or gzipped, in UTF-8, UTF-16 or Windows-1252.

    ``spool``: where a copy may be written.  ``is_shared``: whether several threads may read it.
    """

    path: Path
    columns: tuple[str, ...]
    dialect: csv_dialect.Dialect
    spool: Path | None = None
    is_shared: bool = True
    _copied: dict[Path, Copied | None] = field(default_factory=dict, compare=False, repr=False)
    _assumed: list[str] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def open(
        cls,
        path: Path,
        known: Collection[str],
        delimiter: str | None = None,
        encoding: str | None = None,
        spool: Path | None = None,
        header: int | None = None,
    ) -> "CsvReader":
        """Find delimiter, encoding and header, in which ``known`` names (lower case) are hoped for.

        ``header``: its line, where that is not the first.  BadFile where the file is empty, unreadable or has no header.
        """
        dialect, columns = csv_dialect.detect(path, known, delimiter, encoding, header)
        return cls(path, columns, dialect, spool)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def likely_header(self) -> int | None:
        return self.dialect.likely_header

    def refuse_unusable(self, wanted: tuple[int, ...]) -> None:
        pass

    def notes(self) -> tuple[str, ...]:
        if not self._assumed:
            return ()
        return (
            f"{self.name} is not in UTF-8 and was read as Windows-1252. Where letters look wrong, "
            "a mapping can name its encoding.",
        )

    def scan(self) -> str | None:
        if self.dialect.encoding not in ("utf-8", "utf-8-sig") or self.dialect.starts_late or len(self.columns) == 1:
            return None  # of one column the database would take every empty line for a row
        return self._read_csv(self.path, has_header=True)

    def straight(self) -> Straight | None:
        if self.spool is None:
            return None
        if self.spool not in self._copied:
            self._copied[self.spool] = straighten(
                self.path, self._encoding, self.dialect.delimiter, len(self.columns), self.spool, self.dialect.above
            )
        copied = self._copied[self.spool]
        if copied is None:
            return None
        marked, scan = f"starts_with(c0, {literal(MARK)})", self._read_csv(self.spool, has_header=False)
        return Straight(
            f"(SELECT * REPLACE (CASE WHEN {marked} THEN NULL ELSE c0 END AS c0), "
            f"CASE WHEN {marked} THEN c0[2:] END AS _problem FROM {scan})",
            f"(SELECT * FROM {scan} WHERE c0 IS NULL OR NOT {marked})" if copied.count else scan,
            copied.problems if copied.count == len(copied.problems) else None,
        )

    def alone(self) -> "CsvReader":
        return replace(self, is_shared=False)

    def samples(self, copied: bool) -> Iterator[Sample] | None:
        path = self.spool if copied and self.spool is not None else self.path
        if not self.is_shared or (path.suffix.lower() != ".gz" and path.stat().st_size <= BLOCK_BYTES):
            return None
        return samples(path, self.dialect.delimiter, len(self.columns), MARK if copied else None)

    def _read_csv(self, path: Path, has_header: bool) -> str:
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.columns)))
        return (
            f"read_csv({literal(str(path))}, columns = {{{columns}}}, header = {has_header}, auto_detect = false, "
            f"delim = {literal(self.dialect.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
            f"null_padding = false, parallel = {self.is_shared}, "
            f"compression = '{'gzip' if path.suffix.lower() == '.gz' else 'none'}')"
        )

    def batches(self, wanted: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
        return read_batches(
            self.path, self._encoding, self.dialect.delimiter, len(self.columns), wanted, self.dialect.above
        )

    def raw(self, spans: Iterator[tuple[int, int]]) -> Iterator[str]:
        return read_lines(self.path, self._encoding, spans)

    def located(self, records: Iterator[int]) -> Iterator[tuple[int, str]]:
        return locate_records(
            self.path, self._encoding, self.dialect.delimiter, len(self.columns), records, self.dialect.above
        )

    @property
    def _encoding(self) -> str:
        encoding = csv_dialect.settle_encoding(self.path, self.dialect)
        if encoding == "cp1252" and not self.dialect.is_declared:
            self._assumed[:] = [encoding]
        return encoding
