"""Opening the warehouse for reading: which generation is current, and connections that can only read.

DuckDB: each generation is a file of its own; ``current`` names the one to read.  PostgreSQL: the schema
``clientscope`` is swapped whole.  Either way a :class:`Generation` is one state of the data, and everything that is
computed from it is keyed by its id.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data_layer.postgres import bound, database_url
from data_layer.warehouse import reading
from data_layer.warehouse.contents import Attribute, Rollups, Source, first_day_of
from data_layer.warehouse.functions import cancel_after, is_cancellation
from data_layer.warehouse.generations import current_file
from data_layer.warehouse.memo import Memo
from data_layer.warehouse.shape import shape
from data_layer.warehouse.tables import (
    dim_attribute,
    dim_customer,
    dim_rollup,
    dim_rollup_member,
    generation,
    load_source,
)
from data_layer.warehouse.zones import seen_from

POSTGRES_SCHEMA = "clientscope"
DUCKDB_SCHEMA = "main"
# What DuckDB may keep of a file in each worker; more of it is only a faster second reading.
READER_MEMORY = "160MB"
# In a file up to this size a query takes a few milliseconds, and sharing it among cores costs a third more than it saves;
# the cores are kept busy by the queries of a page beside each other.
SMALL_FILE_BYTES = 3 * 1024**3 // 2
# Enough for the figures of a few pages at once; a result is a few kilobytes.
MEMO_RESULTS = 400
# For what serves all days, of which some years are a hundred kilobytes a metric.
ALL_DAYS_BYTES = 24 * 1024**2
# So many other time zones than the site's are kept at hand; one more takes the place of the one used longest ago.
MOST_ZONES = 4
# For so long nobody asks a warehouse that did not answer.
AWAY_SECONDS = 2.0
# So old may the knowledge be which generation PostgreSQL holds.
ASK_SECONDS = 0.25


class NoData(Exception):
    """There are no data to show; says what to do."""

    def __init__(self, words: str = "No data has been loaded yet. Load some with “dashapp import FOLDER”.") -> None:
        super().__init__(words)


class OutdatedData(NoData):
    """The data were built by another release, whose tables were others."""

    def __init__(self) -> None:
        super().__init__(
            "The data were loaded by another release of Clientscope. Run “dashapp rebuild” to bring them up to this one; "
            "nothing has to be read again."
        )


class WarehouseAway(Exception):
    """The warehouse cannot be reached."""


class QueryTooLong(Exception):
    """A query ran into its limit and was cancelled in the database."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The query took longer than {seconds:g} s and was stopped.")


class Breaker:
    """Remembers for a moment that the warehouse did not answer, so that not every question waits for it anew."""

    def __init__(self) -> None:
        self._closed_again = 0.0
        self.is_away = False  # since it last did not answer, it has not answered either

    @property
    def is_open(self) -> bool:
        """Whether it is too early to ask again."""
        return time.monotonic() < self._closed_again

    def trip(self) -> WarehouseAway:
        """Say that it did not answer; the error to raise."""
        self._closed_again = time.monotonic() + AWAY_SECONDS
        self.is_away = True
        return WarehouseAway("The warehouse cannot be reached.")

    def connect(self, engine: Engine) -> Connection:
        """A connection.  Raises :class:`WarehouseAway`."""
        if self.is_open:
            raise WarehouseAway("The warehouse cannot be reached.")
        try:
            connection = engine.connect()
        except (DBAPIError, PoolTimeout) as error:
            raise self.trip() from error
        self.is_away = False
        return connection


