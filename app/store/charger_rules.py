"""Operators' choices about their chargers in the database."""

from typing import Any

from sqlmodel import Field

from app.domain.admission import ChargerRules
from app.domain.identifiers import PartyId
from app.store.columns import Document
from app.store.documents import pack
from app.store.repository import DocumentRepository
from app.store.rows import Row
from app.store.statements import upsert


class ChargerRulesRow(Row, table=True):
    """One operator's choices."""

    __tablename__ = "charger_rules"

    party: str = Field(primary_key=True, max_length=6)
    document: str = Field(sa_type=Document)


class ChargerRulesBook(DocumentRepository[ChargerRules]):
    """Choices by operator."""

    row = ChargerRulesRow
    shape = ChargerRules
    noun = "charger rules"
    key = "party"

    def columns(self, value: ChargerRules) -> dict[str, Any]:
        """Only the operator, which the choices do not name."""
        del value
        return {}

    async def of(self, party: PartyId) -> ChargerRules:
        """An operator's choices."""
        return await self.get(str(party)) or ChargerRules()

    async def choose(self, party: PartyId, rules: ChargerRules) -> None:
        """Write an operator's choices."""
        statement = upsert(self._connection, self.table, "party")
        row = {"party": str(party), "document": pack(rules)}
        await self._connection.execute(statement, row)
