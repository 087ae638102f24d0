"""Connections to the application database: SQLite for one machine, PostgreSQL for more."""

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import ConnectionPoolEntry

ANSWER_SECONDS = 5.0


class BoundedConnection(psycopg.Connection[Any]):
    """A PostgreSQL connection that never waits for ever.

    A server that accepts and stays silent keeps the network connection alive, so no socket option notices;
    only a limit on the wait for an answer does.
    """

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Wait for an answer at most ``ANSWER_SECONDS``; then close the connection and raise ``OperationalError``."""
        return super().wait(self._until_too_late(gen), *arguments, **options)

    def _until_too_late(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Pass a driver's generator through; the driver wakes it ten times a second while nothing comes."""
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            waits_for = next(gen)
            while True:
                ready = yield waits_for
                if not ready and time.monotonic() > deadline:
                    gen.close()
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer from the server within {ANSWER_SECONDS:g} seconds")
                waits_for = gen.send(ready)
        except StopIteration as end:
            return end.value


def database_url(text: str) -> URL:
    """Read a database address; ``postgres://`` and ``postgresql://`` mean PostgreSQL through psycopg 3."""
    url = make_url(text.replace("postgres://", "postgresql://", 1) if text.startswith("postgres://") else text)
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def open_database(text: str) -> Engine:
    """An engine for the application database at this address.  Nothing is connected or created yet.

    Raises ``ValueError`` for a kind of database that is neither SQLite nor PostgreSQL.
    """
    url = database_url(text)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    if url.get_backend_name() == "postgresql":
        return _open_postgres(url)
    raise ValueError("The application database must be SQLite or PostgreSQL.")


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _open_postgres(url: URL) -> Engine:
    # A stopped or silent server must fail the request that needs it, not hold it: every wait has an end.
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=5,
        pool_recycle=1800,
        connect_args={"connect_timeout": 3, "options": "-c statement_timeout=4000 -c timezone=UTC"},
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _entry: Any, arguments: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        return BoundedConnection.connect(*arguments, **parameters)

    return engine


def ping(engine: Engine) -> None:
    """Raise when the database does not answer."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
