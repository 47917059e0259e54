"""Charging profiles of sessions."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "c58e21d7f0b4"
down_revision: str | None = "a715c12ae52a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "session_profiles",
        sa.Column("session_key", sa.String(length=64), nullable=False),
        sa.Column("review_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_key", name=op.f("pk_session_profiles")),
    )
    with op.batch_alter_table("session_profiles", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_session_profiles_review_at"), ["review_at"], unique=False
        )


def downgrade() -> None:
    """Go back."""
    op.drop_table("session_profiles")
