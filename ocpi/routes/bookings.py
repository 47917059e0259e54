"""Bookings of our chargers by partners' providers, and (`their_bookings`) what operators tell us.

We promise only time that an operator of ours offers and that is not taken. A request that was
answered may be sent again to change the booking or to give it up, under the same id.
Source: OCPI 2.3.0, Bookings extension 1.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.bookings import Booking, BookingPlace, Slot
from app.domain.errors import InvalidInput, NotFound
from app.domain.partners import InterfaceRole, Role
from app.ports.clock import Clock
from app.queries.modules import ModuleLists
from app.queries.pages import Page
from app.queries.roaming import Listing
from app.use_cases.bookings import Bookings
from app.use_cases.module_objects import ModuleObjects
from ocpi.models.bookings import BookingRequest
from ocpi.models.common import EARLIEST, read_datetime
from ocpi.routes.listing import list_answer, plainly
from ocpi.routes.their_bookings import TheirBookings
from ocpi.translate.bookings import (
    is_calendar,
    read_wish,
    write_booking,
    write_calendar,
    write_place,
)
from ocpi.versions.registry import Kind
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.paging import read_moment

Json = dict[str, Any]

_PLACES = "booking_locations"
_LATEST = read_datetime("9999-12-31T23:59:59Z")


@dataclass(frozen=True, slots=True)
class BookingRoutes:
    """Both sides of the module."""

    bookings: Bookings
    objects: ModuleObjects
    lists: ModuleLists
    clock: Clock

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted (C-281)."""
        sender = (
            Route("GET", "", self.list),
            Route("POST", "", self.ask, Body.NEEDED),
            Route("GET", _PLACES, self.list_places),
            Route("GET", f"{_PLACES}/{{place}}", self.show_place),
            Route("GET", f"{_PLACES}/{{place}}/{{calendar}}", self.show_calendar),
            Route("GET", "{booking}", self.show),
        )
        return (
            Interface("bookings", InterfaceRole.SENDER, sender),
            TheirBookings(self.objects, self.clock).interface(),
        )

    async def ask(self, call: Call) -> Answer:
        """POST of a BookingRequest: the Booking that it led to."""
        document = call.document()
        request = BookingRequest.read(document)
        wish = read_wish(request, document)
        if not call.partner.speaks_for(wish.provider, Role.EMSP):
            raise InvalidInput("party_id", f"{wish.provider} is not a provider of yours")
        booking = await self.bookings.ask(call.ours, call.partner, wish)
        return Answer(write_booking(booking))

    async def list(self, call: Call) -> Answer:
        """GET: the caller's bookings."""

        async def fetch(page: Page) -> Listing[Booking]:
            return await self.lists.bookings(call.ours, call.partner, page)

        return await list_answer(call, Kind.BOOKING, fetch, plainly(write_booking))

    async def show(self, call: Call) -> Answer:
        """GET of one of the caller's bookings, an extra."""
        key = call.path["booking"]
        return Answer(write_booking(await self.bookings.find(call.ours, call.partner, key)))

    async def list_places(self, call: Call) -> Answer:
        """GET: what can be booked, within the times of the query if it names any."""
        window = _window(call)

        async def fetch(page: Page) -> Listing[BookingPlace]:
            places = [
                place
                for place in await self.bookings.places(call.ours)
                if (page.changed_from is None or place.last_updated >= page.changed_from)
                and (page.changed_before is None or place.last_updated < page.changed_before)
                and (window is None or _within(place, window))
            ]
            return Listing(places[page.offset : page.offset + page.limit], len(places))

        def write(place: BookingPlace) -> Json:
            return write_place(place, _within(place, window))

        at = replace(call, url=f"{call.url}/{_PLACES}")
        return await list_answer(at, Kind.BOOKING_LOCATION, fetch, plainly(write))

    async def show_place(self, call: Call) -> Answer:
        """GET of one place with all its times."""
        place = await self.bookings.place(call.ours, call.path["place"])
        return Answer(write_place(place, place.slots))

    async def show_calendar(self, call: Call) -> Answer:
        """GET of the times alone."""
        place = await self.bookings.place(call.ours, call.path["place"])
        if not is_calendar(call.path["calendar"]) or not place.slots:
            raise NotFound("calendar", call.path["calendar"])
        return Answer(write_calendar(place, place.slots))


def _window(call: Call) -> Slot | None:
    """The times a query asks about; raises InvalidInput."""
    begins = read_moment(call.query, "timeslot_from")
    ends = read_moment(call.query, "timeslot_to")
    if begins is None and ends is None:
        return None
    return Slot(begins or EARLIEST, ends or _LATEST)


def _within(place: BookingPlace, window: Slot | None) -> Sequence[Slot]:
    if window is None:
        return place.slots
    return tuple(slot for slot in place.slots if slot.overlaps(window))
