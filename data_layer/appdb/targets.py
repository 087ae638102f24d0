"""Targets as they are kept, by metric and team, among the values that the site is run with."""

from datetime import datetime

from sqlalchemy import Engine, delete, insert, select

from data_layer.appdb.tables import settings_and_targets as t
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.targets import Target

PREFIX = "target:"
LONGEST_TEAM = 60


def everyones(engine: Engine) -> tuple[Target, ...]:
    """All targets that are set, by metric and team.  Those of metrics that this release no longer has are left out."""
    with engine.connect() as connection:
        rows = connection.execute(select(t.c.value).where(t.c.key.startswith(PREFIX)).order_by(t.c.key)).scalars()
        kept = [Target(row["metric"], row["value"], row["watch"], row["team"]) for row in rows]
    return tuple(one for one in kept if one.metric in METRICS)


def keep(engine: Engine, target: Target, who: str, now: datetime) -> None:
    """Set a target; it replaces the one of the same metric and team."""
    row = {
        "key": _key(target.metric, target.team),
        "value": {"metric": target.metric, "value": target.value, "watch": target.watch, "team": target.team},
        "changed_at": now,
        "changed_by": who[:80],
    }
    with engine.begin() as connection:
        connection.execute(delete(t).where(t.c.key == row["key"]))
        connection.execute(insert(t), row)


def remove(engine: Engine, metric: str, team: str | None) -> bool:
    """Take a target away; whether there was one."""
    with engine.begin() as connection:
        return bool(connection.execute(delete(t).where(t.c.key == _key(metric, team))).rowcount)


def _key(metric: str, team: str | None) -> str:
    return f"{PREFIX}{metric}" if team is None else f"{PREFIX}{metric}:{team[:LONGEST_TEAM]}"
