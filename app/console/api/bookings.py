"""Routes for bookings: what an operator lets be booked ahead, and what was."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.console.api.access import Asking, Services
from app.domain.bookings import Booking, BookingPlace, Slot, Terms, minutes
from app.domain.units import Kw

router = APIRouter()

Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 366)]
Name = Annotated[str, Field(min_length=1, max_length=36)]


class SlotIn(BaseModel):
    """A stretch of time that can be booked; kW if it is less than the EVSE has."""

    model_config = ConfigDict(extra="forbid")

    begins: AwareDatetime
    ends: AwareDatetime
    power_kw: Annotated[Decimal, Field(gt=0, lt=10_000)] | None = None


class PlaceIn(BaseModel):
    """An EVSE with its bookable times; until how many minutes before one may change or cancel."""

    model_config = ConfigDict(extra="forbid")

    location_id: Name
    evse_uid: Name
    slots: Annotated[list[SlotIn], Field(max_length=1_000)]
    tariff_ids: Annotated[list[Name], Field(max_length=100)] = []
    change_until_minutes: Minutes = 60
    cancel_until_minutes: Minutes = 60
    changeable: bool = True


class SlotOut(BaseModel):
    """A stretch of time that can be booked."""

    begins: datetime
    ends: datetime
    power_kw: Decimal | None


class PlaceOut(BaseModel):
    """An EVSE with its bookable times."""

    id: str
    location_id: str
    evse_uid: str
    slots: list[SlotOut]
    tariff_ids: list[str]
    change_until_minutes: Decimal
    cancel_until_minutes: Decimal
    changeable: bool

    @classmethod
    def of(cls, place: BookingPlace) -> "PlaceOut":
        """As operators see it."""
        return cls(
            id=place.id,
            location_id=place.location_id,
            evse_uid=place.evse_uid,
            slots=[
                SlotOut(begins=s.begins, ends=s.ends, power_kw=s.power.value if s.power else None)
                for s in place.slots
            ],
            tariff_ids=list(place.tariff_ids),
            change_until_minutes=minutes(place.terms.change_until),
            cancel_until_minutes=minutes(place.terms.cancel_until),
            changeable=place.terms.changeable,
        )


class BookingOut(BaseModel):
    """A booking; `status` is OCPI's word for it."""

    id: str
    provider: str
    place_id: str
    evse_uid: str | None
    begins: datetime
    ends: datetime
    status: str

    @classmethod
    def of(cls, booking: Booking) -> "BookingOut":
        """As operators see it."""
        return cls(
            id=booking.id,
            provider=str(booking.provider),
            place_id=booking.place_id,
            evse_uid=booking.evse_uid,
            begins=booking.slot.begins,
            ends=booking.slot.ends,
            status=booking.status.value,
        )


@router.get("/booking-places")
async def list_places(asking: Asking, services: Services) -> list[PlaceOut]:
    """Everything that can be booked."""
    return [PlaceOut.of(place) for place in await services.bookings.places([asking.party])]


@router.put("/booking-places/{place_id}")
async def put_place(
    place_id: Name, given: PlaceIn, asking: Asking, services: Services
) -> PlaceOut:
    """Let an EVSE be booked at these times and no others; no times at all offer nothing more."""
    place = BookingPlace(
        party=asking.party,
        id=place_id,
        location_id=given.location_id,
        evse_uid=given.evse_uid,
        slots=tuple(
            Slot(slot.begins, slot.ends, None if slot.power_kw is None else Kw(slot.power_kw))
            for slot in given.slots
        ),
        last_updated=services.clock.now(),
        terms=Terms(
            timedelta(minutes=given.change_until_minutes),
            timedelta(minutes=given.cancel_until_minutes),
            given.changeable,
        ),
        tariff_ids=tuple(given.tariff_ids),
    )
    return PlaceOut.of(await services.bookings.offer(place))


@router.get("/bookings")
async def list_bookings(asking: Asking, services: Services) -> list[BookingOut]:
    """Everything that was booked, and what became of it."""
    return [BookingOut.of(booking) for booking in await services.bookings.of_party(asking.party)]
