"""The star's empty tables, and one view per source table that the build reads, whether it was loaded or not.

In the views a column of moments ``x`` has two companions: ``x_day``, the local day, and ``x_hour``, the local hour
(NULL where the source gave no time).  ``_row`` is the row's place in the order of loading.
"""

from sqlalchemy import types
from sqlalchemy.schema import Column as TableColumn

from data_layer.ingest.conversion import day_column, staged_columns
from data_layer.ingest.sources import ALL_TABLES, SourceTable, Type
from data_layer.ingest.sql import ID, quoted
from data_layer.warehouse.build.context import Build
from data_layer.warehouse.build.local_time import create_macros
from data_layer.warehouse.tables import metadata


def create_star(build: Build) -> None:
    """Every table of the star, empty."""
    for table in metadata.tables.values():
        columns = ", ".join(f"{quoted(column.name)} {_kind(column)}" for column in table.columns)
        build.run(f"CREATE TABLE main.{table.name} ({columns})")


def _kind(column: "TableColumn[object]") -> str:
    kind = column.type
    if isinstance(kind, types.Numeric) and not isinstance(kind, types.Float):
        text = f"DECIMAL({kind.precision}, {kind.scale})"
    elif isinstance(kind, types.Text) and column.name.endswith("_id"):
        text = ID
    else:
        text = _SQL[type(kind)]
    return text if column.nullable else f"{text} NOT NULL"


_SQL: dict[type[object], str] = {
    types.BigInteger: "BIGINT",
    types.Boolean: "BOOLEAN",
    types.Date: "DATE",
    types.DateTime: "TIMESTAMP",
    types.Double: "DOUBLE",
    types.Integer: "INTEGER",
    types.SmallInteger: "SMALLINT",
    types.Text: "VARCHAR",
}


def create_views(build: Build) -> set[str]:
    """A view ``s_<table>`` for every source table; an empty one where it was never loaded.  Returns the loaded ones."""
    rows = build.con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'source'").fetchall()
    loaded = {str(name) for (name,) in rows}
    create_macros(build, loaded)
    for table in ALL_TABLES:
        build.run(f"CREATE OR REPLACE TEMP VIEW s_{table.name} AS {_view(table, table.name in loaded)}")
    return loaded


def _view(table: SourceTable, is_loaded: bool) -> str:
    if not is_loaded:
        nulls = [f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in staged_columns(table)]
        inner = f"SELECT CAST(NULL AS BIGINT) AS _row, {', '.join(nulls)} WHERE false"
    else:
        inner = f"SELECT rowid AS _row, * FROM source.{table.name}"
    values = ["_row"]
    for column in table.columns:
        name = quoted(column.name)
        values.append(name)
        if column.type is Type.MOMENT:
            local = f"local_time({name})"
            values.append(
                f"coalesce({quoted(day_column(column.name))}, CAST({local} AS DATE)) AS {quoted(column.name + '_day')}"
            )
            values.append(f"CAST(hour({local}) AS SMALLINT) AS {quoted(column.name + '_hour')}")
    return f"SELECT {', '.join(values)} FROM ({inner})"
