"""Records from all over a CSV file, by which it is seen whether its rows were staged in their order."""

import csv
from collections.abc import Iterator
from pathlib import Path

from data_layer.ingest.csv_dialect import open_bytes

SPACING_BYTES = 1 << 17
WINDOW_BYTES = 1 << 14

Sample = tuple[int, list[str]]
"""The place of a record in bytes, and its values."""


def samples(path: Path, delimiter: str, width: int, mark: str | None = None) -> Iterator[Sample]:
    """(place in bytes, values) of records from all over a file in UTF-8; of the last one the place is the file's end.

    ``mark``: what lines begin with that hold no record.
    """
    window, offset = b"", 0
    for offset, window in _windows(path):
        lines = _unmarked(window, mark)[1:-1]  # what stands before and behind is no whole line, or the header
        record = next((found for line in lines if (found := _record(line, delimiter, width))), None)
        if record is not None:
            yield offset, record
    last = _unmarked(window.rstrip(b"\r\n"), mark)[-1:]
    record = _record(last[0], delimiter, width) if last else None
    if record is not None:
        yield offset + len(window), record


def _unmarked(window: bytes, mark: str | None) -> list[bytes]:
    lines = window.split(b"\n")
    marks = (mark.encode(), f'"{mark}'.encode()) if mark else ()
    return [line for line in lines if not line.startswith(marks)] if marks else lines


def _windows(path: Path) -> Iterator[tuple[int, bytes]]:
    """(place, bytes) of pieces all over the file, the last one up to its end.  Of a packed file everything is read."""
    with open_bytes(path) as file:
        if path.suffix.lower() == ".gz":
            offset, before = 0, b""
            while chunk := file.read(SPACING_BYTES):
                yield offset, chunk[:WINDOW_BYTES]
                offset, before = offset + len(chunk), (before + chunk)[-WINDOW_BYTES:]
            yield offset - len(before), before
        else:
            size = file.seek(0, 2)
            for offset in (*range(0, size, SPACING_BYTES), max(0, size - WINDOW_BYTES)):
                file.seek(offset)
                yield offset, file.read(WINDOW_BYTES)


def _record(line: bytes, delimiter: str, width: int) -> list[str] | None:
    """The values of a line, if it is one record."""
    try:
        values = next(csv.reader([line.decode().rstrip("\r")], delimiter=delimiter, strict=True), [])
    except (csv.Error, UnicodeDecodeError):
        return None
    return values if len(values) == width else None
