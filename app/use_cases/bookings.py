"""Bookings of our EVSEs: operators offer time, providers of partners book, change and cancel.

A booked EVSE is kept free at its charger from the beginning of its time, by a reservation for the
token that was booked for; what becomes of that is what becomes of the booking.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from logging import getLogger
from random import Random, SystemRandom

from app.domain.bookings import (
    Booking,
    BookingPlace,
    BookingStatus,
    Slot,
    Wish,
    book,
    change,
    decide,
    ended,
)
from app.domain.commands import CommandChannel
from app.domain.errors import DomainError, InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.partners import Partner
from app.domain.reservations import ReservationState
from app.domain.tokens import Token, TokenType, Whitelist
from app.ports.clock import Clock
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.command_requests import Asker, ReserveRequest
from app.use_cases.commands import request_in

log = getLogger(__name__)


class Bookings:
    """Offers, requests and what came of them."""

    def __init__(self, store: Store, clock: Clock, *, random: Random | None = None) -> None:
        self._store = store
        self._clock = clock
        self._random = random or SystemRandom()

    async def offer(self, place: BookingPlace) -> BookingPlace:
        """Let an EVSE be booked at these times and no others; bookings already made stay.

        Raises NotFound when the operator has no such EVSE, InvalidInput for times that overlap.
        """
        async with self._store.transaction() as tx:
            location = await tx.locations.get(place.party, place.location_id)
            if location is None or not location.own or not location.publish:
                raise NotFound("location", place.location_id)
            if location.evse(place.evse_uid) is None:
                raise NotFound("evse", place.evse_uid)
            _check_slots(place.slots)
            await tx.bookings.put_place(place)
        return place

    async def places(self, ours: Sequence[PartyId]) -> list[BookingPlace]:
        """Everything that can be booked at these parties."""
        async with self._store.reading() as tx:
            return await tx.bookings.places(ours)

    async def place(self, ours: Sequence[PartyId], place_id: str) -> BookingPlace:
        """One of them; raises NotFound."""
        async with self._store.reading() as tx:
            for party in ours:
                found = await tx.bookings.place(party, place_id)
                if found is not None:
                    return found
        raise NotFound("booking location", place_id)

    async def ask(self, ours: Sequence[PartyId], partner: Partner, wish: Wish) -> Booking:
        """Answer a request, or one that was sent before and wants something else now.

        The same request word for word is answered as before. Raises NotFound for a request to
        give up what never was.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.partners.hold(partner.id)
            before = await tx.bookings.of_request(partner.id, wish.provider, wish.request_id)
            if before is not None and before.heard[-1].document == wish.document:
                return before
            if before is None and wish.canceled is not None:
                raise NotFound("booking of this request", wish.request_id)
            party = before.party if before else await _party(tx, ours, wish)
            place = await tx.bookings.hold_place(party, wish.place_id)
            taken = await tx.bookings.at_place(party, wish.place_id)
            others = [each for each in taken if before is None or each.id != before.id]
            verdict = decide(wish, place, others, now)
            if before is not None:
                after = change(before, wish, verdict, now)
            else:
                after = book(
                    wish,
                    verdict,
                    place,
                    now,
                    party=party,
                    partner_id=partner.id,
                    booking_id=new_id(),
                )
            await tx.bookings.put(after)
        return after

    async def find(self, ours: Sequence[PartyId], partner: Partner, booking_id: str) -> Booking:
        """A booking that the partner asked for; raises NotFound."""
        async with self._store.reading() as tx:
            found = await tx.bookings.get(booking_id)
        if found is None or found.partner_id != partner.id or found.party not in ours:
            raise NotFound("booking", booking_id)
        return found

    async def of_party(self, party: PartyId) -> list[Booking]:
        """Everything that was ever booked at an operator, in the order of the requests."""
        async with self._store.reading() as tx:
            return await tx.bookings.of_party(party)

    async def tick(self) -> int:
        """Periodic: keep free what is due, and see what became of it; how many were moved."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            due = await tx.bookings.due(now)
        moved = 0
        for booking in due:
            moved += await self._look_after(booking.id, now)
        return moved

    async def _look_after(self, booking_id: str, now: datetime) -> bool:
        async with self._store.transaction() as tx:
            booking = await _held(tx, booking_id)
            if booking is None or not booking.binds:
                return False
            after = await self._moved(tx, booking, now)
            if after == booking:
                return False
            await tx.bookings.put(after)
        log.info("booking.moved", extra={"booking": booking.id, "status": after.status.value})
        return True

    async def _moved(self, tx: Transaction, booking: Booking, now: datetime) -> Booking:
        if booking.reservation_id is None:
            return await self._kept(tx, booking, now)
        reservation = await tx.reservations.need(booking.reservation_id)
        status = _BECAME.get(reservation.state)
        return booking if status is None else ended(booking, status, now)

    async def _kept(self, tx: Transaction, booking: Booking, now: datetime) -> Booking:
        """Have the charger keep the EVSE free for the token that was booked for, or give up."""
        request = ReserveRequest(
            asker=Asker(
                channel=CommandChannel.OPERATOR,
                partner_id=booking.partner_id,
                emsp=booking.provider,
            ),
            party=booking.party,
            location_id=booking.location_id,
            evse_uid=booking.evse_uid,
            token=_token_of(booking),
            expires_at=booking.slot.ends,
            name=booking.id,
            authorization_reference=booking.reference,
        )
        try:
            command = await request_in(tx, request, now=now, random=self._random)
        except DomainError as refusal:
            log.warning("booking.failed", extra={"booking": booking.id, "why": refusal.code})
            return ended(booking, BookingStatus.FAILED, now)
        return replace(booking, reservation_id=command.reservation_id)


_BECAME = {
    ReservationState.USED: BookingStatus.FULFILLED,
    ReservationState.EXPIRED: BookingStatus.NO_SHOW,
    ReservationState.CANCELLED: BookingStatus.FAILED,
    ReservationState.REFUSED: BookingStatus.FAILED,
}
"""What a booking became when its reservation did; those that are open say nothing yet."""


def _token_of(booking: Booking) -> Token:
    """The first token that was booked for; its provider vouches for it."""
    said = json.loads(booking.tokens)[0]
    known = set(TokenType)
    return Token(
        party=PartyId.of(said["country_code"], said["party_id"]),
        uid=said["uid"],
        type=TokenType(said["type"]) if said["type"] in known else TokenType.OTHER,
        contract_id=said["contract_id"],
        issuer=str(booking.provider),
        valid=True,
        whitelist=Whitelist.NEVER,
        last_updated=booking.last_updated,
        own=False,
    )


async def _party(tx: Transaction, ours: Sequence[PartyId], wish: Wish) -> PartyId:
    """Whose time is asked for; raises NotFound for a location that none of these has."""
    for party in ours:
        location = await tx.locations.get(party, wish.location_id)
        if location is not None and location.own and location.publish:
            return party
    raise NotFound("location", wish.location_id)


def _check_slots(slots: Sequence[Slot]) -> None:
    for index, slot in enumerate(slots):
        if slot.ends <= slot.begins:
            raise InvalidInput(f"slots.{index}", "has to end after it begins")
        if any(slot.overlaps(other) for other in slots[:index]):
            raise InvalidInput(f"slots.{index}", "overlaps another one")


async def _held(tx: Transaction, booking_id: str) -> Booking | None:
    """A booking as nobody changes it now: whoever does holds its partner."""
    found = await tx.bookings.get(booking_id)
    if found is None:
        return None
    await tx.partners.hold(found.partner_id)
    return await tx.bookings.get(booking_id)
