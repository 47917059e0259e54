"""Operators and the keys to their API in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Field

from app.domain.identifiers import PartyId
from app.domain.operators import ApiKey, Holder, Operator
from app.store.changes import note
from app.store.columns import Document, Utc
from app.store.documents import unpack
from app.store.nouns import Noun
from app.store.repository import DocumentRepository
from app.store.rows import Row
from app.store.statements import table_of


class OperatorRow(Row, table=True):
    """One operator."""

    __tablename__ = "operators"

    id: str = Field(primary_key=True, max_length=6)
    created_at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


class ApiKeyRow(Row, table=True):
    """A key to an operator's API; the key itself is shown once and not kept."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True, max_length=36)
    party: str = Field(max_length=6, index=True)
    fingerprint: str = Field(max_length=100, unique=True)
    label: str = Field(default="", max_length=100)
    platform: bool = False
    created_at: datetime = Field(sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)


OPERATORS, KEYS = table_of(OperatorRow), table_of(ApiKeyRow)


_HOLDER = (
    select(OPERATORS.c.document, KEYS.c.platform, KEYS.c.id)
    .join(KEYS, KEYS.c.party == OPERATORS.c.id)
    .where(KEYS.c.fingerprint == bindparam("presented"), KEYS.c.revoked_at.is_(None))
)


class Operators(DocumentRepository[Operator]):
    """Operators by their party, such as `NL-RW1`."""

    row = OperatorRow
    shape = Operator
    noun = "operator"

    def columns(self, value: Operator) -> dict[str, Any]:
        """The columns operators are found by."""
        return {"id": str(value.party), "created_at": value.created_at}

    async def put(self, value: Operator) -> None:
        """Write the operator whether or not it was there."""
        await super().put(value)
        await note(self._connection, Noun.OPERATOR, str(value.party))

    async def of(self, party: PartyId) -> Operator | None:
        """The operator that is this party, or None when the party is not ours."""
        return await self.get(str(party))

    async def list(self) -> list[Operator]:
        """All operators, the oldest first."""
        return await self._many(order=OPERATORS.c.created_at)

    async def by_key(self, fingerprint: str) -> Holder | None:
        """Whose valid API key has this hash."""
        found = await self._connection.execute(_HOLDER, {"presented": fingerprint})
        row = found.one_or_none()
        if row is None:
            return None
        return Holder(unpack(Operator, row.document), row.platform, row.id)

    async def add_key(self, key: ApiKey) -> None:
        """Let a key in."""
        values = {
            "id": key.id,
            "party": str(key.party),
            "fingerprint": key.fingerprint,
            "label": key.label,
            "platform": key.platform,
            "created_at": key.created_at,
            "revoked_at": key.revoked_at,
        }
        await self._connection.execute(insert(KEYS).values(**values))

    async def revoke_key(self, party: PartyId, key_id: str, now: datetime) -> bool:
        """Let a key in no more; False when the party has no such valid key."""
        mine = (KEYS.c.id == key_id, KEYS.c.party == str(party), KEYS.c.revoked_at.is_(None))
        result = await self._connection.execute(update(KEYS).where(*mine).values(revoked_at=now))
        return result.rowcount == 1
