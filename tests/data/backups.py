"""A site to make backups of, and what is in it."""

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from data_layer.access import Role
from data_layer.appdb import audit, followups, segments, targets, users, views
from data_layer.appdb.followups import NewFollowup
from data_layer.appdb.users import NewUser
from data_layer.backup.rows import TABLES
from data_layer.semantics.rules import Rule
from data_layer.semantics.targets import new_target
from tests.data import small
from tests.data.loading import load, query

NOW = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
PASSWORD = "a long enough pass phrase"
RULE = Rule((("segment", ("Retail",)),)).to_text()


def fill(engine: Engine) -> None:
    """Something in every table; the last segment was deleted again."""
    users.add(engine, NewUser("ann", "Änn Ⅻ", Role.ADMIN, PASSWORD, "ann@example.org", None, None, "Europe/Paris"), NOW)
    users.add(engine, NewUser("bob", "Bob", Role.STAFF, PASSWORD, None, "S1", None, None), NOW)
    users.disable(engine, "bob", NOW)
    segments.add(engine, "ann", "Savers", [Role.MARKETER], RULE, NOW)
    segments.remove(engine, segments.add(engine, "ann", "Gone", [], RULE, NOW).id)
    views.add(engine, "ann", "Mine", "/", "segment=Retail", Role.ADMIN, NOW)
    targets.keep(engine, new_target("csat_rate", 0.9), "ann", NOW)
    followups.add(engine, NewFollowup("C1", "S1", "Ring back", date(2026, 12, 1), "High"), "ann", NOW)
    audit.record(engine, "ann", "view", {"customer": "C1", "n": [1, None, "ü"]}, at=NOW)


def kept(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """All rows but for the number that sessions must have, which only grows."""
    with engine.connect() as connection:
        return {
            table.name: [
                {name: value for name, value in row._mapping.items() if name != "session_epoch"}
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in TABLES
        }


def data(home: Path, clients: int, **options: Any) -> str:
    """Load so many clients; the id of the generation, which those of other sites loaded in the same second would have too."""
    time.sleep(1 - time.time() % 1)
    rows = small.customers(*(f"C{n}" for n in range(clients)))
    report = load(home, {"customers": rows}, force=True, replace=True, **options)
    assert report.generation_id is not None
    return report.generation_id


def count(home: Path) -> int:
    return int(query(home, "SELECT count(*) FROM main.dim_customer WHERE customer_key <> 0")[0][0])
