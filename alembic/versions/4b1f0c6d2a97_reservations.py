"""Reservations."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "4b1f0c6d2a97"
down_revision: str | None = "8688c5ad043e"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "reservations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=270), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked_as", sa.String(length=60), nullable=False),
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("place", sa.String(length=240), nullable=True),
        sa.Column("tag", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=True),
        sa.Column("session_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    with op.batch_alter_table("reservations", schema=None) as batch_op:
        for column in ("asked_as", "driver_id", "party", "place", "tag"):
            batch_op.create_index(batch_op.f(f"ix_reservations_{column}"), [column], unique=False)
        batch_op.create_index("ix_reservations_number", ["scope", "number"], unique=True)
        batch_op.create_index("ix_reservations_state", ["state", "expires_at"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table("reservations")
