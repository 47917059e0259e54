"""The hub's contract groups, rules, their changes, and whose ids passed it."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "3fb8a2d9c714"
down_revision: str | None = "e61d3c8a0f57"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_groups",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hub_groups")),
    )
    op.create_table(
        "hub_rules",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_hub_rules")),
    )
    op.create_table(
        "hub_rule_changes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_rule_changes")),
    )
    op.create_index(op.f("ix_hub_rule_changes_key"), "hub_rule_changes", ["key"])
    op.create_table(
        "hub_index",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("owner", sa.String(length=6), nullable=False),
        sa.Column("other", sa.String(length=6), nullable=True),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "owner", name=op.f("pk_hub_index")),
    )
    op.create_index("ix_hub_index_kind_expires_at", "hub_index", ["kind", "expires_at"])


def downgrade() -> None:
    """Go back."""
    for table in ("hub_index", "hub_rule_changes", "hub_rules", "hub_groups"):
        op.drop_table(table)
