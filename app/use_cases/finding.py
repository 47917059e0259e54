"""What drivers keep of places: favourites, a place in a queue; and how busy places are."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.busy_times import BusyTimes, busy_times, hour_of_week
from app.domain.driver_notices import DriverNoticeKind
from app.domain.errors import Conflict, NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import Location
from app.domain.waiting import MOST_WAITINGS, WAITS, Waiting, free_evses, next_round
from app.ports.clock import Clock
from app.store.busy_hours import BusyHours
from app.store.ids import new_id
from app.store.locations import object_key
from app.store.transaction import Store, Transaction
from app.use_cases.driver_notices import tell_driver

MOST_FAVOURITES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRequest:
    """Where a driver wants to wait: for any EVSE of a location, for one, or for a plug."""

    driver_id: str
    party: PartyId
    location_id: str
    evse_uid: str | None = None
    plug: str | None = None


class Finding:
    """Favourites, queues and busy times."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def like(self, driver_id: str, party: PartyId, location_id: str) -> None:
        """Make a location a favourite; repeating it changes nothing. Raises NotFound, Conflict."""
        async with self._store.transaction() as tx:
            await tx.drivers.hold(driver_id)
            location = await _published(tx, party, location_id)
            key, mine = object_key(location.party, location.id), tx.drivers.favourites
            if await mine.has(driver_id, key):
                return
            if await mine.count(driver_id) >= MOST_FAVOURITES:
                raise Conflict(f"there are {MOST_FAVOURITES} favourites already")
            await mine.add(driver_id, key, self._clock.now())

    async def unlike(self, driver_id: str, party: PartyId, location_id: str) -> None:
        """No favourite any more; repeating it changes nothing."""
        async with self._store.transaction() as tx:
            await tx.drivers.favourites.remove(driver_id, object_key(party, location_id))

    async def favourites(
        self, driver_id: str, *, before: datetime | None, before_id: str, limit: int
    ) -> list[tuple[str, datetime]]:
        """The keys of a driver's favourites with when they became it, the newest first."""
        async with self._store.reading() as tx:
            return await tx.drivers.favourites.of_driver(
                driver_id, before=before, before_id=before_id, limit=limit
            )

    async def wait(self, request: WaitRequest) -> Waiting:
        """Get into the queue; raises Conflict when something is free, or at too many places.

        Asking again for the same keeps the place in the queue. Raises NotFound.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.drivers.hold(request.driver_id)
            location = await _published(tx, request.party, request.location_id)
            wanted = _waiting(request, location, now)
            if not any(wanted.fits(evse) for evse in location.evses):
                raise NotFound("EVSE", request.evse_uid or request.plug or "")
            mine = await tx.drivers.waitings.of_driver(request.driver_id)
            mine = [each for each in mine if not each.is_over(now)]
            same = next((each for each in mine if _place(each) == _place(wanted)), None)
            if same is not None:
                return same
            if any(wanted.fits(evse) for evse in free_evses(location)):
                queue = await tx.drivers.waitings.at(object_key(location.party, location.id))
                if not queue:
                    raise Conflict("it is free now")
            if len(mine) >= MOST_WAITINGS:
                raise Conflict(f"nobody waits at more than {MOST_WAITINGS} places")
            await tx.drivers.waitings.add(wanted)
            return wanted

    async def waitings(self, driver_id: str) -> list[tuple[Waiting, Location | None]]:
        """Where a driver waits, with the place."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            mine = await tx.drivers.waitings.of_driver(driver_id)
            keys = {object_key(each.party, each.location_id) for each in mine}
            places = await tx.locations.many(sorted(keys))
        ordered = sorted(mine, key=lambda each: each.created_at)
        return [
            (each, places.get(object_key(each.party, each.location_id)))
            for each in ordered
            if not each.is_over(now)
        ]

    async def give_up(self, driver_id: str, waiting_id: str) -> None:
        """Leave the queue; raises NotFound for another's place in it."""
        async with self._store.transaction() as tx:
            waiting = await tx.drivers.waitings.get(waiting_id)
            if waiting is None or waiting.driver_id != driver_id:
                raise NotFound("waiting", waiting_id)
            await tx.drivers.waitings.delete(waiting_id)

    async def tick(self) -> None:
        """Call who is next wherever somebody waits."""
        async with self._store.reading() as tx:
            locations = await tx.drivers.waitings.locations()
        for key in locations:
            async with self._store.transaction() as tx:
                await self._call(tx, key)

    async def _call(self, tx: Transaction, key: str) -> None:
        now = self._clock.now()
        location = (await tx.locations.many([key])).get(key)
        queue = await tx.drivers.waitings.at(key)
        queue = [each for each in queue if not await _charges(tx, each)]
        free = [] if location is None or not location.publish else free_evses(location)
        made = next_round(queue, free, now)
        for each in (*made.withdrawn, *made.called):
            await tx.drivers.waitings.put(each)
        for each in made.over:
            await tx.drivers.waitings.delete(each.id)
        for each in made.called:
            if location is not None:
                await _tell(tx, each, location, now)

    async def sample(self) -> None:
        """Count how busy every place is, for the hour that it is."""
        async with self._store.transaction() as tx:
            hour = hour_of_week(self._clock.now().astimezone(UTC))
            await BusyHours(tx.connection).sample(hour)

    async def busy(self, party: PartyId, location_id: str) -> tuple[Location, BusyTimes]:
        """How busy a place is by the hours of its week; raises NotFound."""
        async with self._store.reading() as tx:
            location = await _published(tx, party, location_id)
            key = object_key(location.party, location.id)
            samples = await BusyHours(tx.connection).of_location(key)
        return location, busy_times(samples, location.time_zone, self._clock.now())


async def _published(tx: Transaction, party: PartyId, location_id: str) -> Location:
    location = await tx.locations.need(party, location_id)
    if not location.publish:
        raise NotFound("location", location_id)
    return location


async def _charges(tx: Transaction, waiting: Waiting) -> bool:
    """Whether the driver charges there meanwhile, who then waits no longer."""
    open_ones = await tx.charging.open_of_driver(waiting.driver_id)
    here = (waiting.party, waiting.location_id.casefold())
    if not any((c.cpo, c.location_id.casefold()) == here for c in open_ones):
        return False
    await tx.drivers.waitings.delete(waiting.id)
    return True


async def _tell(tx: Transaction, waiting: Waiting, location: Location, now: datetime) -> None:
    until = (waiting.turn_until or now).astimezone(ZoneInfo(location.time_zone))
    fields = {"place": location.name or location.address, "until": until.isoformat()}
    subject = f"{waiting.id}.{waiting.turns}"
    kind = DriverNoticeKind.WAITLIST_TURN
    await tell_driver(tx, waiting.driver_id, kind, subject=subject, fields=fields, now=now)


def _waiting(request: WaitRequest, location: Location, now: datetime) -> Waiting:
    made = Waiting(
        new_id(), request.driver_id, location.party, location.id, now, ends_at=now + WAITS
    )
    return replace(made, evse_uid=request.evse_uid, plug=request.plug)


def _place(waiting: Waiting) -> tuple[PartyId, str, str | None, str | None]:
    return waiting.party, waiting.location_id, waiting.evse_uid, waiting.plug
