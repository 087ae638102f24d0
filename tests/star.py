"""A small star by hand: rows as dicts, everything else by default, in a DuckDB in memory.

``star({"fact_balance": [{"customer_key": 1, "balance": 100, ...}]}, as_of=...)`` gives a Generation to query.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Engine, Text, create_engine
from sqlalchemy.pool import StaticPool

from data_layer.access import Role, Viewer
from data_layer.analyses.answer import Ask
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.selection import Selection
from data_layer.warehouse.contents import Source
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import FOREVER, UNKNOWN, metadata

Row = Mapping[str, Any]
EXECUTIVE = Viewer("boss", Role.EXECUTIVE)
ALL_SOURCES = tuple(sorted({source for metric in METRICS.values() for source in metric.sources}))

_DIMENSIONS = ("dim_customer", "dim_staff", "dim_interaction_type", "dim_product", "dim_campaign", "dim_template")
_SPECIAL: dict[str, Any] = {"valid_to": FOREVER, "is_sent": True, "is_qualifying": True, "status": "Active"}


def star(
    rows: Mapping[str, Iterable[Row]],
    as_of: date,
    first_day: date | None = None,
    sources: Iterable[str] = ALL_SOURCES,
    without_times: Iterable[str] = (),
    engine: Engine | None = None,
) -> Generation:
    """A generation that holds these rows.

    ``rows``: by table; a column that is left out gets a default: keys 0 (surrogate keys count up), texts "Unknown",
    flags false, spans without end, the rest NULL.  ``sources``: the source tables that count as loaded, from
    ``first_day`` to ``as_of``.  ``engine``: another database, whose tables do not exist yet.
    """
    engine = engine or create_engine("duckdb:///:memory:", poolclass=StaticPool)
    metadata.create_all(engine)
    first = first_day or date(as_of.year - 3, 1, 1)
    with engine.begin() as connection:
        for name, given in {**dict.fromkeys((*_DIMENSIONS, "dim_stage"), ()), **rows}.items():
            filled = [_filled(name, number, row) for number, row in enumerate(given, start=1)]
            if name in _DIMENSIONS or name == "dim_stage":
                filled.insert(0, _filled(name, 0, {}))
            if filled:
                connection.execute(metadata.tables[name].insert(), filled)
    loaded = {name: _source(name, first, as_of, name not in set(without_times)) for name in sources}
    return Generation("test", engine, as_of, first, "UTC", False, datetime(2026, 1, 1), loaded)


def ask(data: Generation, selection: Selection | str = "", viewer: Viewer = EXECUTIVE) -> Ask:
    """What a tile asks under a URL's query string."""
    return Ask(Selection.parse(selection) if isinstance(selection, str) else selection, viewer, data)


def _source(name: str, first: date, last: date, has_times: bool) -> Source:
    return Source(name, "test", 1, first, last, has_times, 0, datetime(2026, 1, 1))


def _filled(table: str, number: int, row: Row) -> dict[str, Any]:
    columns = metadata.tables[table].columns
    unknown = set(row) - set(columns.keys())
    assert not unknown, f"{table} has no column {unknown}"
    first, *_ = columns.keys()
    defaults = {column.name: number if column.name == first else _default(column, number) for column in columns}
    return {**defaults, **row}


def _default(column: Column[Any], number: int) -> Any:
    if column.name in _SPECIAL and number:
        return _SPECIAL[column.name]
    if column.nullable:
        return None
    if isinstance(column.type, Text):
        return str(number) if column.name.endswith("_id") and number else UNKNOWN
    if isinstance(column.type, Boolean):
        return False
    return date(2026, 1, 1) if isinstance(column.type, Date | DateTime) else 0
