"""The audit log: who did what, when and from where.  Rows are only ever added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, select

from data_layer.appdb.tables import audit_log


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit log; ``login`` is None for what nobody in particular did."""

    at: datetime
    login: str | None
    action: str
    detail: dict[str, Any]
    address: str | None


def record(
    engine: Engine,
    login: str | None,
    action: str,
    detail: Mapping[str, Any] | None = None,
    address: str | None = None,
    at: datetime | None = None,
) -> None:
    """Add one line.  ``action`` is a short name such as ``login`` or ``export``; ``detail`` must be JSON.

    Texts longer than their column are cut: a visitor chooses what is typed as a login.
    """
    row = {
        "at": at or datetime.now(UTC),
        "login": None if login is None else login[:80],
        "action": action,
        "detail": dict(detail or {}),
        "address": None if address is None else address[:64],
    }
    with engine.begin() as connection:
        connection.execute(insert(audit_log), row)


def latest(engine: Engine, limit: int = 200, action: str | None = None) -> Sequence[AuditEntry]:
    """The newest lines first, at most ``limit``, of one kind of action or of all."""
    query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
    if action is not None:
        query = query.where(audit_log.c.action == action)
    with engine.connect() as connection:
        return [AuditEntry(row.at, row.login, row.action, row.detail, row.address) for row in connection.execute(query)]
