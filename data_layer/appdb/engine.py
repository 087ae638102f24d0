"""Connections to the application database: SQLite for one machine, PostgreSQL for more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from data_layer.postgres import bound, database_url


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

    bound(engine)
    return engine


@contextmanager
def without_limits(engine: Engine) -> Iterator[Engine]:
    """The same database without the time limits of a request: work on big tables takes what it takes."""
    if engine.dialect.name == "sqlite":
        yield engine
        return
    patient = create_engine(engine.url, poolclass=NullPool, connect_args={"options": "-c timezone=UTC"})
    try:
        yield patient
    finally:
        patient.dispose()


def ping(engine: Engine) -> None:
    """Raise when the database does not answer."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
