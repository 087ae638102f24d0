"""Saved segments as they are kept: whose, under which name, shared with whom, by which rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from data_layer.access import Role, Viewer
from data_layer.appdb.naming import SHARED_WITH, check_room, checked_name, name_taken, row_number
from data_layer.appdb.tables import saved_segments as t


@dataclass(frozen=True)
class SavedSegment:
    """One segment.  ``owner`` is None for one that ships with the site; ``rule`` is the text of a rule."""

    id: str
    owner: str | None
    name: str
    roles: frozenset[Role]
    rule: str

    def may_be_used_by(self, viewer: Viewer) -> bool:
        """Its owner, whom it is shared with, and administrators."""
        return self.owner == viewer.login or viewer.role in self.roles or viewer.role is Role.ADMIN

    def may_be_changed_by(self, viewer: Viewer) -> bool:
        """Its owner and administrators; what ships with the site, nobody."""
        return self.owner is not None and (self.owner == viewer.login or viewer.role is Role.ADMIN)


def everyones(engine: Engine) -> Sequence[SavedSegment]:
    """All that are kept, by name."""
    with engine.connect() as connection:
        found = [_segment(row) for row in connection.execute(select(t))]
    return sorted(found, key=lambda one: (one.name.casefold(), int(one.id)))


def get(engine: Engine, id: str) -> SavedSegment | None:
    """The segment of that number; None where there is none."""
    number = row_number(id)
    if number is None:
        return None
    with engine.connect() as connection:
        row = connection.execute(select(t).where(t.c.id == number)).one_or_none()
    return _segment(row) if row else None


def add(engine: Engine, owner: str, name: str, roles: Iterable[Role], rule: str, now: datetime) -> SavedSegment:
    """Keep a new one.  Raises ``SavedError`` for a name that its owner has already, an empty or a long one."""
    row: dict[str, Any] = {"owner": owner, "name": checked_name(name), "roles": _stored(roles), "rule": rule}
    try:
        with engine.begin() as connection:
            check_room(connection.execute(select(t.c.name).where(t.c.owner == owner)).scalars().all(), row["name"])
            row |= {"created_at": now, "changed_at": now}
            added = connection.execute(insert(t).values(row).returning(*t.c)).one()
    except IntegrityError as error:
        raise name_taken(name) from error
    return _segment(added)


def change(
    engine: Engine, id: str, now: datetime, name: str | None = None, roles: Iterable[Role] | None = None
) -> None:
    """Rename it, or share it with other roles; what is None stays.  Raises ``SavedError`` as :func:`add` does."""
    number = row_number(id)
    values: dict[str, Any] = {"changed_at": now}
    if roles is not None:
        values["roles"] = _stored(roles)
    try:
        with engine.begin() as connection:
            if name is not None:
                values["name"] = checked_name(name)
                owner = select(t.c.owner).where(t.c.id == number).scalar_subquery()
                others = select(t.c.name).where(t.c.owner == owner, t.c.id != number)
                check_room(connection.execute(others).scalars().all(), checked_name(name))
            connection.execute(update(t).where(t.c.id == number).values(values))
    except IntegrityError as error:
        raise name_taken(name or "") from error


def remove(engine: Engine, id: str) -> None:
    """Take it away for everybody; links that name it will say so."""
    with engine.begin() as connection:
        connection.execute(delete(t).where(t.c.id == row_number(id)))


def _stored(roles: Iterable[Role]) -> list[str]:
    return sorted(role.value for role in set(roles) & set(SHARED_WITH))


def _segment(row: Any) -> SavedSegment:
    roles = frozenset(role for role in SHARED_WITH if role.value in row.roles)
    return SavedSegment(str(row.id), row.owner, row.name, roles, row.rule)
