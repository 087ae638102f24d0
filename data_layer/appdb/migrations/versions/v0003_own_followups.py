"""Follow-ups that people add on the site."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply this version."""
    op.create_table(
        "own_followups",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.String(80), nullable=False),
        sa.Column("staff_id", sa.String(80), nullable=False),
        sa.Column("action", sa.String(200), nullable=False),
        sa.Column("priority", sa.String(20), nullable=False),
        sa.Column("due_date", sa.Date, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
    )
    op.create_index("own_followups_status_staff", "own_followups", ["status", "staff_id"])


def downgrade() -> None:
    """Take this version back."""
    op.drop_table("own_followups")
