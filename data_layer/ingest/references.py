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


def look_up_names(con: duckdb.DuckDBPyConnection, mapping: MappingFile, tables: dict[str, list[str]]) -> None:
    """Put keys in the place of the names that ``refers_to`` columns hold.

    ``tables``: for each source table the staged tables it is in, newest first; the first is changed.  A name that is
    not there, or that two rows share, stays as it is: it is told with what else does not match.
    """
    for table, column, target, by in sorted(_lookups(mapping)):
        if target in tables and table in tables:
            (key,) = BY_NAME[target].key
            known = " UNION ".join(
                f"SELECT {quoted(by)} AS said, {quoted(key)} AS key FROM {name}" for name in tables[target]
            )
            con.execute(
                f"UPDATE {tables[table][0]} AS s SET {quoted(column)} = t.key FROM ("
                f"SELECT lower(trim(said)) AS said, min(key) AS key FROM ({known}) GROUP BY 1 "
                f"HAVING count(DISTINCT key) = 1) AS t WHERE lower(trim(s.{quoted(column)})) = t.said"
            )


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
    loaded: dict[str, str],
    tables: dict[str, list[str]],
    given: Mapping[str, Collection[str]],
) -> list[dict[str, Any]]:
    """Of the tables just loaded, every column with values that are in no table, or with none at all.

    ``loaded``: the staged table of each.  ``given``: the columns that were read of each; of others nothing is told.
    Each answer has source, column, rows (that name something unknown), empty (rows that name nothing) and examples.
    """
    found: list[dict[str, Any]] = []
    for (table, column), targets in REFERENCES.items():
        there = [(name, key) for target, key in targets for name in tables.get(target, [])]
        if table not in loaded or not there or column not in given.get(table, ()):
            continue
        known = " UNION ".join(f"SELECT {quoted(key)} AS key FROM {name}" for name, key in there)
        rows = con.execute(
            f"SELECT s.{quoted(column)} AS said, count(*) AS n FROM {loaded[table]} s "
            f"LEFT JOIN (SELECT DISTINCT key FROM ({known}) WHERE key IS NOT NULL) k ON k.key = s.{quoted(column)} "
            "WHERE k.key IS NULL GROUP BY said ORDER BY n DESC, said"
        ).fetchall()
        named = [row for row in rows if row[0] is not None]
        if rows:
            found.append(
                {
                    "source": table,
                    "column": column,
                    "rows": sum(row[1] for row in named),
                    "empty": sum(row[1] for row in rows if row[0] is None),
                    "examples": listed(named),
                }
            )
    return found


def in_words(found: list[dict[str, Any]]) -> list[str]:
    """Sentences for the report."""
    notes: list[str] = []
    for one in found:
        where = f"{one['source']}.{one['column']}"
        if one["rows"]:
            targets = " or ".join(dict.fromkeys(name for name, _ in REFERENCES[(one["source"], one["column"])]))
            notes.append(f"{where}: {one['rows']:,} rows name what is not in {targets}: {one['examples']}.")
        if one["empty"]:
            notes.append(f"{where}: {one['empty']:,} rows are empty; they count as of Unknown.")
    return notes
