"""Whether the rows of a large CSV file were staged in the order of their lines.

"The last row of a key wins" and "of two messages of one minute the later one is the answer" rest on that order.  The
database promises it, also where several of its threads read a block of the file each; once, two blocks were seen
changed over.  So it is not taken on trust: records from all over the file, several to each block, are looked up by
their keys, and their places in the table must rise with their places in the file.  Where anything is out of place, or
cannot be looked up because keys repeat, the file is read once more by one thread, which meets each row in its order.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from data_layer.ingest.conversion import trimmed
from data_layer.ingest.csv_dialect import open_bytes
from data_layer.ingest.matching import Mapped
from data_layer.ingest.sources import Type
from data_layer.ingest.sql import quoted

# The database's blocks are of eight million bytes, and of a million and a half at the end of a buffer.
GAP_BYTES = 1 << 19
SPACING_BYTES = 1 << 17
WINDOW_BYTES = 1 << 14
SAMPLED = "sampled_rows"

Sample = tuple[int, list[str]]


class OutOfOrder(Exception):
    """Rows were not surely staged in the order of their file."""


def samples(path: Path, delimiter: str, width: int) -> Iterator[Sample]:
    """(place in bytes, values) of records from all over a file in UTF-8; of the last one the place is the file's end."""
    window, offset = b"", 0
    for offset, window in _windows(path):
        lines = window.split(b"\n")[1:-1]  # what stands before and behind is no whole line, or the header
        record = next((found for line in lines if (found := _record(line, delimiter, width))), None)
        if record is not None:
            yield offset, record
    last = window.rstrip(b"\r\n").rpartition(b"\n")[2]
    record = _record(last, delimiter, width)
    if record is not None:
        yield offset + len(window), record


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


def is_kept(con: duckdb.DuckDBPyConnection, found: Iterator[Sample], mapped: Mapped, target: str, before: int) -> bool:
    """Whether the rows of ``target`` from row ``before`` on surely stand in the order of the file."""
    keys = [field for field in mapped.fields if field.column.name in mapped.table.key]
    if mapped.shape.content_key or any(field.column.type is not Type.TEXT or field.value is None for field in keys):
        return False
    end = _register(con, found)
    try:
        rows = con.execute(_lookup([(str(f.value), f.column.name) for f in keys], mapped, target, before)).fetchall()
    finally:
        con.unregister(SAMPLED)
    place, place_of_row = 0, -1
    for at, first, last in rows:
        if first <= place_of_row or at - place > GAP_BYTES:
            return False
        place, place_of_row = at, last
    return place == end


def _register(con: duckdb.DuckDBPyConnection, found: Iterator[Sample]) -> int:
    """Make the samples a table; the place of the last one."""
    places: list[int] = []
    rows: list[list[str]] = []
    for place, values in found:
        places.append(place)
        rows.append(values)
    columns = [pa.array(places, pa.int64()), *(pa.array(column, pa.string()) for column in zip(*rows, strict=True))]
    names = ["_place", *(f"c{index}" for index in range(len(columns) - 1))]
    con.register(SAMPLED, pa.Table.from_arrays(columns, names=names))
    return places[-1] if places else -1


def _lookup(keys: list[tuple[str, str]], mapped: Mapped, target: str, before: int) -> str:
    """(place, first and last row) of each sample that is in the table, with keys that no other row has."""
    values = ", ".join(f"{trimmed(value)} AS {quoted(name)}" for value, name in keys)
    names = ", ".join(quoted(name) for _, name in keys)
    return f"""
        SELECT _place, min(first), max(last) FROM (
            SELECT _place, {names}, min(t.rowid) AS first, max(t.rowid) AS last, count(*) AS n
            FROM {target} t JOIN (SELECT _place, {values} FROM ({mapped.shape.over(SAMPLED, careful=False)})) s
                USING ({names})
            WHERE t.rowid >= {before} GROUP BY ALL)
        GROUP BY _place HAVING max(n) = 1 ORDER BY _place
    """
