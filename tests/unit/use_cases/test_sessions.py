"""What chargers report of transactions becomes sessions, events and CDRs, once each."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app.domain.metering import ReadingContext
from app.domain.sessions import SessionFlag, SessionStatus
from app.domain.stations import Address, Booted, BootFacts, ConnectorState, Phase
from app.domain.tokens import Verdict
from app.domain.units import Kwh
from tests.support.chargers import TAG, Floor, a_parking_tariff, at, shows
from tests.support.transactions import stop


async def test_a_session_from_start_to_cdr(floor: Floor) -> None:
    """P-091, P-102, C-164: numbers above 0, energy is meterStop less meterStart, one CDR."""
    await floor.furnish()
    live = await floor.connect()
    answer = await floor.start(live)
    assert answer.number is not None
    assert answer.number > 0
    assert answer.authorization is not None
    assert answer.authorization.verdict is Verdict.ALLOWED
    for i in range(1, 6):
        updated = await floor.tell(
            live,
            Phase.UPDATED,
            60 * i,
            transaction=str(answer.number),
            readings=(shows(60 * i, 1_000 + 200 * i),),
        )
        assert updated.authorization is None
    running = await floor.session(live, str(answer.number))
    assert running.energy == Kwh.of("1")
    assert [p.energy.value for p in running.timeline][-2:] == [Decimal("0.8"), Decimal(1)]
    final = await stop(floor, live, answer.number, 360, wh=2_234, token=TAG)
    ended = await floor.session(live, str(answer.number))
    assert (ended.status, ended.energy) == (SessionStatus.COMPLETED, Kwh.of("1.234"))
    assert (ended.ended_at, ended.stop_reason) == (at(360), "Local")
    (cdr,) = await floor.cdrs(ended)
    assert cdr.bill.energy == Kwh.of("1.234")
    assert final.total_cost == cdr.bill.total.due
    assert (cdr.bill.total.net.amount, cdr.place.evse_uid) == (Decimal("0.3702"), "E1")
    assert await floor.kinds() == [
        "session.opened",
        *["session.progressed"] * 5,
        "session.closed",
        "cdr.issued",
    ]
    assert not live.running


async def test_progress_is_told_when_it_is_worth_it(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    for second in range(1, 60, 4):
        reading = (shows(second, 1_000 + second),)
        await floor.tell(live, Phase.UPDATED, second, transaction=number, readings=reading)
    assert await floor.kinds() == ["session.opened"]
    jump = (shows(58, 1_600),)
    await floor.tell(live, Phase.UPDATED, 58, transaction=number, readings=jump)
    assert await floor.kinds() == ["session.opened", "session.progressed"]


async def test_meter_values_find_their_session_by_connector(floor: Floor) -> None:
    """P-111, P-112: and those of nobody are kept."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    await floor.tell(live, Phase.UPDATED, 30, address=Address(0, 1), readings=(shows(30, 1_300),))
    clock_aligned = (shows(40, 1_900, ReadingContext.CLOCK),)
    await floor.tell(live, Phase.UPDATED, 40, address=Address(0, 1), readings=clock_aligned)
    await floor.tell(live, Phase.UPDATED, 50, transaction="999", readings=(shows(50, 5_000),))
    session = await floor.session(live, number)
    assert session.energy == Kwh.of("0.3")
    async with floor.store.reading() as tx:
        assert await tx.meters.count() == 4
        assert await tx.meters.raw_of(session.id) == ['{"told":0}', '{"told":30}', '{"told":40}']


async def test_a_restart_in_the_middle_loses_nothing(floor: Floor) -> None:
    """P-128: the timeline is made again from the samples; the end has real values."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    for i in range(1, 20):
        reading = (shows(20 * i, 1_000 + 50 * i),)
        await floor.tell(live, Phase.UPDATED, 20 * i, transaction=number, readings=reading)
    await floor.show(live, 390, ConnectorState.SUSPENDED_EV)
    before = live.running[number].session
    floor.restart()
    live = await floor.connect()
    after = live.running[number].session
    assert after.timeline == before.timeline
    assert replace(after, timeline=()) == replace(before, timeline=())
    await stop(floor, live, number, 1_000, wh=2_500)
    assert (await floor.session(live, number)).energy == Kwh.of("1.5")


async def test_a_boot_in_the_middle_waits_for_the_real_stop(floor: Floor) -> None:
    """P-129: one session; it is given up only after 15 minutes of silence."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    floor.clock.set(at(100))
    await floor.stations.boot(live, Booted(BootFacts("RW", "One")))
    floor.clock.set(at(900))
    await floor.stations.watch()
    assert number in live.running
    floor.clock.set(at(1_001))
    await floor.stations.watch()
    assert number not in live.running
    assert SessionFlag.STALE in (await floor.session(live, number)).flags


async def test_staying_plugged_in_is_paid_until_the_cable_is_out(floor: Floor) -> None:
    """P-123, P-124: the session waits for the unplugging when that has a price."""
    await floor.furnish(None, a_parking_tariff())
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.CHARGING)
    number = str((await floor.start(live)).number)
    readings = (shows(600, 3_000),)
    await floor.tell(live, Phase.UPDATED, 600, transaction=number, readings=readings)
    answer = await stop(floor, live, number, 1_200, wh=6_000)
    assert answer.total_cost is None
    waiting = await floor.session(live, number)
    assert (waiting.status, waiting.stopped_at) == (SessionStatus.ACTIVE, at(1_200))
    assert "cdr.issued" not in await floor.kinds()
    floor.restart()
    live = await floor.connect()
    await floor.show(live, 1_210, ConnectorState.FINISHING)
    assert live.running[number].waits
    await floor.show(live, 1_800, ConnectorState.AVAILABLE)
    ended = await floor.session(live, number)
    assert (ended.status, ended.ended_at) == (SessionStatus.COMPLETED, at(1_800))
    (cdr,) = await floor.cdrs(ended)
    assert cdr.bill.parking_time == timedelta(minutes=10)
    assert cdr.bill.total.net.amount == Decimal("1.5") + Decimal(1)


async def test_a_session_does_not_wait_for_ever(floor: Floor) -> None:
    await floor.furnish(None, a_parking_tariff())
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.CHARGING)
    number = str((await floor.start(live)).number)
    await stop(floor, live, number, 60, wh=1_500)
    floor.clock.set(at(60 + 12 * 3_600))
    await floor.stations.watch()
    assert (await floor.session(live, number)).ended_at == at(60 + 12 * 3_600)


async def test_a_charger_that_never_comes_back_holds_nobody(floor: Floor) -> None:
    """C-164: the session ends after a day at what was last known, and is billed."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    values = (shows(60, 1_400),)
    await floor.tell(live, Phase.UPDATED, 60, transaction=number, readings=values)
    floor.clock.set(at(86_400 + 59))
    assert await floor.sessions.give_up_lost() == 0
    floor.clock.set(at(86_400 + 61))
    await floor.stations.watch()
    assert await floor.sessions.give_up_lost() == 0
    await floor.stations.disconnect(live)
    assert await floor.sessions.give_up_lost() == 1
    session = await floor.session(live, number)
    assert (session.status, session.energy) == (SessionStatus.COMPLETED, Kwh.of("0.4"))
    assert session.ended_at == at(60)
    assert len(await floor.cdrs(session)) == 1
    assert await floor.sessions.give_up_lost() == 0
