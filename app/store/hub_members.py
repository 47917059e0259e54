"""Members of our hub in the database, in the order in which they became known."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, delete, select, tuple_
from sqlmodel import Field

from app.domain.hub_clients import ClientStatus
from app.domain.hub_members import HubMember, MemberKey, Told
from app.domain.identifiers import PartyId
from app.domain.partners import Role
from app.store.columns import BigId, Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class HubMemberRow(Row, table=True):
    """How one party in one role stands; `created` is the order of pages.

    `counterpart` is empty where everybody can reach it.
    """

    __tablename__ = "hub_members"
    __table_args__ = (UniqueConstraint("party", "role", "counterpart"),)

    created: int = Field(default=None, primary_key=True, sa_type=BigId)
    party: str = Field(max_length=6)
    role: str = Field(max_length=8)
    counterpart: str = Field(max_length=6)
    partner_id: str = Field(max_length=36, index=True, foreign_key="partners.id")
    status: str = Field(max_length=12)
    last_updated: datetime = Field(sa_type=Utc)
    came: bool


class HubToldRow(Row, table=True):
    """What one platform was told last of one party in one role."""

    __tablename__ = "hub_told"

    partner_id: str = Field(primary_key=True, max_length=36, foreign_key="partners.id")
    party: str = Field(primary_key=True, max_length=6)
    role: str = Field(primary_key=True, max_length=8)
    status: str = Field(max_length=12)
    last_updated: datetime = Field(sa_type=Utc)


MEMBERS = table_of(HubMemberRow)
TOLD = table_of(HubToldRow)


class HubMembers(Repository):
    """Whoever is, was or will be behind our hub."""

    async def put(self, member: HubMember) -> None:
        """Write how it stands, whether or not it was known."""
        statement = upsert(
            self._connection, MEMBERS, "party", "role", "counterpart", kept=["created"]
        )
        await self._connection.execute(
            statement.values(
                party=str(member.party),
                role=member.role.value,
                counterpart=_text(member.counterpart),
                partner_id=member.partner_id,
                status=member.status.value,
                last_updated=member.last_updated,
                came=member.came,
            )
        )

    async def these(self, keys: Iterable[MemberKey]) -> list[HubMember]:
        """Those of them that are known."""
        wanted = [(str(party), role.value, _text(other)) for party, role, other in keys]
        columns = tuple_(MEMBERS.c.party, MEMBERS.c.role, MEMBERS.c.counterpart)
        return await self._where(columns.in_(wanted)) if wanted else []

    async def of_partner(self, partner_id: str) -> list[HubMember]:
        """Those of one platform."""
        return await self._where(MEMBERS.c.partner_id == partner_id)

    async def of_party(self, party: PartyId) -> list[HubMember]:
        """A party in all its roles."""
        return await self._where(MEMBERS.c.party == str(party))

    async def all(self) -> list[HubMember]:
        """Everybody, the first that became known first."""
        return await self._where()

    async def told(self, partner_id: str) -> dict[tuple[PartyId, Role], Told]:
        """What a platform was told last of everybody, by party and role."""
        statement = select(TOLD).where(TOLD.c.partner_id == partner_id)
        found = [_read_told(row) for row in await self._connection.execute(statement)]
        return {(told.party, told.role): told for told in found}

    async def note_told(self, partner_id: str, told: Told) -> None:
        """A platform was told this."""
        statement = upsert(self._connection, TOLD, "partner_id", "party", "role")
        await self._connection.execute(
            statement.values(
                partner_id=partner_id,
                party=str(told.party),
                role=told.role.value,
                status=told.status.value,
                last_updated=told.last_updated,
            )
        )

    async def forget_told(self, partner_id: str) -> None:
        """What a platform was told counts no more."""
        await self._connection.execute(delete(TOLD).where(TOLD.c.partner_id == partner_id))

    async def _where(self, *conditions: Any) -> list[HubMember]:
        statement = select(MEMBERS).where(*conditions).order_by(MEMBERS.c.created)
        return [_read(row) for row in await self._connection.execute(statement)]


def _text(counterpart: PartyId | None) -> str:
    return "" if counterpart is None else str(counterpart)


def _read(row: Any) -> HubMember:
    return HubMember(
        PartyId.parse(row.party),
        Role(row.role),
        row.partner_id,
        ClientStatus(row.status),
        row.last_updated,
        PartyId.parse(row.counterpart) if row.counterpart else None,
        row.came,
    )


def _read_told(row: Any) -> Told:
    return Told(
        PartyId.parse(row.party), Role(row.role), ClientStatus(row.status), row.last_updated
    )
