"""How far partners' lists are pulled, and which of their objects we hold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Field

from app.domain.identifiers import PartyId
from app.domain.pulls import Progress
from app.domain.tokens import TokenType
from app.store.columns import Utc
from app.store.locations import LocationRow
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert
from app.store.tariffs import TariffRow
from app.store.tokens import TokenRow


class PullRow(Row, table=True):
    """One list of one party of a partner."""

    __tablename__ = "pulls"

    partner_id: str = Field(primary_key=True, max_length=36, foreign_key="partners.id")
    module: str = Field(primary_key=True, max_length=40)
    party: str = Field(primary_key=True, max_length=6)
    since: datetime | None = Field(default=None, sa_type=Utc)
    pulled_at: datetime | None = Field(default=None, sa_type=Utc)
    whole_at: datetime | None = Field(default=None, sa_type=Utc)
    doubted_at: datetime | None = Field(default=None, sa_type=Utc)
    trouble: str | None = Field(default=None, max_length=500)


PULLS: Table = table_of(PullRow)
_KEYS = ("partner_id", "module", "party")
_LISTED: dict[str, type[Row]] = {"locations": LocationRow, "tariffs": TariffRow}


class Pulls(Repository):
    """Progress by partner, module and party."""

    async def of_partner(self, partner_id: str) -> list[Progress]:
        """Every list of a partner that was ever asked for."""
        statement = select(PULLS).where(PULLS.c.partner_id == partner_id)
        rows = await self._connection.execute(statement.order_by(PULLS.c.module, PULLS.c.party))
        return [_progress(row) for row in rows.mappings()]

    async def put(self, progress: Progress) -> None:
        """Write where a list stands."""
        values = {
            "partner_id": progress.partner_id,
            "module": progress.module,
            "party": str(progress.party),
            "since": progress.since,
            "pulled_at": progress.pulled_at,
            "whole_at": progress.whole_at,
            "doubted_at": progress.doubted_at,
            "trouble": progress.trouble and progress.trouble[:500],
        }
        await self._connection.execute(upsert(self._connection, PULLS, *_KEYS).values(**values))

    async def forget(self, partner_id: str) -> None:
        """Begin anew with a partner."""
        await self._connection.execute(PULLS.delete().where(PULLS.c.partner_id == partner_id))

    async def held(self, module: str, party: PartyId) -> set[str]:
        """The ids, in lower case, of a party's objects that a whole list of it would show.

        Of tokens the cards: those of apps and guests are in no list. Other modules have none.
        """
        if module == "tokens":
            return await self._cards(party)
        row = _LISTED.get(module)
        if row is None:
            return set()
        table = table_of(row)
        wanted = (table.c.party == str(party), table.c.own.is_(False))
        found = await self._connection.execute(select(table.c.id).where(*wanted))
        return {each.casefold() for each in found.scalars()}

    async def _cards(self, party: PartyId) -> set[str]:
        table = table_of(TokenRow)
        kind = table.c.type == TokenType.RFID.value
        wanted = (table.c.party == str(party), kind, table.c.own.is_(False))
        found = await self._connection.execute(select(table.c.key).where(*wanted))
        return {key.split("/", 2)[2] for key in found.scalars()}


def _progress(row: Mapping[Any, Any]) -> Progress:
    return Progress(**{**row, "party": PartyId.parse(row["party"])})
