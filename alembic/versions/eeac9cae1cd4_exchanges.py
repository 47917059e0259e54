"""Exchanges."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "eeac9cae1cd4"
down_revision: str | None = "d27c4e9a1b60"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FAILED = sa.text("failed")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "exchanges",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("partner_id", sa.String(length=36), nullable=True),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=True),
        sa.Column("module", sa.String(length=40), nullable=True),
        sa.Column("request_id", sa.String(length=255), nullable=False),
        sa.Column("correlation_id", sa.String(length=255), nullable=False),
        sa.Column("sender", sa.String(length=12), nullable=True),
        sa.Column("receiver", sa.String(length=12), nullable=True),
        sa.Column("http", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("request_headers", sa.Text(), nullable=False),
        sa.Column("request_body", sa.Text(), nullable=False),
        sa.Column("request_size", sa.Integer(), nullable=False),
        sa.Column("answer_headers", sa.Text(), nullable=True),
        sa.Column("answer_body", sa.Text(), nullable=True),
        sa.Column("answer_size", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("subject", sa.String(length=160), nullable=True),
        sa.Column("every", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
    )
    op.create_index(op.f("ix_exchanges_at"), "exchanges", ["at"])
    op.create_index(op.f("ix_exchanges_correlation_id"), "exchanges", ["correlation_id"])
    op.create_index("ix_exchanges_partner", "exchanges", ["partner_id", "id"])
    op.create_index(
        "ix_exchanges_failed",
        "exchanges",
        ["id"],
        sqlite_where=FAILED,
        postgresql_where=FAILED,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("exchanges")
