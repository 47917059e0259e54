"""Tokens that members of the hub told each other."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "51c08f3d7be2"
down_revision: str | None = "a94d27e0b6f1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_tokens",
        sa.Column("owner", sa.String(length=6), nullable=False),
        sa.Column("uid_key", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("contract_key", sa.String(length=255), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("contract_id", sa.String(length=255), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("heard_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "uid_key", "type", name=op.f("pk_hub_tokens")),
    )
    with op.batch_alter_table("hub_tokens", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hub_tokens_contract_key"), ["contract_key"], unique=False
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("hub_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hub_tokens_contract_key"))
    op.drop_table("hub_tokens")
