"""What a load changed: the rows of every source table, and a few metrics as the pages show them, before and after."""

from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.exc import SQLAlchemyError

from data_layer.access import Role, Viewer
from data_layer.semantics.period import PeriodName
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import QueryTooLong, opened

TOTALS = (
    "total_clients",
    "active_clients",
    "aum",
    "contributions",
    "withdrawals",
    "net_flows",
    "interactions",
    "inbound_messages",
    "followups_due",
    "opportunities",
    "open_opportunity_value",
    "sent",
    "sessions",
)
# Over everything: flows from the first day of the data on, stocks on the last.
EVERYTHING = Selection(PeriodName.ALL)
IMPORTER = Viewer("import", Role.ADMIN)
Totals = dict[str, float | None]


def totals_of(file: Path | None) -> Totals:
    """The metrics of a generation's file, None where one is unknown; nothing where they cannot be asked.

    An earlier release may have made a file of the past without what today's metrics need.
    """
    if file is None:
        return {}
    try:
        with opened(file) as data:
            result = run(Query(TOTALS), EVERYTHING, IMPORTER, data)
    except (QueryTooLong, SQLAlchemyError):
        return {}
    return {name: result.value(name) for name in TOTALS}


def changes(before: Totals, after: Totals) -> list[dict[str, Any]]:
    """For the report: each metric that is known before or after."""
    rows = [{"metric": name, "before": before.get(name), "after": after.get(name)} for name in TOTALS]
    return [row for row in rows if row["before"] is not None or row["after"] is not None]


def table_rows(con: duckdb.DuckDBPyConnection, previous: bool) -> list[dict[str, Any]]:
    """For the report: the rows of each source table before and after; None where it was not there."""
    after = dict(con.execute("SELECT source, rows FROM main.load_source").fetchall())
    before: dict[str, int] = {}
    if previous:
        before = dict(con.execute("SELECT source, rows FROM previous.main.load_source").fetchall())
    names = [*after, *(name for name in before if name not in after)]
    return [{"source": name, "before": before.get(name), "after": after.get(name)} for name in names]
