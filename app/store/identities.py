"""Whom identity providers mean, in the database; a subject of theirs belongs to one driver."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, insert, select, update
from sqlmodel import Field

from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class IdentityRow(Row, table=True):
    """A provider's subject; `grant` is sealed, and what the provider is asked to revoke."""

    __tablename__ = "identities"

    issuer: str = Field(primary_key=True, max_length=255)
    subject: str = Field(primary_key=True, max_length=255)
    driver_id: str = Field(max_length=36, index=True)
    provider: str | None = Field(default=None, max_length=40)
    tied_at: datetime | None = Field(default=None, sa_type=Utc)
    client_id: str | None = Field(default=None, max_length=255)
    grant: str | None = Field(default=None, sa_type=Text)


class RevocationRow(Row, table=True):
    """A grant that a provider is still to be told about; whose it was is not kept."""

    __tablename__ = "provider_revocations"

    id: str = Field(primary_key=True, max_length=36)
    provider: str = Field(max_length=40)
    client_id: str = Field(max_length=255)
    grant: str = Field(sa_type=Text)
    tries: int = 0
    created_at: datetime = Field(sa_type=Utc)
    due_at: datetime = Field(sa_type=Utc, index=True)


IDENTITIES, REVOCATIONS = table_of(IdentityRow), table_of(RevocationRow)


@dataclass(frozen=True, slots=True)
class Tie:
    """That a subject of a provider means a driver; `grant` is sealed."""

    issuer: str
    subject: str
    driver_id: str
    provider: str | None = None
    tied_at: datetime | None = None
    client_id: str | None = None
    grant: str | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """A grant to be revoked at its provider; `grant` is sealed for this id."""

    id: str
    provider: str
    client_id: str
    grant: str
    created_at: datetime
    due_at: datetime
    tries: int = 0


class Identities(Repository):
    """Ties by issuer and subject."""

    async def driver_of(self, issuer: str, subject: str) -> str | None:
        """The driver whom this provider means by this subject."""
        statement = select(IDENTITIES.c.driver_id).where(*_named(issuer, subject))
        found: str | None = (await self._connection.execute(statement)).scalar_one_or_none()
        return found

    async def get(self, issuer: str, subject: str) -> Tie | None:
        """The tie of a subject."""
        rows = await self._connection.execute(select(IDENTITIES).where(*_named(issuer, subject)))
        row = rows.mappings().one_or_none()
        return None if row is None else Tie(**row)

    async def tie(self, tie: Tie) -> bool:
        """Let the subject mean the driver; False when it means somebody already."""
        statement = insert_into(self._connection, IDENTITIES).values(**_values(tie))
        result = await self._connection.execute(statement.on_conflict_do_nothing())
        return result.rowcount == 1

    async def keep_grant(self, tie: Tie) -> None:
        """Remember the newest grant of a subject."""
        values = {"client_id": tie.client_id, "grant": tie.grant, "provider": tie.provider}
        mine = _named(tie.issuer, tie.subject)
        await self._connection.execute(update(IDENTITIES).where(*mine).values(**values))

    async def of_driver(self, driver_id: str) -> list[Tie]:
        """Who providers say a driver is."""
        mine = select(IDENTITIES).where(IDENTITIES.c.driver_id == driver_id)
        rows = await self._connection.execute(mine.order_by(IDENTITIES.c.issuer))
        return [Tie(**row) for row in rows.mappings()]

    async def untie(self, driver_id: str) -> None:
        """Let no subject mean this driver any more."""
        mine = IDENTITIES.c.driver_id == driver_id
        await self._connection.execute(IDENTITIES.delete().where(mine))


class Revocations(Repository):
    """Grants that are still to be revoked."""

    async def add(self, revocation: Revocation) -> None:
        """One more."""
        await self._connection.execute(insert(REVOCATIONS).values(**_values(revocation)))

    async def due(self, now: datetime, limit: int) -> list[Revocation]:
        """Those whose time has come, the oldest first."""
        late = select(REVOCATIONS).where(REVOCATIONS.c.due_at <= now)
        rows = await self._connection.execute(late.order_by(REVOCATIONS.c.due_at).limit(limit))
        return [Revocation(**row) for row in rows.mappings()]

    async def later(self, revocation_id: str, due_at: datetime) -> None:
        """Try again at this moment."""
        mine = update(REVOCATIONS).where(REVOCATIONS.c.id == revocation_id)
        values = {"due_at": due_at, "tries": REVOCATIONS.c.tries + 1}
        await self._connection.execute(mine.values(**values))

    async def delete(self, revocation_id: str) -> None:
        """It is done, or can never be."""
        mine = REVOCATIONS.c.id == revocation_id
        await self._connection.execute(REVOCATIONS.delete().where(mine))


def _named(issuer: str, subject: str) -> Any:
    return (IDENTITIES.c.issuer == issuer, IDENTITIES.c.subject == subject)


def _values(value: Tie | Revocation) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__slots__}
