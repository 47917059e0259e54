"""Charge cards and their orders in the database."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from app.domain.charge_cards import CardOrder, ChargeCard, OrderState, number_key
from app.domain.identifiers import token_key
from app.store.columns import Document, Utc
from app.store.repository import VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of


class CardOrderRow(Row, table=True):
    """A card that a driver wants."""

    __tablename__ = "card_orders"

    id: str = Field(primary_key=True, max_length=36)
    driver_id: str = Field(max_length=36, index=True)
    state: str = Field(max_length=12, index=True)
    created_at: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


class ChargeCardRow(Row, table=True):
    """A plastic card; the key is its printed number without separators."""

    __tablename__ = "charge_cards"

    number_key: str = Field(primary_key=True, max_length=64)
    uid_key: str = Field(max_length=36, unique=True)
    state: str = Field(max_length=12, index=True)
    driver_id: str | None = Field(default=None, max_length=36, index=True)
    created_at: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


ORDERS, CARDS = table_of(CardOrderRow), table_of(ChargeCardRow)


class CardOrders(VersionedRepository[CardOrder]):
    """Orders by id."""

    row = CardOrderRow
    shape = CardOrder
    noun = "card order"

    def columns(self, value: CardOrder) -> dict[str, Any]:
        """What orders are found by."""
        return {
            "id": value.id,
            "driver_id": value.driver_id,
            "state": value.state.value,
            "created_at": value.created_at,
            "version": value.version,
        }

    async def of_driver(self, driver_id: str) -> list[CardOrder]:
        """A driver's orders, the oldest first."""
        order = ORDERS.c.created_at
        return await self._many(ORDERS.c.driver_id == driver_id, order=order)

    async def in_state(
        self, state: OrderState, *, after: str | None = None, limit: int
    ) -> list[CardOrder]:
        """A page of the orders in a state, by id, which grows with time."""
        wanted = [ORDERS.c.state == state.value]
        if after is not None:
            wanted.append(ORDERS.c.id > after)
        return await self._many(*wanted, order=ORDERS.c.id, limit=limit)


class ChargeCards(VersionedRepository[ChargeCard]):
    """Cards by printed number."""

    row = ChargeCardRow
    shape = ChargeCard
    noun = "card"
    key = "number_key"

    def columns(self, value: ChargeCard) -> dict[str, Any]:
        """What cards are found by."""
        return {
            "number_key": number_key(value.visual_number),
            "uid_key": token_key(value.uid),
            "state": value.state.value,
            "driver_id": value.driver_id,
            "created_at": value.created_at,
            "version": value.version,
        }

    async def by_uid(self, uid: str) -> ChargeCard | None:
        """The card that readers read so."""
        return await self._one(CARDS.c.uid_key == token_key(uid))

    async def of_driver(self, driver_id: str) -> list[ChargeCard]:
        """A driver's cards, the oldest first."""
        mine = CARDS.c.driver_id == driver_id
        return await self._many(mine, order=CARDS.c.created_at)

    async def page(self, *, after: str | None, limit: int) -> list[ChargeCard]:
        """A page of all cards, by printed number."""
        wanted = [] if after is None else [CARDS.c.number_key > number_key(after)]
        return await self._many(*wanted, limit=limit)
