"""How fresh each source is, against what it should be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from data_layer.ingest.sources import BY_NAME
from data_layer.ingest.sources.days import EVENTS

if TYPE_CHECKING:  # the settings read from here, and they must be readable without a database
    from data_layer.warehouse.contents import Source

# A source whose rows tell what happened has a newest one that says how far it goes.
DATED = frozenset((*EVENTS, "market_data"))
VERY_LATE_TIMES = 2


class Freshness(StrEnum):
    """How a source stands.  ``UNJUDGED``: its rows carry no day that would tell, and nobody set it a target."""

    FRESH = "fresh"
    LATE = "late"
    VERY_LATE = "very late"
    UNJUDGED = "not judged"


@dataclass(frozen=True)
class SourceAge:
    """One source.  ``age``: days since its newest row, or since its last load; ``target``: how many there may be."""

    name: str
    group: str
    rows: int
    last_date: date | None
    loaded_at: datetime
    age: int | None
    target: int | None

    @property
    def state(self) -> Freshness:
        if self.age is None or self.target is None:
            return Freshness.UNJUDGED
        if self.age <= self.target:
            return Freshness.FRESH
        return Freshness.LATE if self.age <= VERY_LATE_TIMES * max(self.target, 1) else Freshness.VERY_LATE


def ages(sources: Iterable["Source"], today: date, usual: int, own: Mapping[str, int]) -> list[SourceAge]:
    """Every source with its age on ``today``.  ``usual``: the target in days of all that have none of their ``own``."""
    return [_age(one, today, usual, own) for one in sources]


def _age(source: "Source", today: date, usual: int, own: Mapping[str, int]) -> SourceAge:
    newest = source.last_date if source.name in DATED else None
    target = own.get(source.name, usual if newest else None)
    day = newest or (source.loaded_at.date() if target is not None else None)
    age = max((today - day).days, 0) if day else None
    return SourceAge(source.name, source.group, source.rows, newest, source.loaded_at, age, target)


def read_targets(text: str) -> dict[str, int]:
    """The targets of single sources out of ``NAME=DAYS, …``.  ValueError says what is wrong."""
    found: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, days = (piece.strip() for piece in part.partition("="))
        if name not in BY_NAME:
            raise ValueError(f"names {name!r}, which is no table that can be loaded")
        if not days.isascii() or not days.isdigit() or int(days) > 3650:
            raise ValueError(f"gives {name} {days!r}; write whole days, such as {name}=35")
        found[name] = int(days)
    return found
