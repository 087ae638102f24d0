"""The tables of the application database: what the site knows about its users, not about customers."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
)
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC in the database (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into what the engine keeps; a naive one is an error of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give a moment back as aware UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(80), nullable=False),
    Column("name", String(200), nullable=False),
    Column("email", String(254)),
    Column("role", String(30), nullable=False),
    Column("staff_id", String(80)),
    Column("team", String(80)),
    Column("password_hash", String(200), nullable=False),
    Column("disabled_at", Moment),
    Column("session_epoch", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("timezone", String(64)),
    # A demo account has a published password: it opens nothing but a demo site.
    Column("is_demo", Boolean(create_constraint=False), nullable=False),
)
Index("users_login", func.lower(users.c.login), unique=True)

teams = Table(
    "teams",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", String(200), nullable=False),
)

settings_and_targets = Table(
    "settings_and_targets",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(80), nullable=False),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("name", String(200), nullable=False),
    Column("page", String(200), nullable=False),
    Column("query", Text, nullable=False),
    Column("shared_role", String(30)),
    Column("created_at", Moment, nullable=False),
    Index("saved_views_owner_page", "owner", "page"),
    Index("saved_views_owner_name", "owner", "name", unique=True),
)

saved_segments = Table(
    "saved_segments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("name", String(80), nullable=False),
    Column("roles", JSON, nullable=False),  # the roles it is shared with; none of them: private
    Column("rule", Text, nullable=False),  # see data_layer.semantics.rules
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("saved_segments_owner_name", "owner", "name", unique=True),
    # Links carry the number: one that was deleted must not become another's.
    sqlite_autoincrement=True,
)

own_followups = Table(
    "own_followups",
    metadata,
    # Promises that people made here; those of other systems are loaded with the data and are read-only.
    Column("id", Integer, primary_key=True),
    Column("customer_id", String(80), nullable=False),
    Column("staff_id", String(80), nullable=False),  # who has to keep it
    Column("action", String(200), nullable=False),
    Column("priority", String(20), nullable=False),
    Column("due_date", Date, nullable=False),
    Column("status", String(20), nullable=False),  # Open, Completed, Cancelled
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(80), nullable=False),
    Index("own_followups_status_staff", "status", "staff_id"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("login", String(80)),
    Column("action", String(60), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("address", String(64)),
    Index("audit_log_at", "at"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("login", String(80), nullable=False),
    Column("address", String(64), nullable=False),
    Column("outcome", String(10), nullable=False),
    Index("login_attempts_address_at", "address", "at"),
    Index("login_attempts_at", "at"),
)

ended_sessions = Table(
    "ended_sessions",
    metadata,
    # Signed cookies cannot be taken back; a copy of one that was logged out is refused by this list.
    Column("id", String(64), primary_key=True),
    Column("ended_at", Moment, nullable=False),
    Index("ended_sessions_ended_at", "ended_at"),
)

load_history = Table(
    "load_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("who", String(80), nullable=False),
    Column("source", String(400), nullable=False),
    Column("result", String(30), nullable=False),
    Column("report", JSON, nullable=False),
    Index("load_history_started_at", "started_at"),
)
