"""A company's database as a source: any SQLAlchemy URL, read in chunks and never written to."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import Any

from psycopg.errors import DataError
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, event, inspect, make_url, or_, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.types import NullType

from data_layer.ingest.cells import as_text
from data_layer.ingest.csv_dialect import NO_DUCKDB
from data_layer.ingest.errors import BadFile, NoSuchPath
from data_layer.ingest.mapping.rules import TableRule
from data_layer.ingest.readers import Reader
from data_layer.ingest.spooled import Row, SpooledReader, spool_file

CHUNK_ROWS = 5_000
LARGEST_INTEGER = 1 << 63  # in SQLite
_DRIVERS = {"oracle": "oracledb", "mysql": "pymysql", "mariadb": "pymysql", "mssql": "pyodbc"}
_READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
# Schemas of the servers themselves: nobody's data, and on Oracle thousands of tables.
_SYSTEM = {
    "information_schema", "pg_catalog", "sys", "mysql", "performance_schema", "system", "anonymous", "appqossys", "audsys",
    "ctxsys", "dbsfwuser", "dbsnmp", "dgpdb_int", "dip", "dvf", "dvsys", "ggsys", "gsmadmin_internal", "gsmcatuser", "gsmuser",
    "lbacsys", "mddata", "mdsys", "ojvmsys", "olapsys", "orddata", "ordplugins", "ordsys", "outln", "public",
    "remote_scheduler_agent", "si_informtn_schema", "sys$umf", "sysbackup", "sysdg", "syskm", "sysrac", "wmsys", "xdb",
    "xs$null", "guest",
}  # fmt: skip
Watermarks = dict[str, str]
"""The largest value of the watermark column that was read so far, by foreign table and column and for what it was read."""


@dataclass
class Database:
    """An open source.  ``name``: the URL without its password.  ``seen``: watermarks after what was read.

    ``in_part``: our tables of which only the rows from a watermark on were read.
    """

    engine: Engine
    name: str
    spools: Path
    since: Watermarks = field(default_factory=dict)
    seen: Watermarks = field(default_factory=dict)
    in_part: set[str] = field(default_factory=set)

    def tables(self) -> "list[ForeignTable]":
        """Every table and view, those of the usual schema by their bare name.  BadFile where it cannot be reached."""
        try:
            inspector = inspect(self.engine)
            usual = inspector.default_schema_name
            found: list[ForeignTable] = []
            for schema in inspector.get_schema_names():
                if schema is None or schema.lower() not in _SYSTEM or schema == usual:
                    names = (*inspector.get_table_names(schema), *inspector.get_view_names(schema))
                    is_usual = schema in (usual, None, "main")
                    found += [ForeignTable(self, None if is_usual else schema, name) for name in sorted(names)]
        except SQLAlchemyError as error:
            raise self.away(error) from error
        return found

    def away(self, error: SQLAlchemyError) -> BadFile:
        """The database's own complaint in one line."""
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return BadFile(f"{self.name} cannot be read: {reason}. Nothing was published.")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@dataclass(frozen=True)
class ForeignTable:
    """A table of a database."""

    database: Database
    schema: str | None
    bare: str

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.bare}" if self.schema else self.bare

    @property
    def table_name(self) -> str:
        return self.bare.lower() if self.schema is None else ""

    @property
    def size(self) -> int:
        return 1

    @property
    def line_bytes(self) -> float | None:
        return None

    @property
    def stamp(self) -> tuple[int, ...]:
        return ()

    def open(self, known: Collection[str], rule: TableRule | None) -> Reader:
        """Reads nothing but the table's columns yet."""
        try:
            engine = self.database.engine
            # What an SQLite column is called says little about what is in it: its values are taken as they are.
            listeners = [("column_reflect", _forget_type)] if engine.dialect.name == "sqlite" else []
            table = Table(
                self.bare, MetaData(), schema=self.schema, autoload_with=engine, resolve_fks=False, listeners=listeners
            )
        except SQLAlchemyError as error:
            raise self.database.away(error) from error
        watermark = self._watermark(table, rule)
        columns = tuple(column.name for column in table.columns)
        key = _key(self.name, watermark, rule) if watermark and rule else ""
        spool = spool_file(self.database.spools, ".parquet", self.schema, self.bare, key)
        to = rule.to if rule else self.bare
        return SpooledReader(self.name, columns, self._rows(table, watermark, key, to), spool)

    def _watermark(self, table: Table, rule: TableRule | None) -> str | None:
        if rule is None or rule.watermark is None:
            return None
        names = {column.name.lower(): column.name for column in table.columns}
        if rule.watermark.lower() not in names:
            raise BadFile(f"{self.name} has no column {rule.watermark!r} for the watermark; it has {', '.join(names)}.")
        column = table.columns[names[rule.watermark.lower()]]
        if _kind(column) not in (*_GROWING, None):
            raise BadFile(
                f"{self.name}: the column {column.name} cannot be a watermark, for it is {column.type}. "
                "A number, a date, a time or a text can."
            )
        return column.name

    def _rows(self, table: Table, watermark: str | None, key: str, to: str) -> Callable[[], Iterator[Row]]:
        """Rows in chunks from a cursor, from the watermark of ``key`` on: equal ones and those without are read again.

        ``to``: our table that is filled.
        """
        database = self.database

        def rows() -> Iterator[Row]:
            query = select(table)
            since = database.since.get(key) if watermark else None
            if watermark and since is not None:
                column = table.columns[watermark]
                database.in_part.add(to)
                query = query.where(or_(column >= _typed(_kind(column), since), column.is_(None)))
            place = list(table.columns.keys()).index(watermark) if watermark else None
            kind = _kind(table.columns[watermark]) if watermark else None
            newest: Any = None
            try:
                with database.engine.connect().execution_options(
                    stream_results=True, yield_per=CHUNK_ROWS
                ) as connection:
                    for number, row in enumerate(connection.execute(query), 1):
                        mark = row[place] if place is not None else None
                        if mark is not None and isinstance(mark, kind or object):
                            newest = _newer(newest, mark)
                        yield number, [as_text(value) for value in row]
            except SQLAlchemyError as error:
                raise database.away(error) from error
            if newest is not None:
                database.seen[key] = str(newest)

        return rows


