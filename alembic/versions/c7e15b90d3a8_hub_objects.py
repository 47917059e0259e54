"""What members of our hub told everybody, and who missed some of it."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "c7e15b90d3a8"
down_revision: str | None = "3fb8a2d9c714"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_objects",
        sa.Column("created", BIG, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("noun", sa.String(length=12), nullable=False),
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("last_updated", Utc(), nullable=False),
        sa.Column("touched", Utc(), nullable=False),
        sa.Column("sent", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_hub_objects_partner_id")
        ),
        sa.PrimaryKeyConstraint("created", name=op.f("pk_hub_objects")),
        sa.UniqueConstraint("key", name=op.f("uq_hub_objects_key")),
    )
    op.create_index("ix_hub_objects_touched", "hub_objects", ["touched", "created"])
    op.create_table(
        "hub_gaps",
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_hub_gaps_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_hub_gaps")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("hub_gaps")
    op.drop_index("ix_hub_objects_touched", "hub_objects")
    op.drop_table("hub_objects")
