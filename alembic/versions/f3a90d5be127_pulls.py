"""How far partners' lists are pulled."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "f3a90d5be127"
down_revision: str | None = "eeac9cae1cd4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "pulls",
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("since", Utc(), nullable=True),
        sa.Column("pulled_at", Utc(), nullable=True),
        sa.Column("whole_at", Utc(), nullable=True),
        sa.Column("doubted_at", Utc(), nullable=True),
        sa.Column("trouble", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_pulls_partner_id_partners")
        ),
        sa.PrimaryKeyConstraint("partner_id", "module", "party", name=op.f("pk_pulls")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("pulls")
