"""Charging profiles are looked after: what is in force is asked again, and lost ones come back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.commands import CommandKind
from app.domain.errors import ChargerRefused
from app.domain.events import ProfileChanged, ProfileDoubtful
from app.domain.profiles import ProfileSource
from app.domain.stations import Address, Booted, BootFacts, Phase
from app.store.transaction import Store
from tests.support.chargers import Floor, shows
from tests.support.clock import NOON, FakeClock
from tests.support.limiting import MINUTE, Desk, a_desk
from tests.support.roaming_objects import a_session


@pytest.fixture
async def desk(store: Store, clock: FakeClock) -> Desk:
    return await a_desk(store, clock)


async def test_what_a_boot_may_have_cost_comes_back(desk: Desk) -> None:
    """A mere reconnect costs nothing: the charger is only asked what holds."""
    await desk.limit()
    desk.asked()
    await desk.profiles.review("s-1")
    await desk.carry()
    assert desk.asked() == [CommandKind.SCHEDULE]
    await desk.clock.advance(60)
    async with desk.store.transaction() as tx:
        station = await tx.stations.need("ST-1")
        await tx.stations.put(replace(station, booted_at=desk.clock.now()))
    await desk.clock.advance(1)
    await desk.profiles.review("s-1")
    await desk.carry()
    assert desk.asked() == [CommandKind.LIMIT, CommandKind.SCHEDULE]
    row = await desk.row()
    assert (row.source, row.watcher) == (ProfileSource.PARTNER, "p-1")
    await desk.profiles.review("s-1")
    await desk.carry()
    assert desk.asked() == [CommandKind.SCHEDULE]


async def test_reviews_go_on_while_somebody_watches(desk: Desk) -> None:
    """A charger of 1.6 never says that it is limited from elsewhere; so it is asked."""
    await desk.limit()
    await desk.news()
    assert await desk.profiles.review_due() == 0
    await desk.clock.advance(15 * 60)
    desk.charger.limit = Decimal(2000)
    assert await desk.profiles.review_due() == 1
    await desk.carry()
    assert await desk.news() == [ProfileChanged]
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session(stopped_at=NOON, station_id="ST-1"))
    await desk.clock.advance(15 * 60)
    assert await desk.profiles.review_due() == 1
    assert (await desk.row()).review_at is None
    assert await desk.profiles.review_due() == 0
    await desk.profiles.review("nobody's")


async def test_a_charger_that_is_away_is_told_of_as_far_as_we_know(desk: Desk) -> None:
    await desk.limit()
    async with desk.store.transaction() as tx:
        station = await tx.stations.need("ST-1")
        await tx.stations.put(replace(station, node=None, booted_at=NOON + MINUTE))
    await desk.clock.advance(15 * 60)
    await desk.profiles.review("s-1")
    desk.asked()
    await desk.carry()
    assert desk.asked() == []
    with pytest.raises(ChargerRefused, match="offline"):
        await desk.limit()


FACTS = Booted(BootFacts("Vendor", "Model"))


async def _doubts(floor: Floor) -> list[str]:
    events = await floor.events()
    return [e.session_key for e in events if isinstance(e, ProfileDoubtful)]


async def test_a_session_that_outlives_a_boot_is_looked_at(floor: Floor) -> None:
    """Once, when it is heard of again; and also when our process forgot all about it."""
    await floor.furnish()
    live = await floor.connect()
    await floor.stations.boot(live, FACTS)
    number = str((await floor.start(live)).number)
    readings = (shows(10, 1_010),)
    await floor.tell(live, Phase.UPDATED, 10, transaction=number, readings=readings)
    live = await floor.connect()
    await floor.tell(live, Phase.UPDATED, 20, transaction=number, readings=readings)
    assert await _doubts(floor) == []
    floor.clock.set(NOON + timedelta(seconds=30))
    await floor.stations.boot(live, FACTS)
    floor.restart()
    live = await floor.connect()
    for seconds in (40, 50):
        await floor.tell(live, Phase.UPDATED, seconds, transaction=number, readings=readings)
    session = await floor.session(live, number)
    assert await _doubts(floor) == [session.id]


async def test_a_limit_from_elsewhere_is_looked_at(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect("ocpp2.0.1")
    await floor.tell(
        live, Phase.STARTED, 0, transaction="tx-1", address=Address(1, 1), token=None, seq_no=0
    )
    session = await floor.session(live, "tx-1")
    await floor.stations.limits_moved(live, 2)
    assert await _doubts(floor) == []
    await floor.stations.limits_moved(live, 1)
    await floor.stations.limits_moved(live, None)
    assert await _doubts(floor) == [session.id] * 2
