"""Values that cannot be what they are taken for: kept, because a source may mean it, but told.

Scores on another scale are left out of the star: what 9 means is not known.
"""

import duckdb

from data_layer.ingest.sources import SourceTable
from data_layer.ingest.sql import counted, quoted
from data_layer.warehouse.tables import LEAST_SCORE, MOST_SCORE

SCORES = (
    f"scores here go from {LEAST_SCORE} to {MOST_SCORE}, and what is outside counts as no answer; a mapping can bring "
    "another scale to that, such as 0 to 10 with times = 0.4 and plus = 1"
)
# Column: least, most, and what to know of it.
LIMITS: dict[str, tuple[float, float, str]] = {
    "satisfaction_score": (LEAST_SCORE, MOST_SCORE, SCORES),
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
