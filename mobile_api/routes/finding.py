"""Favourites, the queue for a charger that is taken, and busy times."""

from fastapi import APIRouter

from app.domain.identifiers import PartyId
from app.use_cases.finding import WaitRequest
from mobile_api.dependencies import Deps, Driver, Now
from mobile_api.idempotency import OnceOnly
from mobile_api.paging import Page, cursor_of
from mobile_api.schemas.finding import (
    BusyOut,
    FavouriteOut,
    FavouritesOut,
    WaitIn,
    WaitingOut,
    WaitingsOut,
)
from mobile_api.schemas.map import PinOut

router = APIRouter(tags=["places"])


@router.get("/me/favourites")
async def list_favourites(deps: Deps, driver: Driver, now: Now, page: Page) -> FavouritesOut:
    """The driver's favourites with how they are now, the newest first."""
    found = await deps.finding.favourites(
        driver.driver_id,
        before=page.before,
        before_id=page.before_id or "",
        limit=page.limit + 1,
    )
    shown, more = found[: page.limit], len(found) > page.limit
    pins = await deps.map.pins_of([key for key, _ in shown], now)
    made = []
    for key, since in shown:
        party, _, name = key.partition("/")
        pin = pins.get(key)
        place = None if pin is None else PinOut.of(pin)
        location_id = name if pin is None else pin.id
        made.append(FavouriteOut(party=party, location_id=location_id, since=since, place=place))
    following = cursor_of(shown[-1][1], shown[-1][0]) if more else None
    return FavouritesOut(as_of=now, favourites=made, next=following)


@router.put("/me/favourites/{party}/{location_id}", status_code=204)
async def like(deps: Deps, driver: Driver, party: str, location_id: str) -> None:
    """Make a station a favourite."""
    await deps.finding.like(driver.driver_id, PartyId.parse(party), location_id)


@router.delete("/me/favourites/{party}/{location_id}", status_code=204)
async def unlike(deps: Deps, driver: Driver, party: str, location_id: str) -> None:
    """No favourite any more."""
    await deps.finding.unlike(driver.driver_id, PartyId.parse(party), location_id)


@router.post("/me/waitings", status_code=201)
async def wait(deps: Deps, driver: Driver, asked: WaitIn, once: OnceOnly) -> WaitingOut:
    """Be told when one is free: first come, first told, each for five minutes."""

    async def make() -> WaitingOut:
        request = WaitRequest(
            driver_id=driver.driver_id,
            party=PartyId.parse(asked.party),
            location_id=asked.location_id,
            evse_uid=asked.evse_uid,
            plug=asked.plug,
        )
        return WaitingOut.of(await deps.finding.wait(request), None)

    return await once(driver.driver_id, WaitingOut, make)


@router.get("/me/waitings")
async def list_waitings(deps: Deps, driver: Driver) -> WaitingsOut:
    """Where the driver waits."""
    found = await deps.finding.waitings(driver.driver_id)
    return WaitingsOut(waitings=[WaitingOut.of(*each) for each in found])


@router.delete("/me/waitings/{waiting_id}", status_code=204)
async def give_up(deps: Deps, driver: Driver, waiting_id: str) -> None:
    """Leave the queue."""
    await deps.finding.give_up(driver.driver_id, waiting_id)


@router.get("/locations/{party}/{location_id}/busy")
async def show_busy(deps: Deps, party: str, location_id: str) -> BusyOut:
    """How busy a station usually is, by day and hour."""
    location, busy = await deps.finding.busy(PartyId.parse(party), location_id)
    return BusyOut.of(location, busy)
