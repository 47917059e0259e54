"""Stickers that are not ours, and codes on chargers' displays."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import BigId, Utc

revision: str = "c1d7e93a5f42"
down_revision: str | None = "7b2e94d6c1f8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "sticker_reports",
        sa.Column("created", BigId, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("created", name=op.f("pk_sticker_reports")),
        sa.UniqueConstraint("id", name=op.f("uq_sticker_reports_id")),
    )
    op.create_index(op.f("ix_sticker_reports_party"), "sticker_reports", ["party"])
    op.create_index(op.f("ix_sticker_reports_code"), "sticker_reports", ["code"])
    op.create_table(
        "web_payments",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_web_payments")),
    )
    op.create_table(
        "web_payment_uses",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("evse", sa.Integer(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "evse", name=op.f("pk_web_payment_uses")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("web_payment_uses")
    op.drop_table("web_payments")
    op.drop_table("sticker_reports")
