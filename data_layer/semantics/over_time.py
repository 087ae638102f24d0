"""Which questions are answered from what is kept for all days, and from what."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from sqlalchemy import Select

from data_layer.semantics import daily, holders
from data_layer.semantics.metric import Kind, Metric
from data_layer.semantics.query import Frame, Part, Query, parts
from data_layer.semantics.result import Columns
from data_layer.semantics.rollups import rollup_of
from data_layer.semantics.scope import depends_on_days
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.functions import Column


class Kept(Protocol):
    """Something that is read once and then answers for any days."""

    @property
    def key(self) -> Hashable:
        """Tells what is kept from all else that is."""

    def statement(self) -> Select[Any]:
        """What has to be asked of the warehouse."""

    def read(self, columns: Sequence[Column]) -> Any:
        """What to keep of the answer, which tells its size as ``nbytes``."""

    def figures(self, kept: Any, part: Part, query: Query, frame: Frame) -> Columns:
        """The answer that :mod:`data_layer.semantics.query`'s SELECT of the part would give."""


@dataclass(frozen=True)
class FromFacts:
    """All rows of a fact under some filters, read by one of the modules that know how."""

    by: ModuleType
    metrics: tuple[Metric, ...]
    frame: Frame

    @property
    def key(self) -> Hashable:
        return (self.metrics[0].name, self.frame.filters, self.frame.viewer.cache_key())

    def statement(self) -> Select[Any]:
        found: Select[Any] = self.by.statement(self.metrics, self.frame)
        return found

    def read(self, columns: Sequence[Column]) -> Any:
        return self.by.read(self.metrics, columns)

    def figures(self, kept: Any, part: Part, query: Query, frame: Frame) -> Columns:
        found: Columns = kept.figures(part, query, frame)
        return found


def halves(part: Part, query: Query, frame: Frame, data: Generation) -> list[tuple[Part, Kept | None]]:
    """The metrics of a part that are made of what is kept for all days, with what that is; and the others, with None:
    they have to be asked by themselves.
    """
    by_time_alone = all(query.calendar is not None and name == query.calendar.name for name in query.by)
    is_open = by_time_alone and not query.apart and not depends_on_days(part.first.fact, frame.filters)
    if part.first.kind is Kind.RETAINED:
        return [(part, FromFacts(holders, (part.first,), frame) if is_open else None)]
    made = tuple(metric for metric in part.metrics if daily.is_daily(metric))
    others = tuple(metric for metric in part.metrics if not daily.is_daily(metric))
    kept: Kept | None = rollup_of(made, query, frame, data) if made else None
    if made and kept is None and is_open:
        kept = FromFacts(daily, daily.family(made[0].name), frame)
    if kept is None:
        return [(part, None)]
    return [(Part(made), kept), *([(Part(others), None)] if others else [])]


def is_rolled_up(query: Query, frame: Frame, data: Generation) -> bool:
    """Whether no fact has to be read to answer a question, under filters that all its facts can follow."""
    return all(rollup_of(part.metrics, query, frame, data) for part in parts(query.metrics))
