"""The members of dimensions: which values there are to filter on, and what people read for them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from data_layer.access import Viewer
from data_layer.semantics.dimensions import ATTRIBUTE, DIMENSIONS, KEYS, SAVED, WEEKDAYS, Dimension
from data_layer.semantics.facts import CUSTOMER, FACTS
from data_layer.semantics.scope import is_hour, row_rights
from data_layer.semantics.selection import SEPARATOR
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import UNKNOWN, UNKNOWN_KEY, customer_attribute, dim_customer, dim_staff

MOST = 500
MOST_OF_ATTRIBUTE = 100


@dataclass(frozen=True)
class Member:
    """One value of a dimension: what links carry and what people read."""

    value: str
    label: str


def members(name: str, viewer: Viewer, data: Generation) -> list[Member]:
    """The values to filter on, in the dimension's order, at most :data:`MOST`; customers are too many to list,
    saved segments are not of the data.

    Values of clients are those of the clients that the viewer may see; a viewer bound to own work sees no colleagues.
    """
    dimension = DIMENSIONS[name]
    if dimension.grain == "weekday":
        return [Member(day, day) for day in WEEKDAYS]
    if dimension.grain == "hour":
        return [Member(str(hour), f"{hour:02d}:00") for hour in range(24)]
    if name in ("customer", SAVED):
        return []
    if dimension.attribute is not None:
        return [Member(value, value) for value in _attribute_values(dimension.attribute, viewer, data)]
    if not (dimension.path or dimension.bridge):
        return [Member(value, value) for value in dimension.order]
    found = _read(dimension, viewer, data)
    if dimension.order:
        ranks = {value: rank for rank, value in enumerate(dimension.order)}
        found.sort(key=lambda member: ranks.get(member.value, len(ranks)))
    elif not dimension.position_column:
        found.sort(key=lambda member: member.label.casefold())
    return found


def attribute_members(
    viewer: Viewer, data: Generation, without: Collection[str] = ()
) -> tuple[list[Member], list[str]]:
    """Every customer attribute's values in one list, as ``DIMENSION~VALUE`` and “NAME: value”; then, in words, the
    attributes that have too many for it.

    ``without``: dimensions that have a list of their own.
    """
    found: list[Member] = []
    left_out: list[str] = []
    for dimension in sorted(_attribute_dimensions(data), key=lambda one: one.label.casefold()):
        known = data.attributes.get(dimension.label)
        if dimension.attribute and known and known.shown > MOST_OF_ATTRIBUTE:
            left_out.append(f"{dimension.label}: {known.shown:,} different values, too many to list")
        elif dimension.name not in without:
            values = members(dimension.name, viewer, data)
            if any(member.value != UNKNOWN for member in values):
                found += [
                    Member(f"{dimension.name}{SEPARATOR}{one.value}", f"{dimension.label}: {one.label}")
                    for one in values
                ]
    return found, left_out


def _attribute_dimensions(data: Generation) -> list[Dimension]:
    """Those of the data, and those that are declared because they have a column."""
    declared = [dimension for name, dimension in DIMENSIONS.items() if name.startswith(ATTRIBUTE)]
    return [*declared, *(DIMENSIONS[ATTRIBUTE + name] for name in data.attributes)]


def _attribute_values(name: str, viewer: Viewer, data: Generation) -> list[str]:
    """In their order; last Unknown, where some client has no value."""
    columns = customer_attribute.c
    named = select(columns.customer_key).where(columns.name == name)
    place = func.min(columns.position)
    wanted = select(columns.shown).where(columns.name == name).group_by(columns.shown).order_by(place).limit(MOST)
    clients = select(dim_customer.c.customer_key).where(dim_customer.c.valid_from.is_not(None))
    rights = row_rights(CUSTOMER, viewer)
    if rights is not None:
        clients = clients.where(rights)
        wanted = wanted.where(columns.customer_key.in_(clients))
    without = clients.where(dim_customer.c.customer_key.not_in(named)).limit(1)
    with data.connect() as connection:
        found = [str(value) for value in connection.execute(wanted).scalars()]
        has_unknown = connection.execute(without).first() is not None
    return [*found, UNKNOWN] if found and has_unknown else found


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


def exists(name: str, value: str, viewer: Viewer, data: Generation) -> bool:
    """Whether a dimension has this value among those the viewer may see; ``name`` is one with a table of its own."""
    dimension = DIMENSIONS[name]
    table, key = KEYS[dimension.path[-1]]
    wanted = select(func.count()).where(table.c[dimension.column] == value, table.c[key] != UNKNOWN_KEY)
    if name == "customer":
        rights = row_rights(CUSTOMER, viewer)
        wanted = wanted.where(rights) if rights is not None else wanted
    elif name in ("staff", "owner"):
        wanted = wanted.where(*_colleagues(viewer))

    def ask() -> bool:
        with data.connect() as connection:
            return bool(connection.execute(wanted).scalar_one())

    found: bool = data.memo.get(("exists", name, value, viewer.cache_key()), ask)
    return found


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
