"""Tokens in the database: our drivers' and those our partners let us accept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Field

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId, token_key
from app.domain.tokens import Token, TokenType
from app.store.changes import note
from app.store.columns import Document, Utc
from app.store.ids import new_id
from app.store.nouns import Noun
from app.store.repository import DocumentRepository, Indexed
from app.store.rows import Row


class TokenRow(Row, table=True):
    """One token; `place` is when it came, by which lists are ordered."""

    __tablename__ = "tokens"

    key: str = Field(primary_key=True, max_length=80)
    uid_key: str = Field(max_length=36, index=True)
    party: str = Field(max_length=6, index=True)
    type: str = Field(max_length=36)
    own: bool
    driver_id: str | None = Field(default=None, max_length=36, index=True)
    contract_key: str | None = Field(default=None, max_length=36, index=True)
    last_updated: datetime = Field(sa_type=Utc, index=True)
    place: str = Field(max_length=36, index=True)
    document: str = Field(sa_type=Document)


def _key(party: PartyId, uid: str, token_type: TokenType) -> str:
    return f"{party}/{token_type.value}/{uid.casefold()}"


class Tokens(DocumentRepository[Token]):
    """Tokens by owner, uid and type."""

    row = TokenRow
    shape = Token
    noun = "token"
    key = "key"
    kept = ("place",)

    def columns(self, value: Token) -> dict[str, Any]:
        """What tokens are found by."""
        return {
            "key": _key(value.party, value.uid, value.type),
            "uid_key": token_key(value.uid),
            "party": str(value.party),
            "type": value.type.value,
            "own": value.own,
            "driver_id": value.driver_id,
            "contract_key": value.contract_id.casefold()[:36] if value.own else None,
            "last_updated": value.last_updated,
            "place": new_id(),
        }

    async def put(self, value: Token) -> None:
        """Write the token whether or not it was there; its place in lists stays."""
        await super().put(value)
        await self._note(value)

    async def add(self, value: Token) -> None:
        """A new token."""
        await super().add(value)
        await self._note(value)

    async def _note(self, value: Token) -> None:
        if value.own:
            key = _key(value.party, value.uid, value.type)
            await note(self._connection, Noun.TOKEN, key)

    async def find(self, party: PartyId, uid: str, token_type: TokenType) -> Token | None:
        """The token of this owner, uid (without regard to case) and type."""
        return await self.get(_key(party, uid, token_type))

    async def hold(self, party: PartyId, uid: str, token_type: TokenType) -> Token | None:
        """The same, kept from others until this transaction ends."""
        return await self.get(_key(party, uid, token_type), lock=True)

    async def need_token(self, party: PartyId, uid: str, token_type: TokenType) -> Token:
        """The token of this key; raises NotFound."""
        found = await self.find(party, uid, token_type)
        if found is None:
            raise NotFound(self.noun, uid)
        return found

    async def by_uid(self, uid: str) -> list[Token]:
        """Every token a reader may mean by this uid, own ones first; owners may be several."""
        order = (self.table.c.own.desc(), self.table.c.place)
        statement = select(self.table.c.document).where(self.table.c.uid_key == token_key(uid))
        found = await self._connection.execute(statement.order_by(*order))
        return [self._read(document) for document in found.scalars()]

    async def by_contract(self, contract_id: str) -> Token | None:
        """Our own token of this contract; the oldest, when a driver has several."""
        same = self.table.c.contract_key == contract_id.casefold()[:36]
        found = await self._many(same, order=self.table.c.place, limit=1)
        return found[0] if found else None

    async def of_driver(self, driver_id: str) -> list[Token]:
        """A driver's tokens, the oldest first."""
        return await self._many(self.table.c.driver_id == driver_id, order=self.table.c.place)

    async def cards(self, *, own_only: bool, limit: int) -> list[Token]:
        """Cards (our drivers' only), the oldest first."""
        wanted = [self.table.c.type == TokenType.RFID.value]
        if own_only:
            wanted.append(self.table.c.own.is_(True))
        return await self._many(*wanted, order=self.table.c.place, limit=limit)

    async def index(self, keys: Sequence[str] | None = None) -> list[Indexed]:
        """Own cards (of these keys), in no order.

        One-time tokens of the app are nobody's business. Source: OCPI 2.2.1, Tokens, APP_USER.
        """
        table = self.table
        columns = (table.c.key, table.c.place, table.c.party, table.c.last_updated)
        statement = select(*columns).where(*self._shown(keys))
        return [Indexed(*row) for row in await self._connection.execute(statement)]

    async def shown(self, keys: Sequence[str]) -> Mapping[str, Token]:
        """The same, whole."""
        statement = select(self.table.c.key, self.table.c.document).where(*self._shown(keys))
        rows = await self._connection.execute(statement)
        return {row.key: self._read(row.document) for row in rows}

    def _shown(self, keys: Sequence[str] | None) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = [
            self.table.c.own.is_(True),
            self.table.c.type == TokenType.RFID.value,
        ]
        return wanted if keys is None else [*wanted, self.table.c.key.in_(keys)]
