"""Figures that were added up by day when the data were loaded: of all rows, and by the members of some dimensions.

They answer what asks for no filter or one, of such a dimension, split by time or by that dimension, at the same cost
however many facts there are.  The answer is the one that the facts give: the same expressions, added up in whole numbers
(:mod:`data_layer.semantics.daily`).  Whoever may not see all rows is answered from the facts.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Label,
    Select,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
)

from data_layer.semantics.daily import Chosen, Days, family, is_daily, place_of, plan, running
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.facts import Fact
from data_layer.semantics.grouping import NAME_SUFFIX, grouped
from data_layer.semantics.metric import Metric, Unit
from data_layer.semantics.query import Frame, Part, Query
from data_layer.semantics.result import Columns
from data_layer.semantics.scope import reaches
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.functions import Column
from data_layer.warehouse.tables import rollup_day

# What the first page of the day asks of all clients; a metric stands for its family.
ROLLED_UP = (
    "aum", "net_flows", "total_clients", "clients_added", "new_leads", "active_clients", "interactions", "csat_rate",
    "answered_in_target_rate", "followups_due", "followups_overdue_now", "sent",
)  # fmt: skip
# What is filtered and split by most.
BY = ("segment", "state", "country", "team", "product_category", "product")
# The rollup of all rows, which is by no dimension.
OF_ALL = ""


@cache
def rolled_up() -> tuple[tuple[Metric, ...], ...]:
    """The families of metrics that are added up."""
    return tuple(family(name) for name in ROLLED_UP)


def dimensions_of(fact: Fact) -> tuple[str, ...]:
    """The dimensions by which a fact's figures are added up."""
    return tuple(name for name in BY if reaches(fact, DIMENSIONS[name]))


def known_places(name: str) -> tuple[int, ...]:
    """The columns of a family's plan beside which the number of groups is kept of which the value is known.

    Of a flow, a day's value is NULL where it is unknown.  A stock's would have to be added to what was known before.
    """
    planned = plan(name)
    values = {planned.places[metric.name][0] for metric in family(name) if metric.unit is Unit.MONEY}
    return tuple(sorted(values)) if planned.is_by_span else ()


@dataclass(frozen=True)
class Rollup:
    """The figures by day of a family of metrics that answer one question."""

    metrics: tuple[Metric, ...]
    rollup_key: int
    chosen: Chosen

    @property
    def key(self) -> Hashable:
        """What is kept is the whole rollup, for whichever of its members."""
        return ("rollup", self.rollup_key)

    def statement(self) -> Select[Any]:
        """The SELECT of the rollup's rows, in their order."""
        columns, name = rollup_day.c, self.metrics[0].name
        values = [columns[f"v{place}"] for place in range(1, len(plan(name).expressions) + len(known_places(name)))]
        chosen = select(columns.member_key, columns.day, columns.row_count, *values)
        return chosen.where(columns.rollup_key == self.rollup_key)

    def read(self, columns: Sequence[Column]) -> Days:
        """The days of the columns that :meth:`statement` gives."""
        name = self.metrics[0].name
        members, days, *counted = columns
        counted, kept = counted[: len(plan(name).expressions)], counted[len(plan(name).expressions) :]
        known = {at: one.known.astype(np.int64) for at, one in enumerate(counted) if not one.known.all()}
        known |= {at: one.values for at, one in zip(known_places(name), kept, strict=True)}
        places = place_of(members.values.astype(np.int64), days.values)
        return running(plan(name), places, [one.values.astype(np.int64) for one in counted], known)

    def figures(self, kept: Days, part: Part, query: Query, frame: Frame) -> Columns:
        """The answer to the question."""
        return kept.figures(part, query, frame, self.chosen)


def rollup_of(metrics: tuple[Metric, ...], query: Query, frame: Frame, data: Generation) -> Rollup | None:
    """The rollup that answers a question after some metrics of one family; None where the facts have to be asked.

    ``frame``: with the filters alone that the fact can follow.
    """
    split = [name for name in query.by if query.calendar is None or name != query.calendar.name]
    asked = {*split, *(name for name, _ in frame.filters)}
    if query.apart or query.most or frame.viewer.scope.kind != "all" or len(frame.filters) > 1 or len(asked) > 1:
        return None
    if not all(map(is_daily, metrics)):
        return None
    dimension = next(iter(asked), OF_ALL)
    mine = family(metrics[0].name)
    key = data.rollups.keys.get((mine[0].name, dimension))
    if key is None:
        return None
    return Rollup(mine, key, _chosen(dimension, split, frame, data) if dimension else Chosen())


