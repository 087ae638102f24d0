"""Before publishing: is every row accounted for, and is the new generation plausible beside the last one?"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum

import duckdb

from data_layer.ingest.errors import CheckFailed
from data_layer.ingest.options import LoadReport
from data_layer.semantics.facts import FACTS
from data_layer.warehouse.tables import metadata

LARGEST_DROP = 0.5
LARGEST_STEP_BACK_DAYS = 31

_LABELS = {"fact_market": "days of market data"} | {one.table.name: one.label for one in reversed(FACTS.values())}
COUNTED = {name: _LABELS[name] for name in metadata.tables if name.startswith("fact_") or name == "dim_customer"}
"""The tables of the star that may not lose many rows, and what people call what is in them."""


class Outcome(StrEnum):
    """How a check went.  ``OVERRIDDEN``: it failed, and the load was forced."""

    PASSED = "passed"
    FAILED = "failed"
    OVERRIDDEN = "overridden"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Check:
    """One check.  ``words``: what was found, one sentence or several."""

    name: str
    outcome: Outcome
    words: str = ""


ACCOUNTED = "Every row that was read was loaded or rejected"
FEW_REJECTS = "Rejected rows are within the limit"
ROWS = "No table lost more than half of its rows"
MONEY = "Balances at the last day did not fall by more than half"
LAST_DAY = "The data do not end more than 31 days earlier than before"
AGAINST_BEFORE = (ROWS, MONEY, LAST_DAY)
NOTHING_BEFORE = "There are no earlier data to compare with."


def accounts(report: LoadReport) -> Check:
    """Whether loaded + rejected = read, in every table."""
    lost = [one for one in report.sources if one.read != one.loaded + one.rejected]
    words = " ".join(f"{one.source}: {one.read:,} ≠ {one.loaded:,} + {one.rejected:,}." for one in lost)
    return Check(ACCOUNTED, Outcome.FAILED if lost else Outcome.PASSED, words)


def compare(con: duckdb.DuckDBPyConnection, old: str, new: str) -> list[Check]:
    """What fell by more than half against the last generation, in sentences.

    ``old`` and ``new`` are catalogs with the star in schema main.  Compared are the rows of each fact and of customers,
    the money held at the last day, and the last day itself; not what another release had no table for.
    """
    found = (_rows_lost(con, old, new), _money_lost(con, old, new), _days_lost(con, old, new))
    return [
        Check(name, Outcome.FAILED if words else Outcome.PASSED, " ".join(words))
        for name, words in zip(AGAINST_BEFORE, found, strict=True)
    ]


def nothing_before() -> list[Check]:
    """The same checks where there is nothing to compare with."""
    return [Check(name, Outcome.NOT_RUN, NOTHING_BEFORE) for name in AGAINST_BEFORE]


def keep(report: LoadReport, found: Iterable[Check]) -> None:
    """Add checks to the report."""
    report.checks += [asdict(one) for one in found]


def insist(report: LoadReport, found: list[Check], forced: bool) -> None:
    """Keep the checks against the last generation; CheckFailed where one failed and nobody ``forced`` the load."""
    failed = [one.words for one in found if one.outcome is Outcome.FAILED]
    if forced:
        found = [replace(one, outcome=Outcome.OVERRIDDEN) if one.outcome is Outcome.FAILED else one for one in found]
    keep(report, found)
    if failed and not forced:
        raise CheckFailed("\n".join(["The new data lost too much:", *failed, "If that is right, import with --force."]))
    report.warnings += failed


def _rows_lost(con: duckdb.DuckDBPyConnection, old: str, new: str) -> list[str]:
    found: list[str] = []
    there = _tables(con, old)
    for name, label in COUNTED.items():
        if name not in there:
            continue
        where = " WHERE customer_key <> 0" if name == "dim_customer" else ""  # Unknown is nobody's client
        before, after = (_number(con, f"SELECT count(*) FROM {catalog}.main.{name}{where}") for catalog in (old, new))
        if after < before * (1 - LARGEST_DROP):
            found.append(f"{label[0].upper()}{label[1:]}: {after:,.0f}, before {before:,.0f}.")
    return found


def _money_lost(con: duckdb.DuckDBPyConnection, old: str, new: str) -> list[str]:
    if "fact_balance" not in _tables(con, old):
        return []
    before, after = (_number(con, _MONEY.format(catalog)) for catalog in (old, new))
    # The sum may be negative, where clients owe; and of nothing there is no half.
    if not before or before - after <= abs(before) * LARGEST_DROP:
        return []
    return [f"Balances at the last day add up to {after:,.2f}, before to {before:,.2f}."]


def _days_lost(con: duckdb.DuckDBPyConnection, old: str, new: str) -> list[str]:
    was, now = (con.execute(f"SELECT max(as_of) FROM {catalog}.main.generation").fetchone() for catalog in (old, new))
    if was and now and isinstance(was[0], date) and (was[0] - now[0]).days > LARGEST_STEP_BACK_DAYS:
        return [f"The data end on {now[0]}, those of before on {was[0]}."]
    return []


def _tables(con: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    """The tables of a star, of which another release may have made fewer."""
    rows = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main'", [catalog]
    ).fetchall()
    return {str(name) for (name,) in rows}


_MONEY = """
    SELECT coalesce(sum(balance), 0) FROM {0}.main.fact_balance
    WHERE (SELECT max(as_of) FROM {0}.main.generation) >= valid_from
        AND (SELECT max(as_of) FROM {0}.main.generation) < valid_to
"""


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = con.execute(sql).fetchone()
    return float(row[0]) if row else 0.0
