"""Certificates of chargers, and the house's own certificate authorities."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "e4a71b83c05d"
down_revision: str | None = "a4d1c7e2b960"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "charger_certificates",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=True),
        sa.Column("due_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charger_certificates")),
    )
    with op.batch_alter_table("charger_certificates", schema=None) as batch_op:
        for column in ("station", "serial", "due_at"):
            name = batch_op.f(f"ix_charger_certificates_{column}")
            batch_op.create_index(name, [column], unique=False)
    op.create_table(
        "certificate_authorities",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("party", sa.String(length=8), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_authorities")),
    )
    with op.batch_alter_table("certificate_authorities", schema=None) as batch_op:
        name = batch_op.f("ix_certificate_authorities_party")
        batch_op.create_index(name, ["party"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table("certificate_authorities")
    op.drop_table("charger_certificates")
