"""What a charger sends again, since our answer was lost on its way, is kept and counted once."""

from app.domain.metering import ReadingContext
from app.domain.stations import Phase
from app.domain.units import Kwh
from tests.support.chargers import V201, Floor, shows


async def test_a_meter_value_that_comes_twice(floor: Floor) -> None:
    """Our process died between storing it and saying so; 1.6 gives it no number."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    told = {"transaction": number, "readings": (shows(30, 1_300),)}
    await floor.tell(live, Phase.UPDATED, 30, **told)
    floor.restart()
    live = await floor.connect()
    before = live.running[number].session
    await floor.tell(live, Phase.UPDATED, 30, **told)
    assert live.running[number].session == before
    async with floor.store.reading() as tx:
        assert await tx.meters.raw_of(before.id) == ['{"told":0}', '{"told":30}']


async def test_two_meter_values_of_the_same_moment(floor: Floor) -> None:
    """Both are kept: only what is the same to the byte is a repetition."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    for wh in (1_300, 1_310, 1_300):
        told = {"transaction": number, "readings": (shows(30, wh),)}
        await floor.tell(live, Phase.UPDATED, 30, raw=f'{{"wh":{wh}}}', **told)
    session = await floor.session(live, number)
    async with floor.store.reading() as tx:
        assert await tx.meters.raw_of(session.id) == ['{"told":0}', '{"wh":1300}', '{"wh":1310}']


async def test_what_comes_after_the_end_twice(floor: Floor) -> None:
    """Of the end itself, and of a value that was late (Q-23)."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    end = (shows(60, 1_500, ReadingContext.END),)
    for _ in range(3):
        await floor.tell(live, Phase.ENDED, 60, transaction=number, readings=end)
        late = (shows(30, 1_300),)
        await floor.tell(live, Phase.UPDATED, 30, transaction=number, readings=late)
    session = await floor.session(live, number)
    async with floor.store.reading() as tx:
        raw = await tx.meters.raw_of(session.id)
    assert raw == ['{"told":0}', '{"told":60}', '{"told":30}']


async def test_a_numbered_message_that_comes_twice(floor: Floor) -> None:
    """2.x numbers what it sends; nobody need look."""
    await floor.furnish()
    live = await floor.connect(protocol=V201)
    await floor.tell(live, Phase.STARTED, 0, transaction="T1", seq_no=0)
    for _ in range(2):
        told = {"transaction": "T1", "seq_no": 1, "readings": (shows(30, 1_300),)}
        await floor.tell(live, Phase.UPDATED, 30, **told)
    session = await floor.session(live, "T1")
    async with floor.store.reading() as tx:
        assert await tx.meters.raw_of(session.id) == ['{"told":0}', '{"told":30}']


async def test_a_meter_that_is_set_back_across_a_restart(floor: Floor) -> None:
    """P-119: what was charged stays, and what comes then is counted on."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    for second, wh in ((60, 51_000), (120, 100)):
        readings = (shows(second, wh),)
        await floor.tell(live, Phase.UPDATED, second, transaction=number, readings=readings)
    floor.restart()
    live = await floor.connect()
    for second, wh in ((180, 600), (240, 1_100)):
        readings = (shows(second, wh),)
        await floor.tell(live, Phase.UPDATED, second, transaction=number, readings=readings)
    floor.restart()
    live = await floor.connect()
    end = (shows(300, 1_600, ReadingContext.END),)
    await floor.tell(live, Phase.ENDED, 300, transaction=number, readings=end)
    session = await floor.session(live, number)
    assert session.energy == Kwh.of("51.5")
    assert "meter_rollback" in session.flags
