"""What chargers report of an end closes a session once; what was estimated is corrected."""

import pytest

from app.domain.locations import EvseStatus
from app.domain.sessions import SessionFlag, SessionStatus
from app.domain.stations import ConnectorState, Phase, PresentedToken
from app.domain.units import Kwh
from tests.support.chargers import TAG, Floor, a_location, a_token, an_evse, at, shows
from tests.support.transactions import END, VIRTUAL, a_command, stop


async def test_a_drivers_corrected_session_is_left_to_a_person(floor: Floor) -> None:
    """The money was taken by the first CDR; a second one would take it again."""
    await floor.furnish()
    async with floor.store.transaction() as tx:
        await tx.commands.add(a_command(charging_id="c-1"))
    live = await floor.connect()
    first = str((await floor.start(live, token=PresentedToken(VIRTUAL))).number)
    await floor.start(live, 600)
    await stop(floor, live, first, 120, wh=1_900)
    session = await floor.session(live, first)
    assert SessionFlag.CORRECTED in session.flags
    assert len(await floor.cdrs(session)) == 1


async def test_a_start_on_an_occupied_connector_ends_the_stale_session(floor: Floor) -> None:
    """P-101; P-129, C-169: and the charger's late word corrects the estimate and its CDR."""
    await floor.furnish()
    live = await floor.connect()
    first = str((await floor.start(live)).number)
    reading = (shows(60, 1_400),)
    await floor.tell(live, Phase.UPDATED, 60, transaction=first, readings=reading)
    await floor.start(live, 600)
    stale = await floor.session(live, first)
    assert (stale.status, stale.energy, stale.ended_at) == (
        SessionStatus.COMPLETED,
        Kwh.of("0.4"),
        at(60),
    )
    assert {SessionFlag.STALE, "estimated"} <= stale.flags
    await stop(floor, live, first, 120, wh=1_900)
    corrected = await floor.session(live, first)
    assert (corrected.energy, corrected.ended_at) == (Kwh.of("0.9"), at(120))
    assert SessionFlag.CORRECTED in corrected.flags
    old, credit, new = await floor.cdrs(corrected)
    assert credit.credit_of == old.id
    assert new.bill.energy == Kwh.of("0.9")


async def test_a_repeated_stop_changes_nothing(floor: Floor) -> None:
    """P-103, P-105, Q-22: confirmed without and with a tag, the first one counts."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    assert (await stop(floor, live, number, 60, wh=1_500)).authorization is None
    before = await floor.session(live, number)
    await stop(floor, live, number, 90, wh=9_000, token=TAG)
    floor.restart()
    live = await floor.connect()
    await stop(floor, live, number, 90, wh=9_000)
    assert await floor.session(live, number) == before
    assert len(await floor.cdrs(before)) == 1


async def test_a_friend_of_the_same_group_may_stop(floor: Floor) -> None:
    """P-104."""
    friend = a_token("FRIEND", valid=False, group_id="FAMILY")
    stranger = a_token("STRANGER", valid=False)
    await floor.furnish(None, None, a_token(group_id="FAMILY"), friend, stranger)
    live = await floor.connect()
    one = str((await floor.start(live)).number)
    by_friend = await stop(floor, live, one, 60, wh=1_500, token=PresentedToken("FRIEND"))
    assert by_friend.authorization is not None
    assert by_friend.authorization.allowed
    two = str((await floor.start(live, 100)).number)
    by_stranger = await stop(floor, live, two, 160, wh=1_500, token=PresentedToken("STRANGER"))
    assert by_stranger.authorization is not None
    assert not by_stranger.authorization.allowed


async def test_a_stop_of_nothing_is_an_orphan(floor: Floor) -> None:
    """P-106, P-183."""
    await floor.furnish()
    live = await floor.connect()
    assert (await stop(floor, live, "4711", 60, wh=1_500)).total_cost is None
    session = await floor.session(live, "4711")
    assert session.status is SessionStatus.INVALID
    assert SessionFlag.ORPHAN in session.flags
    await stop(floor, live, "4711", 60, wh=1_500)
    assert await floor.count() == 1


@pytest.mark.parametrize("name", ["-1", "0", None])
async def test_a_stop_without_a_number_finds_its_session(floor: Floor, name: str | None) -> None:
    """P-107, Q-05."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    readings = (shows(60, 1_500, END),)
    await floor.tell(live, Phase.ENDED, 60, transaction=name, token=TAG, readings=readings)
    assert (await floor.session(live, number)).energy == Kwh.of("0.5")
    await floor.tell(live, Phase.ENDED, 90, transaction=name, token=TAG, readings=readings)
    assert await floor.count() == 2


async def test_a_stop_without_values_is_confirmed(floor: Floor) -> None:
    """P-108, P-109, Q-29: the last known value counts."""
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    reading = (shows(30, 1_300),)
    await floor.tell(live, Phase.UPDATED, 30, transaction=number, readings=reading)
    await floor.tell(live, Phase.ENDED, 60, transaction=number)
    session = await floor.session(live, number)
    assert (session.energy, session.stop_reason) == (Kwh.of("0.3"), "Local")


async def test_available_before_the_stop_loses_no_energy(floor: Floor) -> None:
    """P-125, Q-18; and the session outweighs it on the map for 30 s."""
    await floor.furnish()
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.CHARGING)
    number = str((await floor.start(live)).number)
    await floor.show(live, 55, ConnectorState.AVAILABLE)
    assert (await floor.evse()).status is EvseStatus.CHARGING
    await stop(floor, live, number, 60, wh=1_500)
    assert (await floor.evse()).status is EvseStatus.AVAILABLE
    assert (await floor.session(live, number)).energy == Kwh.of("0.5")


async def test_without_a_tariff_there_is_no_cdr(floor: Floor) -> None:
    await floor.furnish(a_location(an_evse(1, connectors=())))
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    await stop(floor, live, number, 60, wh=1_500)
    session = await floor.session(live, number)
    assert SessionFlag.NO_LOCATION in session.flags
    assert await floor.cdrs(session) == []