@dataclass(frozen=True)
class Generation:
    """One published state of the data, and an engine that reads exactly that."""

    id: str
    engine: Engine
    as_of: date
    first_day: date
    time_zone: str
    is_demo: bool
    created_at: datetime
    sources: dict[str, Source]
    timeout: float = 15.0
    conversion_days: int = 90
    has_rollups: bool = True  # made of the site's days: not those of another zone
    breaker: "Breaker" = field(default_factory=lambda: Breaker(), compare=False, repr=False)
    memo: Memo = field(default_factory=lambda: Memo(MEMO_RESULTS), compare=False, repr=False)
    all_days: Memo = field(default_factory=lambda: Memo(ALL_DAYS_BYTES, _bytes_of), compare=False, repr=False)

    @contextmanager
    def connect(self, limit: float | None = None) -> Iterator[Connection]:
        """A read-only connection, whose queries are cancelled in the database after the site's limit, or ``limit`` s.

        Raises :class:`QueryTooLong` for a query that was cancelled, :class:`WarehouseAway` without an answer.
        """
        seconds = limit or self.timeout
        with self.breaker.connect(self.engine) as connection, cancel_after(connection, seconds) as was_cancelled:
            try:
                yield connection
            except DBAPIError as error:
                if was_cancelled() or is_cancellation(error):
                    raise QueryTooLong(seconds) from error
                if error.connection_invalidated:
                    raise self.breaker.trip() from error
                raise
            except duckdb.InterruptException as error:  # while columns were fetched, which SQLAlchemy knows nothing of
                raise QueryTooLong(seconds) from error

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """The customer attributes by name, as the data have them."""
        with self.connect() as connection:
            return {row.name: Attribute(*row) for row in connection.execute(select(dim_attribute))}

    @cached_property
    def rollups(self) -> Rollups:
        """The rollups that can be read instead of the facts."""
        if not self.has_rollups:
            return Rollups({}, {})
        members: dict[str, dict[str, tuple[int, str]]] = {}
        with self.connect() as connection:
            keys = {(row.family, row.dimension): row.rollup_key for row in connection.execute(select(dim_rollup))}
            for key, dimension, value, name in connection.execute(select(dim_rollup_member)):
                members.setdefault(dimension, {})[value] = (key, name or value)
        return Rollups(keys, members)

    @property
    def _first_moment_on(self) -> date:
        """The earliest day of any moment: of promises and messages too, which say nothing of where the data begin."""
        days = [source.first_date for source in self.sources.values() if source.first_date and source.has_times]
        return min([self.first_day, *days])

    def seen_from(self, zone: str) -> "Generation":
        """The same data by the days and hours of another time zone; see :mod:`data_layer.warehouse.zones`."""
        schema = POSTGRES_SCHEMA if self.engine.dialect.name == "postgresql" else DUCKDB_SCHEMA
        return replace(
            self,
            time_zone=zone,
            has_rollups=False,
            engine=seen_from(self.engine, zone, schema, self._first_moment_on, self.as_of),
            memo=Memo(MEMO_RESULTS),
            all_days=Memo(ALL_DAYS_BYTES // MOST_ZONES, _bytes_of),
        )

    def has(self, *groups: tuple[str, ...]) -> bool:
        """Whether of each group of source tables any one was loaded."""
        return not self.lacking(*groups)

    def lacking(self, *groups: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """The groups of source tables none of which was loaded."""
        return tuple(group for group in groups if not any(name in self.sources for name in group))


class Warehouse:
    """The warehouse as the site reads it.  Thread-safe; notices a new generation by itself."""

    def __init__(self, home: Path, url: str | None = None, timeout: float = 15.0) -> None:
        """``home``: the instance folder.  ``url``: a PostgreSQL URL, or None for the DuckDB files in ``home``.

        ``timeout``: seconds after which a query is cancelled.
        """
        self._folder = home / "warehouse"
        self._url = url
        self._timeout = timeout
        self._lock = threading.Lock()
        self._current: Generation | None = None
        self._elsewhere: OrderedDict[str, Generation] = OrderedDict()
        self._breaker = Breaker()
        self._asked: tuple[float, str] = (0.0, "")
        self._engine = _postgres(url) if url else None

    def current(self) -> Generation:
        """The generation to read now.  Raises :class:`NoData` or :class:`WarehouseAway`."""
        try:
            name = self._current_name()
            with self._lock:
                if self._current is None or self._current.id != name:
                    self._current = self._open(name)
                    self._elsewhere.clear()  # what is kept of the data of before holds its file open
                return self._current
        except WarehouseAway:
            # What is known of it still tells what the cache holds: pages go on with the last figures.
            if self._current is None:
                raise
            return self._current

    def seen_from(self, zone: str | None) -> Generation:
        """The generation to read now, by the clocks of ``zone``; of the site's zone for None.

        Raises :class:`NoData` or :class:`WarehouseAway`.
        """
        data = self.current()
        if zone is None or zone == data.time_zone:
            return data
        with self._lock:
            known = self._elsewhere.get(zone)
            if known is None or known.id != data.id:
                known = self._elsewhere[zone] = data.seen_from(zone)
            self._elsewhere.move_to_end(zone)
            while len(self._elsewhere) > MOST_ZONES:
                self._elsewhere.popitem(last=False)
            return known

    def close(self) -> None:
        """Let go of all connections."""
        if self._current is not None:
            self._current.engine.dispose()
        if self._engine is not None:
            self._engine.dispose()

    @property
    def is_away(self) -> bool:
        """Whether the warehouse did not answer when it was last asked."""
        return self._breaker.is_away

    def _current_name(self) -> str:
        if self._engine is not None:
            return self._published_id(self._engine)
        try:
            return (self._folder / "current").read_text().strip()
        except FileNotFoundError:
            raise NoData() from None

    def _published_id(self, engine: Engine) -> str:
        """What PostgreSQL holds now, or held a moment ago: a page of many tiles asks once."""
        asked, name = self._asked
        if time.monotonic() - asked < ASK_SECONDS:
            return name
        try:
            with self._breaker.connect(engine) as connection:
                found = connection.execute(select(generation.c.generation_id)).scalar()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in _NO_TABLE:
                raise NoData() from None
            raise self._breaker.trip() from error
        if found is None:
            raise NoData()
        self._asked = (time.monotonic(), str(found))
        return str(found)

    def _open(self, name: str) -> Generation:
        engine = self._engine
        if engine is None:
            file = current_file(self._folder.parent)
            if file is None or file.name != name:
                raise NoData()
            engine = _duckdb(file)
        if not is_current(engine, self._breaker):
            engine.dispose()
            raise OutdatedData()
        return _described(name, engine, self._timeout, self._breaker)


def is_current(engine: Engine, breaker: Breaker) -> bool:
    """Whether the data were built with the tables that this release reads.  Raises :class:`WarehouseAway`."""
    try:
        with breaker.connect(engine) as connection:
            return connection.execute(select(generation.c.shape)).scalar() == shape()
    except ProgrammingError:
        return False  # there is no such column: that release did not say
    except DBAPIError as error:
        raise breaker.trip() from error


def is_of_this_release(home: Path) -> bool:
    """Whether the current DuckDB file has the tables that this release reads; so it has where there is none."""
    file = current_file(home)
    if file is None:
        return True
    engine = _duckdb(file)
    try:
        return is_current(engine, Breaker())
    finally:
        engine.dispose()


@contextmanager
def opened(file: Path, timeout: float = 600.0) -> Iterator[Generation]:
    """One generation's file, whether it is published or not, to ask it as pages do."""
    engine = _duckdb(file)
    try:
        yield _described(file.name, engine, timeout, Breaker())
    finally:
        engine.dispose()


def _bytes_of(kept: Any) -> int:
    return int(kept.nbytes)


def _described(name: str, engine: Engine, timeout: float, breaker: Breaker) -> Generation:
    with breaker.connect(engine) as connection:
        about = connection.execute(select(generation)).one()
        sources = {row.source: Source(*row) for row in connection.execute(select(load_source))}
        first = connection.execute(
            select(dim_customer.c.first_seen_date).order_by(dim_customer.c.first_seen_date).limit(1)
        ).scalar()
    return Generation(
        name, engine, about.as_of, first_day_of(sources, first, about.as_of), about.time_zone, about.is_demo,
        about.created_at, sources, timeout, about.conversion_days, breaker=breaker,
    )  # fmt: skip


# PostgreSQL's codes for a table and for a schema that is not there, whatever language its messages are in.
_NO_TABLE = ("42P01", "3F000")


def _duckdb(path: Path) -> Engine:
    """An engine over one generation's file.  It can neither write nor reach any other file."""
    config: dict[str, Any] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "memory_limit": READER_MEMORY,
    }
    if path.stat().st_size <= SMALL_FILE_BYTES:
        config["threads"] = 1
    return create_engine(
        URL.create(reading.DRIVER, database=str(path)),
        connect_args={"read_only": True, "config": config},
        pool_size=16,
        max_overflow=16,
        pool_reset_on_return=None,  # there is never a transaction to end
    )


def _postgres(url: str) -> Engine:
    engine = create_engine(
        database_url(url),
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
        pool_timeout=5,
        connect_args={"connect_timeout": 3},
    )
    bound(engine)

    @event.listens_for(engine, "connect")
    def _read_only(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {POSTGRES_SCHEMA}")
            cursor.execute("SET default_transaction_read_only TO on")
        connection.commit()

    return engine
