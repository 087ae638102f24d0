"""What a metric is: one declaration that the pages, exports, glossary and terminal all read."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, bindparam, case, func, true

from data_layer.semantics.facts import Fact

# In the value of a stock: the day on whose end it is looked at.
LOOKED_AT: ColumnElement[Any] = bindparam("looked_at", type_=Date)


class Unit(StrEnum):
    """How a value is written.  Rates are fractions (0.5 is 50 %), points go from 0 to 100."""

    COUNT = "count"
    MONEY = "money"
    RATE = "rate"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    SCORE = "score"
    POINTS = "points"
    RATIO = "ratio"


class Good(StrEnum):
    """Which way a change is welcome."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


class Kind(StrEnum):
    """How a metric meets time.

    ``FLOW``: adds up the rows dated inside the period.  ``STOCK``: what holds at the end of the period's last day,
    never added over dates.  ``RETAINED``: of what held when the period began, what still held when it ended.
    """

    FLOW = "flow"
    STOCK = "stock"
    RETAINED = "retained"


@dataclass(frozen=True)
class Metric:
    """A metric, declared once.

    ``value``: the aggregate, an SQL expression over ``fact``; a rate must be NULL where its denominator is 0.
    ``n``: how many things the value rests on: the denominator of a rate, the sample of a mean or median.
    ``where``: rows of the fact that count at all.  ``additive``: values of disjoint groups add up to the whole.
    ``sources``: the source tables any one of which is enough to know the value; where there are ``besides``, any one of
    those is needed too.
    ``superseded``: the date column that says when another row took the place of this one; of those that did so within
    the same period (or the same step of the calendar) only the last row counts.
    ``is_whole``: the value is a count, an amount in whole cents, or a rate of hits among n, so that it can be put together of
    those of single days exactly (:mod:`data_layer.semantics.daily`); parts of an amount that nobody rounded cannot, nor
    can a rate of money to money.
    ``of``, ``derive``: a metric made of others, each aggregated by itself; ``derive`` takes their values in that order,
    NaN where unknown.  ``fact`` is then that of the first, whose n and records are this one's.
    """

    name: str
    label: str
    definition: str
    formula: str
    unit: Unit
    good: Good
    fact: Fact
    value: ColumnElement[Any]
    n: ColumnElement[Any]
    n_label: str
    sources: tuple[str, ...]
    kind: Kind = Kind.FLOW
    where: ColumnElement[bool] = true()  # noqa: RUF009 an immutable SQL constant
    additive: bool = False
    as_of_limited: bool = False  # rows dated after as-of do not count yet (due dates lie in the future)
    superseded: str | None = None
    is_whole: bool = True
    besides: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    derive: Callable[..., float] | None = None

    @property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        """Groups of source tables: of each, any one is needed."""
        return tuple(group for group in (self.sources, self.besides) if group)

    @property
    def is_zero_when_empty(self) -> bool:
        """Whether a group without rows is 0 rather than unknown: a count of distinct clients does not add up, but of
        nothing it is 0.  A group with rows of which no value is known is unknown all the same; see :func:`total`.
        """
        return self.additive or self.unit is Unit.COUNT


def files_in_words(groups: tuple[tuple[str, ...], ...]) -> str:
    """The files of groups of source tables, any one of each: ``a.csv, and b.csv or c.csv``."""
    return ", and ".join(" or ".join(f"{name}.csv" for name in group) for group in groups)


def count_where(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """The number of rows for which ``condition`` holds; 0 where there is none."""
    return func.count().filter(condition)


def rate(condition: ColumnElement[bool], of: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    """Share of the rows of ``of`` (all rows by default) for which ``condition`` holds too; NULL over no rows."""
    numerator = func.count().filter(condition if of is None else condition & of)
    denominator = func.count() if of is None else func.count().filter(of)
    return 1.0 * numerator / func.nullif(denominator, 0)


def total(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The sum of the values that are known: 0 over no rows, NULL over rows none of which has a value.

    Nothing sold is 0; three deals whose value nobody wrote down are not worth nothing.
    """
    return case((func.count() == 0, 0), else_=func.sum(column))


def median(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The median, interpolated, of the values that are not NULL."""
    return func.percentile_cont(0.5).within_group(column)
