"""What a statement is grouped by: the columns that dimensions are, and the joins that lead to them."""

from functools import cache
from hashlib import md5
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, literal_column, select, true, tuple_

from data_layer.semantics.dimensions import DIMENSIONS, KEYS, Dimension
from data_layer.semantics.facts import Fact
from data_layer.warehouse.functions import in_code_order, iso_weekday, start_of
from data_layer.warehouse.tables import UNKNOWN, UNKNOWN_KEY, customer_attribute

NAME_SUFFIX = "__name"
POSITION_SUFFIX = "__position"
# With ``apart``: a bit per dimension, the first one highest, 0 for the one that the row is split by; and the stretch.
SPLIT_BY = "split_by"
STRETCH = "stretch"
# With ``most``: how many groups there are, how many of them have the value of this one, and the sums over all of them.
GROUPS, PEERS, TOTAL, TOTAL_N = "groups", "peers", "total", "total_n"


def group(chosen: Select[Any], groups: list[ColumnElement[Any]]) -> Select[Any]:
    """Group by the places of the labels, which come first: a second copy of an expression would carry parameters of its
    own, and a label may be the name of a column too (``status``, ``day``), which the engines then take or refuse.
    """
    places: list[ColumnElement[Any]] = [literal_column(str(place)) for place in range(1, len(groups) + 1)]
    return chosen.group_by(*places).order_by(*places) if places else chosen


def group_apart(
    chosen: Select[Any], groups: list[Any], by: tuple[str, ...], stretch: ColumnElement[Any]
) -> Select[Any]:
    """One grouping set a dimension; its columns carry no parameters, so they may stand twice."""
    columns = {
        name: [
            group.element
            for group in groups
            if group.name in (sql_name(name), name + NAME_SUFFIX, sql_name(name) + POSITION_SUFFIX)
        ]
        for name in by
    }
    which = func.grouping(*(columns[name][0] for name in by)).label(SPLIT_BY)
    sets = (tuple_(stretch, *columns[name]) for name in by)
    return chosen.add_columns(which, stretch.label(STRETCH)).group_by(func.grouping_sets(*sets))


def largest(chosen: Select[Any], metric: str, dimension: Dimension, most: int) -> Select[Any]:
    """Of a statement that :func:`grouped` was told is ``ranked`` the groups with the most of the metric.

    Names are looked up for those alone that may be among them: a million clients are numbers until then.
    """
    found, key = chosen.order_by(None).cte("found").c, sql_name(dimension.name)
    unknown = UNKNOWN_KEY if dimension.is_member else UNKNOWN
    kept = (found[metric].is_not(None), found[metric + "__n"] > 0, found[key] != unknown)
    known = select(*found).where(*kept).cte("known").c
    value, n = known[metric], known[metric + "__n"]
    every = select(func.count().label(GROUPS), func.sum(value).label(TOTAL), func.sum(n).label(TOTAL_N)).subquery(
        "every"
    )
    first = select(value).order_by(value.desc()).limit(most).subquery("first")
    # Equal ones stay together: which of them are shown goes by name, and how many they are is told.
    edge = select(func.min(first.c[metric])).scalar_subquery()
    peers = func.count().over(partition_by=value).label(PEERS)
    leading = select(*known, peers).where(value >= edge).subquery("leaders")
    source, columns = _named(leading, dimension) if dimension.is_member else (leading, list(leading.c))
    named = {column.name: column for column in columns}
    ranked = select(*columns, *every.c).select_from(source.join(every, true()))
    name = named.get(dimension.name + NAME_SUFFIX, named[key])
    return ranked.order_by(leading.c[metric].desc(), in_code_order(name)).limit(most)


