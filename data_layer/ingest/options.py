"""What an import is told, and what it reports back."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from data_layer.ingest.mapping.rules import Identity, MappingFile
from data_layer.warehouse.health import DEFAULT_WEIGHTS

Progress = Callable[[str, int, int], None]
"""Called as (what is being done, bytes done, bytes in all) while files are read and the star is built."""


Rows = Callable[[int, int], None]
"""Called now and then between those, as (rows so far, bytes done); the rows of a half-read file are a guess."""


def no_rows(_rows: int, _done: int) -> None:
    """Says nothing."""


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Says nothing."""


def listed(rows: list[tuple[Any, ...]], most: int = 5) -> str:
    """Values with how often each is there, in words; beyond ``most`` only how many more there are."""
    shown = ", ".join(f"{value} ({count:,})" for value, count, *_ in rows[:most])
    more = len(rows) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


@dataclass(frozen=True)
class ImportOptions:
    """How to import.

    ``max_rejects``: percent of a source table's rows that may be rejected.  ``date_formats``: strptime formats by
    ``source.column``.  ``decimal``: the decimal sign, where no mapping names one.  ``time_zone``: the site's IANA zone, in
    which days are cut.  ``source_time_zone``: the zone of moments that name none; the site's where it is not given.
    ``active_days``, ``balance_stale_days``, ``reply_window_hours``, ``conversion_days`` and ``attribution_days``: see the
    metrics they belong to.  ``warehouse_url``: where the star is published to beside the DuckDB file, when it is a
    PostgreSQL URL.  ``mapping``: how foreign files become our tables.  ``dry_run``: do everything but publish.
    ``phone_country``: of the site; see ``home_country``.  ``who``: who started it, for the load history.
    """

    replace: bool = False
    max_rejects: float = 0.5
    force: bool = False
    date_formats: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None
    time_zone: str = "UTC"
    source_time_zone: str | None = None
    is_demo: bool = False
    active_days: int = 90
    balance_stale_days: int = 45
    reply_window_hours: int = 72
    conversion_days: int = 90
    attribution_days: int = 14
    health_weights: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    memory_limit: str = "1200MB"
    threads: int | None = None
    warehouse_url: str | None = None
    mapping: MappingFile | None = None
    phone_country: str | None = None
    dry_run: bool = False
    who: str = ""
    progress: Progress = no_progress
    rows: Rows = no_rows

    @property
    def identity(self) -> Identity:
        """Who is taken for the same person: as the mapping says; nobody without one."""
        return self.mapping.identity if self.mapping else Identity()

    @property
    def home_country(self) -> str | None:
        """The country of phone numbers that name none: the mapping's, else the site's, which may have none."""
        return (self.mapping.phone_country if self.mapping else None) or self.phone_country

    @property
    def zone(self) -> str:
        """The zone of moments that name none, where no column says otherwise."""
        return self.source_time_zone or (self.mapping.time_zone if self.mapping else None) or self.time_zone


@dataclass
class SourceReport:
    """What became of the rows of one source table in one load: ``loaded + rejected == read``.

    ``duplicates``: rows among the loaded ones that a later row with the same key replaced.  ``updated``: rows that
    were in the last generation already and were replaced.  ``orphans``: rows whose parent is in no table.
    ``left_out``: rows besides ``read`` that the mapping does not want in this table.  ``before``: rows that were there
    already, where only those from a watermark on were read.
    """

    source: str
    group: str
    files: list[str] = field(default_factory=list)
    read: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicates: int = 0
    updated: int = 0
    orphans: int = 0
    left_out: int = 0
    before: int = 0
    first_date: str | None = None
    last_date: str | None = None
    unknown_columns: list[str] = field(default_factory=list)

    @property
    def emptiness(self) -> str:
        """What to tell where its files have column names and nothing else; empty where they have rows."""
        return "" if self.read or self.left_out else f"{self.source}: there are no rows in {', '.join(self.files)}."


class LoadStatus(StrEnum):
    """How an import stands or ended.  ``STOPPED``: by who started it; ``INTERRUPTED``: it was killed, or the machine was."""

    RUNNING = "running"
    PUBLISHED = "published"
    DRY_RUN = "dry run"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


@dataclass
class LoadReport:
    """One import.  ``status``: see :class:`LoadStatus`; ``error`` says why it was not published.

    ``who`` started it, in process ``pid``.  ``mapping``: the name of its mapping file.
    ``unmatched``: of a mapped load, what columns name that is in no table, or in it more than once; see ``references``.
    ``checks``: what was looked at before publishing: name, outcome, words.  ``tables``: rows of every source table of
    the data before and after: source, before, after.  ``totals``: the same of a few metrics: metric, before, after.
    ``identity``: matches of different ids by their outcome.
    """

    load_id: str
    path: str
    started_at: str
    status: str = "running"
    error: str | None = None
    finished_at: str | None = None
    seconds: float = 0.0
    generation_id: str | None = None
    as_of: str | None = None
    is_demo: bool = False
    sources: list[SourceReport] = field(default_factory=list)
    ignored_files: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unmatched: list[dict[str, Any]] = field(default_factory=list)
    rejects_file: str | None = None
    first_rejects: list[str] = field(default_factory=list)
    who: str = ""
    pid: int | None = None
    mapping: str | None = None
    checks: list[dict[str, str]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    totals: list[dict[str, Any]] = field(default_factory=list)
    identity: dict[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Rows found in the files."""
        return sum(source.read for source in self.sources)

    @property
    def loaded(self) -> int:
        """Rows taken in."""
        return sum(source.loaded for source in self.sources)

    @property
    def rejected(self) -> int:
        """Rows turned away, each with its reason in the rejects file."""
        return sum(source.rejected for source in self.sources)

    @property
    def is_counted(self) -> bool:
        """Whether its rows were counted: not yet while it runs, and no more when it was killed."""
        return self.status not in (LoadStatus.RUNNING, LoadStatus.INTERRUPTED)

    @property
    def holds_rows(self) -> bool:
        """Whether rows that were turned away are still kept, in their file or here."""
        return bool(self.rejects_file or self.first_rejects)

    def ended_before(self, moment: datetime) -> bool:
        """Whether the load is over, and was by then."""
        return self.finished_at is not None and datetime.fromisoformat(self.finished_at) < moment

    def forget_rows(self) -> None:
        """Keep nothing of the rows that were turned away but their number."""
        self.rejects_file, self.first_rejects = None, []

    @property
    def updated(self) -> int:
        """Rows that took the place of earlier ones."""
        return sum(source.updated for source in self.sources)

    def tell(self, *notes: str) -> None:
        """Add what is said and not noted yet to the warnings."""
        self.warnings += [note for note in dict.fromkeys(notes) if note and note not in self.warnings]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        sums = {"read": self.read, "loaded": self.loaded, "rejected": self.rejected, "updated": self.updated}
        return {**asdict(self), **sums}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "LoadReport":
        """A report that was kept as JSON, by this release or another: what it does not know of is left out.

        TypeError where it is no report at all.
        """
        known = {one.name for one in fields(cls)}
        of_source = {one.name for one in fields(SourceReport)}
        kept = {name: value for name, value in given.items() if name in known}
        kept["sources"] = [
            SourceReport(**{name: value for name, value in source.items() if name in of_source})
            for source in given.get("sources", [])
        ]
        return cls(**kept)
