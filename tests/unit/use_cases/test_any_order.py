"""Transactions of a charger that was offline, replayed in any order, give the same session."""

from itertools import permutations

import pytest

from app.domain.locations import EvseStatus
from app.domain.sessions import Session, SessionFlag, SessionStatus
from app.domain.stations import Activity, Address, ConnectorState, Phase, PresentedToken
from app.domain.units import Kwh
from app.use_cases.live_stations import LiveStation
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


async def test_a_refused_tokens_end_is_booked(floor: Floor) -> None:
    """P-189: the charger stops by itself, and nobody pays."""
    await floor.furnish()
    live = await floor.connect(V201)
    told = {"transaction": "TX-1", "address": Address(1, 1)}
    stranger = PresentedToken("NOBODY", "ISO14443")
    answer = await floor.tell(live, BEGIN, 0, seq_no=0, token=stranger, **told)
    assert answer.authorization is not None
    assert not answer.authorization.allowed
    await floor.tell(
        live, Phase.ENDED, 5, seq_no=1, stop_reason="DeAuthorized", trigger="Deauthorized", **told
    )
    session = await floor.session(live, "TX-1")
    assert (session.status, session.stop_reason) == (SessionStatus.INVALID, "DeAuthorized")
    assert SessionFlag.REFUSED in session.flags
    assert await floor.cdrs(session) == []


async def test_hours_later_the_chargers_own_meter_settles_it(floor: Floor) -> None:
    """P-128, P-129: what it kept replaces our estimate, with when the energy flowed."""
    await floor.furnish()
    live = await floor.connect(V201)
    told = {"transaction": "TX-1", "address": Address(1, 1)}
    await floor.tell(live, BEGIN, 0, seq_no=0, token=TAG, readings=(shows(0, 1_000),), **told)
    await floor.stations.disconnect(live)
    floor.clock.set(at(86_400 + 60))
    assert await floor.sessions.give_up_lost() == 1
    live = await floor.connect(V201)
    for number in (1, 2, 3):
        readings = (shows(3_600 * number, 1_000 + 7_000 * number),)
        await floor.tell(
            live, ON, 3_600 * number, seq_no=number, offline=True, readings=readings, **told
        )
    last = (shows(4 * 3_600, 22_000, END),)
    await floor.tell(live, Phase.ENDED, 4 * 3_600, seq_no=4, readings=last, **told)
    session = await floor.session(live, "TX-1")
    assert (session.energy, session.ended_at) == (Kwh.of(21), at(4 * 3_600))
    assert SessionFlag.CORRECTED in session.flags
    assert [(p.at, p.energy) for p in session.timeline] == [
        (at(3_600 * number), Kwh.of(7 * min(number, 3))) for number in range(5)
    ]
    old, credit, new = await floor.cdrs(session)
    assert (credit.credit_of, new.bill.energy) == (old.id, Kwh.of(21))


@pytest.mark.parametrize("token", [TAG, None])
async def test_first_heard_of_in_the_middle(floor: Floor, token: PresentedToken | None) -> None:
    """The start comes after all, with its time, its register and its token."""
    await floor.furnish()
    live = await floor.connect(V201)
    told = {"transaction": "TX-1", "address": Address(1, 1)}
    shown = None if token else TAG
    middle = (shows(600, 3_000),)
    await floor.tell(live, ON, 600, seq_no=1, token=shown, readings=middle, **told)
    session = await floor.session(live, "TX-1")
    assert (session.missing, SessionFlag.INCOMPLETE in session.flags) == ({0}, True)
    begin = (shows(0, 1_000),)
    await floor.tell(live, BEGIN, 0, seq_no=0, token=token, readings=begin, when=at(0), **told)
    session = await floor.session(live, "TX-1")
    assert (session.status, session.started_at) == (SessionStatus.ACTIVE, at(0))
    assert (session.energy, session.missing) == (Kwh.of(2), frozenset())
    assert session.token is not None
    floor.restart()
    live = await floor.connect(V201)
    last = (shows(900, 4_000, END),)
    await floor.tell(live, Phase.ENDED, 900, seq_no=2, readings=last, **told)
    ended = await floor.session(live, "TX-1")
    assert (ended.status, ended.energy) == (SessionStatus.COMPLETED, Kwh.of(3))
    assert ended.timeline[0].at == at(0)
