"""Own tokens are found by their contract, which is all that OCPI 2.1.1 names of them."""

import json
from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "b9d3e6f1a284"
down_revision: str | None = "f3a90d5be127"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TOKENS = sa.table("tokens", sa.column("key"), sa.column("own"), sa.column("document"))
CONTRACTS = sa.table("tokens", sa.column("key"), sa.column("contract_key"))


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("tokens") as table:
        table.add_column(sa.Column("contract_key", sa.String(length=36), nullable=True))
        table.create_index(op.f("ix_tokens_contract_key"), ["contract_key"])
    connection = op.get_bind()
    own = sa.select(TOKENS.c.key, TOKENS.c.document).where(TOKENS.c.own.is_(sa.true()))
    for key, document in connection.execute(own).all():
        contract = json.loads(document)["contract_id"].casefold()[:36]
        change = sa.update(CONTRACTS).where(CONTRACTS.c.key == key)
        connection.execute(change.values(contract_key=contract))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("tokens") as table:
        table.drop_index(op.f("ix_tokens_contract_key"))
        table.drop_column("contract_key")
