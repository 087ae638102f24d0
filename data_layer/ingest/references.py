"""What rows name that is in no table: looked up by name where a mapping says so, counted and told in any case."""

from collections.abc import Collection, Mapping
from typing import Any

import duckdb

from data_layer.ingest.mapping.rules import MappingFile
from data_layer.ingest.options import listed
from data_layer.ingest.sources import ATTRIBUTES, BY_NAME, OWNERS
from data_layer.ingest.sql import quoted

_CUSTOMERS = (("customers", "customer_id"), ("clients", "client_id"), ("contacts", "contact_id"))
_STAFF = (("advisors", "advisor_id"), ("staff", "staff_id"), ("agents", "agent_id"))
_PRODUCTS = (("products", "product_id"),)
Targets = tuple[tuple[str, str], ...]

REFERENCES: dict[tuple[str, str], Targets] = {
    **{(table, column): _CUSTOMERS for table, column in OWNERS.items() if (table, column) not in _CUSTOMERS},
    (ATTRIBUTES.name, "customer_id"): _CUSTOMERS,
    **{(table, "product_id"): _PRODUCTS for table in ("enrollments", "account_balances", "retention", "opportunities")},
    ("enrollments", "advisor_id"): _STAFF,
    ("service_interactions", "agent_id"): _STAFF,
    ("interactions", "staff_id"): _STAFF,
    ("followup_actions", "staff_id"): _STAFF,
    ("conversations", "agent_id"): _STAFF,
    ("messages", "agent_id"): _STAFF,
    ("opportunities", "owner_id"): _STAFF,
    ("contacts", "owner_id"): _STAFF,
    ("interactions", "type_id"): (("interaction_types", "type_id"),),
    ("followup_actions", "interaction_id"): (("interactions", "interaction_id"),),
    ("messages", "conversation_id"): (("conversations", "conversation_id"),),
    ("stage_changes", "opportunity_id"): (("opportunities", "opportunity_id"),),
    ("campaign_recipients", "campaign_id"): (("campaigns", "campaign_id"),),
    ("campaign_recipients", "template_id"): (("templates", "template_id"),),
}
"""Columns that name a row of another table, and the tables in one of which it should be."""


_SHARED = "temp.shared_names"


def look_up_names(con: duckdb.DuckDBPyConnection, mapping: MappingFile, tables: dict[str, list[str]]) -> None:
    """Put keys in the place of the names that ``refers_to`` columns hold.

    ``tables``: for each source table the staged tables it is in, newest first; the first is changed.  A name that is
    not there, or that several rows share, stays as it is: :func:`unmatched` tells it.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE shared_names (source VARCHAR, field VARCHAR, said VARCHAR)")
    for table, column, target, by in sorted(_lookups(mapping)):
        if target in tables and table in tables:
            (key,) = BY_NAME[target].key
            known = " UNION ".join(
                f"SELECT {quoted(by)} AS said, {quoted(key)} AS key FROM {name}" for name in tables[target]
            )
            names = (
                "SELECT lower(trim(said)) AS said, min(key) AS key, count(DISTINCT key) AS keys "
                f"FROM ({known}) WHERE said IS NOT NULL GROUP BY 1"
            )
            con.execute(
                f"UPDATE {tables[table][0]} AS s SET {quoted(column)} = t.key FROM ({names}) AS t "
                f"WHERE t.keys = 1 AND lower(trim(s.{quoted(column)})) = t.said"
            )
            con.execute(f"INSERT INTO {_SHARED} SELECT ?, ?, said FROM ({names}) WHERE keys > 1", [table, column])


def _lookups(mapping: MappingFile) -> set[tuple[str, str, str, str]]:
    found: set[tuple[str, str, str, str]] = set()
    for rule in mapping.tables:
        for column in rule.columns:
            if column.refers_to is not None:
                found.add((rule.to, column.name, *column.refers_to))
                if rule.attributes and column.name == OWNERS.get(rule.to):
                    found.add((ATTRIBUTES.name, "customer_id", *column.refers_to))
    return found


def unmatched(
    con: duckdb.DuckDBPyConnection,
    mapping: MappingFile,
    loaded: dict[str, str],
    tables: dict[str, list[str]],
    given: Mapping[str, Collection[str]],
) -> list[dict[str, Any]]:
    """Of the tables just loaded, every column with values that are in no table, or with none at all.

    ``loaded``: the staged table of each, after :func:`look_up_names`.  ``given``: the columns that were read of each; of
    others nothing is told.  Each answer has source, column, tables (in one of which the values should be), rows (that
    name something unknown) and examples of these, ambiguous (rows whose name several share), examples of these as shared,
    looked_up (where they share it), and empty (rows that name nothing).
    """
    lookups = sorted(_lookups(mapping))
    known = {(table, column): ((target, BY_NAME[target].key[0]),) for table, column, target, _ in lookups} | REFERENCES
    found: list[dict[str, Any]] = []
    for (table, column), targets in known.items():
        there = [(name, key) for target, key in targets for name in tables.get(target, [])]
        looked_up = [f"{target}.{by}" for *at, target, by in lookups if at == [table, column]]
        # Who refers to a table that nobody loaded means keys, unless names are to be looked up in it.
        if table not in loaded or column not in given.get(table, ()) or not (there or looked_up):
            continue
        rows = con.execute(_of_no_table(loaded[table], column, there), [table, column]).fetchall()
        if rows:
            named = {"source": table, "column": column, "tables": [name for name, _ in targets], "looked_up": looked_up}
            found.append({**named, **_counts(rows)})
    return found


def _counts(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """How many rows have which values, of (value, rows, whether several share it)."""
    unknown = [row for row in rows if row[0] is not None and not row[2]]
    shared = [row for row in rows if row[2]]
    return {
        "rows": sum(row[1] for row in unknown),
        "examples": listed(unknown),
        "ambiguous": sum(row[1] for row in shared),
        "shared": listed(shared),
        "empty": sum(row[1] for row in rows if row[0] is None),
    }


def _of_no_table(loaded: str, column: str, there: list[tuple[str, str]]) -> str:
    """Values that are no key, how many rows have each, and whether it is a name that several share."""
    known = " UNION ".join(f"SELECT {quoted(key)} AS key FROM {name}" for name, key in there) or "SELECT NULL AS key"
    value = f"s.{quoted(column)}"
    return f"""
        SELECT {value} AS said, count(*) AS n, n.said IS NOT NULL AS is_shared FROM {loaded} s
            LEFT JOIN (SELECT DISTINCT key FROM ({known}) WHERE key IS NOT NULL) k ON k.key = {value}
            LEFT JOIN (SELECT DISTINCT said FROM {_SHARED} WHERE source = ? AND field = ?) n
                ON n.said = lower(trim({value}))
        WHERE k.key IS NULL GROUP BY ALL ORDER BY n DESC, said
    """


def in_words(found: list[dict[str, Any]]) -> list[str]:
    """Sentences for the report."""
    notes: list[str] = []
    for one in found:
        where, targets = f"{one['source']}.{one['column']}", " or ".join(one["tables"])
        if one["rows"]:
            notes.append(f"{where}: {one['rows']:,} rows name what is not in {targets}: {one['examples']}.")
        if one["ambiguous"]:
            notes.append(
                f"{where}: {one['ambiguous']:,} rows name what is in {' or '.join(one['looked_up'])} more than once, so "
                f"that none of these is taken: {one['shared']}. Let refers_to name a column that tells them apart, or say "
                "with aliases which key is meant by the name."
            )
        if one["empty"]:
            notes.append(f"{where}: {one['empty']:,} rows are empty; they count as of Unknown.")
    return notes
