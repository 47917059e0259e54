"""A booked EVSE is kept free from when its time begins, and what becomes of that (C-281)."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.domain.bookings import Booking, BookingPlace, BookingStatus, Slot, Wish
from app.domain.commands import CommandKind
from app.domain.errors import InvalidInput, NotFound
from app.domain.locations import EvseStatus
from app.domain.reservations import ReservationState
from app.domain.stations import Station
from app.store.transaction import Store
from app.use_cases.bookings import Bookings
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import CPO, THEIR_EMSP, a_location, a_partner, an_evse

BEGINS = NOON + timedelta(hours=2)
HOUR = Slot(BEGINS, BEGINS + timedelta(hours=1))
TOKENS = (
    '[{"country_code":"DE","party_id":"TNM","uid":"BOOKED1","type":"RFID",'
    '"contract_id":"DE-TNM-C1"}]'
)
KEEPS = ("RESERVABLE", "REMOTE_START_STOP_CAPABLE")


def a_place(**changes: Any) -> BookingPlace:
    """E1 for a day."""
    day = Slot(NOON, NOON + timedelta(days=3))
    return replace(BookingPlace(CPO, "BP1", "L1", "E1", (day,), NOON), **changes)


def a_wish(**changes: Any) -> Wish:
    """An hour of it."""
    wish = Wish(THEIR_EMSP, "RQ1", "BP1", "L1", HOUR, "ref-1", "{}", tokens=TOKENS)
    return replace(wish, **changes)


@pytest.fixture
async def bookings(store: Store, clock: FakeClock, rng: Random) -> Bookings:
    """A charger that can be reserved, and a partner that books it."""
    evse = an_evse("E1", capabilities=KEEPS)
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        await tx.locations.put(a_location(evses=(evse, an_evse("E2", number=2))))
        await tx.stations.put(Station("ST-1", CPO, "x", node="n1"))
    made = Bookings(store, clock, random=rng)
    await made.offer(a_place())
    return made


async def ask(bookings: Bookings, **changes: Any) -> Booking:
    """What a wish leads to."""
    return await bookings.ask([CPO], a_partner(), a_wish(**changes))


async def state(store: Store, booking: Booking) -> BookingStatus:
    async with store.reading() as tx:
        found = await tx.bookings.get(booking.id)
    assert found is not None
    return found.status


async def reserve(store: Store, clock: FakeClock, bookings: Bookings) -> tuple[Booking, str]:
    """A booking whose time has begun, and its reservation."""
    booking = await ask(bookings)
    assert booking.status is BookingStatus.RESERVED
    assert await bookings.tick() == 0
    clock.set(BEGINS)
    assert await bookings.tick() == 1
    assert await bookings.tick() == 0
    async with store.reading() as tx:
        (kept,) = await tx.reservations.open_at(CPO, "L1", "E1")
    return booking, kept.id


async def test_the_charger_is_asked_when_the_time_begins(
    store: Store, clock: FakeClock, bookings: Bookings
) -> None:
    _, reservation_id = await reserve(store, clock, bookings)
    async with store.reading() as tx:
        kept = await tx.reservations.need(reservation_id)
        events = [recorded.event for recorded in await tx.events.unplanned(20)]
        (asked,) = [event for event in events if event.kind == "command.requested"]
        command = await tx.commands.need(asked.command_id)  # type: ignore[attr-defined]
    assert (command.kind, command.evse_uid) == (CommandKind.RESERVE, "E1")
    assert (kept.token.uid, kept.expires_at) == ("BOOKED1", HOUR.ends)
    assert kept.authorization_reference == "ref-1"


@pytest.mark.parametrize(
    ("became", "status"),
    [
        (ReservationState.ACTIVE, BookingStatus.RESERVED),
        (ReservationState.USED, BookingStatus.FULFILLED),
        (ReservationState.EXPIRED, BookingStatus.NO_SHOW),
        (ReservationState.CANCELLED, BookingStatus.FAILED),
        (ReservationState.REFUSED, BookingStatus.FAILED),
    ],
)
async def test_a_booking_becomes_what_its_reservation_does(
    store: Store,
    clock: FakeClock,
    bookings: Bookings,
    *,
    became: ReservationState,
    status: BookingStatus,
) -> None:
    booking, reservation_id = await reserve(store, clock, bookings)
    async with store.transaction() as tx:
        kept = await tx.reservations.need(reservation_id)
        await tx.reservations.save(replace(kept, state=became))
    await bookings.tick()
    assert await state(store, booking) is status


async def test_a_charger_that_cannot_keep_it_fails_the_booking(
    store: Store, clock: FakeClock, bookings: Bookings
) -> None:
    booking = await ask(bookings)
    broken = an_evse("E1", capabilities=KEEPS, status=EvseStatus.INOPERATIVE)
    async with store.transaction() as tx:
        await tx.locations.put(a_location(evses=(broken,)))
    clock.set(BEGINS)
    assert await bookings.tick() == 1
    assert await state(store, booking) is BookingStatus.FAILED


async def test_longer_than_a_charger_keeps_it_is_not_promised(bookings: Bookings) -> None:
    two_days = Slot(BEGINS, BEGINS + timedelta(days=2))
    assert (await ask(bookings, slot=two_days)).status is BookingStatus.REJECTED
    assert (await ask(bookings, request_id="RQ2", tokens="[]")).status is BookingStatus.REJECTED


async def test_only_what_is_there_can_be_offered(bookings: Bookings) -> None:
    for changes, error in (
        ({"location_id": "L9"}, NotFound), ({"evse_uid": "E9"}, NotFound),
        ({"slots": (HOUR, HOUR)}, InvalidInput),
        ({"slots": (Slot(HOUR.ends, HOUR.begins),)}, InvalidInput),
    ):  # fmt: skip
        with pytest.raises(error):
            await bookings.offer(a_place(**changes))
    assert await bookings.places([CPO]) == [a_place()]
