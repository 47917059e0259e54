"""What is known of chargers beyond charging."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "a4d1c7e2b960"
down_revision: str | None = "7f02c1a6e9d4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "station_facts",
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("station", "topic", "name", name=op.f("pk_station_facts")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("station_facts")
