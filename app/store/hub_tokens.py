"""Tokens heard at the hub, by owner and uid, found by their contracts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update
from sqlmodel import Field

from app.domain.hub_tokens import HeardToken, Reference
from app.domain.identifiers import PartyId
from app.store.columns import Document, Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert

_LATEST = 20


class HubTokenRow(Row, table=True):
    """One token; `uid_key` and `contract_key` are what is compared."""

    __tablename__ = "hub_tokens"

    owner: str = Field(primary_key=True, max_length=6)
    uid_key: str = Field(primary_key=True, max_length=255)
    type: str = Field(primary_key=True, max_length=64)
    contract_key: str = Field(max_length=255, index=True)
    uid: str = Field(max_length=255)
    contract_id: str = Field(max_length=255)
    document: str = Field(sa_type=Document)
    heard_at: datetime = Field(sa_type=Utc, index=True)


class HubReferenceRow(Row, table=True):
    """One authorization reference."""

    __tablename__ = "hub_references"

    provider: str = Field(primary_key=True, max_length=6)
    reference: str = Field(primary_key=True, max_length=64)
    operator: str = Field(max_length=6)
    contract_key: str = Field(max_length=255, index=True)
    given_at: datetime = Field(sa_type=Utc, index=True)
    started_at: datetime | None = Field(default=None, sa_type=Utc)


REFERENCES = table_of(HubReferenceRow)
TOKENS = table_of(HubTokenRow)


class HubTokens(Repository):
    """What members said of their tokens, and of charging by them."""

    async def put(self, tokens: Sequence[HeardToken]) -> None:
        """Write each, whether or not it was known."""
        statement = upsert(self._connection, TOKENS, "owner", "uid_key", "type")
        for token in tokens:
            values = {
                "owner": str(token.owner),
                "uid_key": token.uid.casefold(),
                "type": token.type,
                "contract_key": token.contract_id.casefold(),
                "uid": token.uid,
                "contract_id": token.contract_id,
                "document": token.document,
                "heard_at": token.heard_at,
            }
            await self._connection.execute(statement.values(**values))

    async def needed(self, token: HeardToken, now: datetime) -> None:
        """A token is still in use; what it says stays."""
        this = (
            TOKENS.c.owner == str(token.owner),
            TOKENS.c.uid_key == token.uid.casefold(),
            TOKENS.c.type == token.type,
            TOKENS.c.heard_at < now,
        )
        await self._connection.execute(update(TOKENS).where(*this).values(heard_at=now))

    async def put_reference(self, given: Reference) -> None:
        """Write it, whether or not it was known."""
        statement = upsert(self._connection, REFERENCES, "provider", "reference")
        await self._connection.execute(
            statement.values(
                provider=str(given.provider),
                reference=given.reference,
                operator=str(given.operator),
                contract_key=given.contract_id.casefold(),
                given_at=given.given_at,
                started_at=given.started_at,
            )
        )

    async def forget_references(self, before: datetime, limit: int) -> int:
        """Forget what was given so long ago, the oldest first; gives how many."""
        old = select(REFERENCES.c.provider, REFERENCES.c.reference)
        old = old.where(REFERENCES.c.given_at < before).order_by(REFERENCES.c.given_at)
        name = tuple_(REFERENCES.c.provider, REFERENCES.c.reference)
        statement = delete(REFERENCES).where(name.in_(old.limit(limit)))
        return (await self._connection.execute(statement)).rowcount

    async def forget_tokens(self, before: datetime, limit: int) -> int:
        """Forget what was heard last so long ago, the oldest first; gives how many."""
        return await self._forget_oldest(limit, TOKENS.c.heard_at < before)

    async def forget_oldest(self, limit: int) -> int:
        """Forget those that were not heard for longest; gives how many."""
        return await self._forget_oldest(limit)

    async def _forget_oldest(self, limit: int, *wanted: Any) -> int:
        columns = (TOKENS.c.owner, TOKENS.c.uid_key, TOKENS.c.type)
        old = select(*columns).where(*wanted).order_by(TOKENS.c.heard_at).limit(limit)
        statement = delete(TOKENS).where(tuple_(*columns).in_(old))
        return (await self._connection.execute(statement)).rowcount

    async def count(self) -> int:
        """How many tokens are known."""
        found = await self._connection.execute(select(func.count()).select_from(TOKENS))
        return int(found.scalar_one())

    async def references(
        self, operator: PartyId, provider: PartyId, contract_id: str
    ) -> list[Reference]:
        """What was given for a contract at an operator, the latest first."""
        statement = select(REFERENCES).where(
            REFERENCES.c.contract_key == contract_id.casefold(),
            REFERENCES.c.operator == str(operator),
            REFERENCES.c.provider == str(provider),
        )
        ordered = statement.order_by(REFERENCES.c.given_at.desc()).limit(_LATEST)
        return [
            Reference(provider, row.reference, operator, contract_id, row.given_at, row.started_at)
            for row in await self._connection.execute(ordered)
        ]

    async def of_contract(self, owner: PartyId, contract_id: str) -> HeardToken | None:
        """The token of a contract that was heard last."""
        return await self._newest(
            TOKENS.c.owner == str(owner), TOKENS.c.contract_key == contract_id.casefold()
        )

    async def of_uid(self, owner: PartyId, uid: str, kind: str | None = None) -> HeardToken | None:
        """The token of a uid (and type) that was heard last."""
        wanted = [TOKENS.c.owner == str(owner), TOKENS.c.uid_key == uid.casefold()]
        if kind is not None:
            wanted.append(TOKENS.c.type == kind)
        return await self._newest(*wanted)

    async def _newest(self, *wanted: Any) -> HeardToken | None:
        statement = select(TOKENS).where(*wanted).order_by(TOKENS.c.heard_at.desc()).limit(1)
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else _read(row)


def _read(row: Any) -> HeardToken:
    return HeardToken(
        PartyId.parse(row.owner),
        row.uid,
        row.type,
        row.contract_id,
        row.document,
        row.heard_at,
    )
