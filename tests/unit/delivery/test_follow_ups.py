"""Which events make work for us: only those that some driver depends on."""

from datetime import timedelta

from app.delivery.follow_ups import FollowUps
from app.domain.charging import ChargingState
from app.domain.errors import Unavailable
from app.domain.events import EvseStatusChanged, StationConnected, StationDisconnected
from app.ports.delivery import Delivery, Mode, Retry
from app.store.transaction import Store
from tests.support.chargings import CPO, a_charging

PLUG = EvseStatusChanged(CPO, "L1", "E1")


async def kinds(follow: FollowUps) -> list[str]:
    """What is wanted after a plug moved, and after a charger came and went."""
    events = (PLUG, StationConnected("CS-1"), StationDisconnected("CS-1"))
    return [delivery.kind for event in events for delivery in await follow.plan(event)]


async def test_chargers_make_work_where_drivers_are(store: Store) -> None:
    follow = FollowUps(store, {})
    follow.look_again()
    assert await kinds(follow) == []
    async with store.transaction() as tx:
        await tx.charging.add(a_charging(id="c-1", state=ChargingState.AWAITING_PLUG))
        await tx.charging.add(a_charging(id="c-2", state=ChargingState.CHARGING, evse_uid="E2"))
    follow.look_again()
    moved = "follow.station_moved"
    assert await kinds(follow) == ["follow.evse_moved", moved, moved]


async def test_a_batch_of_events_is_planned_with_one_look(store: Store) -> None:
    """The look is taken after the events were read, so none of them is newer than it."""
    follow = FollowUps(store, {})
    follow.look_again()
    async with store.transaction() as tx:
        await tx.charging.add(a_charging(id="c-1", state=ChargingState.AWAITING_PLUG))
    assert [d.kind for d in await follow.plan(PLUG)] == ["follow.evse_moved"]
    async with store.transaction() as tx:
        await tx.charging.save(a_charging(id="c-1", state=ChargingState.CANCELLED))
    assert [d.kind for d in await follow.plan(PLUG)] == ["follow.evse_moved"]
    follow.look_again()
    assert list(await follow.plan(PLUG)) == []


async def test_a_foreign_systems_wish_is_kept(store: Store) -> None:
    """Retry-After reaches the back-off."""

    async def busy(_subject: str) -> None:
        trouble = Unavailable("busy")
        trouble.retry_after = timedelta(seconds=40)
        raise trouble

    follow = FollowUps(store, {"pull_partner": busy})
    delivery = Delivery("pull:p-1", "p-1", Mode.LATEST, "follow.pull_partner")
    outcome = await follow.send(delivery)
    assert isinstance(outcome, Retry)
    assert outcome.after == timedelta(seconds=40)
