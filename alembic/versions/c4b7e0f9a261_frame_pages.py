"""The frames of chargers' sockets, for people who look for trouble."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "c4b7e0f9a261"
down_revision: str | None = "9c2d7a41e5b8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "frame_pages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("first", Utc(), nullable=False),
        sa.Column("last", Utc(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_pages")),
    )
    op.create_index(op.f("ix_frame_pages_last"), "frame_pages", ["last"])
    op.create_index("ix_frame_pages_station", "frame_pages", ["station", "id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("frame_pages")
