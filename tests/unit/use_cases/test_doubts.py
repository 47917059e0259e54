"""Sessions of which too little is heard: the charger is asked, and believed."""

from app.domain.asks import ASKS
from app.domain.commands import Command, CommandKind
from app.domain.sessions import SessionFlag, SessionStatus
from app.domain.stations import Activity, Address, Booted, BootFacts, ConnectorState, Phase
from app.domain.transactions import AskTransactionStatus, TransactionKnown
from app.domain.units import Kwh
from app.store.documents import unpack_one
from app.use_cases.live_stations import LiveStation
from app.use_cases.station_news import StationReports
from tests.support.chargers import TAG, V16, V201, Floor, a_parking_tariff, at, shows
from tests.support.transactions import END

FACTS = BootFacts("RW", "One")


async def event(
    floor: Floor, live: LiveStation, phase: Phase, when: tuple[int, int], **fields: object
) -> None:
    """At so many seconds, under this number."""
    seconds, number = when
    given = {"transaction": "TX-1", "address": Address(1, 1), "seq_no": number, **fields}
    await floor.tell(live, phase, seconds, **given)


async def begun(floor: Floor, *numbers: int) -> LiveStation:
    """A session of a 2.x charger at 1.2 kWh and these messages, a minute apart."""
    await floor.furnish()
    live = await floor.connect(V201)
    await event(floor, live, Phase.STARTED, (0, 0), token=TAG, readings=(shows(0, 1_000),))
    for number in numbers:
        readings = (shows(60 * number, 1_000 + 200 * number),)
        await event(floor, live, Phase.UPDATED, (60 * number, number), readings=readings)
    return live


async def asked(floor: Floor) -> list[Command]:
    async with floor.store.reading() as tx:
        found = await tx.commands.of_station("CP1", before=None, limit=50)
    return sorted(found, key=lambda command: command.created_at)


async def watch(floor: Floor, seconds: int) -> None:
    floor.clock.set(max(floor.clock.now(), at(seconds)))
    await floor.stations.watch()


async def told(floor: Floor, *, ongoing: bool, queued: bool) -> None:
    """What the charger answers."""
    reports = StationReports(floor.store, floor.clock)
    await reports.hear("CP1", TransactionKnown("TX-1", ongoing, queued))


async def test_a_gap_is_asked_about(floor: Floor) -> None:
    """P-182: once, while the answer holds; what is in the queue fills it."""
    live = await begun(floor, 3)
    await watch(floor, 190)
    await watch(floor, 210)
    (command,) = await asked(floor)
    assert command.kind is CommandKind.ASK
    assert command.ask is not None
    assert unpack_one(ASKS, command.ask) == AskTransactionStatus("TX-1")
    await told(floor, ongoing=True, queued=True)
    await watch(floor, 230)
    await event(floor, live, Phase.UPDATED, (60, 1), readings=(shows(60, 1_200),))
    await event(floor, live, Phase.UPDATED, (120, 2), readings=(shows(120, 1_400),))
    session = await floor.session(live, "TX-1")
    assert (session.missing, SessionFlag.INCOMPLETE in session.flags) == (frozenset(), False)
    await watch(floor, 600)
    assert len(await asked(floor)) == 1


async def test_what_is_lost_is_not_asked_for_again(floor: Floor) -> None:
    """P-182: the transaction goes on, and the missing messages will never come."""
    live = await begun(floor, 3)
    await watch(floor, 190)
    await told(floor, ongoing=True, queued=False)
    for seconds in (200, 900, 1_800):
        await watch(floor, seconds)
    assert len(await asked(floor)) == 1
    session = await floor.session(live, "TX-1")
    assert (session.status, session.missing) == (SessionStatus.ACTIVE, {1, 2})
    assert SessionFlag.INCOMPLETE in session.flags


async def test_an_end_waits_for_what_is_missing(floor: Floor) -> None:
    """P-182, P-197: nobody is billed while messages are in the charger's queue."""
    live = await begun(floor)
    await event(floor, live, Phase.ENDED, (300, 2), readings=(shows(300, 1_900, END),))
    await watch(floor, 310)
    await told(floor, ongoing=False, queued=True)
    await watch(floor, 330)
    waiting = await floor.session(live, "TX-1")
    assert (waiting.status, waiting.stopped_at) == (SessionStatus.ACTIVE, at(300))
    await event(
        floor, live, Phase.UPDATED, (120, 1), activity=Activity.SUSPENDED_EV,
        readings=(shows(120, 1_900),),
    )  # fmt: skip
    session = await floor.session(live, "TX-1")
    assert (session.status, session.ended_at) == (SessionStatus.COMPLETED, at(300))
    assert session.energy == Kwh.of("0.9")
    assert (at(120), Activity.SUSPENDED_EV) in [(p.at, p.activity) for p in session.timeline]
    assert len(await floor.cdrs(session)) == 1


async def test_an_end_without_the_rest(floor: Floor) -> None:
    """P-197: nothing is to come, so it is over; the numbers that lack are shown."""
    live = await begun(floor)
    await event(floor, live, Phase.ENDED, (300, 2), readings=(shows(300, 1_900, END),))
    await watch(floor, 310)
    await told(floor, ongoing=False, queued=False)
    await watch(floor, 330)
    session = await floor.session(live, "TX-1")
    assert (session.status, session.missing) == (SessionStatus.COMPLETED, {1})
    assert SessionFlag.INCOMPLETE in session.flags
    await event(floor, live, Phase.UPDATED, (60, 1), readings=(shows(60, 1_100),))
    late = await floor.session(live, "TX-1")
    assert (late.missing, late.energy, late.status) == (
        frozenset(),
        session.energy,
        session.status,
    )


