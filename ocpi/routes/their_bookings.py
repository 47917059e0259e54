"""Bookings that operators tell us of, and places to book; their calendars are parts of these.

Source: OCPI 2.3.0, Bookings extension 1.1, Receiver interface.
"""

from dataclasses import dataclass
from typing import Any

from app.domain.errors import InvalidInput, NotFound
from app.domain.module_objects import ObjectKind
from app.domain.partners import InterfaceRole, Role
from app.ports.clock import Clock
from app.use_cases.locations import Acceptance
from app.use_cases.module_objects import ModuleObjects
from ocpi.models.bookings import Booking, BookingLocation, Calendar
from ocpi.models.common import read_datetime
from ocpi.routes.kept import Edit, Kept
from ocpi.routes.received import changed_at, check_address, owner_of, patch_of, stored
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.merge import merge

Json = dict[str, Any]

_OWNER = "{country}/{party}"
_PLACE = f"{_OWNER}/booking_locations/{{place}}"
_BOOKING = f"{_OWNER}/{{booking}}"


@dataclass(frozen=True, slots=True)
class TheirBookings:
    """The receiver of the module."""

    objects: ModuleObjects
    clock: Clock

    def interface(self) -> Interface:
        """What is mounted (C-281)."""
        routes = (
            Route("GET", _PLACE, self.show_place),
            Route("PUT", _PLACE, self.put_place, Body.NEEDED),
            Route("PATCH", _PLACE, self.patch_place, Body.NEEDED),
            Route("GET", f"{_PLACE}/{{calendar}}", self.show_calendar),
            Route("PUT", f"{_PLACE}/{{calendar}}", self.put_calendar, Body.NEEDED),
            Route("PATCH", f"{_PLACE}/{{calendar}}", self.patch_calendar, Body.NEEDED),
            Route("GET", _BOOKING, self.show_booking),
            Route("PUT", _BOOKING, self.put_booking, Body.NEEDED),
            Route("PATCH", _BOOKING, self.patch_booking, Body.NEEDED),
        )
        return Interface("bookings", InterfaceRole.RECEIVER, routes)

    @property
    def _bookings(self) -> Kept:
        return Kept(self.objects, ObjectKind.BOOKING, Booking)

    @property
    def _places(self) -> Kept:
        return Kept(self.objects, ObjectKind.BOOKING_LOCATION, BookingLocation)

    async def show_booking(self, call: Call) -> Answer:
        """GET of a booking as its operator sent it."""
        owner = owner_of(call, Role.CPO)
        return Answer(await self._bookings.show(call, owner, call.path["booking"]))

    async def put_booking(self, call: Call) -> Answer:
        """PUT of a whole booking."""
        return await _put(call, self._bookings, "booking")

    async def patch_booking(self, call: Call) -> Answer:
        """PATCH of some of its fields."""
        return await self._patch(call, self._bookings, "booking")

    async def show_place(self, call: Call) -> Answer:
        """GET of a place as its operator sent it."""
        return Answer(await self._place(call))

    async def put_place(self, call: Call) -> Answer:
        """PUT of a whole place."""
        return await _put(call, self._places, "place")

    async def patch_place(self, call: Call) -> Answer:
        """PATCH of some of its fields."""
        return await self._patch(call, self._places, "place")

    async def show_calendar(self, call: Call) -> Answer:
        """GET of one calendar of a place."""
        return Answer(_calendar_meant(call, await self._place(call)))

    async def put_calendar(self, call: Call) -> Answer:
        """PUT of one calendar into its place."""
        place, document = await self._place(call), call.document()
        calendar = Calendar.read(document)
        if calendar.id.casefold() != call.path["calendar"].casefold():
            raise InvalidInput("id", f"is not {call.path['calendar']!r} as in the address")

        def written(kept: Json) -> Json | None:
            known = _calendar(kept, calendar.id)
            if known is not None and changed_at(document) < changed_at(known):
                return None
            return _with_calendar(kept, document)

        await self._change_place(call, written)
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
        return await self._places.show(call, owner_of(call, Role.CPO), call.path["place"])

    async def _change_place(self, call: Call, edit: Edit) -> None:
        owner, key = owner_of(call, Role.CPO), call.path["place"]
        await self._places.change(call, owner, key, edit=edit)

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
