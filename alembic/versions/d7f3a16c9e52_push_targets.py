"""Browsers and live activities that are told, and what was told by mail."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "d7f3a16c9e52"
down_revision: str | None = "e93b5a70c2d4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "web_subscriptions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=True),
        sa.Column("charging_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_subscriptions")),
    )
    for column in ("driver_id", "charging_id"):
        name = op.f(f"ix_web_subscriptions_{column}")
        op.create_index(name, "web_subscriptions", [column])
    op.create_table(
        "live_activities",
        sa.Column("charging_id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("charging_id", "device_id", name=op.f("pk_live_activities")),
    )
    op.create_index(op.f("ix_live_activities_created_at"), "live_activities", ["created_at"])
    for table in ("notices", "driver_notices"):
        op.add_column(table, sa.Column("mailed_at", Utc(), nullable=True))


def downgrade() -> None:
    """Go back."""
    for table in ("notices", "driver_notices"):
        op.drop_column(table, "mailed_at")
    op.drop_table("live_activities")
    op.drop_table("web_subscriptions")
