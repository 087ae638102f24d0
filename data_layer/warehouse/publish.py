"""Publishing a generation: the pointer to its DuckDB file and, where the site reads PostgreSQL, a schema swapped in."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql
from sqlalchemy import Dialect
from sqlalchemy.schema import CreateTable

from data_layer.ingest.sql import literal
from data_layer.postgres import database_url, is_postgres
from data_layer.warehouse import generations
from data_layer.warehouse.tables import metadata

LIVE, NEXT, LAST = "clientscope", "clientscope_next", "clientscope_last"
CHUNK_BYTES = 1 << 20
LOCK_SECONDS = 30


class PublishFailed(Exception):
    """The database that the site reads could not be given the new data; it still has the old."""


def nothing() -> None:
    """Does nothing."""


def publish(
    home: Path, built: Path, final: Path, warehouse_url: str | None, on_switch: Callable[[], None] = nothing
) -> None:
    """Make a finished file the current generation, in PostgreSQL too where ``warehouse_url`` names one.

    ``on_switch`` is called right before readers get the new data: from there on it must go through.
    """

    def point() -> None:
        generations.publish_file(home, built, final)

    if warehouse_url and is_postgres(warehouse_url):
        publish_to_postgres(built, warehouse_url, on_switch, point)
        return
    on_switch()
    point()


def publish_to_postgres(
    generation_file: Path, url: str, on_switch: Callable[[], None] = nothing, then: Callable[[], None] = nothing
) -> None:
    """Copy the star of a generation to a PostgreSQL database and swap it in, in one transaction.

    Readers of schema ``clientscope`` see the old star until the commit and the new one after it.  An import that dies
    leaves only schema ``clientscope_next``, which the next one drops.  PublishFailed where the server does not take it.
    ``then`` is called right after the commit, before anything else may take its time or go wrong.
    """
    try:
        with _connected(url) as server:
            _replace_star(server, generation_file, url, on_switch)
    except psycopg.Error as error:
        words = " ".join(str(error).split()).rstrip(".")
        raise PublishFailed(f"The warehouse in PostgreSQL could not be replaced: {words}.") from error
    then()
    # Who still reads the old one holds this up; at the latest it goes with the next import.
    with suppress(psycopg.Error), _connected(url) as server:
        server.execute(f"DROP SCHEMA IF EXISTS {LAST} CASCADE")


@contextmanager
def _connected(url: str) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
    target = database_url(url).set(drivername="postgresql")
    with psycopg.connect(target.render_as_string(hide_password=False), autocommit=True) as server:
        # A reader that never ends its transaction must not hold up an import for ever.
        server.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        yield server


def _replace_star(
    server: "psycopg.Connection[tuple[object, ...]]", generation_file: Path, url: str, on_switch: Callable[[], None]
) -> None:
    with duckdb.connect(str(generation_file), read_only=True) as source:
        _create_next(server, database_url(url).get_dialect()())
        for name in metadata.tables:
            _copy(server, source, name, generation_file.parent)
        _index(server)
        _swap(server, on_switch)


def _create_next(server: "psycopg.Connection[tuple[object, ...]]", dialect: Dialect) -> None:
    server.execute(f"DROP SCHEMA IF EXISTS {NEXT}, {LAST} CASCADE")
    server.execute(f"CREATE SCHEMA {NEXT}")
    server.execute(f"SET search_path TO {NEXT}")
    for table in metadata.sorted_tables:
        server.execute(str(CreateTable(table).compile(dialect=dialect)).encode())


def _copy(
    server: "psycopg.Connection[tuple[object, ...]]", source: duckdb.DuckDBPyConnection, name: str, beside: Path
) -> None:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in metadata.tables[name].columns)
    listed = columns.as_string(server)
    into = sql.SQL("COPY {}.{} ({}) FROM STDIN (FORMAT csv, NULL '\\N')").format(
        sql.Identifier(NEXT), sql.Identifier(name), columns
    )
    # Beside the generation: what a kill leaves of it is deleted by the next import, and it holds people's data.
    with tempfile.TemporaryDirectory(prefix=generations.SPILL, dir=beside) as folder:
        file = Path(folder) / f"{name}.csv"
        source.execute(
            f"COPY (SELECT {listed} FROM main.{name}) TO {literal(str(file))} (FORMAT csv, HEADER false, NULLSTR '\\N')"
        )
        with server.cursor() as cursor, cursor.copy(into) as copy, file.open("rb") as data:
            while chunk := data.read(CHUNK_BYTES):
                copy.write(chunk.replace(b"\0", b""))  # a character that PostgreSQL's text cannot hold


def _index(server: "psycopg.Connection[tuple[object, ...]]") -> None:
    """An index on every key and day, then fresh statistics."""
    for table in metadata.tables.values():
        for column in table.columns:
            if column.name.endswith(("_key", "_date")) or column.name in ("valid_from", "date"):
                server.execute(
                    sql.SQL("CREATE INDEX ON {}.{} ({})").format(
                        sql.Identifier(NEXT), sql.Identifier(table.name), sql.Identifier(column.name)
                    )
                )
        server.execute(sql.SQL("ANALYZE {}.{}").format(sql.Identifier(NEXT), sql.Identifier(table.name)))


def _swap(server: "psycopg.Connection[tuple[object, ...]]", on_switch: Callable[[], None]) -> None:
    """Rename both schemas at once."""
    with server.transaction():
        if server.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [LIVE]).fetchone():
            server.execute(f"ALTER SCHEMA {LIVE} RENAME TO {LAST}")
        server.execute(f"ALTER SCHEMA {NEXT} RENAME TO {LIVE}")
        on_switch()
