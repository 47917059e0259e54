"""When an address of the hub was made is not kept: nobody asked for it, only for its end."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from app.store.columns import Utc

revision: str = "c5f20a73e9b6"
down_revision: str | None = "b4e19f62d8a7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.drop_column("hub_callbacks", "created_at")


def downgrade() -> None:
    """Go back; the oldest there are were made when time began."""
    at = sa.Column(
        "created_at", Utc(), nullable=False, server_default="1970-01-01T00:00:00.000000Z"
    )
    op.add_column("hub_callbacks", at)