_GROWING = (datetime, date, int, float, Decimal, str)


def _forget_type(_inspector: Any, _table: Table, about: Any) -> None:
    about["type"] = NullType()


def _kind(column: Column[Any]) -> type | None:
    """What a column's values are in Python; None where that differs from row to row."""
    if isinstance(column.type, NullType):
        return None
    try:
        return column.type.python_type
    except NotImplementedError:
        return object


def _key(name: str, watermark: str, rule: TableRule) -> str:
    """What a watermark is remembered under: how far one of our tables was filled says nothing of another, or of other rows."""
    rows = f" where {sorted(rule.where.items())}" if rule.where else ""
    return f"{name}.{watermark} to {rule.to}{rows}"


def _newer(newest: Any, value: Any) -> Any:
    """The larger of two values of a watermark, in SQLite's order where they are of two kinds."""
    return value if newest is None else max(newest, value, key=lambda one: (isinstance(one, str), one))


def _typed(kind: type | None, text: str) -> object:
    """A watermark's text as the column's own type; a moment a second earlier, as databases round them differently."""
    if kind is None:
        return _as_written(text)
    if kind is datetime:
        return datetime.fromisoformat(text) - timedelta(seconds=1)
    return date.fromisoformat(text) if kind is date else kind(text)


def _as_written(text: str) -> int | float | str:
    """What SQLite had as that text: a number only where it would be written so again and SQLite has it."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and abs(number) < (LARGEST_INTEGER if kind is int else inf):
            return number
    return text


def open_database(url: str, spools: Path) -> Database:
    """Open a source read-only.  NoSuchPath where the URL is wrong, or its driver is not installed."""
    try:
        address = make_url(url)
        backend = address.get_backend_name()
        if backend == "sqlite" and address.database and not Path(address.database).exists():
            raise NoSuchPath(f"{address.database} does not exist. Give the URL of the database to import from.")
        if backend == "duckdb":
            raise NoSuchPath(f"A DuckDB database cannot be read as a source: {NO_DUCKDB}.")
        engine = create_engine(address)
    except (ArgumentError, NoSuchModuleError) as error:
        raise NoSuchPath(
            "--source must be a database URL such as postgresql+psycopg://user:password@host/name."
        ) from error
    except ImportError as error:
        driver = _DRIVERS.get(backend, str(error.name))
        raise NoSuchPath(f"The driver for {backend} is not installed: pip install {driver}.") from error
    if backend == "postgresql":
        event.listen(engine, "connect", lambda connection, _: _take_any_date(connection))
    if backend in _READ_ONLY:
        event.listen(engine, "connect", lambda connection, _: _read_only(connection, _READ_ONLY[backend]))
    return Database(engine, address.render_as_string(hide_password=True), spools)


class _AnyDate(DateLoader):
    """A date, or its text where Python has none like it: infinity, BC."""

    def load(self, data: Any) -> Any:
        return _or_text(super().load, data)


class _AnyTimestamp(TimestampLoader):
    """The same of a moment."""

    def load(self, data: Any) -> Any:
        return _or_text(super().load, data)


class _AnyTimestamptz(TimestamptzLoader):
    """The same of a moment with a zone."""

    def load(self, data: Any) -> Any:
        return _or_text(super().load, data)


def _or_text(load: Callable[[Any], Any], data: Any) -> Any:
    try:
        return load(data)
    except DataError:
        return bytes(data).decode()


def _take_any_date(connection: Any) -> None:
    """One date that is none must cost its row, not the load."""
    if hasattr(connection, "adapters"):  # psycopg's own
        for name, loader in (("date", _AnyDate), ("timestamp", _AnyTimestamp), ("timestamptz", _AnyTimestamptz)):
            connection.adapters.register_loader(name, loader)


def _read_only(connection: object, statement: str) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(statement)
    cursor.close()
    connection.commit()  # type: ignore[attr-defined]
