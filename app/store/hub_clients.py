"""Parties behind the hubs that we are a client of, by hub, party and role."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Field

from app.domain.hub_clients import ClientStatus, HubClient
from app.domain.identifiers import PartyId
from app.domain.partners import Role
from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class HubClientRow(Row, table=True):
    """The connection state of one party in one role."""

    __tablename__ = "hub_clients"

    partner_id: str = Field(primary_key=True, max_length=36, foreign_key="partners.id")
    party: str = Field(primary_key=True, max_length=6, index=True)
    role: str = Field(primary_key=True, max_length=8)
    status: str = Field(max_length=12)
    last_updated: datetime = Field(sa_type=Utc)


CLIENTS = table_of(HubClientRow)


class HubClients(Repository):
    """What hubs said about their clients."""

    async def put(self, client: HubClient) -> None:
        """Write the state whether or not the party was known."""
        statement = upsert(self._connection, CLIENTS, "partner_id", "party", "role")
        await self._connection.execute(
            statement.values(
                partner_id=client.partner_id,
                party=str(client.party),
                role=client.role.value,
                status=client.status.value,
                last_updated=client.last_updated,
            )
        )

    async def of_party(self, partner_id: str, party: PartyId) -> list[HubClient]:
        """A party behind a hub, once for each of its roles."""
        return await self._where(CLIENTS.c.partner_id == partner_id, CLIENTS.c.party == str(party))

    async def of_hub(self, partner_id: str) -> list[HubClient]:
        """Everybody behind a hub."""
        return await self._where(CLIENTS.c.partner_id == partner_id)

    async def connected(self, party: PartyId | None, role: Role) -> list[HubClient]:
        """Where a party (or everybody) in a role can be reached now, over all hubs."""
        wanted = [
            CLIENTS.c.role == role.value,
            CLIENTS.c.status == ClientStatus.CONNECTED.value,
        ]
        if party is not None:
            wanted.append(CLIENTS.c.party == str(party))
        return await self._where(*wanted)

    async def _where(self, *conditions: Any) -> list[HubClient]:
        statement = select(CLIENTS).where(*conditions)
        ordered = statement.order_by(CLIENTS.c.partner_id, CLIENTS.c.party, CLIENTS.c.role)
        return [_read(row) for row in await self._connection.execute(ordered)]


def _read(row: Any) -> HubClient:
    return HubClient(
        row.partner_id,
        PartyId.parse(row.party),
        Role(row.role),
        ClientStatus(row.status),
        row.last_updated,
    )
