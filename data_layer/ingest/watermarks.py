"""How far each table of a source database was read: kept in the generation, so that rollback turns it back too."""

import duckdb

from data_layer.ingest.database import Database

TABLE = "state.watermark"


def read(con: duckdb.DuckDBPyConnection, catalog: str, database: str) -> dict[str, str]:
    """The watermarks of a database in a generation; none where it has none."""
    if not _exists(con, catalog):
        return {}
    rows = con.execute(f"SELECT name, value FROM {catalog}.{TABLE} WHERE database = ?", [database]).fetchall()
    return {str(name): str(value) for name, value in rows}


def write(con: duckdb.DuckDBPyConnection, database: Database | None, previous: str | None) -> None:
    """Keep the watermarks of the last generation and those of what was just read in the new one."""
    con.execute(f"CREATE SCHEMA state; CREATE TABLE {TABLE} (database VARCHAR, name VARCHAR, value VARCHAR)")
    if previous is not None and _exists(con, previous):
        con.execute(f"INSERT INTO {TABLE} SELECT * FROM {previous}.{TABLE}")
    if database is not None:
        for name, value in database.seen.items():
            con.execute(f"DELETE FROM {TABLE} WHERE database = ? AND name = ?", [database.name, name])
            con.execute(f"INSERT INTO {TABLE} VALUES (?, ?, ?)", [database.name, name, value])


def _exists(con: duckdb.DuckDBPyConnection, catalog: str) -> bool:
    found = con.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'state'", [catalog]
    ).fetchone()
    return bool(found and found[0])
