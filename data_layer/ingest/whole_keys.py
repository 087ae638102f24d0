"""Exports that write whole numbers as decimals: a column of keys in which all are like 12.0 holds the keys 12."""

import duckdb

from data_layer.ingest.references import REFERENCES
from data_layer.ingest.sources import SourceTable
from data_layer.ingest.sql import quoted

_DECIMAL = r"-?\d+\.0+"


def drop_empty_decimals(con: duckdb.DuckDBPyConnection, table: SourceTable, name: str, first: int) -> tuple[str, ...]:
    """Of the rows just staged in ``name``, from the ``first`` on, and what was done in words.

    Decided over all values of a column of one file, and never per row.
    """
    told: list[str] = []
    columns = [
        column for column in table.columns if column.name in table.key or (table.name, column.name) in REFERENCES
    ]
    for column in columns:
        at = quoted(column.name)
        # One look at a first value rules out nearly all columns at once.
        row = con.execute(
            f"SELECT CAST({at} AS VARCHAR) FROM {name} WHERE rowid >= {first} AND {at} IS NOT NULL LIMIT 1"
        ).fetchone()
        if row is None or not str(row[0]).endswith(".0"):
            continue
        found = con.execute(
            f"SELECT count({at}), count(*) FILTER (regexp_full_match({at}, '{_DECIMAL}')), min({at}) FROM {name} "
            f"WHERE rowid >= {first}"
        ).fetchone()
        if found is not None and found[0] == found[1]:
            con.execute(
                f"UPDATE {name} SET {at} = regexp_replace({at}, '\\.0+$', '') WHERE rowid >= {first} AND {at} IS NOT NULL"
            )
            whole = str(found[2]).partition(".")[0]
            told.append(f"{table.name}.{column.name}: all {found[0]:,} keys are like {found[2]}; taken as {whole}.")
    return tuple(told)
