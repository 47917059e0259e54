"""Signed meter values and the keys of meters."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import BigId, Utc

revision: str = "5f3e9a7c1d24"
down_revision: str | None = "e4a71b83c05d"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "signed_meter_values",
        sa.Column("id", BigId, nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("evse", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("nature", sa.String(length=32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("encoding", sa.String(length=50), nullable=False),
        sa.Column("method", sa.String(length=50), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("own_nature", sa.String(length=32), nullable=True),
        sa.Column("meter", sa.String(length=64), nullable=False),
        sa.Column("pagination", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=True),
        sa.Column("trust", sa.String(length=12), nullable=True),
        sa.Column("used_key", sa.Text(), nullable=False),
        sa.Column("judged_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_meter_values")),
    )
    once = ["session_id", "fingerprint"]
    op.create_index("ix_signed_meter_values_once", "signed_meter_values", once, unique=True)
    op.create_index("ix_signed_meter_values_station", "signed_meter_values", ["station", "id"])
    op.create_table(
        "meter_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_keys")),
    )
    op.create_index(op.f("ix_meter_keys_station"), "meter_keys", ["station"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("meter_keys")
    op.drop_table("signed_meter_values")
