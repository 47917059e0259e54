"""Bookings of an EVSE ahead of time: what is offered, what was asked, and what came of it.

A booking is promised only for time that the operator offers and nobody else has. The same
request sent again changes the booking or gives it up, as far as the terms still allow; what is
declined leaves the booking as it was. Source: OCPI 2.3.0, Bookings extension 1.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.reservations import LONGEST
from app.domain.units import Kw


class BookingStatus(StrEnum):
    """Source: OCPI 2.3.0, Bookings, ReservationStatus enum."""

    PENDING = "PENDING"
    RESERVED = "RESERVED"
    CANCELED = "CANCELED"
    FAILED = "FAILED"
    NO_SHOW = "NO_SHOW"
    FULFILLED = "FULFILLED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class RequestStatus(StrEnum):
    """Source: OCPI 2.3.0, Bookings, ReservationRequestStatus enum."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time; the largest power there is, None when it is not known."""

    begins: datetime
    ends: datetime
    power: Kw | None = None

    def holds(self, other: "Slot") -> bool:
        """Whether the other lies within this one, and gets the power that it needs."""
        inside = self.begins <= other.begins and other.ends <= self.ends
        enough = other.power is None or self.power is None or other.power.value <= self.power.value
        return inside and enough

    def overlaps(self, other: "Slot") -> bool:
        """Whether they share any time."""
        return self.begins < other.ends and other.begins < self.ends


@dataclass(frozen=True, slots=True)
class Terms:
    """Until how long before its start a booking may be changed, and given up."""

    change_until: timedelta = timedelta()
    cancel_until: timedelta = timedelta()
    changeable: bool = True


@dataclass(frozen=True, slots=True)
class BookingPlace:
    """An EVSE that an operator lets be booked at these times."""

    party: PartyId
    id: str
    location_id: str
    evse_uid: str
    slots: tuple[Slot, ...]
    last_updated: datetime
    terms: Terms = Terms()
    tariff_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why a booking was given up and by which role; words of OCPI's."""

    reason: str
    role: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A request of a provider; `document` is it verbatim, as JSON text."""

    provider: PartyId
    request_id: str
    place_id: str
    location_id: str
    slot: Slot
    reference: str
    document: str
    evse_uid: str | None = None
    tokens: str = "[]"
    access: str = "[]"
    canceled: Cancellation | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came, and what was said to it."""

    status: RequestStatus
    document: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    """What became of a provider's request; `tokens` and `access` are its own words as JSON text.

    `evse_uid` is None when the request named no place of ours, `reservation_id` until the EVSE is
    kept free at its charger, which is when the booking begins.
    """

    id: str
    party: PartyId
    partner_id: str
    provider: PartyId
    request_id: str
    place_id: str
    location_id: str
    slot: Slot
    reference: str
    status: BookingStatus
    last_updated: datetime
    heard: tuple[Heard, ...]
    evse_uid: str | None = None
    terms: Terms = Terms()
    tariff_ids: tuple[str, ...] = ()
    tokens: str = "[]"
    access: str = "[]"
    canceled: Cancellation | None = None
    reservation_id: str | None = None

    @property
    def binds(self) -> bool:
        """Whether its time is nobody else's."""
        return self.status is BookingStatus.RESERVED


def decide(
    wish: Wish, place: BookingPlace | None, taken: Sequence[Booking], now: datetime
) -> RequestStatus:
    """Whether the time can be promised; `taken` are the other bookings of the place.

    A charger keeps an EVSE free for a token, and for a day at most.
    """
    if place is None or place.location_id.casefold() != wish.location_id.casefold():
        return RequestStatus.DECLINED
    if wish.evse_uid is not None and wish.evse_uid.casefold() != place.evse_uid.casefold():
        return RequestStatus.DECLINED
    offered = any(slot.holds(wish.slot) for slot in place.slots)
    free = not any(other.binds and other.slot.overlaps(wish.slot) for other in taken)
    keepable = wish.slot.ends - wish.slot.begins <= LONGEST and wish.tokens != "[]"
    if not offered or not free or wish.slot.begins < now or not keepable:
        return RequestStatus.DECLINED
    return RequestStatus.ACCEPTED


def book(
    wish: Wish, verdict: RequestStatus, place: BookingPlace | None, now: datetime, /, *,
    party: PartyId, partner_id: str, booking_id: str,
) -> Booking:  # fmt: skip
    """The answer to a new request."""
    accepted = verdict is RequestStatus.ACCEPTED and wish.canceled is None
    booking = Booking(
        id=booking_id,
        party=party,
        partner_id=partner_id,
        provider=wish.provider,
        request_id=wish.request_id,
        place_id=wish.place_id,
        location_id=wish.location_id,
        slot=wish.slot,
        reference=wish.reference,
        status=BookingStatus.RESERVED if accepted else BookingStatus.REJECTED,
        last_updated=now,
        heard=(),
        evse_uid=place.evse_uid if place else wish.evse_uid,
        terms=place.terms if place else Terms(),
        tariff_ids=place.tariff_ids if place else (),
        tokens=wish.tokens,
        access=wish.access,
    )
    said = RequestStatus.ACCEPTED if accepted else RequestStatus.DECLINED
    return _having_heard(booking, wish, said, now)


def change(booking: Booking, wish: Wish, verdict: RequestStatus, now: datetime) -> Booking:
    """The booking after the same request was sent again with another time, or to give it up."""
    if wish.canceled is not None:
        return _cancel(booking, wish, wish.canceled, now)
    late = now > booking.slot.begins - booking.terms.change_until
    elsewhere = wish.place_id.casefold() != booking.place_id.casefold()
    fixed = late or elsewhere or not booking.terms.changeable
    if not booking.binds or fixed or verdict is not RequestStatus.ACCEPTED:
        return _having_heard(booking, wish, RequestStatus.DECLINED, now)
    changed = replace(
        booking,
        slot=wish.slot,
        reference=wish.reference,
        tokens=wish.tokens,
        access=wish.access,
    )
    return _having_heard(changed, wish, RequestStatus.ACCEPTED, now)


def _cancel(booking: Booking, wish: Wish, canceled: Cancellation, now: datetime) -> Booking:
    late = now > booking.slot.begins - booking.terms.cancel_until
    if not booking.binds or late:
        return _having_heard(booking, wish, RequestStatus.DECLINED, now)
    given_up = replace(booking, status=BookingStatus.CANCELED, canceled=canceled)
    return _having_heard(given_up, wish, RequestStatus.ACCEPTED, now)


def ended(booking: Booking, status: BookingStatus, now: datetime) -> Booking:
    """What became of a promise in the end."""
    return replace(booking, status=status, last_updated=now)


def _having_heard(booking: Booking, wish: Wish, said: RequestStatus, now: datetime) -> Booking:
    heard = (*booking.heard, Heard(said, wish.document, now))
    return replace(booking, heard=heard, last_updated=now)


def minutes(duration: timedelta) -> Decimal:
    """A duration as the terms state it."""
    return Decimal(duration // timedelta(minutes=1))
