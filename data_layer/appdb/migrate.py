"""Bring the application database to the current version; safe when several workers start at once."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, text

from data_layer.appdb.engine import without_limits

ADVISORY_LOCK = 4_201_977_001
# Alembic keeps its context in module globals: one migration at a time in a process, whatever the database.
_in_process = threading.Lock()


def migration_config() -> Config:
    """Alembic's configuration for the migrations that are packaged with the site."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: Engine, target: str = "head") -> None:
    """Upgrade the database to ``target``.  One process does the work; the others wait and find it done."""
    with _in_process, without_limits(engine) as patient, _locked(patient), patient.connect() as connection:
        if engine.dialect.name == "sqlite":
            # The driver opens no transaction for CREATE TABLE by itself; half a migration would stay.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, target)
        connection.commit()


def current_version(connection: Connection) -> str | None:
    """The version the database is at, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _locked(engine: Engine) -> Iterator[None]:
    if engine.dialect.name == "postgresql":
        with _advisory_lock(engine):
            yield
    elif engine.url.database and engine.url.database != ":memory:":
        with Path(engine.url.database + ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    else:
        yield


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
