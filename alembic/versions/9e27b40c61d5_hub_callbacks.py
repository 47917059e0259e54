"""Addresses of the hub that stand for members' own."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "9e27b40c61d5"
down_revision: str | None = "b9d3e6f1a284"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_callbacks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=6), nullable=False),
        sa.Column("owner_partner", sa.String(length=36), nullable=False),
        sa.Column("caller", sa.String(length=6), nullable=False),
        sa.Column("caller_partner", sa.String(length=36), nullable=False),
        sa.Column("correlation_id", sa.String(length=255), nullable=False),
        sa.Column("reservation", sa.String(length=255), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_callbacks")),
    )
    for column in ("reservation", "expires_at"):
        name = op.f(f"ix_hub_callbacks_{column}")
        op.create_index(name, "hub_callbacks", [column], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table("hub_callbacks")
