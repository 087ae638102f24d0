"""Values that cannot be what they are taken for: kept, because a source may mean it, but told."""

import duckdb

from data_layer.ingest.sources import SourceTable
from data_layer.ingest.sql import counted, quoted

SCORES = "scores here go from 1 to 5; a mapping can bring another scale to that, such as times = 0.5"
# Column: least, most, and what to know of it.
LIMITS: dict[str, tuple[float, float, str]] = {
    "satisfaction_score": (1, 5, SCORES),
    "duration_minutes": (0, float("inf"), "nothing lasts less than 0 minutes"),
    "session_duration": (0, float("inf"), "nothing lasts less than 0 minutes"),
}


def outside(con: duckdb.DuckDBPyConnection, table: SourceTable, staged: str) -> list[str]:
    """What lies outside the limits of a column of a staged table, in a sentence a column."""
    found: list[str] = []
    for column in table.columns:
        if column.name not in LIMITS:
            continue
        least, most, why = LIMITS[column.name]
        row = con.execute(
            f"SELECT count(*), min(x), max(x) FROM (SELECT {quoted(column.name)} AS x FROM {staged}) WHERE x < ? OR x > ?",
            [least, most],
        ).fetchone()
        if row and row[0]:
            span = f"{row[1]:g}" if row[1] == row[2] else f"from {row[1]:g} to {row[2]:g}"
            found.append(f"{table.name}.{column.name}: {counted(row[0], 'value')} out of range ({span}); {why}.")
    return found