async def test_a_charger_that_says_nothing_more_is_not_waited_for_long(floor: Floor) -> None:
    live = await begun(floor)
    await event(floor, live, Phase.ENDED, (300, 2), readings=(shows(300, 1_900, END),))
    await floor.stations.disconnect(live)
    await watch(floor, 310)
    await floor.sessions.look_after([live])
    floor.clock.set(at(300 + 901))
    await floor.sessions.look_after([live])
    assert (await floor.session(live, "TX-1")).status is SessionStatus.COMPLETED


async def test_a_charger_that_is_lost_does_not_make_the_stay_longer(floor: Floor) -> None:
    """Nobody pays for idling that nobody saw."""
    await floor.furnish(None, a_parking_tariff())
    live = await floor.connect(V201)
    await event(floor, live, Phase.STARTED, (0, 0), token=TAG, readings=(shows(0, 1_000),))
    await event(floor, live, Phase.ENDED, (300, 2), readings=(shows(300, 1_900, END),))
    await watch(floor, 400)
    floor.clock.set(at(700))
    await floor.stations.watch_offline()
    session = await floor.session(live, "TX-1")
    assert (session.status, session.ended_at) == (SessionStatus.COMPLETED, at(300))


async def test_the_vehicles_stay_is_still_paid_for(floor: Floor) -> None:
    """What came late did not end the wait for the unplugging."""
    await floor.furnish(None, a_parking_tariff())
    live = await floor.connect(V201)
    await floor.show(live, 0, ConnectorState.OCCUPIED)
    await event(floor, live, Phase.STARTED, (0, 0), token=TAG, readings=(shows(0, 1_000),))
    await event(floor, live, Phase.ENDED, (300, 2), readings=(shows(300, 1_900, END),))
    await event(floor, live, Phase.UPDATED, (60, 1), readings=(shows(60, 1_300),))
    waiting = await floor.session(live, "TX-1")
    assert (waiting.status, waiting.missing) == (SessionStatus.ACTIVE, frozenset())
    await floor.show(live, 900, ConnectorState.AVAILABLE)
    assert (await floor.session(live, "TX-1")).ended_at == at(900)


async def test_unplugged_while_messages_were_missing(floor: Floor) -> None:
    await floor.furnish(None, a_parking_tariff())
    live = await floor.connect(V201)
    await floor.show(live, 0, ConnectorState.OCCUPIED)
    await event(floor, live, Phase.STARTED, (0, 0), token=TAG, readings=(shows(0, 1_000),))
    await event(floor, live, Phase.ENDED, (300, 2), readings=(shows(300, 1_900, END),))
    await floor.show(live, 400, ConnectorState.AVAILABLE)
    await event(floor, live, Phase.UPDATED, (60, 1), readings=(shows(60, 1_300),))
    assert (await floor.session(live, "TX-1")).ended_at == at(400)


async def test_after_a_reconnect_the_charger_is_asked(floor: Floor) -> None:
    """P-197: {ongoing: no, queued: yes} keeps the session open, {no, no} closes it."""
    live = await begun(floor, 1)
    floor.restart()
    floor.clock.set(at(1_000))
    live = await floor.connect(V201)
    await watch(floor, 1_110)
    assert not await asked(floor)
    await watch(floor, 1_130)
    assert len(await asked(floor)) == 1
    await told(floor, ongoing=False, queued=True)
    await watch(floor, 1_150)
    assert "TX-1" in live.running
    await watch(floor, 1_450)
    assert len(await asked(floor)) == 2
    await told(floor, ongoing=False, queued=False)
    await watch(floor, 1_470)
    session = await floor.session(live, "TX-1")
    assert (session.status, session.energy) == (SessionStatus.COMPLETED, Kwh.of("0.2"))
    assert {SessionFlag.STALE, "estimated"} <= session.flags


async def test_a_boot_does_not_end_what_goes_on(floor: Floor) -> None:
    """P-227: OCPP 2.1 resumes a transaction under its own name, however long that takes."""
    live = await begun(floor, 1)
    floor.clock.set(at(100))
    await floor.stations.boot(live, Booted(FACTS))
    for seconds in range(120, 2_000, 200):
        await watch(floor, seconds)
        await told(floor, ongoing=True, queued=False)
    await watch(floor, 2_000)
    assert "TX-1" in live.running
    readings = (shows(2_100, 2_000),)
    await event(floor, live, Phase.UPDATED, (2_100, 2), readings=readings, trigger="TxResumed")
    assert (await floor.session(live, "TX-1")).energy == Kwh.of("1")
    assert await floor.count() == 1


async def test_a_16_charger_is_asked_for_a_meter_value(floor: Floor) -> None:
    """P-128: and what it says then goes on with the same session."""
    await floor.furnish()
    live = await floor.connect(V16)
    number = str((await floor.start(live)).number)
    floor.restart()
    floor.clock.set(at(600))
    live = await floor.connect(V16)
    await watch(floor, 730)
    await watch(floor, 750)
    (command,) = await asked(floor)
    assert (command.kind, command.detail, command.evse_uid) == (
        CommandKind.TRIGGER, "MeterValues", "E1",
    )  # fmt: skip
    await floor.tell(live, Phase.UPDATED, 770, transaction=number, readings=(shows(770, 1_900),))
    await watch(floor, 2_000)
    assert len(await asked(floor)) == 1
    assert (await floor.session(live, number)).energy == Kwh.of("0.9")
