"""The load history for every machine of a site: a copy of each report, once its load has ended."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from data_layer.appdb.tables import load_history as t

_LOAD_ID = t.c.report["load_id"].as_string()


def record(
    engine: Engine,
    who: str,
    source: str,
    result: str,
    started_at: datetime,
    finished_at: datetime | None,
    report: Mapping[str, Any],
) -> None:
    """Add a load.  ``report``: the whole report, as JSON.  Texts longer than their column are cut."""
    row = {
        "started_at": started_at,
        "finished_at": finished_at,
        "who": who[:80],
        "source": source[-400:],
        "result": result,
        "report": dict(report),
    }
    with engine.begin() as connection:
        connection.execute(insert(t), row)


def ids(engine: Engine) -> set[str]:
    """The loads that are kept."""
    with engine.connect() as connection:
        return {str(one) for one in connection.execute(select(_LOAD_ID)).scalars() if one}


def reports(engine: Engine, wanted: Collection[str]) -> Sequence[Mapping[str, Any]]:
    """The reports of these loads, as far as they are kept."""
    with engine.connect() as connection:
        rows = connection.execute(select(t.c.report, t.c.who).where(_LOAD_ID.in_(wanted)))
        return [{**row.report, "who": row.report.get("who") or row.who} for row in rows]


def finished_before(engine: Engine, moment: datetime) -> Sequence[Mapping[str, Any]]:
    """The reports of the loads that had ended by then."""
    with engine.connect() as connection:
        return [
            dict(report) for report in connection.execute(select(t.c.report).where(t.c.finished_at < moment)).scalars()
        ]


def replace(engine: Engine, load_id: str, report: Mapping[str, Any]) -> None:
    """Put another report in the place of the one that is kept of a load."""
    with engine.begin() as connection:
        connection.execute(update(t).where(load_id == _LOAD_ID).values(report=dict(report)))
