"""Members of our hub."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "e61d3c8a0f57"
down_revision: str | None = "9e27b40c61d5"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_members",
        sa.Column("created", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("counterpart", sa.String(length=6), nullable=False),
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("last_updated", Utc(), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_hub_members_partner_id")
        ),
        sa.PrimaryKeyConstraint("created", name=op.f("pk_hub_members")),
        sa.UniqueConstraint("party", "role", "counterpart", name=op.f("uq_hub_members_party")),
    )
    with op.batch_alter_table("hub_members", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hub_members_partner_id"), ["partner_id"], unique=False
        )


def downgrade() -> None:
    """Go back."""
    op.drop_table("hub_members")
