"""Notices of stations are forgotten: the log of stations has taken their place."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "b4e19f62d8a7"
down_revision: str | None = "a8c25f7e1d93"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.drop_index("ix_station_notices_station", table_name="station_notices")
    op.drop_table("station_notices")


def downgrade() -> None:
    """Go back."""
    op.create_table(
        "station_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_notices")),
    )
    op.create_index("ix_station_notices_station", "station_notices", ["station"])
