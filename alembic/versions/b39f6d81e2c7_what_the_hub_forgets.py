"""What the hub needs to forget in time, and to tell of changed rules."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import BigId

revision: str = "b39f6d81e2c7"
down_revision: str | None = "5f3e9a7c1d24"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "hub_missed_rules",
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("change_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_hub_missed_rules_partner_id_partners")
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_hub_missed_rules")),
    )
    with op.batch_alter_table("hub_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hub_tokens_heard_at"), ["heard_at"], unique=False)
    with op.batch_alter_table("hub_objects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unsaid", sa.String(length=64), nullable=True))
    with op.batch_alter_table("hub_rule_changes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("objects", BigId, nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("hub_rule_changes", schema=None) as batch_op:
        batch_op.drop_column("objects")
    with op.batch_alter_table("hub_objects", schema=None) as batch_op:
        batch_op.drop_column("unsaid")
    with op.batch_alter_table("hub_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hub_tokens_heard_at"))
    op.drop_table("hub_missed_rules")
