"""What is loaded: for ``dashapp check`` and the administration page."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from data_layer.ingest.sources import TABLES
from data_layer.warehouse import generations
from data_layer.warehouse.contents import Attribute


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
class IdentityStatus:
    """Who is one person: clients known to several systems under one id, and what became of matches of different ids."""

    in_several_systems: int = 0
    merged: int = 0
    conflicts: int = 0
    ignored: int = 0


@dataclass(frozen=True)
class Match:
    """A match of different ids, by an e-mail or a phone; see the table identity_match for its fields."""

    outcome: str
    matched_by: str
    value: str
    customer_id: str | None
    ids: str
    people: int
    why: str


@dataclass(frozen=True)
class Status:
    """The current generation, its sources, what is missing, and what its load had to say (``notes``)."""

    generation_id: str
    created_at: datetime
    as_of: date
    time_zone: str
    is_demo: bool
    kept: tuple[str, ...]
    sources: tuple[SourceStatus, ...]
    missing: tuple[Missing, ...]
    attributes: tuple[Attribute, ...] = ()
    identity: IdentityStatus = field(default_factory=IdentityStatus)
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values; dates stay dates."""
        return asdict(self)


def describe(home: Path) -> Status:
    """The status of the current generation.  NoGeneration where nothing was ever loaded."""
    with duckdb.connect(str(_current(home)), read_only=True) as con:
        about = con.execute(
            "SELECT generation_id, created_at, as_of, time_zone, is_demo FROM main.generation"
        ).fetchone()
        rows = con.execute(
            'SELECT source, "group", rows, first_date, last_date, has_times, orphans, loaded_at FROM main.load_source'
        ).fetchall()
        attributes = tuple(Attribute(*row) for row in _rows(con, "dim_attribute", "SELECT * FROM main.dim_attribute"))
        identity = _identity(con)
    assert about is not None
    as_of: date = about[2]
    sources = tuple(SourceStatus(*(*row, (as_of - row[4]).days if row[4] else None)) for row in rows)
    loaded = {source.source for source in sources}
    missing = tuple(Missing(table.name, table.group, table.fills) for table in TABLES if table.name not in loaded)
    kept = tuple(one.generation_id for one in generations.published(home))
    notes = _notes(home, about[0])
    return Status(about[0], about[1], as_of, about[3], about[4], kept, sources, missing, attributes, identity, notes)


def matches(home: Path) -> list[Match]:
    """Every match of different ids that the current generation made or doubted.  NoGeneration as for :func:`describe`."""
    with duckdb.connect(str(_current(home)), read_only=True) as con:
        rows = _rows(
            con,
            "identity_match",
            "SELECT outcome, matched_by, value, customer_id, ids, people, why FROM main.identity_match "
            "ORDER BY outcome DESC, customer_id, matched_by, value, ids",
        )
    return [Match(*row) for row in rows]


def _current(home: Path) -> Path:
    file = generations.current_file(home)
    if file is None:
        raise generations.NoGeneration("Nothing has been loaded yet: run dashapp import FOLDER, or dashapp demo.")
    return file


def _rows(con: duckdb.DuckDBPyConnection, table: str, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query; none where an earlier version made the generation, which did not have the table yet."""
    there = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = ?", [table]
    ).fetchone()
    return con.execute(sql).fetchall() if there else []


def _identity(con: duckdb.DuckDBPyConnection) -> IdentityStatus:
    loaded = {name for (name,) in con.execute("SELECT source FROM main.load_source").fetchall()}
    tables = {"customers": "customer_id", "clients": "client_id", "contacts": "contact_id"}
    ids = " UNION ALL ".join(f"SELECT {key} AS id FROM source.{name}" for name, key in tables.items() if name in loaded)
    several = (
        con.execute(f"SELECT count(*) FROM (SELECT id FROM ({ids}) GROUP BY id HAVING count(*) > 1)") if ids else None
    )
    row = several.fetchone() if several else None
    found = dict(_rows(con, "identity_match", "SELECT outcome, count(*) FROM main.identity_match GROUP BY outcome"))
    return IdentityStatus(
        row[0] if row else 0, *(found.get(outcome, 0) for outcome in ("merged", "conflict", "ignored"))
    )


def _notes(home: Path, generation_id: str) -> tuple[str, ...]:
    """What the load that made the generation told; nothing where its report is gone."""
    try:
        report = json.loads((home / "loads" / generation_id / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(report.get("warnings", ()))
