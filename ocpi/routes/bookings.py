"""Bookings: partners' providers book time of our chargers (sender), operators tell us theirs.

We promise only time that an operator of ours offers and that is not taken. A request that was
answered may be sent again to change the booking or to give it up, under the same id.
Source: OCPI 2.3.0, Bookings extension 1.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.bookings import Booking, BookingPlace, Slot
from app.domain.errors import InvalidInput, NotFound
from app.domain.module_objects import ObjectKind
from app.domain.partners import InterfaceRole, Role
from app.ports.clock import Clock
from app.queries.modules import ModuleLists
from app.queries.pages import Page
from app.queries.roaming import Listing
from app.use_cases.bookings import Bookings
from app.use_cases.locations import Acceptance
from app.use_cases.module_objects import ModuleObjects
from ocpi.models.bookings import Booking as WireBooking
from ocpi.models.bookings import BookingLocation, BookingRequest, Calendar
from ocpi.models.common import EARLIEST, read_datetime
from ocpi.routes.kept import Edit, Kept
from ocpi.routes.listing import list_answer, plainly
from ocpi.routes.received import changed_at, check_address, owner_of, patch_of, stored
from ocpi.translate.bookings import (
    is_calendar,
    read_wish,
    write_booking,
    write_calendar,
    write_place,
)
from ocpi.versions.registry import Kind
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.merge import merge
from ocpi.wire.paging import read_moment

Json = dict[str, Any]

_PLACES = "booking_locations"
_OWNER = "{country}/{party}"
_THEIR_PLACE = f"{_OWNER}/{_PLACES}/{{place}}"
_THEIR_BOOKING = f"{_OWNER}/{{booking}}"
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
        receiver = (
            Route("GET", _THEIR_PLACE, self.show_their_place),
            Route("PUT", _THEIR_PLACE, self.put_place, Body.NEEDED),
            Route("PATCH", _THEIR_PLACE, self.patch_place, Body.NEEDED),
            Route("GET", f"{_THEIR_PLACE}/{{calendar}}", self.show_their_calendar),
            Route("PUT", f"{_THEIR_PLACE}/{{calendar}}", self.put_calendar, Body.NEEDED),
            Route("PATCH", f"{_THEIR_PLACE}/{{calendar}}", self.patch_calendar, Body.NEEDED),
            Route("GET", _THEIR_BOOKING, self.show_their_booking),
            Route("PUT", _THEIR_BOOKING, self.put_booking, Body.NEEDED),
            Route("PATCH", _THEIR_BOOKING, self.patch_booking, Body.NEEDED),
        )
        return (
            Interface("bookings", InterfaceRole.SENDER, sender),
            Interface("bookings", InterfaceRole.RECEIVER, receiver),
        )

    # ------------------------------------------------------------ sender

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

    # ------------------------------------------------------------ receiver

    @property
    def _theirs(self) -> Kept:
        return Kept(self.objects, ObjectKind.BOOKING, WireBooking)

    @property
    def _their_places(self) -> Kept:
        return Kept(self.objects, ObjectKind.BOOKING_LOCATION, BookingLocation)

    async def show_their_booking(self, call: Call) -> Answer:
        """GET of a booking as its operator sent it."""
        owner = owner_of(call, Role.CPO)
        return Answer(await self._theirs.show(call, owner, call.path["booking"]))

    async def put_booking(self, call: Call) -> Answer:
        """PUT of a whole booking."""
        return await _put(call, self._theirs, "booking")

    async def patch_booking(self, call: Call) -> Answer:
        """PATCH of some of its fields."""
        return await self._patch(call, self._theirs, "booking")

    async def show_their_place(self, call: Call) -> Answer:
        """GET of a place as its operator sent it."""
        return Answer(await self._place(call))

    async def put_place(self, call: Call) -> Answer:
        """PUT of a whole place."""
        return await _put(call, self._their_places, "place")

    async def patch_place(self, call: Call) -> Answer:
        """PATCH of some of its fields."""
        return await self._patch(call, self._their_places, "place")

    async def show_their_calendar(self, call: Call) -> Answer:
        """GET of one calendar of a place."""
        return Answer(_calendar_meant(call, await self._place(call)))

    async def put_calendar(self, call: Call) -> Answer:
        """PUT of one calendar into its place."""
        place, document = await self._place(call), call.document()
        calendar = Calendar.read(document)
        if calendar.id.casefold() != call.path["calendar"].casefold():
            raise InvalidInput("id", f"is not {call.path['calendar']!r} as in the address")
        await self._change_place(call, lambda place: _with_calendar(place, document))
        return stored(created=_calendar(place, calendar.id) is None)

    async def patch_calendar(self, call: Call) -> Answer:
        """PATCH of some fields of one calendar."""
        patch = patch_of(call, self.clock.now())

        def patched(place: Json) -> Json | None:
            found = _calendar_meant(call, place)
            if changed_at(patch) < changed_at(found):
                return None
            document = merge(found, patch)
            Calendar.read(document)
            return _with_calendar(place, document)

        await self._change_place(call, patched)
        return Answer()

    async def _place(self, call: Call) -> Json:
        return await self._their_places.show(call, owner_of(call, Role.CPO), call.path["place"])

    async def _change_place(self, call: Call, edit: Edit) -> None:
        owner, key = owner_of(call, Role.CPO), call.path["place"]
        await self._their_places.change(call, owner, key, edit=edit)

    async def _patch(self, call: Call, kept: Kept, segment: str) -> Answer:
        patch = patch_of(call, self.clock.now())
        await kept.patch(call, owner_of(call, Role.CPO), call.path[segment], patch=patch)
        return Answer()


async def _put(call: Call, kept: Kept, segment: str) -> Answer:
    owner, document = owner_of(call, Role.CPO), call.document()
    kept.model.read(document)
    check_address(call, document, id=segment)
    outcome = await kept.take(call, owner, document)
    return stored(created=outcome is Acceptance.CREATED)


def _is_named(calendar: Json, key: str) -> bool:
    return str(calendar.get("id")).casefold() == key.casefold()


def _calendar(place: Json, key: str) -> Json | None:
    calendars: list[Json] = place.get("calendars") or []
    return next((each for each in calendars if _is_named(each, key)), None)


def _calendar_meant(call: Call, place: Json) -> Json:
    """The calendar that the address names; raises NotFound."""
    found = _calendar(place, call.path["calendar"])
    if found is None:
        raise NotFound("calendar", call.path["calendar"])
    return found


def _with_calendar(place: Json, calendar: Json) -> Json:
    """The place with this calendar, which it is as new as."""
    kept = [c for c in place.get("calendars") or [] if not _is_named(c, calendar["id"])]
    moment = max(place["last_updated"], calendar["last_updated"], key=read_datetime)
    return {**place, "calendars": [*kept, calendar], "last_updated": moment}


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
