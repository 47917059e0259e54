"""Chargers' variables and reports, what they are wanted to be set to, and how far that is."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "9c2d7a41e5b8"
down_revision: str | None = "d17a5c93be40"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "device_variables",
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("station", "key", name=op.f("pk_device_variables")),
    )
    op.create_table(
        "device_reports",
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("begun_at", Utc(), nullable=False),
        sa.Column("heard_at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("station", "number", name=op.f("pk_device_reports")),
    )
    with op.batch_alter_table("device_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_reports_heard_at"), ["heard_at"], unique=False)
    op.create_table(
        "wanted_settings",
        sa.Column("owner", sa.String(length=270), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_wanted_settings")),
    )
    op.create_table(
        "station_configurations",
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("due_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_station_configurations")),
    )
    with op.batch_alter_table("station_configurations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_station_configurations_due_at"), ["due_at"], unique=False
        )
    op.create_table(
        "charger_rules",
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("party", name=op.f("pk_charger_rules")),
    )


def downgrade() -> None:
    """Go back."""
    for table in (
        "charger_rules",
        "station_configurations",
        "wanted_settings",
        "device_reports",
        "device_variables",
    ):
        op.drop_table(table)
