"""Exports that write a date as its midnight: such a column is date-only and must not show a peak at 0 o'clock."""

import duckdb

from data_layer.ingest.conversion import day_column
from data_layer.ingest.sources import SourceTable, Type
from data_layer.ingest.sql import literal, quoted

FEWEST = 20  # fewer midnights may be chance


def drop_empty_times(con: duckdb.DuckDBPyConnection, table: SourceTable, name: str, zone: str) -> None:
    """Turn each column of moments whose times are all midnight (local, or in UTC) into days, in the staged table."""
    for column in table.columns:
        if column.type is Type.MOMENT:
            _drop_empty_times(con, name, column.name, zone)


def _drop_empty_times(con: duckdb.DuckDBPyConnection, name: str, column: str, zone: str) -> None:
    at = quoted(column)
    # Every zone's midnight is a full quarter of an hour in UTC: of nearly all columns the first rows rule it out.
    if con.execute(f"SELECT 1 FROM {name} WHERE epoch_us({at}) % 900_000_000 <> 0 LIMIT 1").fetchone():
        return
    row = con.execute(f"SELECT count({at}) FROM {name}").fetchone()
    if row is None or row[0] < FEWEST:
        return
    for local in (f"timezone({literal(zone)}, timezone('UTC', {at}))", at):
        late = con.execute(f"SELECT count(*) FROM {name} WHERE {local} <> date_trunc('day', {local})").fetchone()
        if late is not None and not late[0]:
            day = quoted(day_column(column))
            con.execute(f"UPDATE {name} SET {day} = CAST({local} AS DATE), {at} = NULL WHERE {at} IS NOT NULL")
            return
