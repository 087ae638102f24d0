"""Every difference between the engines that the warehouse can live in.  DuckDB and PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Integer, cast, extract, func, literal_column, text
from sqlalchemy.exc import DBAPIError


def start_of(grain: str, day: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first day of the week, month, quarter or year that a date lies in, as a date.

    ``grain`` stands in the text, not as a parameter, so that the expression can be grouped by.
    """
    if grain not in ("day", "week", "month", "quarter", "year"):
        raise ValueError(grain)
    return cast(func.date_trunc(literal_column(f"'{grain}'"), day), Date) if grain != "day" else day


def iso_weekday(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """1 for Monday … 7 for Sunday."""
    return cast(extract("isodow", day), Integer)


def is_cancellation(error: DBAPIError) -> bool:
    """Whether the database itself stopped the query because its time was over."""
    return getattr(error.orig, "sqlstate", None) == "57014" or "Interrupted" in type(error.orig).__name__


@contextmanager
def cancel_after(connection: Connection, seconds: float) -> Iterator[Callable[[], bool]]:
    """Cancel in the database whatever runs on the connection for longer than that.

    Yields a function that says whether it had to.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        with _watch(connection, seconds, lambda raw: None) as cancelled:
            yield cancelled
    else:
        with _watch(connection, seconds, lambda raw: raw.interrupt()) as cancelled:
            yield cancelled


@contextmanager
def _watch(connection: Connection, seconds: float, cancel: Callable[[Any], None]) -> Iterator[Callable[[], bool]]:
    """Run ``cancel`` on the driver's connection when the time is over."""
    over = threading.Event()
    raw = connection.connection.driver_connection

    def stop() -> None:
        over.set()
        cancel(raw)

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()
