"""What persons are told beyond their sessions, and until when news is kept back."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "5e1d8b7c24f9"
down_revision: str | None = "a8d4c15e7b32"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "driver_notices",
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), nullable=True),
        sa.Column("sent_at", Utc(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("driver_id", "kind", "subject", name=op.f("pk_driver_notices")),
    )
    op.create_index("ix_driver_notices_due", "driver_notices", ["due_at"])
    op.add_column("notices", sa.Column("due_at", Utc(), nullable=True))
    op.create_index("ix_notices_due", "notices", ["due_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_notices_due", "notices")
    op.drop_column("notices", "due_at")
    op.drop_table("driver_notices")
