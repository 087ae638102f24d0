"""The first tables: users and their sessions, views, audit, loads."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply this version."""
    _create_people()
    _create_site_values()
    _create_records()


def _create_people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("login", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("staff_id", sa.String(80)),
        sa.Column("team", sa.String(80)),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.Column("session_epoch", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("timezone", sa.String(64)),
        sa.Column("is_demo", sa.Boolean, nullable=False),
    )
    op.create_index("users_login", "users", [sa.text("lower(login)")], unique=True)
    op.create_table(
        "login_attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("login", sa.String(80), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
    )
    op.create_index("login_attempts_address_at", "login_attempts", ["address", "at"])
    op.create_index("login_attempts_at", "login_attempts", ["at"])
    op.create_table(
        "ended_sessions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("ended_at", MOMENT, nullable=False),
    )
    op.create_index("ended_sessions_ended_at", "ended_sessions", ["ended_at"])


def _create_site_values() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
    )
    op.create_table(
        "settings_and_targets",
        sa.Column("key", sa.String(120), primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("page", sa.String(200), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("shared_role", sa.String(30)),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("saved_views_owner_page", "saved_views", ["owner", "page"])


def _create_records() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("login", sa.String(80)),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("address", sa.String(64)),
    )
    op.create_index("audit_log_at", "audit_log", ["at"])
    op.create_table(
        "load_history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.Column("result", sa.String(30), nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
    )
    op.create_index("load_history_started_at", "load_history", ["started_at"])


def downgrade() -> None:
    """Take this version back."""
    for table in (
        "load_history",
        "audit_log",
        "saved_views",
        "settings_and_targets",
        "teams",
        "ended_sessions",
        "login_attempts",
        "users",
    ):
        op.drop_table(table)
