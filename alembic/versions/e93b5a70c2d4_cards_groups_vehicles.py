"""Charge cards, families and fleets, vehicles, reports and ratings."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import BigId, Utc

revision: str = "e93b5a70c2d4"
down_revision: str | None = "c1d7e93a5f42"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    _cards()
    _vehicles()
    _groups()
    _opinions()
    op.add_column("chargings", sa.Column("payer_id", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_chargings_payer_id"), "chargings", ["payer_id"])


def _cards() -> None:
    op.create_table(
        "card_orders",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_orders")),
    )
    op.create_index(op.f("ix_card_orders_driver_id"), "card_orders", ["driver_id"])
    op.create_index(op.f("ix_card_orders_state"), "card_orders", ["state"])
    op.create_table(
        "charge_cards",
        sa.Column("number_key", sa.String(length=64), nullable=False),
        sa.Column("uid_key", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number_key", name=op.f("pk_charge_cards")),
        sa.UniqueConstraint("uid_key", name=op.f("uq_charge_cards_uid_key")),
    )
    op.create_index(op.f("ix_charge_cards_driver_id"), "charge_cards", ["driver_id"])
    op.create_index(op.f("ix_charge_cards_state"), "charge_cards", ["state"])


def _vehicles() -> None:
    op.create_table(
        "vehicles",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("vehicle_key", sa.String(length=36), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicles")),
        sa.UniqueConstraint("vehicle_key", name=op.f("uq_vehicles_vehicle_key")),
    )
    op.create_index(op.f("ix_vehicles_driver_id"), "vehicles", ["driver_id"])
    op.create_table(
        "vehicle_sightings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("station_key", sa.String(length=255), nullable=False),
        sa.Column("evse_uid", sa.String(length=48), nullable=False),
        sa.Column("vehicle_key", sa.String(length=36), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_sightings")),
    )
    op.create_index("ix_vehicle_sightings_at", "vehicle_sightings", ["at"])
    op.create_index(op.f("ix_vehicle_sightings_station_key"), "vehicle_sightings", ["station_key"])


def _groups() -> None:
    op.create_table(
        "driver_groups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_driver_groups")),
    )
    op.create_index(op.f("ix_driver_groups_owner_id"), "driver_groups", ["owner_id"])
    op.create_table(
        "group_members",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.String(length=128), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_group_members_code_hash")),
    )
    op.create_index(op.f("ix_group_members_group_id"), "group_members", ["group_id"])
    op.create_index(op.f("ix_group_members_driver_id"), "group_members", ["driver_id"])
    op.create_table(
        "group_spending",
        sa.Column("charging_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("minor", BigId, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("charging_id", name=op.f("pk_group_spending")),
    )
    columns = ["group_id", "month", "driver_id"]
    op.create_index("ix_group_spending_month", "group_spending", columns)


def _opinions() -> None:
    op.create_table(
        "issues",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=True),
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
    )
    op.create_index(op.f("ix_issues_driver_id"), "issues", ["driver_id"])
    op.create_index("ix_issues_party_state", "issues", ["party", "state"])
    op.create_table(
        "ratings",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ratings")),
    )
    op.create_index(op.f("ix_ratings_driver_id"), "ratings", ["driver_id"])
    op.create_index(op.f("ix_ratings_place"), "ratings", ["place"])


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_chargings_payer_id"), "chargings")
    op.drop_column("chargings", "payer_id")
    for table in (
        "ratings",
        "issues",
        "group_spending",
        "group_members",
        "driver_groups",
        "vehicle_sightings",
        "vehicles",
        "charge_cards",
        "card_orders",
    ):
        op.drop_table(table)
