"""Small folders of hand-made files, imported for real and asked; the answers fit in a head."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from data_layer.access import Role, Viewer
from data_layer.semantics.period import Window
from data_layer.semantics.query import Query
from data_layer.semantics.run import Result, complete, run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation, Warehouse
from tests.data.loading import Rows, load

ZONE = "America/New_York"
BOSS = Viewer("boss", Role.EXECUTIVE)
Filters = dict[str, tuple[str, ...]]


def small(home: Path, tables: dict[str, Rows], url: str | None = None, **options: Any) -> Generation:
    """The tables, loaded; read back from DuckDB, or from the PostgreSQL database at ``url``."""
    load(home, tables, time_zone=ZONE, warehouse_url=url, **options)
    return Warehouse(home, url).current()


def ask(
    data: Generation,
    metrics: str,
    first: str,
    end: str,
    by: str = "",
    filters: Filters | None = None,
    viewer: Viewer = BOSS,
) -> Result:
    """Metrics and dimensions as words in a row; ``first <= day < end``."""
    held = Selection(filters=tuple((filters or {}).items()))
    window = Window(date.fromisoformat(first), date.fromisoformat(end))
    return run(Query(tuple(metrics.split()), tuple(by.split())), held, viewer, data, window)


def value(
    data: Generation, metric: str, first: str, end: str, filters: Filters | None = None
) -> tuple[float | None, int]:
    """One number and its n; None where it is unknown."""
    found = ask(data, metric, first, end, filters=filters)
    return found.value(metric), found.n(metric)


def split(
    data: Generation, metric: str, first: str, end: str, by: str, filters: Filters | None = None
) -> dict[Any, float]:
    """Value by group; dates as their ISO text."""
    frame = ask(data, metric, first, end, by, filters).frame
    return {_plain(key): number for key, number in zip(frame[by], frame[metric], strict=True)}


def trend(data: Generation, metric: str, first: str, end: str, by: str) -> dict[Any, float]:
    """Value by bucket of the calendar, the empty ones too."""
    frame = complete(ask(data, metric, first, end, by), data).frame
    return {_plain(key): number for key, number in zip(frame[by], frame[metric], strict=True)}


def _plain(key: object) -> object:
    if isinstance(key, pd.Timestamp):
        return key.date().isoformat()
    return key.isoformat() if isinstance(key, date) else key


def customers(*ids: str, **more: Any) -> Rows:
    """Clients enrolled on the first day of 2024."""
    return [{"customer_id": name, "enrollment_date": "2024-01-01", "customer_segment": "Gold", **more} for name in ids]


def balance(number: int, who: str, product: str, day: str, amount: float, **more: Any) -> dict[str, Any]:
    return {
        "balance_id": f"B{number}",
        "customer_id": who,
        "product_id": product,
        "date": day,
        "balance": amount,
        **more,
    }


def contact(number: int, who: str, at: str, **more: Any) -> dict[str, Any]:
    return {"interaction_id": f"V{number}", "customer_id": who, "date": at, "channel": "Phone", **more}
