"""Whether the rows of a large CSV file were staged in the order of their lines.

"The last row of a key wins" and "of two messages of one minute the later one is the answer" rest on that order.  The
database promises it, also where several of its threads read a block of the file each; once, two blocks were seen
changed over.  So it is not taken on trust: records from all over the file, several to each block, are looked up by
their keys, and their places in the table must rise with their places in the file.  Where anything is out of place, or
cannot be looked up because keys repeat, the file is read once more by one thread, which meets each row in its order.
"""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from data_layer.ingest.conversion import trimmed
from data_layer.ingest.csv_samples import Sample
from data_layer.ingest.matching import Mapped
from data_layer.ingest.sources import Type
from data_layer.ingest.sql import quoted

# The database's blocks are of eight million bytes, and of a million and a half at the end of a buffer.
GAP_BYTES = 1 << 19
SAMPLED = "sampled_rows"


class OutOfOrder(Exception):
    """Rows were not surely staged in the order of their file."""


def is_kept(con: duckdb.DuckDBPyConnection, found: Iterator[Sample], mapped: Mapped, target: str, before: int) -> bool:
    """Whether the rows of ``target`` from row ``before`` on surely stand in the order of the file."""
    keys = [field for field in mapped.fields if field.column.name in mapped.table.key]
    if any(field.column.type is not Type.TEXT or field.value is None for field in keys):
        return False
    records = list(found)
    if not records:
        return False
    con.register(SAMPLED, _table(records))
    try:
        rows = con.execute(_lookup([(str(f.value), f.column.name) for f in keys], mapped, target, before)).fetchall()
    finally:
        con.unregister(SAMPLED)
    place, row_there = 0, -1
    for at, first, last in rows:
        if first < row_there or at - place > GAP_BYTES:
            return False
        place, row_there = at, last
    return place == records[-1][0]


def _table(records: list[Sample]) -> pa.Table:
    columns = zip(*(values for _, values in records), strict=True)
    arrays = [pa.array([place for place, _ in records], pa.int64()), *(pa.array(c, pa.string()) for c in columns)]
    return pa.Table.from_arrays(arrays, names=["_place", *(f"c{index}" for index in range(len(arrays) - 1))])


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
