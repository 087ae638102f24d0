"""The load history: every import, failed ones too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert

from data_layer.appdb.tables import load_history


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
        connection.execute(insert(load_history), row)
