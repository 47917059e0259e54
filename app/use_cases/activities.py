"""Which sessions are shown on which lock screens, and what was told there last."""

from dataclasses import dataclass, replace

from app.domain.charging import Charging
from app.domain.drivers import Device
from app.domain.push_targets import LiveActivity
from app.store.transaction import Store, Transaction


@dataclass(frozen=True, slots=True)
class Showing:
    """The live activities of a session, and the devices on which one could be begun."""

    activities: tuple[LiveActivity, ...]
    could_begin: tuple[Device, ...]
    language: str


class ActivityBook:
    """Reads and writes them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def watched(self) -> frozenset[str]:
        """The sessions that are shown somewhere."""
        async with self._store.reading() as tx:
            return await tx.drivers.live_activities.watched()

    async def could_begin(self, charging_id: str) -> bool:
        """Whether a session could be shown on a device of its driver's."""
        return bool((await self.showing(charging_id)).could_begin)

    async def showing(self, charging_id: str) -> Showing:
        """Where a session is shown, or could be; that of a session that is gone is nowhere."""
        async with self._store.reading() as tx:
            charging = await tx.charging.get(charging_id)
            if charging is None:
                return Showing((), (), "")
            activities = await tx.drivers.live_activities.of_charging(charging_id)
            known = {each.device_id for each in activities}
            devices, language = await _devices(tx, charging)
        could = [d for d in devices if d.activity_token and d.push_target and d.id not in known]
        return Showing(tuple(activities), () if charging.ended else tuple(could), language)

    async def keep(self, activity: LiveActivity) -> None:
        """Write down what was told; a token that came meanwhile is kept, one that left is not."""
        async with self._store.transaction() as tx:
            book = tx.drivers.live_activities
            known = await book.get(activity.charging_id, activity.device_id)
            if known is None and activity.token is not None:
                return
            if known is not None:
                activity = replace(known, told_state=activity.told_state, told_at=activity.told_at)
            await book.put(activity)

    async def forget(self, activity: LiveActivity) -> None:
        """It is shown no more, unless it has another token by now."""
        async with self._store.transaction() as tx:
            book = tx.drivers.live_activities
            known = await book.get(activity.charging_id, activity.device_id)
            if known is not None and known.token == activity.token:
                await book.delete(activity.charging_id, activity.device_id)

    async def forget_start(self, device_id: str, token: str) -> None:
        """Nothing can be begun with this token any more."""
        async with self._store.transaction() as tx:
            device = await tx.drivers.devices.get(device_id)
            if device is not None and device.activity_token == token:
                await tx.drivers.devices.put(replace(device, activity_token=None))


async def _devices(tx: Transaction, charging: Charging) -> tuple[list[Device], str]:
    """The devices of a session's driver, and the language spoken where they say none."""
    if charging.driver_id is None:
        return [], charging.language
    driver = await tx.drivers.get(charging.driver_id)
    if driver is None:
        return [], charging.language
    return await tx.drivers.devices.of_driver(driver.id), driver.language
