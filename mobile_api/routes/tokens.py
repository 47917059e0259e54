"""Charge cards: ordered, linked by what is printed on them, named, blocked, reported lost."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path

from app.domain.charge_cards import ChargeCard
from mobile_api.dependencies import Deps, Driver, limited_by
from mobile_api.idempotency import Once, OnceOnly
from mobile_api.schemas.tokens import (
    CardNameIn,
    CardOrderIn,
    CardOrderOut,
    CardOrdersOut,
    ChargeCardIn,
    ChargeCardOut,
    ChargeCardsOut,
)

router = APIRouter(tags=["charge cards"])

Number = Annotated[str, Path(min_length=1, max_length=64)]
OrderId = Annotated[str, Path(max_length=36)]
Turn = Callable[[str, str], Awaitable[ChargeCard]]


@router.post("/card-orders", status_code=201, dependencies=[limited_by("changes")])
async def order(deps: Deps, driver: Driver, asked: CardOrderIn, once: OnceOnly) -> CardOrderOut:
    """Ask for a card; it charges nothing before it is linked."""

    async def make() -> CardOrderOut:
        cards = deps.belongings.charge_cards
        address = asked.address.address()
        return CardOrderOut.of(await cards.order(driver.driver_id, address, asked.label))

    return await once(driver.driver_id, CardOrderOut, make)


@router.get("/card-orders")
async def list_orders(deps: Deps, driver: Driver) -> CardOrdersOut:
    """The driver's orders, the oldest first."""
    found = await deps.belongings.charge_cards.orders(driver.driver_id)
    return CardOrdersOut(orders=[CardOrderOut.of(each) for each in found])


@router.delete("/card-orders/{order_id}")
async def cancel_order(deps: Deps, driver: Driver, order_id: OrderId) -> CardOrderOut:
    """Take an order back, as long as the card is not made."""
    cards = deps.belongings.charge_cards
    return CardOrderOut.of(await cards.cancel_order(driver.driver_id, order_id))


@router.post("/charge-cards", status_code=201)
async def link(deps: Deps, driver: Driver, asked: ChargeCardIn, once: OnceOnly) -> ChargeCardOut:
    """Make a card one's own by its printed number and code; guessing is soon stopped."""

    async def make() -> ChargeCardOut:
        deps.limits.links.take(driver.driver_id)
        card = await deps.belongings.charge_cards.link(
            driver.driver_id, asked.visual_number, asked.check, name=asked.name
        )
        return ChargeCardOut.of(card)

    return await once(driver.driver_id, ChargeCardOut, make)


@router.get("/charge-cards")
async def list_cards(deps: Deps, driver: Driver) -> ChargeCardsOut:
    """The driver's cards, the oldest first."""
    found = await deps.belongings.charge_cards.of_driver(driver.driver_id)
    return ChargeCardsOut(cards=[ChargeCardOut.of(each) for each in found])


@router.patch("/charge-cards/{number}")
async def rename(deps: Deps, driver: Driver, number: Number, asked: CardNameIn) -> ChargeCardOut:
    """Call a card something."""
    cards = deps.belongings.charge_cards
    return ChargeCardOut.of(await cards.rename(driver.driver_id, number, asked.name))


@router.post("/charge-cards/{number}/block")
async def block(deps: Deps, driver: Driver, number: Number, once: OnceOnly) -> ChargeCardOut:
    """Let a card charge nowhere for now; chargers and partners hear of it at once."""
    return await _turned(once, deps.belongings.charge_cards.block, driver.driver_id, number)


@router.post("/charge-cards/{number}/unblock")
async def unblock(deps: Deps, driver: Driver, number: Number, once: OnceOnly) -> ChargeCardOut:
    """Let it charge again."""
    return await _turned(once, deps.belongings.charge_cards.unblock, driver.driver_id, number)


@router.post("/charge-cards/{number}/lost")
async def lose(deps: Deps, driver: Driver, number: Number, once: OnceOnly) -> ChargeCardOut:
    """A card is gone: it charges nowhere, for good."""
    return await _turned(once, deps.belongings.charge_cards.lose, driver.driver_id, number)


async def _turned(once: Once, turn: Turn, driver_id: str, number: str) -> ChargeCardOut:
    async def make() -> ChargeCardOut:
        return ChargeCardOut.of(await turn(driver_id, number))

    return await once(driver_id, ChargeCardOut, make)
