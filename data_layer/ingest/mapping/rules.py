"""What a mapping file says, checked and ready to use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class ColumnRule:
    """How one of our columns is read; see ``keys.COLUMN_KEYS``.  ``sources`` is empty for a constant."""

    name: str
    sources: tuple[str, ...] = ()
    separator: str = " "
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    drops_others: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    date_format: str | None = None
    time_zone: str | None = None
    decimal: str | None = None
    unit: str | None = None
    times: float | None = None
    plus: float | None = None
    refers_to: tuple[str, str] | None = None
    language: str | None = None

    @property
    def makes_numbers(self) -> bool:
        """Whether something is done with the column's numbers."""
        return self.unit is not None or self.times is not None or self.plus is not None


@dataclass(frozen=True)
class Unpivot:
    """Columns (names or globs) that become rows of a name and a value."""

    columns: tuple[str, ...]
    name: str
    value: str


@dataclass(frozen=True)
class TableRule:
    """How one of our tables is filled from files or foreign tables of one shape; see ``keys.TABLE_KEYS``."""

    place: str  # for messages
    to: str
    sources: tuple[str, ...]
    columns: tuple[ColumnRule, ...]
    attributes: tuple[ColumnRule, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    distinct: bool = False
    content_key: bool = False
    unpivot: Unpivot | None = None
    sheet: str | None = None
    header: int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    watermark: str | None = None
    decimal: str | None = None

    def takes(self, name: str) -> bool:
        """Whether a file or table of that name is meant, whatever its case."""
        return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in self.sources)


@dataclass(frozen=True)
class Identity:
    """Who is taken for the same person besides equal ids; see ``keys.IDENTITY_KEYS``.

    ``match``: of "email" and "phone" what says so, the surer first.  ``most``: what more people share is ignored.
    """

    match: tuple[str, ...] = ()
    any_name: bool = False
    ignore: tuple[str, ...] = ()
    most: int = 5


@dataclass(frozen=True)
class MappingFile:
    """A whole mapping file.  ``name`` is for messages."""

    name: str
    tables: tuple[TableRule, ...]
    time_zone: str | None = None
    identity: Identity = field(default_factory=Identity)
    phone_country: str | None = None
