"""Every difference between the engines that the warehouse can live in.  DuckDB and PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    CursorResult,
    Date,
    Integer,
    bindparam,
    cast,
    collate,
    extract,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from data_layer.warehouse.watchdog import Watchdog

WATCHDOG = Watchdog()
GRACE_SECONDS = 2.0


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


def in_code_order(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text to order by, character by character as Python does, whatever the database's own rules are."""
    return collate(text, "C")


def table_of_days(names: tuple[str, ...], rows: Sequence[tuple[date, ...]]) -> Any:
    """A table ``bucket_days`` of dates, columns by name.

    Each column is one parameter, so that the statement's text, which is kept once compiled, is the same for any
    number of rows: as VALUES it would be compiled, and planned with hundreds of parameters, every time.
    """
    columns = zip(*rows, strict=True)
    days = [bindparam(None, list(column), ARRAY(Date)) for column in columns]
    return select(*(func.unnest(day, type_=Date).label(name) for name, day in zip(names, days, strict=True))).subquery(
        "bucket_days"
    )


class Column(NamedTuple):
    """One column of an answer: its values, 0 for what is unknown; dates as :meth:`datetime.date.toordinal` counts them."""

    values: NDArray[Any]
    known: NDArray[np.bool_]


def columns_of(answer: CursorResult[Any]) -> list[Column]:
    """All that is left of an answer, column by column.  Its columns need names of their own.

    DuckDB hands columns over as they are; a Python object for each of thousands of values would cost more than the query.
    """
    cursor: Any = answer.cursor
    if answer.dialect.name == "duckdb":
        return [_of_array(values) for values in cursor.fetchnumpy().values()]
    rows = cursor.fetchall()
    return [_of_values(list(values)) for values in zip(*rows, strict=True)] or [
        _of_values([]) for _ in tuple(answer.keys())
    ]


def _of_array(values: NDArray[Any]) -> Column:
    known = ~np.ma.getmaskarray(values)
    plain = np.ma.filled(values, 0) if np.ma.isMaskedArray(values) else values
    if plain.dtype.kind == "M":
        plain = plain.astype("datetime64[D]").astype(np.int64) + _EPOCH
    return Column(plain, known)


def _of_values(values: list[Any]) -> Column:
    known = [value is not None for value in values]
    plain = [0 if value is None else value.toordinal() if isinstance(value, date) else value for value in values]
    return Column(np.array(plain, dtype=None if plain else np.int64), np.array(known, dtype=bool))


_EPOCH = date(1970, 1, 1).toordinal()


def is_cancellation(error: DBAPIError) -> bool:
    """Whether the database itself stopped the query because its time was over."""
    return getattr(error.orig, "sqlstate", None) == "57014" or "Interrupted" in type(error.orig).__name__


@contextmanager
def cancel_after(connection: Connection, seconds: float) -> Iterator[Callable[[], bool]]:
    """Cancel in the database whatever runs on the connection for longer than that.

    Yields a function that says whether it had to.
    """
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        # The server ends the query; only a server that has gone silent is left to the client's own limit.
        raw.answer_seconds = seconds + GRACE_SECONDS
        try:
            yield lambda: False
        finally:
            raw.answer_seconds = None
    else:
        with WATCHDOG.watch(seconds, raw.interrupt) as was_cancelled:
            yield was_cancelled
