"""What a generation says of what it holds."""

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
