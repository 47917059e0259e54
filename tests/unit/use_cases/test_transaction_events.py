"""OCPP 2.x: TransactionEvents become a session, in whatever order they come."""

from app.domain.metering import Reading, ReadingContext
from app.domain.sessions import SessionFlag, SessionStatus
from app.domain.signed_meters import SignedText
from app.domain.stations import Activity, Address, Phase, PresentedToken
from app.domain.units import Kwh
from app.use_cases.live_stations import LiveStation
from app.use_cases.sessions import TransactionAnswer
from tests.support.chargers import CPO, TAG, V201, Floor, a_location, an_evse, at, shows
from tests.support.transactions import END, a_command


async def event(
    floor: Floor, live: LiveStation, phase: Phase, seconds: int, **fields: object
) -> TransactionAnswer:
    """A TransactionEvent of TX-1 at EVSE 1."""
    given = {"transaction": "TX-1", "address": Address(1, 1), **fields}
    return await floor.tell(live, phase, seconds, **given)


async def test_started_updated_ended(floor: Floor) -> None:
    """P-180, P-181, P-187, Q-33."""
    await floor.furnish()
    live = await floor.connect(V201)
    begin = (shows(0, 1_000, ReadingContext.BEGIN),)
    started = await event(floor, live, Phase.STARTED, 0, seq_no=0, token=TAG, readings=begin)
    assert started.number is None
    for _ in range(2):
        await event(
            floor, live, Phase.UPDATED, 60, seq_no=1, address=None, readings=(shows(60, 1_200),)
        )
    answer = await event(
        floor, live, Phase.ENDED, 120, seq_no=2, readings=(shows(120, 1_400, END),)
    )
    assert answer.total_cost is not None
    session = await floor.session(live, "TX-1")
    assert (session.energy, session.evse_uid) == (Kwh.of("0.4"), "E1")
    async with floor.store.reading() as tx:
        assert await tx.meters.count() == 3
    assert SessionFlag.INCOMPLETE not in session.flags


async def test_a_gap_is_noticed_and_closes_when_the_rest_comes(floor: Floor) -> None:
    """P-182."""
    await floor.furnish()
    live = await floor.connect(V201)
    await event(floor, live, Phase.STARTED, 0, seq_no=0, token=TAG, readings=(shows(0, 1_000),))
    await event(floor, live, Phase.UPDATED, 180, seq_no=3, readings=(shows(180, 1_600),))
    assert SessionFlag.INCOMPLETE in (await floor.session(live, "TX-1")).flags
    await event(floor, live, Phase.UPDATED, 60, seq_no=1, readings=(shows(60, 1_200),))
    await event(floor, live, Phase.UPDATED, 120, seq_no=2, readings=(shows(120, 1_400),))
    session = await floor.session(live, "TX-1")
    assert session.energy == Kwh.of("0.6")
    assert SessionFlag.INCOMPLETE not in session.flags
    assert [p.at for p in session.timeline] == [at(0), at(60), at(120), at(180)]


async def test_ended_before_started(floor: Floor) -> None:
    """P-183: kept for review, and whole again when the beginning comes."""
    await floor.furnish()
    live = await floor.connect(V201)
    await event(floor, live, Phase.ENDED, 120, seq_no=1, readings=(shows(120, 1_400, END),))
    assert SessionFlag.ORPHAN in (await floor.session(live, "TX-1")).flags
    await event(floor, live, Phase.STARTED, 0, seq_no=0, token=TAG, readings=(shows(0, 1_000),))
    session = await floor.session(live, "TX-1")
    assert (session.status, session.energy) == (SessionStatus.COMPLETED, Kwh.of("0.4"))
    assert (session.started_at, session.ended_at) == (at(0), at(120))
    assert await floor.count() == 1
    assert len(await floor.cdrs(session)) == 1


async def test_events_after_the_end_are_kept_and_reopen_nothing(floor: Floor) -> None:
    """P-184."""
    await floor.furnish()
    live = await floor.connect(V201)
    await event(floor, live, Phase.STARTED, 0, seq_no=0, token=TAG, readings=(shows(0, 1_000),))
    await event(floor, live, Phase.ENDED, 120, seq_no=1, readings=(shows(120, 1_400, END),))
    before = await floor.session(live, "TX-1")
    await event(floor, live, Phase.UPDATED, 130, seq_no=2, readings=(shows(130, 9_000),))
    assert await floor.session(live, "TX-1") == before
    async with floor.store.reading() as tx:
        assert len(await tx.meters.raw_of(before.id)) == 3


async def test_the_same_name_at_two_chargers(floor: Floor) -> None:
    """P-186."""
    await floor.furnish(a_location(an_evse(1), an_evse(1, "CP2", uid="E2")))
    await floor.stations.register("CP2", CPO, "correct horse battery staple")
    name = "x" * 36
    for station in ("CP1", "CP2"):
        live = await floor.connect(V201, station)
        await event(floor, live, Phase.STARTED, 0, seq_no=0, token=TAG, transaction=name)
    one = await floor.session(live, name)
    assert one.evse_uid == "E2"
    async with floor.store.reading() as tx:
        other = await tx.sessions.by_transaction("CP1", name)
    assert other is not None
    assert other.id != one.id


