"""Transactions of a charger that was offline, replayed in any order, give the same session."""

from itertools import permutations

import pytest

from app.domain.locations import EvseStatus
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity, Address, ConnectorState, Phase
from app.domain.units import Kwh
from app.use_cases.live import LiveStation
from tests.support.chargers import TAG, V201, Floor, at, shows
from tests.support.transactions import END

BEGIN, ON = Phase.STARTED, Phase.UPDATED
STORY = {
    0: (BEGIN, 0, {"token": TAG, "readings": (shows(0, 1_000),)}),
    1: (ON, 120, {"readings": (shows(120, 1_600),), "activity": Activity.CHARGING}),
    2: (ON, 240, {"readings": (shows(240, 2_000),), "activity": Activity.SUSPENDED_EV}),
    3: (Phase.ENDED, 360, {"readings": (shows(360, 2_000, END),)}),
}


async def replay(floor: Floor, live: LiveStation, number: int, **fields: object) -> None:
    phase, seconds, told = STORY[number]
    given = {"transaction": "TX-1", "address": Address(1, 1), "offline": True, "seq_no": number}
    await floor.tell(live, phase, seconds, **{**given, **told, **fields}, when=at(seconds))


async def settled(floor: Floor, live: LiveStation) -> Session:
    await floor.stations.watch()
    return await floor.session(live, "TX-1")


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
async def test_any_order(floor: Floor, order: tuple[int, ...]) -> None:
    """P-180, P-183: one session, one bill, the same energy and times; nothing is missing."""
    await floor.furnish()
    live = await floor.connect(V201)
    floor.clock.set(at(7_200))
    for number in order:
        await replay(floor, live, number)
        await replay(floor, live, number)
    session = await settled(floor, live)
    assert await floor.count() == 1
    assert (session.status, session.energy) == (SessionStatus.COMPLETED, Kwh.of(1))
    assert (session.started_at, session.ended_at) == (at(0), at(360))
    assert (session.missing, session.seq_no) == (frozenset(), 3)
    assert len(await floor.cdrs(session)) == 1
    assert not live.running


@pytest.mark.parametrize("again", [0, 3])
async def test_a_repetition_after_a_reconnect_opens_nothing(floor: Floor, again: int) -> None:
    """P-181: the answer was lost on the way, and so was what this process had in memory."""
    await floor.furnish()
    live = await floor.connect(V201)
    for number in (0, 1, 2, 3):
        await replay(floor, live, number)
    floor.restart()
    floor.clock.set(at(7_200))
    live = await floor.connect(V201)
    await replay(floor, live, again)
    assert await floor.count() == 1
    assert not live.running


async def test_a_16_start_repeated_after_its_end_and_a_reconnect(floor: Floor) -> None:
    """P-095: the old start, under its old time, gets its old number."""
    await floor.furnish()
    live = await floor.connect()
    first = await floor.start(live)
    await floor.tell(
        live, Phase.ENDED, 60, transaction=str(first.number), readings=(shows(60, 1_500, END),)
    )
    floor.restart()
    floor.clock.set(at(7_200))
    live = await floor.connect()
    assert (await floor.start(live)).number == first.number
    assert await floor.count() == 1
    assert (await floor.start(live, 30)).number != first.number


async def test_an_old_start_does_not_end_what_runs_now(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    now = str((await floor.start(live, 3_600)).number)
    old = str((await floor.start(live, 0, when=at(0))).number)
    readings = (shows(600, 1_700, END),)
    await floor.tell(live, Phase.ENDED, 600, transaction=old, readings=readings, when=at(600))
    assert [r.session.transaction for r in live.running.values()] == [now]
    assert (await floor.session(live, old)).energy == Kwh.of("0.7")


async def test_what_was_offline_moves_nothing_that_is_live(floor: Floor) -> None:
    """P-185: the map shows what the connector says now, not what went on then."""
    await floor.furnish()
    live = await floor.connect(V201)
    await floor.show(live, 7_200, ConnectorState.FAULTED)
    before = await floor.evse()
    assert before.status is EvseStatus.OUTOFORDER
    await floor.show(live, 7_210, ConnectorState.OCCUPIED)
    await floor.show(live, 7_220, ConnectorState.AVAILABLE)
    shown = (await floor.evse()).status
    for number in (0, 1, 2):
        await replay(floor, live, number)
        await floor.stations.watch()
        assert (await floor.evse()).status is shown is EvseStatus.AVAILABLE
    live_event = {"offline": False, "readings": (shows(7_300, 2_000),)}
    await replay(floor, live, 3, **live_event)
    assert (await floor.evse()).status is EvseStatus.AVAILABLE
