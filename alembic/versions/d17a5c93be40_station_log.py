"""What chargers tell one thing after the other."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "d17a5c93be40"
down_revision: str | None = "b39f6d81e2c7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "station_log",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("heard_at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_log")),
    )
    op.create_index("ix_station_log_station", "station_log", ["station", "topic", "id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("station_log")
