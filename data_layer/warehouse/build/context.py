"""What every part of the build shares: the connection, the settings and a few SQL fragments."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb

from data_layer.ingest.mapping.rules import Identity
from data_layer.warehouse.health import DEFAULT_WEIGHTS

FOREVER = "DATE '9999-12-31'"
ROWS_AT_ONCE = 2_000_000


@dataclass
class Build:
    """One build of the star.

    ``as_of`` is found early in the build and needed by what depends on the last day.  ``warnings`` are sentences for
    the load report.  ``created_at`` and ``loaded_at`` (when each source
    table was last loaded): UTC without zone.  ``phone_country``: of phone numbers that name none.
    """

    con: duckdb.DuckDBPyConnection
    time_zone: str
    active_days: int
    balance_stale_days: int
    reply_window_hours: int
    generation_id: str
    created_at: datetime
    is_demo: bool
    loaded_at: dict[str, datetime]
    conversion_days: int = 90
    attribution_days: int = 14
    identity: Identity = field(default_factory=Identity)
    health_weights: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    phone_country: str | None = None
    as_of: date = date(1970, 1, 1)
    warnings: list[str] = field(default_factory=list)
    on_step: Callable[[str], None] = lambda _step: None

    def run(self, sql: str, parameters: list[object] | None = None) -> None:
        """Execute one statement."""
        self.con.execute(sql, parameters or [])

    def value(self, sql: str) -> object:
        """The first value of the first row; None where there is no row."""
        row = self.con.execute(sql).fetchone()
        return row[0] if row else None

    def count(self, sql: str) -> int:
        """The value of a query that counts."""
        return int(str(self.value(sql) or 0))

    def fill(self, table: str, select: str) -> None:
        """Insert a select's rows, whose columns are named as the table's, into a table of the star."""
        self.run(f"INSERT INTO main.{table} BY NAME {select}")

    def fill_keyed(self, table: str, key: str, ordered: str) -> None:
        """Insert the rows of an ordered select, numbered in its order as column ``key``.

        Numbered while they are inserted they would go through one thread: to number what is there takes a tenth of that.
        """
        self.fill(table, f"SELECT 0 AS {key}, * FROM ({ordered})")
        self.number(table, key)

    def number(self, table: str, key: str) -> None:
        """Number the rows of a table of the star in their order; the row Unknown, where there is one, is 0."""
        first = 0 if table.startswith("dim_") else 1
        self.run(f"CREATE OR REPLACE TEMP SEQUENCE place MINVALUE 0 START {first}")
        self.run(f"ALTER TABLE main.{table} ALTER {key} TYPE BIGINT USING nextval('place')")
        # Nobody promises that a sequence is drawn from in the order of the rows; a wrong key would be worse than a slow one.
        if self.value(f"SELECT 1 FROM main.{table} WHERE {key} <> rowid + {first} LIMIT 1"):
            self.run(f"UPDATE main.{table} SET {key} = rowid + {first}")

    @property
    def day(self) -> str:
        """``as_of`` as a SQL literal."""
        return f"DATE '{self.as_of.isoformat()}'"


def known(expression: str) -> str:
    """Text that is never empty."""
    return f"coalesce({expression}, 'Unknown')"


def of_customers(build: Build, tables: Iterable[str], at_once: int | None = None) -> Iterator[str]:
    """Conditions on ``customer_key``, rising, that let some of the known customers through at a time.

    So many that about ``at_once`` rows of the tables are theirs (ROWS_AT_ONCE if left out): what is sorted or joined
    then fits into the memory that an import may take, however many rows there are in all.
    """
    rows = sum(build.count(f"SELECT count(*) FROM {table}") for table in tables)
    last = build.count("SELECT max(own_key) FROM k_customer")
    parts = min(math.ceil(rows / (at_once or ROWS_AT_ONCE)), last) or 1
    for part in range(parts):
        yield f"customer_key BETWEEN {last * part // parts + 1} AND {last * (part + 1) // parts}"
