"""What members of our hub were told of each other."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "a94d27e0b6f1"
down_revision: str | None = "c7e15b90d3a8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_told",
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("last_updated", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_hub_told_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", "party", "role", name=op.f("pk_hub_told")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("hub_told")
