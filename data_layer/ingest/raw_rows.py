"""The rows of a file as text, in tables of a connection, for the careful way of staging them."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from data_layer.ingest.csv_samples import Sample
from data_layer.ingest.matching import Mapped
from data_layer.ingest.readers import Reader

READ = "temp.read_rows"
RAW = "temp.raw_rows"
SHAPED = "temp.shaped_rows"
CHECKED = "temp.checked_rows"


def fill(
    con: duckdb.DuckDBPyConnection, reader: Reader, mapped: Mapped, is_regular: bool
) -> tuple[Iterator[Sample] | None, bool]:
    """Fill RAW in the first way that works.  What proves the order, and whether rows are numbered by record."""
    scan = reader.scan() if is_regular else None
    if scan is not None and _fill(con, f"(SELECT *, CAST(NULL AS VARCHAR) AS _problem FROM {scan})", mapped):
        return reader.samples(copied=False), True
    copy = reader.straight()
    if copy is not None and _fill(con, copy.scan, mapped):
        return reader.samples(copied=True), True
    _read_batches(con, reader, mapped)
    return None, False


def drop(con: duckdb.DuckDBPyConnection) -> None:
    """Leave nothing of a file."""
    for kind, name in (("VIEW", SHAPED), ("VIEW", RAW), ("TABLE", READ), ("TABLE", CHECKED)):
        con.execute(f"DROP {kind} IF EXISTS {name}")


def _fill(con: duckdb.DuckDBPyConnection, scan: str, mapped: Mapped) -> bool:
    """Fill RAW in the database, rows numbered in their order; False where the file is too irregular for that.

    Five times as fast as reading line by line: only the lines of what is rejected are looked for afterwards.  The
    number is the row's place in the table: to count rows while they are read would take the other threads away.
    """
    names = "".join(f", c{index}" for index in mapped.uses)
    try:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE read_rows AS SELECT CAST(NULL AS BIGINT) AS _end, _problem{names} FROM {scan}"
        )
        con.execute(f"CREATE OR REPLACE TEMP VIEW raw_rows AS SELECT rowid + 1 AS _line, * FROM {READ}")
    except duckdb.Error as error:
        raise_if_serious(error)
        return False
    return True


def _read_batches(con: duckdb.DuckDBPyConnection, reader: Reader, mapped: Mapped) -> None:
    """Fill RAW line by line."""
    batches = reader.batches(mapped.uses)
    first = next(batches)
    con.register("arrow_rows", pa.RecordBatchReader.from_batches(first.schema, _chain(first, batches)))
    try:
        con.execute("CREATE OR REPLACE TEMP TABLE read_rows AS SELECT * FROM arrow_rows")
        con.execute(f"CREATE OR REPLACE TEMP VIEW raw_rows AS SELECT * FROM {READ}")
    finally:
        con.unregister("arrow_rows")


def raise_if_serious(error: duckdb.Error) -> None:
    """Go on only where the data are to blame."""
    if isinstance(error, duckdb.InterruptException | duckdb.OutOfMemoryException | duckdb.IOException):
        raise error


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest
