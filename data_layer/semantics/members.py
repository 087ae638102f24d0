"""The members of dimensions: which values there are to filter on, and what people read for them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from data_layer.access import Viewer
from data_layer.semantics.dimensions import DIMENSIONS, KEYS, WEEKDAYS, Dimension
from data_layer.semantics.facts import CUSTOMER, FACTS
from data_layer.semantics.scope import is_hour, row_rights
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import dim_staff

MOST = 500


@dataclass(frozen=True)
class Member:
    """One value of a dimension: what links carry and what people read."""

    value: str
    label: str


def members(name: str, viewer: Viewer, data: Generation) -> list[Member]:
    """The values to filter on, in the dimension's order, at most :data:`MOST`; customers are too many to list.

    Values of clients are those of the clients that the viewer may see; a viewer bound to own work sees no colleagues.
    """
    dimension = DIMENSIONS[name]
    if dimension.grain == "weekday":
        return [Member(day, day) for day in WEEKDAYS]
    if dimension.grain == "hour":
        return [Member(str(hour), f"{hour:02d}:00") for hour in range(24)]
    if name == "customer":
        return []
    found = _read(dimension, viewer, data)
    if dimension.order:
        ranks = {value: rank for rank, value in enumerate(dimension.order)}
        found.sort(key=lambda member: ranks.get(member.value, len(ranks)))
    elif not dimension.position_column:
        found.sort(key=lambda member: member.label.casefold())
    return found


def label_of(name: str, value: str, viewer: Viewer, data: Generation) -> str:
    """What people read for one value; the value itself where nobody the viewer may see has it."""
    dimension = DIMENSIONS[name]
    if dimension.grain == "hour":
        return f"{int(value):02d}:00" if is_hour(value) else value
    if not dimension.name_column:
        return value
    table, _ = KEYS[dimension.path[-1]]
    wanted = select(table.c[dimension.name_column]).where(table.c[dimension.column] == value)
    if name == "customer":
        rights = row_rights(CUSTOMER, viewer)
        wanted = wanted.where(rights) if rights is not None else wanted
    elif name in ("staff", "owner"):
        wanted = wanted.where(*_colleagues(viewer))
    with data.connect() as connection:
        found = connection.execute(wanted.limit(1)).scalar()
    return str(found) if found is not None else value


def _colleagues(viewer: Viewer) -> list[ColumnElement[bool]]:
    """The staff whose names the viewer may read."""
    scope = viewer.scope
    if scope.kind == "own":
        return [dim_staff.c.staff_id == (scope.staff_id or "")]
    return [dim_staff.c.team == scope.team] if scope.kind == "team" else []


def _read(dimension: Dimension, viewer: Viewer, data: Generation) -> list[Member]:
    if dimension.path:
        table, _ = KEYS[dimension.path[-1]]
    else:
        fact = FACTS[dimension.bridge or ""]
        table = fact.table
    value = table.c[fact.own[dimension.name]] if not dimension.path else table.c[dimension.column]
    name = table.c[dimension.name_column] if dimension.name_column else value
    order = table.c[dimension.position_column] if dimension.position_column else func.count().desc()
    wanted = select(value.label("value"), func.min(name).label("label")).where(value.is_not(None))
    wanted = wanted.group_by(value, order) if dimension.position_column else wanted.group_by(value)
    if dimension.path == ("customer_key",):
        rights = row_rights(CUSTOMER, viewer)
        wanted = wanted.where(rights) if rights is not None else wanted
    if dimension.path[-1:] in (("staff_key",), ("owner_key",)):
        wanted = wanted.where(*_colleagues(viewer))
    with data.connect() as connection:
        rows = connection.execute(wanted.order_by(order).limit(MOST)).all()
    return [Member(str(row.value), str(row.label)) for row in rows]
