"""Mailed codes, providers' grants, consents' versions and what drivers want to be told."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "7b2e94d6c1f8"
down_revision: str | None = "5e1d8b7c24f9"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "notification_preferences",
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("driver_id", name=op.f("pk_notification_preferences")),
    )
    op.create_table(
        "mail_codes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mail", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_codes")),
    )
    op.create_index(op.f("ix_mail_codes_mail"), "mail_codes", ["mail"])
    op.create_index(op.f("ix_mail_codes_expires_at"), "mail_codes", ["expires_at"])
    op.create_table(
        "sign_in_states",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in_states")),
    )
    op.create_index(op.f("ix_sign_in_states_expires_at"), "sign_in_states", ["expires_at"])
    op.create_table(
        "provider_revocations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("grant", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_revocations")),
    )
    op.create_index(op.f("ix_provider_revocations_due_at"), "provider_revocations", ["due_at"])
    op.add_column("identities", sa.Column("provider", sa.String(length=40), nullable=True))
    op.add_column("identities", sa.Column("tied_at", Utc(), nullable=True))
    op.add_column("identities", sa.Column("client_id", sa.String(length=255), nullable=True))
    op.add_column("identities", sa.Column("grant", sa.Text(), nullable=True))
    op.add_column("consents", sa.Column("version", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("consents", "version")
    for name in ("grant", "client_id", "tied_at", "provider"):
        op.drop_column("identities", name)
    for table in (
        "provider_revocations", "sign_in_states", "mail_codes", "notification_preferences",
    ):  # fmt: skip
        op.drop_table(table)
