"""The careful way through a CSV file: every record with its lines, whatever shape it is in."""

import csv
import io
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from data_layer.ingest.csv_dialect import is_hint, open_bytes

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

    def __init__(self, lines: Iterator[str], above: int) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self.current: list[str] = []
        self.line = above  # lines handed out so far
        self.has_returns = False  # whether the current record has bare carriage returns

    def __iter__(self) -> "_Feeder":
        return self

    def __next__(self) -> str:
        if len(self.current) >= RUNAWAY_LINES:
            raise _Runaway
        if self._returned:
            line = self._returned.popleft()
            self.has_returns |= BARE_RETURN in line  # put in when it was read first
        else:
            line = next(self._lines)
        if "\r" in line.removesuffix("\n").removesuffix("\r"):
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


def open_text(path: Path, encoding: str, above: int = 0) -> io.TextIOWrapper:
    """The file's text with its line ends as they are; bytes that the encoding does not know become U+FFFD.

    Where lines end in a line feed, a carriage return alone ends none.  ``above``: so many lines are skipped.
    """
    newline = newline_of(path, encoding)
    text = io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline=newline)
    for _ in range(above):
        text.readline()
    return text


def newline_of(path: Path, encoding: str) -> str:
    """A line feed where that ends lines; empty where a carriage return alone does."""
    with io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline="") as text:
        return "\n" if "\n" in text.read(HEAD_CHARACTERS) else ""


def records(
    lines: Iterator[str], delimiter: str, width: int, header: list[str] | None = None, above: int = 0
) -> Iterator[Record]:
    """Each record as (first line, last line, problem or None, values); blank lines are left out.

    ``header``: where the lines begin behind it; else it is their first record.  ``above``: how many lines of the file
    are above them.
    """
    feeder = _Feeder(lines, above)
    reader = csv.reader(feeder, delimiter=delimiter, strict=True)
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
            header = None if start == 1 and is_hint(feeder.current[0]) else values
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
    path: Path, encoding: str, delimiter: str, width: int, wanted: tuple[int, ...], above: int = 0
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

    with open_text(path, encoding, above) as lines:
        for start, end, problem, values in records(lines, delimiter, width, above=above):
            chunk.append((start, end, problem, blank if problem else values))  # type: ignore[arg-type]
            if len(chunk) >= BATCH_ROWS:
                yield batch()
                chunk.clear()
    yield batch()


def locate_records(
    path: Path, encoding: str, delimiter: str, width: int, numbers: Iterator[int], above: int = 0
) -> Iterator[tuple[int, str]]:
    """Line and text of records by their number (from 1, the header not counted), which must rise."""
    wanted = list(numbers)
    found = _locate_plain(path, encoding, wanted, above)
    return iter(found) if found is not None else _locate_quoted(path, encoding, delimiter, width, iter(wanted), above)


def _locate_plain(path: Path, encoding: str, wanted: list[int], above: int) -> list[tuple[int, str]] | None:
    """Where nothing is quoted a line is a record; None where a quote is met before all are found."""
    found: list[tuple[int, str]] = []
    number = -1  # of the header, once it is there
    with open_text(path, encoding, above) as lines:
        for line, text in enumerate(lines, above + 1):
            if len(found) == len(wanted):
                return found
            if '"' in text:
                return None
            if text not in ("\n", "\r\n", "\r") and not (line == 1 and is_hint(text)):
                number += 1
                if number == wanted[len(found)]:
                    found.append((line, text.rstrip("\r\n")))
    return found if len(found) == len(wanted) else None


def _locate_quoted(
    path: Path, encoding: str, delimiter: str, width: int, numbers: Iterator[int], above: int
) -> Iterator[tuple[int, str]]:
    number = 0
    with open_text(path, encoding, above) as lines:
        texts = _record_texts(lines, delimiter, width, above)
        for wanted in numbers:
            line, text = 0, ""
            while number < wanted:
                line, text = next(texts, (0, ""))
                number += 1
            yield line, text.rstrip("\r\n")


def _record_texts(lines: Iterator[str], delimiter: str, width: int, above: int) -> Iterator[tuple[int, str]]:
    """First line and text of every record but the header; one that is plainly a line is not taken apart."""
    plain = plain_line(delimiter, width)
    waiting: deque[str] = deque()
    number, is_header = above + 1, True
    while True:
        line = waiting.popleft() if waiting else next(lines, "")
        if not line:
            return
        if is_header and is_hint(line):
            number += 1
            continue
        taken, size = [line], 1
        if is_header or not plain(line.removesuffix("\n")):
            feed = _taking(taken, waiting, lines)
            record = next(records(feed, delimiter, width, []), None)
            if record is None:
                return
            first, size = record[0], record[1]
        else:
            first = 1
        if not is_header:
            yield number + first - 1, "".join(taken[first - 1 : size])
        is_header = False
        waiting.extendleft(reversed(taken[size:]))
        number += size


def _taking(taken: list[str], waiting: "deque[str]", lines: Iterator[str]) -> Iterator[str]:
    """What was taken, then line after line, each noted as taken."""
    yield from list(taken)
    while line := waiting.popleft() if waiting else next(lines, ""):
        taken.append(line)
        yield line


def plain_line(delimiter: str, width: int) -> Callable[[str], object]:
    """Tells of a line whether it is one record of that many values, quoted properly or not at all; an empty one is none."""
    bare = f'[^"\r{re.escape(delimiter)}]*+'
    cell = f'(?:"[^"\r]*+(?:""[^"\r]*+)*+"|{bare})'
    is_quoted = re.compile(f"{cell}(?:{re.escape(delimiter)}{cell}){{{width - 1}}}").fullmatch

    def is_plain(line: str) -> object:
        line = line.removesuffix("\r")
        if '"' in line or "\r" in line:
            return is_quoted(line)
        return line and line.count(delimiter) == width - 1  # ten times as quick

    return is_plain


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
