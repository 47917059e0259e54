"""Locations and tariffs are not found by whether they are ours: SQLite preferred that to keys."""

from collections.abc import Sequence

from alembic import op

revision: str = "7f02c1a6e9d4"
down_revision: str | None = "6d4b1f92c8a0"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("locations", "tariffs")


def upgrade() -> None:
    """Go forward."""
    for table in _TABLES:
        op.drop_index(f"ix_{table}_own", table_name=table)


def downgrade() -> None:
    """Go back."""
    for table in _TABLES:
        op.create_index(f"ix_{table}_own", table, ["own"])
