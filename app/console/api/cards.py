"""Routes for charge cards: orders to work through, cards that were made, as JSON or CSV.

They are the platform's, whose drivers hold them. A list of orders goes out to the maker, the
maker's list of cards comes back in.
"""

import csv
from datetime import datetime
from io import StringIO
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import PlatformAsking, Services, Text
from app.domain.charge_cards import CardOrder, CardState, ChargeCard, OrderState
from app.domain.errors import InvalidFile, Problem
from app.use_cases.card_stock import MOST_AT_ONCE, MadeCard

router = APIRouter()

Id = Annotated[str, Path(max_length=64)]
Cursor = Annotated[str | None, Query(max_length=64)]
Limit = Annotated[int, Query(ge=1, le=500)]

COLUMNS = ("visual_number", "uid", "check", "order_id")
_ADDRESS = ("name", "street", "postal_code", "city", "country")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AddressOut(BaseModel):
    """Where to send a card."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str


class OrderOut(BaseModel):
    """An order; over, it has no address any more."""

    id: str
    state: OrderState
    created_at: datetime
    changed_at: datetime
    label: str | None
    visual_number: str | None
    address: AddressOut | None

    @classmethod
    def of(cls, order: CardOrder) -> "OrderOut":
        """Without the driver: the maker needs the address only."""
        at = order.address
        return cls(
            id=order.id,
            state=order.state,
            created_at=order.created_at,
            changed_at=order.changed_at,
            label=order.label,
            visual_number=order.visual_number,
            address=at and AddressOut(**{name: getattr(at, name) for name in _ADDRESS}),
        )


class OrderIn(BaseModel):
    """Where an order is now; `produced` is said by the list of cards."""

    model_config = ConfigDict(extra="forbid")

    state: OrderState


class CardIn(BaseModel):
    """A card as its maker lists it; `check` is the code under the scratch field."""

    model_config = ConfigDict(extra="forbid")

    visual_number: str = Field(min_length=1, max_length=64)
    uid: str = Field(min_length=1, max_length=36)
    check: str = Field(min_length=6, max_length=32)
    order_id: str | None = Field(None, max_length=36)


class CardsIn(BaseModel):
    """A list of cards, taken in as a whole or not at all."""

    model_config = ConfigDict(extra="forbid")

    cards: list[CardIn] = Field(min_length=1, max_length=MOST_AT_ONCE)


class TakenOut(BaseModel):
    """How many cards are new; those that were known are not counted."""

    new: int


class CardOut(BaseModel):
    """A card; the check code is not kept in a form that can be shown."""

    visual_number: str
    uid: str
    state: CardState
    order_id: str | None
    contract_id: str | None
    linked: bool
    wrong_codes: int
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, card: ChargeCard) -> "CardOut":
        """As the operator sees it."""
        return cls(
            visual_number=card.visual_number,
            uid=card.uid,
            state=card.state,
            order_id=card.order_id,
            contract_id=card.contract_id,
            linked=card.driver_id is not None,
            wrong_codes=card.wrong,
            created_at=card.created_at,
            changed_at=card.changed_at,
        )


@router.get("/card-orders")
async def list_orders(
    _asking: PlatformAsking,
    services: Services,
    *,
    state: OrderState = OrderState.ORDERED,
    after: Cursor = None,
    limit: Limit = 100,
) -> list[OrderOut]:
    """Orders in a state, the oldest first; `after` is the id of the last one seen."""
    found = await services.belongings.stock.orders(state, after=after, limit=limit)
    return [OrderOut.of(each) for each in found]


@router.get("/card-orders.csv", response_class=Response)
async def export_orders(
    _asking: PlatformAsking,
    services: Services,
    *,
    state: OrderState = OrderState.ORDERED,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """The same as a list for the maker of the cards."""
    found = await services.belongings.stock.orders(state, after=after, limit=limit)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(("order_id", "label", *_ADDRESS))
    for order in found:
        at = [getattr(order.address, name, "") for name in _ADDRESS]
        writer.writerow([order.id, *(_harmless(each) for each in (order.label or "", *at))])
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8")


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


@router.put("/card-orders/{order_id}")
async def move_order(
    order_id: Id, given: OrderIn, _asking: PlatformAsking, services: Services
) -> OrderOut:
    """An order was sent, or is cancelled."""
    return OrderOut.of(await services.belongings.stock.move(order_id, given.state))


@router.post("/charge-cards", status_code=201)
async def take_in(given: CardsIn, _asking: PlatformAsking, services: Services) -> TakenOut:
    """Keep a list of cards that were made; orders they are for become produced."""
    made = [MadeCard(c.visual_number, c.uid, c.check, c.order_id) for c in given.cards]
    return TakenOut(new=await services.belongings.stock.take_in(made))


@router.post("/charge-cards.csv", status_code=201)
async def import_cards(text: Text, _asking: PlatformAsking, services: Services) -> TakenOut:
    """The same as the maker's list: visual_number, uid, check, order_id."""
    return TakenOut(new=await services.belongings.stock.take_in(_read(text)))


def _read(text: str) -> list[MadeCard]:
    reader = csv.DictReader(StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InvalidFile([Problem(1, "", f"the columns are {', '.join(COLUMNS)}")])
    made = []
    for row in reader:
        if None in row or any(row[name] is None for name in COLUMNS):
            raise InvalidFile([Problem(reader.line_num, "", "is not as wide as the first line")])
        made.append(
            MadeCard(row["visual_number"], row["uid"], row["check"], row["order_id"] or None)
        )
    return made


@router.get("/charge-cards")
async def list_cards(
    _asking: PlatformAsking, services: Services, after: Cursor = None, limit: Limit = 100
) -> list[CardOut]:
    """All cards by printed number; `after` is the last one seen."""
    found = await services.belongings.stock.cards(after=after, limit=limit)
    return [CardOut.of(each) for each in found]


@router.post("/charge-cards/{number}/unlock")
async def unlock(number: Id, _asking: PlatformAsking, services: Services) -> CardOut:
    """Let a card be linked again that was locked after wrong codes, or used when suspended."""
    return CardOut.of(await services.belongings.stock.unlock(number))


@router.post("/charge-cards/{number}/block")
async def block(number: Id, _asking: PlatformAsking, services: Services) -> CardOut:
    """Take a driver's card out of use; chargers and partners hear of it at once."""
    return CardOut.of(await services.belongings.stock.block(number))


@router.delete("/autocharge/{vehicle_key}", status_code=204)
async def release(vehicle_key: Id, _asking: PlatformAsking, services: Services) -> None:
    """A vehicle was sold: its id may be registered by whoever drives it now."""
    await services.belongings.vehicles.release(vehicle_key.upper())
