"""Changes, and lists by provider."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "d27c4e9a1b60"
down_revision: str | None = "c58e21d7f0b4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "changes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("noun", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_revision"), "changes", ["revision"])
    whose = ["token_party", "party", "own"]
    op.create_index("ix_sessions_provider", "sessions", [*whose, "key"])
    runs = sa.text("runs_at IS NOT NULL")
    op.create_index(
        "ix_sessions_running", "sessions", whose, sqlite_where=runs, postgresql_where=runs
    )
    op.create_index("ix_cdrs_provider", "cdrs", [*whose, "issued_at", "place"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_cdrs_provider", "cdrs")
    op.drop_index("ix_sessions_running", "sessions")
    op.drop_index("ix_sessions_provider", "sessions")
    op.drop_table("changes")
