"""Favourites, queues and busy hours, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.charging import ChargingState
from app.domain.driver_notices import DriverNoticeKind
from app.domain.drivers import Driver
from app.domain.errors import Conflict, NotFound
from app.domain.locations import EvseStatus
from app.store.busy_hours import BUSY as BUSY_HOURS
from app.store.busy_hours import MOST, BusyHours
from app.store.transaction import Store
from app.use_cases.finding import Finding, WaitRequest
from tests.support.chargings import a_charging
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import CPO, a_location, an_evse

BUSY, FREE = EvseStatus.CHARGING, EvseStatus.AVAILABLE


@pytest.fixture
async def finding(store: Store, clock: FakeClock) -> Finding:
    """Three drivers, and a location whose only EVSE is taken."""
    async with store.transaction() as tx:
        await tx.locations.put(a_location(evses=(an_evse("E1", status=BUSY),)))
        for number in (1, 2, 3):
            await tx.drivers.add(Driver(f"d-{number}", NOON))
    return Finding(store, clock)


async def show(store: Store, status: EvseStatus) -> None:
    async with store.transaction() as tx:
        await tx.locations.set_status(CPO, "L1", "E1", status, now=NOON)


def at_l1(driver: int, **fields: str) -> WaitRequest:
    return WaitRequest(driver_id=f"d-{driver}", party=CPO, location_id="L1", **fields)


async def turns(finding: Finding) -> list[int]:
    """Whose turn it is, after a round."""
    await finding.tick()
    found = [(n, await finding.waitings(f"d-{n}")) for n in (1, 2, 3)]
    return [n for n, mine in found if any(w.turn_until is not None for w, _ in mine)]


async def test_who_waits_is_told_in_order_each_for_five_minutes(
    finding: Finding, store: Store, clock: FakeClock
) -> None:
    """product §1.6, waitlist.turn."""
    for driver in (2, 1, 3):
        await finding.wait(at_l1(driver))
        clock.set(clock.now() + timedelta(seconds=1))
    again = await finding.wait(at_l1(2))
    assert again.created_at == NOON
    assert await turns(finding) == []
    await show(store, FREE)
    assert await turns(finding) == [2]
    clock.set(clock.now() + timedelta(minutes=5))
    assert await turns(finding) == [1]
    await show(store, BUSY)
    assert await turns(finding) == []
    async with store.transaction() as tx:
        await tx.charging.add(
            a_charging(
                id="c-1", driver_id="d-1", cpo=CPO, location_id="L1", state=ChargingState.CHARGING
            )
        )
    await show(store, FREE)
    assert await turns(finding) == [3]
    async with store.reading() as tx:
        told = [await tx.drivers.driver_notices.of_driver(f"d-{n}") for n in (1, 2, 3)]
    assert [len(each) for each in told] == [1, 1, 1]
    notice = told[2][0]
    assert notice.kind is DriverNoticeKind.WAITLIST_TURN
    assert notice.fields["until"].endswith(("+01:00", "+02:00"))
    clock.set(clock.now() + timedelta(hours=4))
    assert await turns(finding) == []
    assert await finding.waitings("d-3") == []


async def test_a_queue_has_bounds(finding: Finding, store: Store) -> None:
    with pytest.raises(NotFound):
        await finding.wait(at_l1(1, evse_uid="E9"))
    with pytest.raises(NotFound):
        await finding.wait(at_l1(1, plug="CHADEMO"))
    for name in ("L2", "L3", "L4"):
        evses = (an_evse(f"{name}E", status=BUSY, evse_id=None, station_id=None),)
        async with store.transaction() as tx:
            await tx.locations.put(a_location(name, evses=evses))
        await finding.wait(replace(at_l1(1), location_id=name))
    with pytest.raises(Conflict):
        await finding.wait(at_l1(1))
    await show(store, FREE)
    with pytest.raises(Conflict):
        await finding.wait(at_l1(2))
    first = (await finding.waitings("d-1"))[0][0]
    with pytest.raises(NotFound):
        await finding.give_up("d-2", first.id)
    await finding.give_up("d-1", first.id)
    assert len(await finding.waitings("d-1")) == 2


async def test_favourites_are_kept_once_and_paged(
    finding: Finding, store: Store, clock: FakeClock
) -> None:
    for name in ("L2", "L3"):
        async with store.transaction() as tx:
            await tx.locations.put(a_location(name, evses=()))
    for name in ("L1", "l1", "L2", "L3"):
        await finding.like("d-1", CPO, name)
        clock.set(clock.now() + timedelta(seconds=1))
    with pytest.raises(NotFound):
        await finding.like("d-1", CPO, "L9")
    first = await finding.favourites("d-1", before=None, before_id="", limit=2)
    assert [key for key, _ in first] == [f"{CPO}/l3", f"{CPO}/l2"]
    rest = await finding.favourites("d-1", before=first[-1][1], before_id=first[-1][0], limit=2)
    assert [key for key, _ in rest] == [f"{CPO}/l1"]
    await finding.unlike("d-1", CPO, "L1")
    left = await finding.favourites("d-1", before=None, before_id="", limit=4)
    assert [key for key, _ in left] == [f"{CPO}/l3", f"{CPO}/l2"]


async def test_busy_hours_are_counted_from_the_first_use_on(
    finding: Finding, store: Store, clock: FakeClock
) -> None:
    async def share() -> int | None:
        return (await finding.busy(CPO, "L1"))[1].now

    await show(store, FREE)
    await finding.sample()
    assert await share() is None
    async with store.reading() as tx:
        assert await BusyHours(tx.connection).of_location(f"{CPO}/l1") == {}
    await show(store, BUSY)
    for _ in range(4):
        await finding.sample()
    assert await share() == 100
    await show(store, FREE)
    for _ in range(4):
        await finding.sample()
    assert await share() == 50
    clock.set(clock.now() + timedelta(hours=1))
    assert await share() is None


async def test_what_is_long_ago_counts_half(finding: Finding, store: Store) -> None:
    await show(store, BUSY)
    async with store.transaction() as tx:
        await BusyHours(tx.connection).sample(12)
        await tx.connection.execute(update(BUSY_HOURS).values(used=MOST, seen=MOST))
        await BusyHours(tx.connection).sample(12)
    async with store.reading() as tx:
        counted = (await BusyHours(tx.connection).of_location(f"{CPO}/l1"))[12]
    assert counted == (MOST // 2 + 1, MOST // 2 + 1)
