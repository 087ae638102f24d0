"""Which rows count: the filters of a selection and the rights of a viewer, as SQL conditions on one fact."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, and_, false, literal, or_, select, union

from data_layer.access import Viewer
from data_layer.semantics.dimensions import ANY_ATTRIBUTE, DIMENSIONS, KEYS, SAVED, WEEKDAYS, Dimension
from data_layer.semantics.facts import CUSTOMER, FACTS, Fact
from data_layer.semantics.metric import Kind
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.rules import BoundRule, Rule, Than, Threshold
from data_layer.warehouse.functions import iso_weekday
from data_layer.warehouse.tables import (
    UNKNOWN,
    UNKNOWN_KEY,
    customer_attribute,
    dim_customer,
    dim_opportunity,
    dim_staff,
    fact_enrollment,
    fact_interaction,
)


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
        saved = name == SAVED
        part = _in_segments(fact, values, viewer) if saved else _condition(fact, DIMENSIONS[name], values, window, day)
        if part is None:
            ignored += [] if DIMENSIONS[name].is_apart else [name]
        else:
            parts.append(part)
    rights = row_rights(fact, viewer)
    return ([*parts, rights] if rights is not None else parts), tuple(ignored)


@cache
def follows(fact_name: str, dimension: str) -> bool:
    """Whether a filter on the dimension says anything about the rows of the fact."""
    fact = FACTS[fact_name]
    if dimension == SAVED:
        return fact.has("customer_key")
    any_day = Window(date.min, date.max)
    return _condition(fact, DIMENSIONS[dimension], (), any_day, date.min) is not None


def depends_on_days(fact: Fact, wanted: Iterable[tuple[str, tuple[str, ...]]]) -> bool:
    """Whether a filter keeps other rows of the fact for other days: it reaches them through what their clients had then."""
    return any(
        name != SAVED and DIMENSIONS[name].bridge is not None and _direct(fact, DIMENSIONS[name], values) is None
        for name, values in wanted
    )


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
    if fact.work is not None:
        columns = fact.table.c
        return or_(
            columns.staff_key.in_(staff), and_(~columns[fact.work], columns.customer_key.in_(_clients_of(staff)))
        )
    if fact.has("staff_key"):
        return fact.table.c.staff_key.in_(staff)
    if fact.has("customer_key"):
        return fact.table.c.customer_key.in_(_clients_of(staff))
    return None


def _clients_of(staff: Select[Any]) -> Any:
    """The clients that these staff members own, have served, or sold or are selling something; the Unknown one is
    nobody's.
    """
    owned = select(dim_customer.c.customer_key).where(dim_customer.c.owner_key.in_(staff))
    dealt = (
        select(table.c.customer_key).where(table.c.staff_key.in_(staff), table.c.customer_key != UNKNOWN_KEY)
        for table in (fact_interaction, dim_opportunity, fact_enrollment)
    )
    return select(union(owned, *dealt).subquery().c.customer_key)


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
    if dimension.name == ANY_ATTRIBUTE:
        return _has_any(fact.table.c.customer_key, values) if fact.has("customer_key") else None
    if dimension.name in fact.own:
        return fact.table.c[fact.own[dimension.name]].in_(values)
    if not dimension.path or not fact.has(dimension.path[0]):
        return None
    if dimension.attribute is not None:
        return _has_attribute(fact.table.c[dimension.path[0]], dimension.attribute, values)
    return _along(fact.table.c[dimension.path[0]], dimension, dimension.path, values)


def _has_any(client: ColumnElement[Any], values: tuple[str, ...]) -> ColumnElement[bool]:
    """The clients with one of these values of any attribute, each as “NAME: value”; a name may hold the colon too."""
    columns = customer_attribute.c
    places = ((text, at) for text in values for at in range(len(text)) if text.startswith(": ", at))
    either = (and_(columns.name == text[:at], columns.shown == text[at + 2 :]) for text, at in places)
    return client.in_(select(columns.customer_key).where(or_(false(), *either)))


def _has_attribute(client: ColumnElement[Any], name: str, values: tuple[str, ...]) -> ColumnElement[bool]:
    """The clients with one of the values; those without any value are Unknown."""
    columns = customer_attribute.c
    named = select(columns.customer_key).where(columns.name == name)
    has = client.in_(named.where(columns.shown.in_(values)))
    return has | client.not_in(named) if UNKNOWN in values else has


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


def _in_segments(fact: Fact, values: tuple[str, ...], viewer: Viewer) -> ColumnElement[bool] | None:
    """The fact's rows of clients who meet one of the rules; None for a fact without clients.

    A value that is no rule — a segment that nobody looked up for the viewer — holds no client.
    """
    if not fact.has("customer_key"):
        return None
    bound = [rule for rule in map(BoundRule.from_text, values) if rule is not None]
    if not bound:
        return false()
    rights = row_rights(CUSTOMER, viewer)
    members = select(dim_customer.c.customer_key).where(
        or_(*(_meets(one.rule, one, viewer) for one in bound)),
        dim_customer.c.customer_key != UNKNOWN_KEY,
        *([rights] if rights is not None else []),
    )
    return fact.table.c.customer_key.in_(members)


def _meets(rule: Rule, bound: BoundRule, viewer: Viewer) -> ColumnElement[bool]:
    """The clients who meet a rule, as a condition on their own table.  What cannot be asked of clients nobody meets."""
    window = rule.window(bound.as_of, bound.first_day)
    day = min(window.last_day, bound.as_of)
    parts = [_condition(CUSTOMER, DIMENSIONS[name], values, window, day) for name, values in rule.conditions]
    met = [false() if part is None else part for part in parts]
    met += [_reaches_number(threshold, window, bound, viewer) for threshold in rule.thresholds]
    met += [or_(*(_meets(one.rule, bound, viewer) for one in group)) for group in rule.inside]
    return and_(*met)


def _reaches_number(threshold: Threshold, window: Window, bound: BoundRule, viewer: Viewer) -> ColumnElement[bool]:
    """The clients of whom a metric is so high, over the rows that the viewer may see; without a row it is 0."""
    metric, day = METRICS[threshold.measure], min(window.last_day, bound.as_of)
    fact, client = metric.fact, metric.fact.table.c.customer_key
    if metric.as_of_limited:
        window = window.within(Window(window.start, bound.as_of + DAY))
    rights = row_rights(fact, viewer)
    counted = select(client).where(
        metric.where, client != UNKNOWN_KEY, *([rights] if rights is not None else []),
        holds(fact, day, window) if metric.kind is Kind.STOCK else dated(fact, window),
    ).group_by(client)  # fmt: skip
    number = literal(threshold.number, Float)
    if threshold.than is Than.MOST:
        return dim_customer.c.customer_key.not_in(counted.having(metric.value > number))
    if threshold.number < 0 or (threshold.than is Than.LEAST and threshold.number == 0):
        # Whoever has no row reaches it too.
        below = metric.value <= number if threshold.than is Than.MORE else metric.value < number
        return dim_customer.c.customer_key.not_in(counted.having(below))
    is_met = metric.value > number if threshold.than is Than.MORE else metric.value >= number
    return dim_customer.c.customer_key.in_(counted.having(is_met))


def dated(fact: Fact, window: Window) -> ColumnElement[bool]:
    """The rows of a fact that happened in the window, spans by the day they are dated."""
    time = fact.time_column
    assert time is not None, fact.name
    return and_(time >= window.start, time < window.end)
