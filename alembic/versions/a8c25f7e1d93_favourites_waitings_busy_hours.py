"""Favourites, queues for taken chargers, and how busy places are."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "a8c25f7e1d93"
down_revision: str | None = "d7f3a16c9e52"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "favourites",
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("location", sa.String(length=120), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("driver_id", "location", name=op.f("pk_favourites")),
    )
    op.create_table(
        "waitings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("location", sa.String(length=120), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitings")),
    )
    op.create_index(op.f("ix_waitings_driver_id"), "waitings", ["driver_id"])
    op.create_index(op.f("ix_waitings_location"), "waitings", ["location"])
    op.create_table(
        "busy_hours",
        sa.Column("location", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("location", "hour", name=op.f("pk_busy_hours")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("busy_hours")
    op.drop_table("waitings")
    op.drop_table("favourites")
