"""The rows of the application database as lines of JSON, and back into a database of either engine.

A backup of an older release is put into a fresh SQLite database of that release's tables and brought up to this one as
any site is after an update; from there the rows go to where they belong.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from alembic.util import CommandError
from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    MetaData,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from data_layer.appdb.engine import open_database, without_limits
from data_layer.appdb.ids import give_no_number_again, numbers_given
from data_layer.appdb.migrate import current_version, migrate
from data_layer.appdb.tables import ended_sessions, login_attempts, metadata, users
from data_layer.backup.archive import BadBackup

AT_ONCE = 1000
# Who is logged in, or failed to, is no part of it: after a restoration everybody logs in anew.
_PASSING = (ended_sessions, login_attempts)
TABLES = tuple(table for table in metadata.sorted_tables if table not in _PASSING)


def write_rows(engine: Engine, lines: IO[str]) -> tuple[str, dict[str, int], dict[str, int]]:
    """Write ``["table", {"column": value}]`` lines of one moment.

    Returns the version of the tables, the rows of each table, and the last numbers given away.
    """
    counts = {}
    with without_limits(engine) as patient, patient.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # the driver begins none for reading
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        version = current_version(connection)
        assert version is not None
        for table in TABLES:
            counts[table.name] = 0
            for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
                lines.write(json.dumps([table.name, dict(row._mapping)], default=_told, ensure_ascii=False) + "\n")
                counts[table.name] += 1
        return version, counts, numbers_given(connection)


def _told(value: Any) -> str:
    if isinstance(value, date):  # and a moment, which is one too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of the application database.")


@contextmanager
def staged(file: Path, version: str, folder: Path) -> Iterator[Engine]:
    """The rows of a backup in a new database at this release's version.  BadBackup where they do not fit."""
    engine = open_database(f"sqlite:///{folder}/application.sqlite")
    try:
        _fill(engine, file, version)
        yield engine
    finally:
        engine.dispose()


def _fill(engine: Engine, file: Path, version: str) -> None:
    try:
        migrate(engine, version)
        then = _tables_of(engine)
        with engine.begin() as connection:
            for name, rows in _read(file):
                connection.execute(insert(then[name]), [_typed(then[name], row) for row in rows])
        migrate(engine)
    except CommandError as error:
        made_by = "The backup was made by a newer release of Clientscope. Restore it with that release."
        raise BadBackup(made_by) from error
    except OperationalError:  # the disk is full, or the like: the file may be as good as it was
        raise
    except (AttributeError, KeyError, OverflowError, SQLAlchemyError, TypeError, ValueError) as error:
        raise BadBackup("What the backup says of users and settings cannot be read: the file is damaged.") from error


def _tables_of(engine: Engine) -> dict[str, Table]:
    """The tables that the database has, with their columns."""
    found, metadata_then = inspect(engine), MetaData()
    return {
        name: Table(name, metadata_then, *(Column(one["name"], one["type"]) for one in found.get_columns(name)))
        for name in found.get_table_names()
    }


def _read(file: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of one table at a time, so many at once."""
    of, rows = "", list[dict[str, Any]]()
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            name, row = json.loads(line)
            if rows and (name != of or len(rows) == AT_ONCE):
                yield of, rows
                rows = []
            of = name
            rows.append(row)
    if rows:
        yield of, rows


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table, name, value) for name, value in row.items()}


def _value(table: Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type
    if value is None or not isinstance(kind, Date | DateTime):
        return value
    # Moments are told in UTC, and SQLite keeps them so without saying it.
    return (
        datetime.fromisoformat(value).replace(tzinfo=None) if isinstance(kind, DateTime) else date.fromisoformat(value)
    )


def replace_rows(source: Engine, target: Connection, given: dict[str, int], now: datetime) -> None:
    """Put the staged rows in the place of those of the site, in the target's transaction.  Every session ends."""
    before = target.execute(select(func.max(users.c.session_epoch))).scalar() or 0
    # Greater than any that was ever given out, whatever happened since the backup was made.
    epoch = max(int(now.timestamp()) // 60, before + 1)
    for table in reversed(metadata.sorted_tables):
        target.execute(delete(table))
    with source.connect() as connection:
        for table in TABLES:
            for part in connection.execute(select(table)).partitions(AT_ONCE):
                target.execute(insert(table), [dict(row._mapping) for row in part])
    target.execute(users.update().values(session_epoch=epoch))
    give_no_number_again(target, given)
