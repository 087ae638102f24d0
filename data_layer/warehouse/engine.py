"""Opening the warehouse for reading: which generation is current, and connections that can only read.

DuckDB: each generation is a file of its own; ``current`` names the one to read.  PostgreSQL: the schema
``clientscope`` is swapped whole.  Either way a :class:`Generation` is one state of the data, and everything that is
computed from it is keyed by its id.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.exc import DBAPIError

from data_layer.warehouse.functions import cancel_after, is_cancellation
from data_layer.warehouse import reading
from data_layer.warehouse.memo import Memo
from data_layer.warehouse.tables import dim_attribute, dim_customer, generation, load_source

POSTGRES_SCHEMA = "clientscope"
# What DuckDB may keep of a file in each worker; more of it is only a faster second reading.
READER_MEMORY = "160MB"
# Enough for the figures of a few pages at once; a result is a few kilobytes.
MEMO_RESULTS = 400


class NoData(Exception):
    """Nothing has been loaded yet."""


class WarehouseAway(Exception):
    """The warehouse cannot be reached."""


class QueryTooLong(Exception):
    """A query ran into its limit and was cancelled in the database."""


@dataclass(frozen=True)
class Source:
    """What a generation holds of one source table."""

    name: str
    group: str
    rows: int
    first_date: date | None
    last_date: date | None
    has_times: bool
    orphans: int
    loaded_at: datetime


@dataclass(frozen=True)
class Attribute:
    """A customer attribute of a generation.  ``kind``: text, number or band.  ``shown``: how many values to filter on."""

    name: str
    kind: str
    clients: int
    values: int
    shown: int


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
    memo: Memo = field(default_factory=lambda: Memo(MEMO_RESULTS), compare=False, repr=False)

    @contextmanager
    def connect(self, limit: float | None = None) -> Iterator[Connection]:
        """A read-only connection, whose queries are cancelled in the database after the site's limit, or ``limit`` s.

        Raises :class:`QueryTooLong` for a query that was cancelled, :class:`WarehouseAway` without an answer.
        """
        try:
            connection = self.engine.connect()
        except DBAPIError as error:
            raise WarehouseAway("The warehouse cannot be reached.") from error
        seconds = limit or self.timeout
        with connection, cancel_after(connection, seconds) as was_cancelled:
            try:
                yield connection
            except DBAPIError as error:
                if was_cancelled() or is_cancellation(error):
                    raise QueryTooLong(f"The query took longer than {seconds:g} s and was stopped.") from error
                if error.connection_invalidated:
                    raise WarehouseAway("The warehouse cannot be reached.") from error
                raise

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """The customer attributes by name, as the data have them."""
        with self.connect() as connection:
            return {row.name: Attribute(*row) for row in connection.execute(select(dim_attribute))}

    def has(self, names: tuple[str, ...]) -> bool:
        """Whether any of these source tables was loaded."""
        return any(name in self.sources for name in names)


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
        self._engine = _postgres(url) if url else None

    def current(self) -> Generation:
        """The generation to read now.  Raises :class:`NoData` or :class:`WarehouseAway`."""
        name = self._current_name()
        with self._lock:
            if self._current is None or self._current.id != name:
                self._current = self._open(name)
            return self._current

    def _current_name(self) -> str:
        if self._engine is not None:
            return _published_id(self._engine)
        try:
            return (self._folder / "current").read_text().strip()
        except FileNotFoundError:
            raise NoData("No data has been loaded yet.") from None

    def _open(self, name: str) -> Generation:
        engine = self._engine or _duckdb(self._folder / name)
        with engine.connect() as connection:
            about = connection.execute(select(generation)).one()
            sources = {row.source: Source(*row) for row in connection.execute(select(load_source))}
            first = connection.execute(
                select(dim_customer.c.first_seen_date).order_by(dim_customer.c.first_seen_date).limit(1)
            ).scalar()
        starts = [s.first_date for s in sources.values() if s.first_date and s.last_date and s.name in _EVENTS]
        return Generation(
            name, engine, about.as_of, min([*starts, first or about.as_of]), about.time_zone, about.is_demo,
            about.created_at, sources, self._timeout, about.conversion_days,
        )  # fmt: skip


# The sources whose dates say where the data begins; market data may reach back for decades.
_EVENTS = {
    "enrollments", "account_balances", "service_interactions", "engagement", "interactions", "conversations",
    "campaign_recipients", "stage_changes", "opportunities",
}  # fmt: skip


def _duckdb(path: Path) -> Engine:
    """An engine over one generation's file.  It can neither write nor reach any other file."""
    config: dict[str, Any] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "memory_limit": READER_MEMORY,
    }
    return create_engine(
        f"duckdb+reading:///{path}", connect_args={"read_only": True, "config": config}, pool_size=16, max_overflow=16
    )


def _postgres(url: str) -> Engine:
    driver = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
    engine = create_engine(driver, pool_size=8, max_overflow=8, pool_pre_ping=True, connect_args={"connect_timeout": 3})

    @event.listens_for(engine, "connect")
    def _read_only(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {POSTGRES_SCHEMA}")
            cursor.execute("SET default_transaction_read_only TO on")
        connection.commit()

    return engine


def _published_id(engine: Engine) -> str:
    try:
        with engine.connect() as connection:
            found = connection.execute(select(generation.c.generation_id)).scalar()
    except DBAPIError as error:
        if "does not exist" in str(error):
            raise NoData("No data has been loaded yet.") from None
        raise WarehouseAway("The warehouse cannot be reached.") from error
    if found is None:
        raise NoData("No data has been loaded yet.")
    return str(found)
