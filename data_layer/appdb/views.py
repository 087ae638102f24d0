"""Saved views: the link of a page under a name, for its owner or for a whole role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from data_layer.access import Role, Viewer
from data_layer.appdb.naming import SHARED_WITH, SavedError, check_room, checked_name, name_taken, row_number
from data_layer.appdb.tables import saved_views as t

LONGEST_QUERY = 8000
LONGEST_PATH = 200


@dataclass(frozen=True)
class SavedView:
    """One view.  ``path`` and ``query`` (without ``?``) are its link; ``role`` is None for a private one."""

    id: str
    owner: str
    name: str
    path: str
    query: str
    role: Role | None

    def may_be_used_by(self, viewer: Viewer) -> bool:
        """Its owner, the role that it is shared with, and administrators."""
        return self.owner == viewer.login or viewer.role in (self.role, Role.ADMIN)

    def may_be_changed_by(self, viewer: Viewer) -> bool:
        """Its owner and administrators."""
        return self.owner == viewer.login or viewer.role is Role.ADMIN


def offered(engine: Engine, viewer: Viewer) -> Sequence[SavedView]:
    """Those of the viewer and those shared with the role, by name; administrators see whatever is shared."""
    with engine.connect() as connection:
        found = [_view(row) for row in connection.execute(select(t))]
    mine = [one for one in found if one.owner == viewer.login or (one.role and one.may_be_used_by(viewer))]
    return sorted(mine, key=lambda one: (one.name.casefold(), int(one.id)))


def find(engine: Engine, id: str, viewer: Viewer) -> SavedView | None:
    """The view of that number, where the viewer may use it; else None."""
    with engine.connect() as connection:
        row = connection.execute(select(t).where(t.c.id == row_number(id))).one_or_none()
    view = _view(row) if row else None
    return view if view and view.may_be_used_by(viewer) else None


def add(engine: Engine, owner: str, name: str, path: str, query: str, role: Role | None, now: datetime) -> SavedView:
    """Keep a new one.  Raises ``SavedError`` for a name that its owner has already, and for a link that is too long."""
    if len(query) > LONGEST_QUERY or len(path) > LONGEST_PATH:
        raise SavedError("This link is too long to be kept; choose fewer values.")
    row = {"owner": owner, "name": checked_name(name), "page": path, "query": query, "created_at": now}
    try:
        with engine.begin() as connection:
            check_room(connection.execute(select(t.c.name).where(t.c.owner == owner)).scalars().all(), str(row["name"]))
            row["shared_role"] = role.value if role in SHARED_WITH else None
            added = connection.execute(insert(t).values(row).returning(*t.c)).one()
    except IntegrityError as error:
        raise name_taken(name) from error
    return _view(added)


def rename(engine: Engine, id: str, name: str) -> None:
    """Give it another name.  Raises ``SavedError`` as :func:`add` does."""
    number, kept = row_number(id), checked_name(name)
    owner = select(t.c.owner).where(t.c.id == number).scalar_subquery()
    try:
        with engine.begin() as connection:
            others = select(t.c.name).where(t.c.owner == owner, t.c.id != number)
            check_room(connection.execute(others).scalars().all(), kept)
            connection.execute(update(t).where(t.c.id == number).values(name=kept))
    except IntegrityError as error:
        raise name_taken(name) from error


def share(engine: Engine, id: str, role: Role | None) -> None:
    """Share it with a role, or with nobody."""
    value = role.value if role in SHARED_WITH else None
    with engine.begin() as connection:
        connection.execute(update(t).where(t.c.id == row_number(id)).values(shared_role=value))


def remove(engine: Engine, id: str) -> None:
    """Take it away for everybody."""
    with engine.begin() as connection:
        connection.execute(delete(t).where(t.c.id == row_number(id)))


def _view(row: Any) -> SavedView:
    role = next((one for one in SHARED_WITH if one.value == row.shared_role), None)
    return SavedView(str(row.id), row.owner, row.name, row.page, row.query, role)
