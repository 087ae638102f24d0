"""A CSV file of any encoding and shape, copied into one that the database reads in one pass.

Lines that are plain, which nearly all lines of nearly every file are, are copied as they are.  Everything else goes
through the careful way, record by record: what that forgives becomes a plain row, what it does not becomes a row with
nothing but a mark and the problem, so that the number of a record stays what it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from data_layer.ingest.csv_dialect import is_hint
from data_layer.ingest.csv_rows import Record, newline_of, open_text, plain_line, records

MARK = "\ue00e"
CHUNK_CHARACTERS = 1 << 21
# Of a file with more problems than that the load will hardly be wanted, and each of them takes memory.
MOST_PROBLEMS = 10_000


@dataclass(frozen=True)
class Problem:
    """A record that cannot be used, by its lines in the file, counted from 1, and why."""

    first: int
    last: int
    words: str


@dataclass(frozen=True)
class Copied:
    """A plain copy.  ``count``: the records with a problem.  ``problems``: these, or only the first of very many."""

    count: int
    problems: tuple[Problem, ...]


def straighten(path: Path, encoding: str, delimiter: str, width: int, target: Path, above: int = 0) -> Copied | None:
    """Write the plain copy, in UTF-8 and without a header, which is below ``above`` lines.

    None where there can be none: lines end in carriage returns alone, or the mark is in the data.
    """
    if newline_of(path, encoding) != "\n":
        return None
    with open_text(path, encoding, above) as text, target.open("w", encoding="utf-8", newline="") as copy:
        try:
            return _Straightener(text, copy, delimiter, width, above).run()
        except _MarkInData:
            return None


class _MarkInData(Exception):
    """A value begins like the mark."""


class _Straightener:
    """One file on its way.

    ``_lines``: those read and not yet copied, without their line feeds.  ``_done``: how many lines were before them.
    """

    def __init__(self, text: IO[str], copy: IO[str], delimiter: str, width: int, above: int) -> None:
        self._text = text
        self._copy = copy
        self._delimiter = delimiter
        self._width = width
        self._is_plain = plain_line(delimiter, width)
        self._needs_quotes = re.compile(f'["\r\n{re.escape(delimiter)}]').search
        self._lines: list[str] = []
        self._rest: str | None = ""
        self._header: list[str] | None = None
        self._done = above
        self._count = 0
        self._problems: list[Problem] = []

    def run(self) -> Copied:
        while self._more():
            done = self._find_header()
            for odd in self._odd_ones(done):
                if odd < done:
                    continue  # a part of the record before
                self._copy_plain(done, odd)
                done = odd + self._careful(odd)
            self._copy_plain(done, len(self._lines))
            self._done += len(self._lines)
            self._lines = []
        return Copied(self._count, tuple(self._problems))

    def _more(self) -> bool:
        """Read on; False at the end."""
        if self._rest is None:
            return False
        chunk = self._text.read(CHUNK_CHARACTERS)
        lines = (self._rest + chunk).split("\n")
        self._rest = lines.pop() if chunk else None
        if self._rest is None and not lines[-1]:
            lines.pop()
        self._lines += lines
        return bool(self._lines) or self._rest is not None

    def _find_header(self) -> int:
        """Where the rows begin among the lines that are read."""
        done = 0
        while self._header is None and done < len(self._lines):
            done += self._careful(done)
        return done

    def _odd_ones(self, start: int) -> Iterator[int]:
        """The lines that must be looked at, as long as more of them are read."""
        while start < len(self._lines):
            end = len(self._lines)
            if MARK in "\n".join(self._lines[start:end]):
                raise _MarkInData
            is_plain = self._is_plain
            yield from [start + i for i, line in enumerate(self._lines[start:end]) if not is_plain(line)]
            start = end

    def _copy_plain(self, first: int, end: int) -> None:
        if first < end:
            lines = self._lines[first:end]
            if any("\r" in line for line in lines):
                lines = [line.removesuffix("\r") for line in lines]
            self._copy.write("\n".join(lines) + "\n")

    def _careful(self, first: int) -> int:
        """Copy the record that begins in a line; how many lines it takes."""
        if self._lines[first] in ("", "\r") or (self._header is None and is_hint(self._lines[first])):
            return 1
        header = self._header if self._header is not None else []
        record = next(records(self._from(first), self._delimiter, self._width, header), None)
        if record is None:
            return len(self._lines) - first
        if self._header is None:
            self._header = record[3]
        else:
            self._write(record, self._done + first)
        return record[1]

    def _from(self, number: int) -> Iterator[str]:
        """The lines from one on, reading on where they end."""
        while number < len(self._lines) or self._more():
            if number < len(self._lines):
                yield self._lines[number] + "\n"
                number += 1

    def _write(self, record: Record, before: int) -> None:
        """``before``: how many lines of the file are above those that the record counts."""
        first, last, problem, values = record
        if problem is not None:
            self._count += 1
            if self._count <= MOST_PROBLEMS:
                self._problems.append(Problem(before + first, before + last, problem))
            values = [MARK + problem, *[""] * (self._width - 1)]
        elif MARK in values[0]:
            raise _MarkInData
        text = self._delimiter.join(self._cell(value) for value in values)
        self._copy.write((text or '""') + "\n")

    def _cell(self, value: str) -> str:
        return '"' + value.replace('"', '""') + '"' if self._needs_quotes(value) else value
