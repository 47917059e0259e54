"""Partners in the database, found by name, by the tokens they present and by their parties."""

from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Field

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerState, Role
from app.store.changes import note
from app.store.columns import Document
from app.store.nouns import Noun
from app.store.repository import DocumentRepository
from app.store.rows import Row
from app.store.statements import table_of

_REGISTERED = (PartnerState.CONNECTED.value, PartnerState.OFFLINE.value)


class PartnerRow(Row, table=True):
    """A partner; its tokens are sealed or hashed inside the document."""

    __tablename__ = "partners"

    id: str = Field(primary_key=True, max_length=36)
    name_key: str = Field(unique=True, max_length=100)
    state: str = Field(max_length=12, index=True)
    hub: bool = False
    document: str = Field(sa_type=Document)


class PartnerTokenRow(Row, table=True):
    """The fingerprint of a token that a partner may present to us."""

    __tablename__ = "partner_tokens"

    fingerprint: str = Field(primary_key=True, max_length=64)
    partner_id: str = Field(max_length=36, index=True, foreign_key="partners.id")


class PartnerPartyRow(Row, table=True):
    """One party of a partner in one role."""

    __tablename__ = "partner_parties"

    partner_id: str = Field(primary_key=True, max_length=36, foreign_key="partners.id")
    party: str = Field(primary_key=True, max_length=6, index=True)
    role: str = Field(primary_key=True, max_length=8)


class Partners(DocumentRepository[Partner]):
    """Other platforms we exchange with."""

    row = PartnerRow
    shape = Partner
    noun = "partner"

    def columns(self, value: Partner) -> dict[str, Any]:
        """Key, name and state."""
        return {
            "id": value.id,
            "name_key": value.name.casefold(),
            "state": value.state.value,
            "hub": value.hub,
        }

    async def add(self, value: Partner) -> None:
        """A new partner."""
        await super().add(value)
        await self._index(value)

    async def put(self, value: Partner) -> None:
        """Write the partner with its tokens and parties; read it by `hold` before."""
        await super().put(value)
        await self._index(value)

    async def put_seen(self, value: Partner) -> None:
        """Write when a partner was seen; read it by `hold` before, and change nothing else."""
        await super().put(value)
        await note(self._connection, Noun.PARTNER, value.id, decides=False)

    async def _index(self, partner: Partner) -> None:
        await note(self._connection, Noun.PARTNER, partner.id)
        tokens, parties = table_of(PartnerTokenRow), table_of(PartnerPartyRow)
        for table in (tokens, parties):
            await self._connection.execute(delete(table).where(table.c.partner_id == partner.id))
        shown = (partner.invitation, *partner.offers, *partner.server_tokens)
        let_in = partner.state is not PartnerState.SUSPENDED  # whose tokens may be good again
        found = [f for f in shown if f and let_in]
        rows = [{"fingerprint": f, "partner_id": partner.id} for f in dict.fromkeys(found)]
        hosted = {(str(r.party), r.role.value) for r in partner.roles}
        if rows:
            await self._connection.execute(insert(tokens), rows)
        if hosted:
            values = [{"partner_id": partner.id, "party": p, "role": r} for p, r in sorted(hosted)]
            await self._connection.execute(insert(parties), values)

    async def hold(self, partner_id: str) -> Partner:
        """The partner, kept from others until this transaction ends; raises NotFound."""
        statement = (
            select(self.table.c.document).where(self.table.c.id == partner_id).with_for_update()
        )
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        if document is None:
            raise NotFound(self.noun, partner_id)
        return self._read(document)

    async def by_name(self, name: str) -> Partner | None:
        """The partner of this name, compared without regard to case."""
        return await self._one(self.table.c.name_key == name.casefold())

    async def by_token(self, fingerprint: str) -> Partner | None:
        """Whose invitation or server token this is the fingerprint of."""
        tokens = table_of(PartnerTokenRow)
        owner = select(tokens.c.partner_id).where(tokens.c.fingerprint == fingerprint)
        return await self._one(self.table.c.id == owner.scalar_subquery())

    async def hosting(
        self, party: PartyId, role: Role | None = None, *, hub: bool | None = None
    ) -> list[Partner]:
        """Every registered partner that speaks for this party (in this role).

        `hub` chooses between members of our hub and partners of our own parties.
        """
        parties = table_of(PartnerPartyRow)
        wanted = [parties.c.party == str(party)]
        if role is not None:
            wanted.append(parties.c.role == role.value)
        ids = select(parties.c.partner_id).where(*wanted)
        registered = self.table.c.state.in_(_REGISTERED)
        either = [] if hub is None else [self.table.c.hub.is_(hub)]
        return await self._many(self.table.c.id.in_(ids), registered, *either)

    async def all(self) -> list[Partner]:
        """Every partner, the oldest first."""
        return await self._many()

    async def registered(self) -> list[Partner]:
        """Partners that completed the handshake and were not suspended."""
        return await self._many(self.table.c.state.in_(_REGISTERED))
