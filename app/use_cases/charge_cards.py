"""Drivers' charge cards: ordered, linked by what is printed on them, named, blocked, lost.

A card becomes a token when its driver links it, and not before: one that is lost in the mail
charges nowhere. What changes about a token is an event, so chargers' local lists and partners
hear of it.
"""

from dataclasses import replace
from datetime import datetime
from hmac import compare_digest

from app.domain.charge_cards import (
    MOST_WRONG,
    Address,
    CardOrder,
    CardState,
    ChargeCard,
    OrderState,
    number_key,
)
from app.domain.errors import Conflict, DomainError, NotFound
from app.domain.tokens import Token, TokenType, Whitelist
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.driver_tokens import Issuer, contract_in, write_token
from app.use_cases.tokens import CHANGED_SUBJECT

MOST_ORDERS = 3
"""Open orders of one driver."""

MOST_CARDS = 10

_USED = frozenset({CardState.LINKED, CardState.BLOCKED, CardState.SUSPENDED})


class ChargeCards:
    """The driver's side; `CardStock` is the operator's."""

    def __init__(
        self, store: Store, bus: Bus, clock: Clock, *, sealer: Sealer, issuer: Issuer
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._sealer = sealer
        self._issuer = issuer

    async def order(self, driver_id: str, address: Address, label: str | None) -> CardOrder:
        """Ask for a card; raises Conflict when there are enough."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.drivers.hold(driver_id)
            mine = await tx.drivers.card_orders.of_driver(driver_id)
            under_way = [o for o in mine if o.state in {OrderState.ORDERED, OrderState.PRODUCED}]
            cards = [c for c in await tx.drivers.charge_cards.of_driver(driver_id) if _used(c)]
            if len(under_way) >= MOST_ORDERS or len(cards) + len(under_way) >= MOST_CARDS:
                raise Conflict("there are as many cards as one may have")
            made = CardOrder(
                new_id(),
                driver_id,
                OrderState.ORDERED,
                now,
                now,
                address=address,
                label=label,
            )
            await tx.drivers.card_orders.add(made)
        return made

    async def orders(self, driver_id: str) -> list[CardOrder]:
        """A driver's orders, the oldest first."""
        async with self._store.reading() as tx:
            return await tx.drivers.card_orders.of_driver(driver_id)

    async def cancel_order(self, driver_id: str, order_id: str) -> CardOrder:
        """Take an order back that is not produced yet; raises NotFound, Conflict."""
        async with self._store.transaction() as tx:
            order = await tx.drivers.card_orders.need(order_id, lock=True)
            if order.driver_id != driver_id:
                raise NotFound("card order", order_id)
            if order.state is OrderState.CANCELLED:
                return order
            if order.state is not OrderState.ORDERED:
                raise Conflict("the card is made already")
            gone = replace(
                order, state=OrderState.CANCELLED, changed_at=self._clock.now(), address=None
            )
            return await tx.drivers.card_orders.save(gone)

    async def of_driver(self, driver_id: str) -> list[ChargeCard]:
        """A driver's cards, the oldest first."""
        async with self._store.reading() as tx:
            return await tx.drivers.charge_cards.of_driver(driver_id)

    async def link(
        self, driver_id: str, number: str, check: str, *, name: str | None = None
    ) -> ChargeCard:
        """Make the card of this printed number and check code the driver's.

        Raises NotFound when they do not belong together, which counts; after five wrong codes the
        card is locked: Conflict. Linking it again changes nothing.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            card = await tx.drivers.charge_cards.get(number_key(number), lock=True)
            outcome = await self._linked(tx, card, driver_id, check, now=now, name=name)
        if isinstance(outcome, DomainError):
            raise outcome
        await self._bus.publish(CHANGED_SUBJECT)
        return outcome

    async def _linked(
        self,
        tx: Transaction,
        card: ChargeCard | None,
        driver_id: str,
        check: str,
        *,
        now: datetime,
        name: str | None,
    ) -> ChargeCard | DomainError:
        """The linked card, or why not; a wrong try is written down, so nothing is raised here."""
        if card is None or card.meant_for not in {None, driver_id}:
            return _unknown()
        if _used(card) and card.driver_id == driver_id:
            return card
        if card.state is not CardState.FREE:
            return _locked() if card.state is CardState.LOCKED else _unknown()
        if not compare_digest(self._sealer.fingerprint(check.strip().upper()), card.check_hash):
            wrong = card.wrong + 1
            state = CardState.LOCKED if wrong >= MOST_WRONG else card.state
            missed = replace(card, wrong=wrong, state=state, changed_at=now)
            await tx.drivers.charge_cards.save(missed)
            return _unknown()
        await tx.drivers.hold(driver_id)
        held = [c for c in await tx.drivers.charge_cards.of_driver(driver_id) if _used(c)]
        if len(held) >= MOST_CARDS:
            return Conflict("there are as many cards as one may have")
        return await self._issue(tx, card, driver_id, now=now, name=name)

    async def _issue(
        self,
        tx: Transaction,
        card: ChargeCard,
        driver_id: str,
        *,
        now: datetime,
        name: str | None,
    ) -> ChargeCard:
        driver = await tx.drivers.need(driver_id)
        contract = await contract_in(tx, self._issuer, driver_id)
        await write_token(
            tx,
            Token(
                self._issuer.party,
                card.uid,
                TokenType.RFID,
                contract,
                self._issuer.name,
                valid=True,
                whitelist=Whitelist.ALLOWED_OFFLINE,
                last_updated=now,
                visual_number=card.visual_number,
                language=driver.language,
                driver_id=driver_id,
            ),
        )
        linked = replace(
            card,
            state=CardState.LINKED,
            driver_id=driver_id,
            contract_id=contract,
            name=name,
            wrong=0,
            changed_at=now,
        )
        return await tx.drivers.charge_cards.save(linked)

    async def rename(self, driver_id: str, number: str, name: str | None) -> ChargeCard:
        """Call a card something; raises NotFound."""
        async with self._store.transaction() as tx:
            card = await _own(tx, driver_id, number)
            return await tx.drivers.charge_cards.save(replace(card, name=name))

    async def block(self, driver_id: str, number: str) -> ChargeCard:
        """Let a card charge nowhere for now; raises NotFound, Conflict as `unblock` does."""
        return await self._turn(driver_id, number, CardState.BLOCKED)

    async def unblock(self, driver_id: str, number: str) -> ChargeCard:
        """Let it charge again; raises NotFound, Conflict for what is lost or suspended."""
        return await self._turn(driver_id, number, CardState.LINKED)

    async def lose(self, driver_id: str, number: str) -> ChargeCard:
        """A card is gone: it charges nowhere, for good; raises NotFound."""
        return await self._turn(driver_id, number, CardState.LOST)

    async def _turn(self, driver_id: str, number: str, state: CardState) -> ChargeCard:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            card = await _own(tx, driver_id, number)
            if card.state is CardState.LOST and state is not CardState.LOST:
                raise Conflict("the card was reported lost")
            if card.state is CardState.SUSPENDED and state is not CardState.LOST:
                raise Conflict("the card is out of use; please ask the helpdesk")
            after = replace(card, state=state, changed_at=now)
            if card.state is not state:
                after = await tx.drivers.charge_cards.save(after)
                await turn_token(tx, self._issuer, after, now=now)
        await self._bus.publish(CHANGED_SUBJECT)
        return after


def _unknown() -> DomainError:
    return NotFound("card of this number and code", "")


def _locked() -> DomainError:
    return Conflict("the card is locked after too many tries; please ask the helpdesk")


async def turn_token(tx: Transaction, issuer: Issuer, card: ChargeCard, *, now: datetime) -> None:
    """Bring a card's token to what the card's state says."""
    token = await tx.tokens.hold(issuer.party, card.uid, TokenType.RFID)
    valid = card.state is CardState.LINKED
    if token is not None and token.valid is not valid:
        await write_token(tx, replace(token, valid=valid, last_updated=now))


def _used(card: ChargeCard) -> bool:
    return card.state in _USED


async def _own(tx: Transaction, driver_id: str, number: str) -> ChargeCard:
    card = await tx.drivers.charge_cards.get(number_key(number), lock=True)
    if card is None or card.driver_id != driver_id:
        raise NotFound("card", number)
    return card
