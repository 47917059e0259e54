"""Meter samples of no session are found by their age, to be forgotten."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "d8b31e64f07a"
down_revision: str | None = "c5f20a73e9b6"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    nobodys = sa.text("session_id IS NULL")
    op.create_index(
        "ix_meter_samples_unclaimed",
        "meter_samples",
        ["session_id", "at"],
        sqlite_where=nobodys,
        postgresql_where=nobodys,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_meter_samples_unclaimed", "meter_samples")
