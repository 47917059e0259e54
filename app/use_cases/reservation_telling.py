"""Drivers are told that their reservation ends soon, and that it has ended."""

from datetime import datetime, timedelta

from app.domain.cuts import clock
from app.domain.driver_notices import DriverNoticeKind
from app.domain.reservations import Reservation, ReservationState
from app.store.transaction import Transaction
from app.use_cases.driver_notices import tell_driver

SOON = timedelta(minutes=10)
"""How long before the end. Source: product, push catalogue, `reservation.soon`."""


async def tell_soon(tx: Transaction, reservation: Reservation, *, now: datetime) -> bool:
    """It ends soon; False when the driver knows, or asked for no longer than that."""
    if reservation.driver_id is None or reservation.state is not ReservationState.ACTIVE:
        return False
    began = reservation.active_at or reservation.created_at
    if reservation.expires_at - began <= SOON:
        return False
    place, zone = await _place(tx, reservation)
    ends = reservation.expires_at.astimezone(clock(zone)).isoformat(timespec="minutes")
    return await tell_driver(
        tx,
        reservation.driver_id,
        DriverNoticeKind.RESERVATION_SOON,
        subject=reservation.id,
        fields={"place": place, "time": ends},
        now=now,
    )


async def tell_expired(tx: Transaction, reservation: Reservation, *, now: datetime) -> bool:
    """Nobody came in time; False when the driver knows."""
    if reservation.driver_id is None or reservation.state is not ReservationState.EXPIRED:
        return False
    place, _ = await _place(tx, reservation)
    return await tell_driver(
        tx,
        reservation.driver_id,
        DriverNoticeKind.RESERVATION_EXPIRED,
        subject=reservation.id,
        fields={"place": place},
        now=now,
    )


async def _place(tx: Transaction, reservation: Reservation) -> tuple[str, str]:
    """The place's name and its time zone."""
    location = await tx.locations.get(reservation.party, reservation.location_id)
    if location is None:
        return reservation.location_id, "UTC"
    return location.name or location.address, location.time_zone
