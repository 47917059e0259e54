"""Bookings: what we offer and promise as partners read it, and what their providers ask."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.bookings import (
    Booking,
    BookingPlace,
    Cancellation,
    Heard,
    Slot,
    Terms,
    Wish,
    minutes,
)
from app.domain.identifiers import PartyId
from app.domain.units import Kw
from ocpi.models.bookings import BookingRequest
from ocpi.models.common import write_datetime
from ocpi.translate.values import Json, present, wire_number, write_owner
from ocpi.wire.documents import decode, encode_text

_CALENDAR = "1"
"""Every place has one calendar, which holds all the times that are offered."""


def read_wish(request: BookingRequest, document: Json) -> Wish:
    """A provider's request."""
    option = request.booking_option
    power = request.power_required
    return Wish(
        provider=PartyId.of(request.country_code, request.party_id),
        request_id=request.request_id,
        place_id=request.booking_location_id,
        location_id=request.location_id,
        slot=Slot(
            request.period.start_date_time,
            request.period.end_date_time,
            None if power is None else Kw(Decimal(power)),
        ),
        reference=request.authorization_reference,
        document=encode_text(document),
        evse_uid=option.evse_uid if option else None,
        tokens=encode_text(document.get("tokens") or []),
        access=encode_text(document.get("access_information") or []),
        canceled=_read_cancellation(request),
    )


def _read_cancellation(request: BookingRequest) -> Cancellation | None:
    canceled = request.canceled
    if canceled is None:
        return None
    return Cancellation(canceled.cancellation_reason, canceled.who_canceled)


def write_booking(booking: Booking) -> Json:
    """A booking with every request that made it what it is."""
    canceled = booking.canceled
    return present(
        {
            **write_owner(booking.party),
            "id": booking.id,
            "request_id": booking.request_id,
            "booking_option": {"evse_uid": booking.evse_uid} if booking.evse_uid else None,
            "location_id": booking.location_id,
            "booking_tokens": decode(booking.tokens),
            "tariff_ids": list(booking.tariff_ids),
            "period": _write_slot(booking.slot),
            "reservation_status": booking.status.value,
            "canceled": canceled
            and {"cancellation_reason": canceled.reason, "who_canceled": canceled.role},
            "access_information": decode(booking.access),
            "authorization_reference": booking.reference,
            "booking_terms": _write_terms(booking.terms),
            "booking_requests": [_write_heard(heard) for heard in booking.heard],
            "last_updated": write_datetime(booking.last_updated),
        }
    )


def _write_heard(heard: Heard) -> Json:
    return {
        "request_status": heard.status.value,
        "booking_request": decode(heard.document),
        "request_received": write_datetime(heard.received_at),
    }


def write_place(place: BookingPlace, slots: Sequence[Slot]) -> Json:
    """What can be booked, with those of its times that are asked for."""
    return present(
        {
            **write_owner(place.party),
            "id": place.id,
            "location_id": place.location_id,
            "booking_option": {"evse_uid": place.evse_uid},
            "tariff_ids": list(place.tariff_ids),
            "booking_terms": _write_terms(place.terms),
            "calendars": [write_calendar(place, slots)] if slots else [],
            "last_updated": write_datetime(place.last_updated),
        }
    )


def write_calendar(place: BookingPlace, slots: Sequence[Slot]) -> Json:
    """The times of a place; there is at least one."""
    return {
        "id": _CALENDAR,
        "begin_from": write_datetime(min(slot.begins for slot in slots)),
        "end_before": write_datetime(max(slot.ends for slot in slots)),
        "available_timeslots": [_write_slot(slot) for slot in slots],
        "last_updated": write_datetime(place.last_updated),
    }


def is_calendar(key: str) -> bool:
    """Whether this is the id of the one calendar that places have."""
    return key == _CALENDAR


def _write_slot(slot: Slot) -> Json:
    return present(
        {
            "start_date_time": write_datetime(slot.begins),
            "end_date_time": write_datetime(slot.ends),
            "max_power": None if slot.power is None else wire_number(slot.power.w),
        }
    )


def _write_terms(terms: Terms) -> Json:
    """A driver comes with the token that was booked for."""
    return present(
        {
            "supported_access_methods": ["TOKEN"],
            "change_until_minutes": minutes(terms.change_until),
            "cancel_until_minutes": minutes(terms.cancel_until),
            "change_not_allowed": None if terms.changeable else True,
        }
    )
