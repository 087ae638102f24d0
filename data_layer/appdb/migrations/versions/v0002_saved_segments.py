"""Saved segments; the name of a saved view is its owner's only one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply this version."""
    op.create_table(
        "saved_segments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        # Links carry the number: one that was deleted must not become another's.
        sqlite_autoincrement=True,
    )
    op.create_index("saved_segments_owner_name", "saved_segments", ["owner", "name"], unique=True)
    op.create_index("saved_views_owner_name", "saved_views", ["owner", "name"], unique=True)


def downgrade() -> None:
    """Take this version back."""
    op.drop_index("saved_views_owner_name", "saved_views")
    op.drop_table("saved_segments")
