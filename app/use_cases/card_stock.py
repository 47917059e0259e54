"""The operator's side of cards: orders to work through, and the cards that were made.

A list of orders goes out, a list of cards comes in: printed number, what readers read, the check
code that stands under the scratch field, and the order it is for, if any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.charge_cards import (
    ORDER_STEPS,
    CardOrder,
    CardState,
    ChargeCard,
    OrderState,
    number_key,
)
from app.domain.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from app.domain.identifiers import token_key
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.transaction import Store, Transaction
from app.use_cases.charge_cards import turn_token
from app.use_cases.driver_tokens import Issuer
from app.use_cases.tokens import CHANGED_SUBJECT, LONGEST_UID

MOST_AT_ONCE = 1_000
LONGEST_NUMBER = 64
SHORTEST_CHECK = 6
"""Characters of a check code; with five tries that is safe enough."""


@dataclass(frozen=True, slots=True)
class MadeCard:
    """A card as its maker lists it."""

    visual_number: str
    uid: str
    check: str
    order_id: str | None = None


class CardStock:
    """Works through orders, takes in cards, blocks and unlocks them."""

    def __init__(
        self, store: Store, bus: Bus, clock: Clock, *, sealer: Sealer, issuer: Issuer
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._sealer = sealer
        self._issuer = issuer

    async def orders(self, state: OrderState, *, after: str | None, limit: int) -> list[CardOrder]:
        """A page of the orders in a state, the oldest first."""
        async with self._store.reading() as tx:
            return await tx.drivers.card_orders.in_state(state, after=after, limit=limit)

    async def move(self, order_id: str, state: OrderState) -> CardOrder:
        """An order goes on; raises NotFound, Conflict when it cannot go there."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            order = await tx.drivers.card_orders.need(order_id, lock=True)
            if order.state is state:
                return order
            return await _go(tx, order, state, now=now)

    async def take_in(self, made: Sequence[MadeCard]) -> int:
        """Keep a list of cards, all or none; one that is known already changes nothing.

        Raises InvalidInput for what cannot be a card, AlreadyExists for a number or uid that means
        another card, NotFound and Conflict for orders.
        """
        if len(made) > MOST_AT_ONCE:
            raise InvalidInput("", f"more than {MOST_AT_ONCE} cards at once")
        now, new = self._clock.now(), 0
        async with self._store.transaction() as tx:
            for number, each in enumerate(made):
                new += await self._keep(tx, each, f"cards[{number}]", now=now)
        return new

    async def _keep(self, tx: Transaction, made: MadeCard, path: str, *, now: datetime) -> bool:
        _check(made, path)
        known = await tx.drivers.charge_cards.get(number_key(made.visual_number))
        if known is not None and token_key(known.uid) == token_key(made.uid):
            return False
        if known is not None or await tx.drivers.charge_cards.by_uid(made.uid) is not None:
            raise AlreadyExists(f"{path}: the number or uid means another card")
        if any(token.own for token in await tx.tokens.by_uid(made.uid)):
            raise AlreadyExists(f"{path}: the uid is in use")
        order = None
        if made.order_id is not None:
            order = await tx.drivers.card_orders.need(made.order_id, lock=True)
            number = made.visual_number
            await _go(tx, replace(order, visual_number=number), OrderState.PRODUCED, now=now)
        await tx.drivers.charge_cards.add(
            ChargeCard(
                made.visual_number.strip(),
                made.uid.strip(),
                self._sealer.fingerprint(made.check.strip().upper()),
                CardState.FREE,
                now,
                now,
                order_id=made.order_id,
                meant_for=order.driver_id if order else None,
            )
        )
        return True

    async def cards(self, *, after: str | None, limit: int) -> list[ChargeCard]:
        """A page of all cards, by printed number."""
        async with self._store.reading() as tx:
            return await tx.drivers.charge_cards.page(after=after, limit=limit)

    async def unlock(self, number: str) -> ChargeCard:
        """Let a card be linked again that was locked after wrong codes, or used when suspended.

        Raises NotFound, Conflict when it is neither.
        """
        return await self._turn(
            number, {CardState.LOCKED: CardState.FREE, CardState.SUSPENDED: CardState.LINKED}
        )

    async def block(self, number: str) -> ChargeCard:
        """Take a driver's card out of use; raises NotFound, Conflict unless it is in use."""
        out = CardState.SUSPENDED
        return await self._turn(number, {CardState.LINKED: out, CardState.BLOCKED: out})

    async def _turn(self, number: str, turns: Mapping[CardState, CardState]) -> ChargeCard:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            card = await tx.drivers.charge_cards.get(number_key(number), lock=True)
            if card is None:
                raise NotFound("card", number)
            if card.state in turns.values():
                return card
            state = turns.get(card.state)
            if state is None:
                raise Conflict(f"the card is {card.state}")
            after = replace(card, state=state, wrong=0, changed_at=now)
            after = await tx.drivers.charge_cards.save(after)
            await turn_token(tx, self._issuer, after, now=now)
        await self._bus.publish(CHANGED_SUBJECT)
        return after


async def _go(tx: Transaction, order: CardOrder, state: OrderState, *, now: datetime) -> CardOrder:
    if state not in ORDER_STEPS[order.state]:
        raise Conflict(f"the order is {order.state} and cannot be {state}")
    over = not ORDER_STEPS[state]
    address = None if over else order.address
    return await tx.drivers.card_orders.save(
        replace(order, state=state, changed_at=now, address=address)
    )


def _check(made: MadeCard, path: str) -> None:
    uid = made.uid.strip()
    if not uid or len(uid) > LONGEST_UID or not uid.isascii():
        raise InvalidInput(f"{path}.uid", f"1 to {LONGEST_UID} printable ASCII characters")
    if not number_key(made.visual_number) or len(made.visual_number) > LONGEST_NUMBER:
        raise InvalidInput(f"{path}.visual_number", f"1 to {LONGEST_NUMBER} characters")
    if len(made.check.strip()) < SHORTEST_CHECK:
        raise InvalidInput(f"{path}.check", f"at least {SHORTEST_CHECK} characters")
