"""What stands for ids of members of the hub that others have no room for."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "a8d4c15e7b32"
down_revision: str | None = "c4b7e0f9a261"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_aliases",
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("alias_key", sa.String(length=36), nullable=False),
        sa.Column("named", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_hub_aliases_partner_id_partners")
        ),
        sa.PrimaryKeyConstraint("partner_id", "alias_key", name=op.f("pk_hub_aliases")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("hub_aliases")
