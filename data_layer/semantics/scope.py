"""Which rows count: the filters of a selection and the rights of a viewer, as SQL conditions on one fact."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, select, union

from data_layer.access import Viewer
from data_layer.semantics.dimensions import DIMENSIONS, KEYS, WEEKDAYS, Dimension
from data_layer.semantics.facts import FACTS, Fact
from data_layer.semantics.period import Window
from data_layer.warehouse.functions import iso_weekday
from data_layer.warehouse.tables import UNKNOWN_KEY, dim_customer, dim_staff, fact_interaction


def reaches(fact: Fact, dimension: Dimension) -> bool:
    """Whether the fact can be grouped by the dimension."""
    if dimension.grain == "hour":
        return fact.hour is not None
    if dimension.grain == "weekday":
        return fact.time is not None
    if dimension.is_calendar:
        return fact.time is not None or fact.is_span
    return dimension.name in fact.own or bool(dimension.path and fact.has(dimension.path[0]))


def holds(fact: Fact, day: Any, window: Window) -> ColumnElement[bool]:
    """The rows of a fact that belong to a moment: spans that hold on ``day``, else rows dated in the window."""
    columns = fact.table.c
    if fact.is_span:
        return and_(columns.valid_from <= day, columns.valid_to > day)
    time = fact.time_column
    assert time is not None, fact.name
    return and_(time >= window.start, time < window.end)


def conditions(
    fact: Fact, wanted: list[tuple[str, tuple[str, ...]]], viewer: Viewer, window: Window, day: Any
) -> tuple[list[ColumnElement[bool]], tuple[str, ...]]:
    """The WHERE parts for the filters and for the viewer's rights, and the dimensions that could not be applied.

    ``day``: on which a customer must have a value that is reached through another fact's spans.
    """
    parts: list[ColumnElement[bool]] = []
    ignored: list[str] = []
    for name, values in wanted:
        part = _condition(fact, DIMENSIONS[name], values, window, day)
        if part is None:
            ignored.append(name)
        else:
            parts.append(part)
    rights = row_rights(fact, viewer)
    return ([*parts, rights] if rights is not None else parts), tuple(ignored)


def row_rights(fact: Fact, viewer: Viewer) -> ColumnElement[bool] | None:
    """The rows of the fact that the viewer may see; None where that is all of them.

    Work belongs to who did it; what has no staff member belongs to the clients of the staff in the scope.
    """
    scope = viewer.scope
    if scope.kind == "all":
        return None
    if scope.is_empty:
        return false()
    staff = select(dim_staff.c.staff_key).where(
        dim_staff.c.staff_id == scope.staff_id if scope.kind == "own" else dim_staff.c.team == scope.team
    )
    if fact.has("staff_key"):
        return fact.table.c.staff_key.in_(staff)
    if fact.has("customer_key"):
        return fact.table.c.customer_key.in_(_clients_of(staff))
    return None


def _clients_of(staff: Select[Any]) -> Any:
    """The clients that these staff members own or have served; the Unknown one is nobody's."""
    owned = select(dim_customer.c.customer_key).where(dim_customer.c.owner_key.in_(staff))
    served = select(fact_interaction.c.customer_key).where(
        fact_interaction.c.staff_key.in_(staff), fact_interaction.c.customer_key != UNKNOWN_KEY
    )
    return select(union(owned, served).subquery().c.customer_key)


def _condition(
    fact: Fact, dimension: Dimension, values: tuple[str, ...], window: Window, day: Any
) -> ColumnElement[bool] | None:
    direct = _direct(fact, dimension, values)
    if direct is not None:
        return direct
    if dimension.bridge and fact.has("customer_key"):
        bridge = FACTS[dimension.bridge]
        inner = _direct(bridge, dimension, values)
        if inner is not None:
            # What happened to unknown clients says nothing about the other facts of unknown clients.
            client = bridge.table.c.customer_key
            having = select(client).where(inner, holds(bridge, day, window), client != UNKNOWN_KEY)
            return fact.table.c.customer_key.in_(having)
    return None


def _direct(fact: Fact, dimension: Dimension, values: tuple[str, ...]) -> ColumnElement[bool] | None:
    """The condition on the fact's own columns or along its keys; None where the dimension is out of reach."""
    if dimension.grain == "weekday":
        return None if fact.hour is None else _weekday(fact, values)
    if dimension.grain == "hour":
        return (
            None
            if fact.hour is None
            else fact.table.c[fact.hour].in_([int(value) for value in values if is_hour(value)])
        )
    if dimension.name in fact.own:
        return fact.table.c[fact.own[dimension.name]].in_(values)
    if not dimension.path or not fact.has(dimension.path[0]):
        return None
    return _along(fact.table.c[dimension.path[0]], dimension, dimension.path, values)


def is_hour(text: str) -> bool:
    """Whether a text is an hour of the day, 0 to 23."""
    return text.isascii() and text.isdigit() and len(text) <= 2 and int(text) < 24


def _weekday(fact: Fact, values: tuple[str, ...]) -> ColumnElement[bool] | None:
    """Only facts with a time of day: the weekday of a statement's date says nothing about people."""
    assert fact.time is not None
    numbers = [WEEKDAYS.index(value) + 1 for value in values if value in WEEKDAYS]
    return iso_weekday(fact.table.c[fact.time]).in_(numbers)


def _along(
    key: ColumnElement[Any], dimension: Dimension, path: tuple[str, ...], values: tuple[str, ...]
) -> ColumnElement[bool]:
    """``key IN (SELECT … WHERE the dimension's column IN values)``, over as many keys as the path has."""
    table, primary = KEYS[path[0]]
    inner = (
        table.c[dimension.column].in_(values)
        if len(path) == 1
        else _along(table.c[path[1]], dimension, path[1:], values)
    )
    if key.table is table:
        return inner
    return key.in_(select(table.c[primary]).where(inner))