async def test_cable_first_then_token(floor: Floor) -> None:
    """C-145, P-179, P-188: the session begins when somebody pays, and ends for good."""
    await floor.furnish()
    live = await floor.connect(V201)
    plugged = await event(floor, live, Phase.STARTED, 0, seq_no=0, activity=Activity.CONNECTED)
    assert plugged.authorization is None
    assert (await floor.session(live, "TX-1")).status is SessionStatus.PENDING
    assert await floor.kinds() == []
    refused = await event(
        floor, live, Phase.UPDATED, 30, seq_no=1, token=PresentedToken("NOBODY", "ISO14443")
    )
    assert refused.authorization is not None
    assert not refused.authorization.allowed
    shown = await event(
        floor, live, Phase.UPDATED, 60, seq_no=2, token=TAG, readings=(shows(60, 1_000),)
    )
    assert shown.authorization is not None
    assert shown.authorization.allowed
    session = await floor.session(live, "TX-1")
    assert (session.status, session.started_at) == (SessionStatus.ACTIVE, at(60))
    assert session.tariff is not None
    await event(floor, live, Phase.ENDED, 120, seq_no=3, readings=(shows(120, 1_400, END),))
    ended = await floor.session(live, "TX-1")
    assert (ended.status, ended.energy) == (SessionStatus.COMPLETED, Kwh.of("0.4"))
    await event(floor, live, Phase.UPDATED, 150, seq_no=4, readings=(shows(150, 9_000),))
    assert await floor.session(live, "TX-1") == ended
    assert await floor.kinds() == ["session.opened", "session.closed", "cdr.issued"]


async def test_cable_first_then_a_remote_start(floor: Floor) -> None:
    """P-193, P-195."""
    await floor.furnish()
    async with floor.store.transaction() as tx:
        await tx.commands.add(a_command())
    live = await floor.connect(V201)
    await event(floor, live, Phase.STARTED, 0, seq_no=0, activity=Activity.CONNECTED)
    await event(floor, live, Phase.UPDATED, 10, seq_no=1, remote_start=78)
    assert (await floor.session(live, "TX-1")).status is SessionStatus.PENDING
    await event(floor, live, Phase.UPDATED, 20, seq_no=2, remote_start=77)
    session = await floor.session(live, "TX-1")
    assert (session.status, session.command_id) == (SessionStatus.ACTIVE, "k-1")
    assert session.started_at == at(20)


async def test_a_cable_without_a_token_comes_to_nothing(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect(V201)
    await event(floor, live, Phase.STARTED, 0, seq_no=0, activity=Activity.CONNECTED)
    await event(floor, live, Phase.ENDED, 30, seq_no=1, stop_reason="EVDisconnected")
    assert (await floor.session(live, "TX-1")).status is SessionStatus.INVALID
    assert await floor.kinds() == []


async def test_an_update_without_a_start_begins_the_session(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect(V201)
    await event(floor, live, Phase.UPDATED, 0, seq_no=4, token=TAG, readings=(shows(0, 1_000),))
    assert (await floor.session(live, "TX-1")).status is SessionStatus.ACTIVE


async def test_what_the_vehicle_does_is_told(floor: Floor) -> None:
    """P-190."""
    await floor.furnish()
    live = await floor.connect(V201)
    await event(floor, live, Phase.STARTED, 0, seq_no=0, token=TAG, activity=Activity.CHARGING)
    await event(floor, live, Phase.UPDATED, 20, seq_no=1, activity=Activity.SUSPENDED_EV)
    await event(floor, live, Phase.UPDATED, 30, seq_no=2, activity=Activity.CHARGING)
    session = await floor.session(live, "TX-1")
    assert [p.activity for p in session.timeline] == [
        Activity.CHARGING,
        Activity.SUSPENDED_EV,
        Activity.CHARGING,
    ]
    assert (await floor.kinds()).count("session.progressed") == 2


async def test_signed_values_reach_the_cdr_byte_by_byte(floor: Floor) -> None:
    """P-118, P-192."""
    await floor.furnish()
    live = await floor.connect(V201)
    begin = Reading(
        at(0), Kwh.of(1), context=ReadingContext.BEGIN, signed=(SignedText("OCMF|{1}|{ä}"),)
    )
    await event(floor, live, Phase.STARTED, 0, seq_no=0, token=TAG, readings=(begin,))
    end = Reading(at(60), Kwh.of(2), context=END, signed=(SignedText("OCMF|{2}|{ }"),))
    await event(floor, live, Phase.ENDED, 60, seq_no=1, readings=(end,))
    (cdr,) = await floor.cdrs(await floor.session(live, "TX-1"))
    assert [(s.nature, s.data) for s in cdr.signed] == [
        ("Start", "OCMF|{1}|{ä}"),
        ("End", "OCMF|{2}|{ }"),
    ]
