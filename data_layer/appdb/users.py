"""Users: who may log in, as what, and what takes their sessions away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from data_layer.access import Role, Viewer
from data_layer.appdb.passwords import hash_password, is_outdated, is_right
from data_layer.appdb.tables import ended_sessions, users

LOGIN_FORM = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,79}")
# Enough to catch a slip; whether the address is anybody's only a message sent there can tell.
EMAIL_FORM = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
LONGEST_NAME = 100


class UserError(ValueError):
    """A change of users that cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class User:
    """One account.  ``session_epoch`` grows with every change that must end the sessions of this user."""

    id: int
    login: str
    name: str
    email: str | None
    role: Role
    staff_id: str | None
    team: str | None
    disabled_at: datetime | None
    session_epoch: int
    created_at: datetime
    timezone: str | None
    is_demo: bool

    @property
    def viewer(self) -> Viewer:
        """What queries need to know of this user."""
        return Viewer(self.login, self.role, self.staff_id, self.team, self.timezone)


@dataclass(frozen=True)
class NewUser:
    """What is needed to add an account; the password is plain here and never kept so."""

    login: str
    name: str
    role: Role
    password: str
    email: str | None = None
    staff_id: str | None = None
    team: str | None = None
    timezone: str | None = None
    is_demo: bool = False


_PUBLIC = [column for column in users.c if column.name != "password_hash"]


def normal_login(text: str) -> str:
    """The one form in which a login is kept and compared: no spaces around, small letters."""
    return text.strip().lower()


def add(engine: Engine, new: NewUser, now: datetime) -> User:
    """Add an account.  Raises ``UserError`` (login taken or malformed, unknown zone) or ``WeakPassword``."""
    login = normal_login(new.login)
    if not LOGIN_FORM.fullmatch(login):
        raise UserError("A login has 1 to 80 small letters, digits and . _ - + @, and begins with a letter or digit.")
    _check_zone(new.timezone)
    name = new.name.strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise UserError(f"A name has up to {LONGEST_NAME} characters, all on one line.")
    if new.email is not None and not EMAIL_FORM.fullmatch(new.email):
        raise UserError(f"{new.email!r} is not an e-mail address.")
    row = {
        "login": login,
        "name": name or login,
        "email": new.email,
        "role": Role(new.role).value,
        "staff_id": new.staff_id or None,
        "team": new.team or None,
        "password_hash": hash_password(new.password),
        "session_epoch": 1,
        "created_at": now,
        "timezone": new.timezone,
        "is_demo": new.is_demo,
    }
    try:
        with engine.begin() as connection:
            connection.execute(insert(users), row)
    except IntegrityError as error:
        raise UserError(f"There is a user {login!r} already; choose another login.") from error
    return get(engine, login)


def everyone(engine: Engine) -> Sequence[User]:
    """All accounts by login, disabled ones too."""
    with engine.connect() as connection:
        return [_user(row) for row in connection.execute(select(*_PUBLIC).order_by(users.c.login))]


def is_any(engine: Engine) -> bool:
    """Whether there is an account at all."""
    with engine.connect() as connection:
        return connection.execute(select(users.c.id).limit(1)).first() is not None


def get(engine: Engine, login: str) -> User:
    """The account of this login, however it is spelled.  Raises ``UserError`` when there is none."""
    with engine.connect() as connection:
        row = connection.execute(select(*_PUBLIC).where(_is_login(login))).one_or_none()
    if row is None:
        raise UserError(f"There is no user {login!r}; `dashapp user list` shows them all.")
    return _user(row)


def authenticate(engine: Engine, login: str, password: str, allow_demo: bool = False) -> User | None:
    """The account if login and password are right and it may be used, else None.

    Unknown, disabled and wrong cost the same: a password is compared in every case.
    """
    with engine.connect() as connection:
        row = connection.execute(select(users).where(_is_login(login))).one_or_none()
    right = is_right(password, row.password_hash if row else None)
    if row is None or not right or row.disabled_at is not None or (row.is_demo and not allow_demo):
        return None
    if is_outdated(row.password_hash):
        _change(engine, row.login, password_hash=hash_password(password))
    return _user(row)


def in_session(engine: Engine, user_id: int, epoch: int, session_id: str, allow_demo: bool = False) -> User | None:
    """The account behind a session, or None once it was disabled, changed or logged out: one indexed query."""
    ended = select(ended_sessions.c.id).where(ended_sessions.c.id == session_id).exists()
    query = select(*_PUBLIC).where(
        users.c.id == user_id, users.c.session_epoch == epoch, users.c.disabled_at.is_(None), ~ended
    )
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or (row.is_demo and not allow_demo):
        return None
    return _user(row)


def end_session(engine: Engine, session_id: str, now: datetime, keep: timedelta) -> None:
    """Refuse this session from now on.  Entries older than ``keep``, the longest life of one, are dropped."""
    with engine.begin() as connection:
        connection.execute(delete(ended_sessions).where(ended_sessions.c.ended_at < now - keep))
        connection.execute(delete(ended_sessions).where(ended_sessions.c.id == session_id))
        connection.execute(insert(ended_sessions), {"id": session_id, "ended_at": now})


def disable(engine: Engine, login: str, now: datetime) -> None:
    """Lock the account; its sessions end at their next request."""
    _change(engine, login, disabled_at=now, session_epoch=users.c.session_epoch + 1)


def enable(engine: Engine, login: str) -> None:
    """Unlock the account; sessions from before stay ended."""
    _change(engine, login, disabled_at=None, session_epoch=users.c.session_epoch + 1)


def set_role(engine: Engine, login: str, role: Role, staff_id: str | None = None, team: str | None = None) -> None:
    """Give another role with its staff id and team; the user logs in again."""
    _change(
        engine,
        login,
        role=Role(role).value,
        staff_id=staff_id or None,
        team=team or None,
        session_epoch=users.c.session_epoch + 1,
    )


def set_timezone(engine: Engine, login: str, zone: str | None) -> None:
    """Let the user see days and hours of that time zone; of the site's for None.  Raises ``UserError`` for no zone."""
    _check_zone(zone)
    _change(engine, login, timezone=zone)


def _check_zone(zone: str | None) -> None:
    if zone is not None and zone not in available_timezones():
        raise UserError(f"{zone!r} is not a time zone; write it like Europe/Paris.")


def set_password(engine: Engine, login: str, password: str) -> None:
    """Set another password; sessions begun with the old one end.  Raises ``WeakPassword``."""
    _change(engine, login, password_hash=hash_password(password), session_epoch=users.c.session_epoch + 1)


def _is_login(login: str) -> ColumnElement[bool]:
    return func.lower(users.c.login) == normal_login(login)


def _change(engine: Engine, login: str, **values: Any) -> None:
    with engine.begin() as connection:
        changed = connection.execute(update(users).where(_is_login(login)).values(**values)).rowcount
    if not changed:
        raise UserError(f"There is no user {login!r}; `dashapp user list` shows them all.")


def _user(row: Any) -> User:
    values = dict(row._mapping)
    values.pop("password_hash", None)
    return User(**{**values, "role": Role(values["role"])})