def _named(leading: FromClause, dimension: Dimension) -> tuple[FromClause, list[ColumnElement[Any]]]:
    """The rows with what the members are called in the place of their keys."""
    table, primary = _reached(dimension.path), KEYS[dimension.path[0]][1]
    key, *others = leading.c
    labels = [table.c[dimension.column].label(dimension.name)]
    if dimension.name_column:
        labels.append(table.c[dimension.name_column].label(dimension.name + NAME_SUFFIX))
    return leading.join(table, key == table.c[primary]), [*labels, *others]


def grouped(
    fact: Fact, by: tuple[str, ...], bucket: ColumnElement[Any] | None = None, ranked: bool = False
) -> tuple[FromClause, list[ColumnElement[Any]]]:
    """The fact joined to what the dimensions need, and the labelled columns to group by.

    ``ranked``: by the keys of members, for :func:`largest` to name those that count.
    """
    source: FromClause = fact.table
    joined: dict[tuple[str, ...], Any] = {}
    groups: list[ColumnElement[Any]] = []
    for name in by:
        dimension = DIMENSIONS[name]
        if dimension.is_calendar and bucket is not None:
            groups.append(bucket.label(name))
        elif dimension.is_time:
            groups.append(_time(fact, dimension).label(name))
        elif name in fact.own:
            groups.append(fact.table.c[fact.own[name]].label(name))
        elif ranked and dimension.is_member:
            groups.append(fact.table.c[dimension.path[0]].label(name))
        elif dimension.attribute is not None:
            source, table = _join_attribute(source, fact, dimension)
            groups.append(func.coalesce(table.c.shown, literal_column(f"'{UNKNOWN}'")).label(sql_name(name)))
            groups.append(table.c.position.label(sql_name(name) + POSITION_SUFFIX))
        else:
            source, table = _join(source, fact, dimension.path, joined)
            groups.append(table.c[dimension.column].label(name))
            if dimension.name_column:
                groups.append(table.c[dimension.name_column].label(name + NAME_SUFFIX))
            if dimension.position_column:
                groups.append(table.c[dimension.position_column].label(name + POSITION_SUFFIX))
    return source, groups


def _join(
    source: FromClause, fact: Fact, path: tuple[str, ...], joined: dict[tuple[str, ...], Any]
) -> tuple[FromClause, Any]:
    """Join along the path, once per path; the fact itself may be the dimension (customers)."""
    table: Any = fact.table
    for depth, key in enumerate(path, start=1):
        target, primary = KEYS[key]
        if target is table:
            continue
        reached = joined.get(path[:depth])
        if reached is None:
            reached = joined[path[:depth]] = _reached(path[:depth])
            source = source.join(reached, table.c[key] == reached.c[primary])
        table = reached
    return source, table


@cache
def _reached(path: tuple[str, ...]) -> Any:
    """The table at the end of a path, under a name of its own; kept, because naming a table copies its columns."""
    return KEYS[path[-1]][0].alias("_".join(("by", *path)))


def _join_attribute(source: FromClause, fact: Fact, dimension: Dimension) -> tuple[FromClause, Any]:
    """Join the clients' values of an attribute; a client has at most one, or none."""
    columns = customer_attribute.c
    named = select(columns.customer_key, columns.shown, columns.position).where(columns.name == dimension.attribute)
    table = named.subquery(f"of_{sql_name(dimension.name)}")
    return source.outerjoin(table, fact.table.c[dimension.path[0]] == table.c.customer_key), table


def sql_name(dimension: str) -> str:
    """What a dimension is called in a statement: an attribute may have any name, which no engine has to understand."""
    if DIMENSIONS[dimension].attribute is None:
        return dimension
    return f"attribute_{md5(dimension.encode(), usedforsecurity=False).hexdigest()[:16]}"


def _time(fact: Fact, dimension: Dimension) -> ColumnElement[Any]:
    time = fact.time_column
    assert time is not None
    if dimension.grain == "weekday":
        return iso_weekday(time)
    if dimension.grain == "hour":
        assert fact.hour is not None
        return fact.table.c[fact.hour]
    assert dimension.grain is not None
    return start_of(dimension.grain, time)
