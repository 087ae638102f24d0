"""What is loaded: for ``dashapp check`` and the administration page."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from data_layer.ingest.sources import TABLES
from data_layer.warehouse import generations


@dataclass(frozen=True)
class SourceStatus:
    """One source table of the current generation.  ``days_behind``: its last day to the generation's last day."""

    source: str
    group: str
    rows: int
    first_date: date | None
    last_date: date | None
    has_times: bool
    orphans: int
    loaded_at: datetime
    days_behind: int | None


@dataclass(frozen=True)
class Missing:
    """A source table that was never loaded, and what it would fill."""

    source: str
    group: str
    fills: str


@dataclass(frozen=True)
class Status:
    """The current generation, its sources, and what is missing."""

    generation_id: str
    created_at: datetime
    as_of: date
    time_zone: str
    is_demo: bool
    kept: tuple[str, ...]
    sources: tuple[SourceStatus, ...]
    missing: tuple[Missing, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values; dates stay dates."""
        return asdict(self)


def describe(home: Path) -> Status:
    """The status of the current generation.  NoGeneration where nothing was ever loaded."""
    file = generations.current_file(home)
    if file is None:
        raise generations.NoGeneration("Nothing has been loaded yet: run dashapp import FOLDER, or dashapp demo.")
    with duckdb.connect(str(file), read_only=True) as con:
        about = con.execute(
            "SELECT generation_id, created_at, as_of, time_zone, is_demo FROM main.generation"
        ).fetchone()
        rows = con.execute(
            'SELECT source, "group", rows, first_date, last_date, has_times, orphans, loaded_at FROM main.load_source'
        ).fetchall()
    assert about is not None
    as_of: date = about[2]
    sources = tuple(SourceStatus(*(*row, (as_of - row[4]).days if row[4] else None)) for row in rows)
    loaded = {source.source for source in sources}
    missing = tuple(Missing(table.name, table.group, table.fills) for table in TABLES if table.name not in loaded)
    kept = tuple(one.generation_id for one in generations.published(home))
    return Status(about[0], about[1], as_of, about[3], about[4], kept, sources, missing)
