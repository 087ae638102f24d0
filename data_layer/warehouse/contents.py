"""What a generation says of what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Source:
    """What a generation holds of one source table."""

    name: str
    group: str
    rows: int
    first_date: date | None
    last_date: date | None
    has_times: bool
    orphans: int
    loaded_at: datetime


# The sources whose dates say where the data begin; market data may reach back for decades.
_EVENTS = {
    "enrollments", "account_balances", "service_interactions", "engagement", "interactions", "conversations",
    "campaign_recipients", "stage_changes", "opportunities",
}  # fmt: skip
_PROMISES = {"followup_actions"}


def first_day_of(sources: Mapping[str, Source], first_seen: date | None, as_of: date) -> date:
    """The day with which the data begin.  ``first_seen``: that of the first client.  Promises count where nothing else does."""

    def first_of(names: set[str]) -> list[date]:
        return [one.first_date for one in sources.values() if one.first_date and one.last_date and one.name in names]

    known = [*first_of(_EVENTS), *([first_seen] if first_seen else [])]
    return min([*(known or first_of(_PROMISES)), as_of])


@dataclass(frozen=True)
class Attribute:
    """A customer attribute of a generation.  ``kind``: text, number or band.  ``shown``: how many values to filter on."""

    name: str
    kind: str
    clients: int
    values: int
    shown: int


@dataclass(frozen=True)
class Rollups:
    """What was added up when the data were loaded.

    ``keys``: of each rollup, by its family of metrics and its dimension, "" for that of all rows.  ``members``: by dimension and
    value their key and name.
    """

    keys: dict[tuple[str, str], int]
    members: dict[str, dict[str, tuple[int, str]]]
