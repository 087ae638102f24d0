"""Whom the demo accounts stand for."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from data_layer.warehouse import generations


@dataclass(frozen=True)
class People:
    """A member of staff, the team that sells most and the team that answers most; None where the data know nobody."""

    staff_id: str | None = None
    sales_team: str | None = None
    support_team: str | None = None


def busiest(home: Path) -> People:
    """The busiest people of the current generation: by follow-ups, by opportunities, by conversations."""
    file = generations.current_file(home)
    if file is None:
        return People()
    with duckdb.connect(str(file), read_only=True) as con:
        return People(
            _first(con, "staff_id", "main.fact_followup"),
            _first(con, "team", "main.fact_stage_change"),
            _first(con, "team", "(SELECT * FROM main.fact_interaction WHERE source = 'conversation')"),
        )


def _first(con: duckdb.DuckDBPyConnection, column: str, fact: str) -> str | None:
    """The value of a column of dim_staff with the most rows of a fact."""
    row = con.execute(
        f"""
        SELECT s.{column} FROM main.dim_staff s JOIN {fact} f USING (staff_key)
        WHERE s.staff_key <> 0 AND s.{column} <> 'Unknown' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
        """
    ).fetchone()
    return str(row[0]) if row else None
