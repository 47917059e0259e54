"""Reservations: keep an EVSE free for a while, and give it back.

Nothing is held on the card. Charging is started as always, by a quote at the reserved EVSE.
"""

from datetime import timedelta

from fastapi import APIRouter

from app.domain.commands import CommandChannel
from app.use_cases.command_requests import Asker
from app.use_cases.reservations import Wish
from mobile_api.dependencies import Deps, Driver, DriverDependencies
from mobile_api.idempotency import OnceOnly
from mobile_api.paging import Page, cursor_of
from mobile_api.places import named
from mobile_api.schemas.reservations import ReservationIn, ReservationOut, ReservationsOut

router = APIRouter(prefix="/reservations", tags=["reservations"])


@router.post("", status_code=202)
async def reserve(
    deps: Deps, driver: Driver, asked: ReservationIn, once: OnceOnly
) -> ReservationOut:
    """Ask the charger to keep an EVSE free; the answer is seen by asking for the reservation."""

    async def make() -> ReservationOut:
        made = await deps.reservations.ask(await _wish(deps, driver.driver_id, asked))
        return await _shown(deps, made.id, driver.driver_id)

    return await once(driver.driver_id, ReservationOut, make)


@router.get("")
async def list_reservations(deps: Deps, driver: Driver, page: Page) -> ReservationsOut:
    """The driver's reservations, the newest first."""
    found = await deps.reservations.of_driver(
        driver.driver_id, limit=page.limit + 1, before_id=page.before_id
    )
    shown = [ReservationOut.of(each) for each in found[: page.limit]]
    more = shown and len(found) > page.limit
    following = cursor_of(shown[-1].created_at, shown[-1].id) if more else None
    return ReservationsOut(reservations=shown, next=following)


@router.get("/{reservation_id}")
async def show(deps: Deps, driver: Driver, reservation_id: str) -> ReservationOut:
    """A reservation as it is now."""
    return await _shown(deps, reservation_id, driver.driver_id)


@router.delete("/{reservation_id}", status_code=202)
async def give_back(deps: Deps, driver: Driver, reservation_id: str) -> ReservationOut:
    """Give it back; the time it was reserved is paid for where that has a price."""
    asker = Asker(channel=CommandChannel.DRIVER)
    await deps.reservations.give_back(reservation_id, asker, driver_id=driver.driver_id)
    return await _shown(deps, reservation_id, driver.driver_id)


async def _shown(deps: DriverDependencies, reservation_id: str, driver_id: str) -> ReservationOut:
    return ReservationOut.of(await deps.reservations.get(reservation_id, driver_id=driver_id))


async def _wish(deps: DriverDependencies, driver_id: str, asked: ReservationIn) -> Wish:
    place = await named(deps, asked)
    return Wish(
        driver_id=driver_id,
        party=place.party,
        location_id=place.location_id,
        evse_uid=place.evse_uid,
        connector_id=asked.connector_id,
        expires_at=deps.clock.now() + timedelta(minutes=asked.minutes),
        language=asked.language,
    )
