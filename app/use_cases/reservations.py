"""Reservations: what drivers and operators ask for, and what time and chargers do to them.

Commands carry the wishes (`commands`), `reservation_moves` books the answers; here is the rest:
who may reserve, what the clock ends, and what becomes of a reservation whose charger loses it.
"""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from app.domain.bills import Slice, SliceKind
from app.domain.commands import Command, CommandChannel
from app.domain.errors import ChargerRefused, Conflict, NotFound, PaymentDeclined
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace, EvseStatus
from app.domain.money import Money
from app.domain.pricing import price
from app.domain.reservations import (
    EXPIRY_GRACE,
    EndReason,
    Loss,
    Reservation,
    ReservationState,
    cancelled,
    expired,
    scope_of,
)
from app.domain.tariffs import Tariff
from app.domain.tokens import TokenType
from app.domain.units import NO_ENERGY
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.charging_steps import Provider
from app.use_cases.command_requests import Asker, ReserveRequest, UnreserveRequest
from app.use_cases.commands import request_in
from app.use_cases.live_stations import LiveStation
from app.use_cases.reservation_fees import costs_something
from app.use_cases.reservation_moves import ask_again, let_go, place_at, save, tariff_at
from app.use_cases.reservation_telling import SOON, tell_soon

_BATCH = 100
_OUT_OF_USE = frozenset({EvseStatus.OUTOFORDER, EvseStatus.INOPERATIVE, EvseStatus.REMOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a driver wants kept free; without `connector_id` the EVSE's first."""

    driver_id: str
    party: PartyId
    location_id: str
    evse_uid: str
    expires_at: datetime
    connector_id: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Offered:
    """A reservation with the place and the tariff that its price comes from, where known."""

    reservation: Reservation
    place: EvsePlace | None
    tariff: Tariff | None

    def if_unused(self) -> Money | None:
        """What is charged when nobody comes; None when the price is not known."""
        found, tariff, place = self.reservation, self.tariff, self.place
        if tariff is None or place is None:
            return None
        start = found.active_at or found.created_at
        kept = Slice(start, max(start, found.expires_at), SliceKind.RESERVATION, NO_ENERGY)
        bill = price(
            [kept],
            tariff,
            zone=place.location.time_zone,
            currency=tariff.currency,
            reservation_expired=True,
        )
        return bill.total.due


class Reservations:
    """Reserve, give back, end."""

    def __init__(self, store: Store, clock: Clock, *, provider: Provider, random: Random) -> None:
        self._store = store
        self._clock = clock
        self._provider = provider
        self._random = random

    # What people ask for

    async def ask(self, wish: Wish) -> Reservation:
        """Ask for a driver; one at a time, and where it costs something only with a card.

        Raises Conflict, NotFound, InvalidInput, ChargerRefused, or PaymentDeclined
        (`no_payment_method`, `unpaid_session`).
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            place = await self._checked_place(tx, wish, now)
            token = self._provider.token(
                wish.driver_id, wish.language, now=now, random=self._random
            )
            command = await request_in(
                tx,
                ReserveRequest(
                    asker=Asker(channel=CommandChannel.DRIVER),
                    party=wish.party,
                    location_id=wish.location_id,
                    evse_uid=place.evse.uid,
                    connector_id=wish.connector_id,
                    token=token,
                    expires_at=wish.expires_at,
                    tag=token.uid,
                ),
                now=now,
                random=self._random,
            )
            return await _of(tx, command)

    async def _checked_place(self, tx: Transaction, wish: Wish, now: datetime) -> EvsePlace:
        """Where it is, when this driver may have it."""
        await tx.drivers.hold(wish.driver_id)
        if await tx.reservations.open_of_driver(wish.driver_id):
            raise Conflict("another reservation is open")
        if await tx.charging.unpaid_of_driver(wish.driver_id):
            raise PaymentDeclined("unpaid_session")
        location = await tx.locations.need(wish.party, wish.location_id)
        place = location.need_place(wish.evse_uid, wish.connector_id)
        tariff = await tariff_at(tx, place, TokenType.APP_USER, now)
        if tariff is None:
            raise ChargerRefused("price_unknown")
        card = await tx.payments.methods.default_of(wish.driver_id)
        if card is None and costs_something(tariff):
            raise PaymentDeclined("no_payment_method")
        return place

    async def order(self, request: ReserveRequest) -> tuple[Command, Reservation]:
        """Ask for an operator; the reservation is as it was before the charger's answer."""
        async with self._store.transaction() as tx:
            now = self._clock.now()
            command = await request_in(tx, request, now=now, random=self._random)
            return command, await _of(tx, command)

    async def give_back(
        self, reservation_id: str, asker: Asker, *, driver_id: str | None = None
    ) -> Reservation:
        """Ask to give a reservation back; one that is over stays as it is.

        Raises NotFound, also for what is not the driver's or the operator's, and ChargerRefused
        while the charger cannot be told.
        """
        async with self._store.transaction() as tx:
            found = await tx.reservations.locked(reservation_id)
            if driver_id is not None and found.driver_id != driver_id:
                raise NotFound("reservation", reservation_id)
            if asker.cpo not in {None, found.party}:
                raise NotFound("reservation", reservation_id)
            if not found.open:
                return found
            request = UnreserveRequest(asker=asker, reservation_id=found.id)
            await request_in(tx, request, now=self._clock.now(), random=self._random)
            return found

    async def get(self, reservation_id: str, *, driver_id: str | None = None) -> Offered:
        """A reservation with its price; raises NotFound, also for what is not the driver's."""
        async with self._store.reading() as tx:
            found = await tx.reservations.need(reservation_id)
            if driver_id is not None and found.driver_id != driver_id:
                raise NotFound("reservation", reservation_id)
            return await self._offered(tx, found)

    async def of_driver(
        self, driver_id: str, *, limit: int = 20, before_id: str | None = None
    ) -> list[Offered]:
        """A driver's reservations, the newest first; with `before_id` those made before it."""
        async with self._store.reading() as tx:
            found = await tx.reservations.of_driver(driver_id, limit=limit, before_id=before_id)
            return [await self._offered(tx, each) for each in found]

    async def of_party(self, party: PartyId, *, limit: int = 100) -> list[Reservation]:
        """The newest reservations at an operator's chargers."""
        async with self._store.reading() as tx:
            return await tx.reservations.of_party(party, limit=limit)

    async def _offered(self, tx: Transaction, found: Reservation) -> Offered:
        place = await place_at(tx, found)
        session = await tx.sessions.get(found.session_id) if found.session_id else None
        tariff = session.tariff if session is not None else None
        if tariff is None and place is not None:
            tariff = await tariff_at(tx, place, found.token.type, self._clock.now())
        return Offered(found, place, tariff)

    # What time and chargers do

    async def tick(self) -> int:
        """Periodic, in one process: end what nobody came for; tells how many."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            due = await tx.reservations.due(now - EXPIRY_GRACE, _BATCH)
        for reservation_id in due:
            await self._expire(reservation_id, now)
        return len(due)

    async def tell_soon(self) -> int:
        """Periodic, in one process: tell drivers whose reservation ends soon; how many."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            ending = await tx.reservations.ending(now, now + SOON, _BATCH)
        for reservation_id in ending:
            async with self._store.transaction() as tx:
                await tell_soon(tx, await tx.reservations.locked(reservation_id), now=now)
        return len(ending)

    async def _expire(self, reservation_id: str, now: datetime) -> None:
        """Nobody pays for an EVSE whose charger could not say whether somebody came."""
        async with self._store.transaction() as tx:
            found = await tx.reservations.locked(reservation_id)
            if not found.is_due(now):
                return
            station = await tx.stations.get(found.station_id) if found.station_id else None
            seen = not found.own or (station is not None and station.node is not None)
            reason = EndReason.EXPIRED if seen else EndReason.UNSEEN
            after = expired(found, now=now, reason=reason)
            await save(tx, found, after, now=now)
            place = await place_at(tx, found)
            if seen and place is not None and place.evse.status is EvseStatus.RESERVED:
                await let_go(tx, after, now=now)

    async def on_evse(self, party: PartyId, location_id: str, evse_uid: str) -> None:
        """An EVSE that is kept free shows something else.

        Out of use, it cannot be kept for anybody. Available, its charger has forgotten, by a boot
        for example: it is asked once more, and what it then refuses is lost (C-208).
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            location = await tx.locations.get(party, location_id)
            evse = location.evse(evse_uid) if location is not None else None
            status = evse.status if evse is not None else EvseStatus.REMOVED
            for each in await tx.reservations.open_at(party, location_id, evse_uid):
                found = await tx.reservations.locked(each.id)
                if found.state is not ReservationState.ACTIVE or not found.own:
                    continue
                if status in _OUT_OF_USE:
                    after = cancelled(found, EndReason.OUT_OF_USE, now=now)
                    await save(tx, found, after, now=now)
                    await let_go(tx, after, now=now)
                elif status is EvseStatus.AVAILABLE and found.expires_at > now:
                    await ask_again(tx, found, now=now)

    async def reported(self, live: LiveStation, number: int, loss: Loss) -> None:
        """A charger tells that it does not keep an EVSE free any more (OCPP 2.x)."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            known = await tx.reservations.by_number(scope_of(live.id, None), number)
            if known is None:
                return
            found = await tx.reservations.locked(known.id)
            if loss is Loss.REMOVED:
                after = cancelled(found, EndReason.LOST, now=now)
            else:
                after = expired(found, now=now)
            await save(tx, found, after, now=now)


async def _of(tx: Transaction, command: Command) -> Reservation:
    if command.reservation_id is None:
        raise ChargerRefused(command.outcome.message or "" if command.outcome else "")
    return await tx.reservations.need(command.reservation_id)