def _chosen(dimension: str, split: list[str], frame: Frame, data: Generation) -> Chosen:
    members = data.rollups.members.get(dimension, {})
    wanted = frame.filters[0][1] if frame.filters else members
    found = [(value, *members[value]) for value in dict.fromkeys(wanted) if value in members]
    return Chosen(
        tuple(key for _, key, _ in found), split[0] if split else None,
        tuple(value for value, _, _ in found), tuple(name for _, _, name in found),
    )  # fmt: skip


def summing_up(metrics: tuple[Metric, ...], first_key: int) -> Select[Any]:
    """The SELECT that adds up the figures of a family from the facts: the rows of all its rollups.

    Columns: ``rollup_key``, from ``first_key`` on for that of all rows and then the dimensions; ``member`` and ``name``, empty for
    all rows; then those of ``rollup_day``.
    """
    first, planned = metrics[0], plan(metrics[0].name)
    by = dimensions_of(first.fact)
    source, groups = grouped(first.fact, by)
    counted = [expression.label(f"c{place}") for place, expression in enumerate(planned.expressions)]

    def added(*days: Label[Any], values: list[Label[Any]] = counted) -> Select[Any]:
        """One reading of the fact: by these days alone, and with each dimension."""
        own = {name: [one.element for one in groups if one.name in (name, name + NAME_SUFFIX)] for name in by}
        which = func.grouping(*(columns[0] for columns in own.values())) if by else literal(0)
        sets = [tuple_(*(day.element for day in days), *columns) for columns in ((), *own.values())]
        chosen = select(which.label("split_by"), *groups, *days, *values).select_from(source)
        return chosen.where(first.where, *(day.element.is_not(None) for day in days)).group_by(
            func.grouping_sets(*sets)
        )

    if planned.is_stock:
        found = _risen_and_fallen(first, added, counted)
    else:
        time = first.fact.time_column
        assert time is not None
        found = added(time.label("day")).subquery("added")
    return _rows(metrics, first_key, by, found)


def _risen_and_fallen(first: Metric, added: Any, counted: list[Label[Any]]) -> Any:
    """The days on which a stock rose or fell, several rows a day; of amounts also how many groups they are known of."""
    begins, ceases = first.fact.table.c.valid_from, first.fact.table.c.valid_to
    if not plan(first.name).is_by_span:
        falls = [(-count.element).label(count.name) for count in counted]
        halves = [added(begins.label("day")), added(ceases.label("day"), values=falls)]
        return union_all(*halves).subquery("added")
    spans = added(begins.label("begins"), ceases.label("ceases")).subquery("spans").c
    others = [column for column in spans if column.name not in ("begins", "ceases", *(one.name for one in counted))]
    halves = []
    for sign, day in ((1, spans.begins), (-1, spans.ceases)):
        known = [case((spans[f"c{at}"].is_(None), 0), else_=sign).label(f"k{at}") for at in known_places(first.name)]
        moved = [(sign * spans[one.name]).label(one.name) for one in counted]
        halves.append(select(*others, day.label("day"), *moved, *known))
    return union_all(*halves).subquery("added")


def _rows(metrics: tuple[Metric, ...], first_key: int, by: tuple[str, ...], found: Any) -> Select[Any]:
    """The rows as the table holds them, whichever column the member stands in; one a day."""
    columns, everybody = found.c, (1 << len(by)) - 1
    masks = [everybody ^ (1 << place) for place in reversed(range(len(by)))]

    def of(pick: Any, otherwise: Any) -> ColumnElement[Any]:
        whens = [(columns.split_by == mask, pick(place)) for place, mask in enumerate(masks)]
        return case(*whens, else_=otherwise) if whens else otherwise

    figures = [f"c{place}" for place in range(len(plan(metrics[0].name).expressions))]
    figures += [f"k{place}" for place in known_places(metrics[0].name)]
    named = ("row_count", *(f"v{place}" for place in range(1, len(figures))))
    keys = [
        of(lambda place: literal(first_key + 1 + place), literal(first_key)).label("rollup_key"),
        of(lambda place: columns[by[place]], literal("")).label("member"),
        of(
            lambda place: columns[by[place] + NAME_SUFFIX] if DIMENSIONS[by[place]].name_column else null(), null()
        ).label("name"),
        columns.day.label("day"),
    ]
    sums = [cast(func.sum(columns[one]), BigInteger).label(name) for one, name in zip(figures, named, strict=True)]
    return select(*keys, *sums).group_by(*(literal_column(str(place)) for place in range(1, len(keys) + 1)))
