"""Before publishing: is the new generation plausible beside the last one?"""

from datetime import date

import duckdb

from data_layer.warehouse.tables import metadata

LARGEST_DROP = 0.5
LARGEST_STEP_BACK_DAYS = 31


def compare(con: duckdb.DuckDBPyConnection, old: str, new: str) -> list[str]:
    """What fell by more than half against the last generation, in sentences; empty where nothing did.

    ``old`` and ``new`` are catalogs with the star in schema main.  Compared are the rows of each fact and of customers,
    the money held at the last day, and the last day itself.
    """
    found: list[str] = []
    tables = [name for name in metadata.tables if name.startswith("fact_") or name == "dim_customer"]
    for name in tables:
        before, after = (_number(con, f"SELECT count(*) FROM {catalog}.main.{name}") for catalog in (old, new))
        if after < before * (1 - LARGEST_DROP):
            found.append(f"{name} has {after:,.0f} rows, the last generation had {before:,.0f}.")
    before, after = (_number(con, _MONEY.format(catalog)) for catalog in (old, new))
    if after < before * (1 - LARGEST_DROP):
        found.append(f"Balances at the last day add up to {after:,.2f}, in the last generation to {before:,.2f}.")
    was, now = (con.execute(f"SELECT max(as_of) FROM {catalog}.main.generation").fetchone() for catalog in (old, new))
    if was and now and isinstance(was[0], date) and (was[0] - now[0]).days > LARGEST_STEP_BACK_DAYS:
        found.append(f"The data end on {now[0]}, those of the last generation on {was[0]}.")
    return found


_MONEY = """
    SELECT coalesce(sum(balance), 0) FROM {0}.main.fact_balance
    WHERE (SELECT max(as_of) FROM {0}.main.generation) >= valid_from
        AND (SELECT max(as_of) FROM {0}.main.generation) < valid_to
"""


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = con.execute(sql).fetchone()
    return float(row[0]) if row else 0.0
