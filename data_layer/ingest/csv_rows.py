"""The careful way through a CSV file: every record with its lines, whatever shape it is in."""

import csv
import io
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from data_layer.ingest.csv_dialect import open_bytes

BATCH_ROWS = 2_000  # more would make the garbage collector look at every value again and again
RUNAWAY_LINES = 1_000
HEAD_CHARACTERS = 1 << 16
BARE_RETURN = "\ue00d"  # stands for a carriage return inside a line, which csv.reader would not take
csv.field_size_limit(sys.maxsize)

Record = tuple[int, int, str | None, list[str]]


class _Runaway(Exception):
    """A quoted value does not end: the quote was never closed."""


class _Feeder:
    """Lines for csv.reader, which can be given back when a record turns out to swallow the file."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self.current: list[str] = []
        self.line = 0  # lines handed out so far
        self.has_returns = False  # whether the current record has bare carriage returns

    def __iter__(self) -> "_Feeder":
        return self

    def __next__(self) -> str:
        if len(self.current) >= RUNAWAY_LINES:
            raise _Runaway
        line = self._returned.popleft() if self._returned else next(self._lines)
        if "\r" in line[:-2]:
            body = line.rstrip("\r\n")
            line = body.replace("\r", BARE_RETURN) + line[len(body) :]
            self.has_returns = True
        self.current.append(line)
        self.line += 1
        return line

    def keep_first(self) -> None:
        """Give back all lines of the current record but its first."""
        rest = self.current[1:]
        self._returned.extendleft(reversed(rest))
        self.line -= len(rest)
        del self.current[1:]


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """The file's text with its line ends as they are; bytes that the encoding does not know become U+FFFD.

    Where lines end in a line feed, a carriage return alone ends none.
    """
    with io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline="") as text:
        newline = "\n" if "\n" in text.read(HEAD_CHARACTERS) else ""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline=newline)


def records(lines: Iterator[str], delimiter: str, width: int) -> Iterator[Record]:
    """Each record as (first line, last line, problem or None, values); the header and blank lines left out."""
    feeder = _Feeder(lines)
    reader = csv.reader(feeder, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        feeder.current.clear()
        feeder.has_returns = False
        start = feeder.line + 1
        problem: str | None = None
        values: list[str] = []
        try:
            values = next(reader)
        except StopIteration:
            return
        except (_Runaway, csv.Error) as error:
            problem = "a quote is not closed" if isinstance(error, _Runaway) else f"broken quoting: {error}"
            feeder.keep_first()
        if not problem and not values:
            continue
        if header is None:
            header = values
            continue
        if not problem and len(values) != width:
            problem, values = _fitted(values, header, width)
        if feeder.has_returns:
            values = [value.replace(BARE_RETURN, "\r") for value in values]
        yield start, feeder.line, problem, values


def _fitted(values: list[str], header: list[str], width: int) -> tuple[str | None, list[str]]:
    """Forgive a last delimiter that only the header or only the row has; any other difference is a problem."""
    if len(values) > width and not any(values[width:]):
        return None, values[:width]
    if len(values) < width and not any(header[len(values) :]):
        return None, values + [""] * (width - len(values))
    return f"{len(values)} values where {width} columns are named", values


def read_batches(
    path: Path, encoding: str, delimiter: str, width: int, wanted: tuple[int, ...]
) -> Iterator[pa.RecordBatch]:
    """The file as Arrow batches ``_line, _end, _problem, c<wanted>…``; values of a row with a problem are NULL."""
    names = ["_line", "_end", "_problem", *(f"c{index}" for index in wanted)]
    types = [pa.int64(), pa.int64(), pa.string(), *(pa.string() for _ in wanted)]
    blank = [None] * width
    chunk: list[tuple[int, int, str | None, list[str | None]]] = []

    def batch() -> pa.RecordBatch:
        starts, ends, problems, rows = zip(*chunk, strict=True) if chunk else ((), (), (), ())
        columns = list(zip(*rows, strict=True)) if rows else [()] * width
        data = [starts, ends, problems, *(columns[index] for index in wanted)]
        return pa.RecordBatch.from_arrays([pa.array(v, t) for v, t in zip(data, types, strict=True)], names=names)

    with open_text(path, encoding) as lines:
        for start, end, problem, values in records(lines, delimiter, width):
            chunk.append((start, end, problem, blank if problem else values))  # type: ignore[arg-type]
            if len(chunk) >= BATCH_ROWS:
                yield batch()
                chunk.clear()
    yield batch()


def locate_records(
    path: Path, encoding: str, delimiter: str, width: int, numbers: Iterator[int]
) -> Iterator[tuple[int, str]]:
    """Line and text of records by their number (from 1, the header not counted), which must rise."""
    wanted = list(numbers)
    found = _locate_plain(path, encoding, wanted)
    return iter(found) if found is not None else _locate_quoted(path, encoding, delimiter, width, iter(wanted))


def _locate_plain(path: Path, encoding: str, wanted: list[int]) -> list[tuple[int, str]] | None:
    """Where nothing is quoted a line is a record; None where a quote is met before all are found."""
    found: list[tuple[int, str]] = []
    number = -1  # of the header, once it is there
    with open_text(path, encoding) as lines:
        for line, text in enumerate(lines, 1):
            if len(found) == len(wanted):
                return found
            if '"' in text:
                return None
            if text not in ("\n", "\r\n", "\r"):
                number += 1
                if number == wanted[len(found)]:
                    found.append((line, text.rstrip("\r\n")))
    return found if len(found) == len(wanted) else None


def _locate_quoted(
    path: Path, encoding: str, delimiter: str, width: int, numbers: Iterator[int]
) -> Iterator[tuple[int, str]]:
    kept: deque[str] = deque()

    def keeping(lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            kept.append(line)
            yield line

    with open_text(path, encoding) as lines:
        first_kept, number = 1, 0
        found = records(keeping(lines), delimiter, width)
        for wanted in numbers:
            start, end = 0, 0
            while number < wanted:
                start, end, _, _ = next(found, (0, -1, None, []))
                number += 1
                while first_kept < start:
                    kept.popleft()
                    first_kept += 1
            yield start, "".join(kept[i] for i in range(end - start + 1)).rstrip("\r\n")


def read_lines(path: Path, encoding: str, spans: Iterator[tuple[int, int]]) -> Iterator[str]:
    """The text of each span of lines (first, last; counted from 1), which must rise and not overlap."""
    with open_text(path, encoding) as lines:
        number = 0
        for first, last in spans:
            text: list[str] = []
            while number < last:
                line = next(lines, "")
                number += 1
                if number >= first:
                    text.append(line)
            yield "".join(text).rstrip("\r\n")
