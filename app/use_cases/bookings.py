"""Bookings of our EVSEs: operators offer time, providers of partners book, change and cancel."""

from collections.abc import Sequence

from app.domain.bookings import (
    Booking,
    BookingPlace,
    Slot,
    Wish,
    book,
    change,
    decide,
)
from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.partners import Partner
from app.ports.clock import Clock
from app.store.ids import new_id
from app.store.transaction import Store, Transaction


class Bookings:
    """Offers, requests and what came of them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

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
