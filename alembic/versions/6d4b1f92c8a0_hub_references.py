"""Authorizations that members of the hub were given, for sessions that cannot name them."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "6d4b1f92c8a0"
down_revision: str | None = "51c08f3d7be2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_references",
        sa.Column("provider", sa.String(length=6), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=6), nullable=False),
        sa.Column("contract_key", sa.String(length=255), nullable=False),
        sa.Column("given_at", Utc(), nullable=False),
        sa.Column("started_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "reference", name=op.f("pk_hub_references")),
    )
    with op.batch_alter_table("hub_references", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hub_references_contract_key"), ["contract_key"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_hub_references_given_at"), ["given_at"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("hub_references", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hub_references_given_at"))
        batch_op.drop_index(batch_op.f("ix_hub_references_contract_key"))
    op.drop_table("hub_references")
