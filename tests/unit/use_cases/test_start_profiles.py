"""Charging profiles that a start brings to the charger."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.errors import ChargerRefused, InvalidInput
from app.domain.events import CommandSettled, ProfileDoubtful
from app.domain.profiles import (
    ChargingProfile,
    ProfilePeriod,
    ProfileSource,
    RateUnit,
    SessionProfile,
    profile_number,
)
from app.domain.stations import Address, ConnectorState, Phase, PresentedToken
from app.use_cases.command_requests import Asker, StartRequest
from app.use_cases.live_stations import LiveStation
from app.use_cases.profile_requests import LimitRequest, ScheduleRequest, UnlimitRequest
from app.use_cases.profiles import Profiles
from tests.support.chargers import CPO, Floor, a_location, a_token, an_evse
from tests.support.drive import Drive
from tests.support.reserving import OPERATOR, PARTNER, ask, kept, prices

ABLE = ("CHARGING_PROFILE_CAPABLE",)
HOUR = timedelta(hours=1)
SLOW = ChargingProfile(RateUnit.WATT, (ProfilePeriod(timedelta(), Decimal("4000.0")),))


@pytest.fixture
async def live(drive: Drive) -> LiveStation:
    """The charger CP1, of which EVSE E1 can be limited."""
    await drive.furnish(prices())
    async with drive.store.transaction() as tx:
        await tx.locations.put(a_location(an_evse(1, capabilities=ABLE), an_evse(2)))
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await drive.pump()
    return live


async def start(drive: Drive, asker: Asker = OPERATOR, **changes: Any) -> Command:
    """A start at E1, with what follows from it at once."""
    given = {
        "asker": asker, "party": CPO, "location_id": "L1", "evse_uid": "E1",
        "token": a_token(), "profile": SLOW, **changes,
    }  # fmt: skip
    command = await drive.commands.request(StartRequest(**given))
    await drive.pump()
    async with drive.store.reading() as tx:
        return await tx.commands.get(command.id) or command


async def reviewed(drive: Drive) -> SessionProfile:
    """The row of the one session whose profile is in doubt, once that was looked at."""
    doubts = [event for event in drive.seen if isinstance(event, ProfileDoubtful)]
    assert len(doubts) == 1
    profiles = Profiles(drive.store, drive.clock)
    await profiles.review(doubts[0].session_key)
    await drive.pump()
    return await profiles.of_session(doubts[0].session_key)


async def test_p132_it_is_the_sessions_profile_from_the_beginning(
    drive: Drive, live: LiveStation
) -> None:
    """P-132: later it is looked at, replaced and cleared by the number the start gave it."""
    command = await start(drive)
    assert (command.profile, command.transaction) == (SLOW, None)
    assert command.profile_number == profile_number(command.id)
    tag = PresentedToken(command.id_tag or "")
    await drive.floor.start(live, 5, token=tag)
    await drive.pump()
    row = await reviewed(drive)
    assert (row.profile, row.source, row.set_at) == (SLOW, ProfileSource.OPERATOR, command.sent_at)
    unlimit = UnlimitRequest(asker=OPERATOR, session_key=row.session_key)
    asked = await Profiles(drive.store, drive.clock).request(unlimit)
    assert asked.profile_number == command.profile_number
    assert CommandKind.SCHEDULE in {told.kind for told in drive.chargers.told}


async def test_p132_also_where_the_cable_came_first(floor: Floor, drive: Drive) -> None:
    """P-132: in OCPP 2.x the start then goes on with the transaction that the cable opened."""
    await drive.furnish(prices())
    async with drive.store.transaction() as tx:
        await tx.locations.put(a_location(an_evse(1, capabilities=ABLE)))
    live = await floor.connect("ocpp2.1")
    cable = {"transaction": "TX-1", "address": Address(1, 1)}
    await floor.tell(live, Phase.STARTED, 0, seq_no=0, **cable)
    await drive.pump()
    command = await start(drive)
    tag = PresentedToken(command.id_tag or "")
    await floor.tell(live, Phase.UPDATED, 5, seq_no=1, token=tag, **cable)
    await drive.pump()
    assert (await reviewed(drive)).profile == SLOW


async def test_a_session_that_began_without_one_is_not_in_doubt(
    drive: Drive, live: LiveStation
) -> None:
    command = await start(drive, profile=None)
    await drive.floor.start(live, 5, token=PresentedToken(command.id_tag or ""))
    await drive.pump()
    assert not [event for event in drive.seen if isinstance(event, ProfileDoubtful)]


async def test_p132_what_cannot_be_had_is_refused(drive: Drive, live: LiveStation) -> None:
    """P-132: not where the operator does not limit, and no profile that is none."""
    assert live.layout.places
    with pytest.raises(ChargerRefused) as refused:
        await start(drive, evse_uid="E2")
    assert refused.value.reason == "not_capable"
    with pytest.raises(ChargerRefused) as refused:
        await start(drive, profile=replace(SLOW, periods=()))
    assert refused.value.reason == "empty_profile"
    twice = replace(SLOW, periods=SLOW.periods * 2)
    with pytest.raises(InvalidInput):
        await start(drive, profile=twice)
    assert drive.chargers.told == []


async def test_p132_it_begins_at_once_and_no_higher_than_the_connector(
    drive: Drive, live: LiveStation
) -> None:
    """P-132: a profile that begins later starts with what the connector gives."""
    assert live.layout.places
    later = replace(SLOW, periods=(ProfilePeriod(HOUR, Decimal("4000.09")),))
    command = await start(drive, profile=later)
    assert command.profile is not None
    assert [(p.start, str(p.limit)) for p in command.profile.periods] == [
        (timedelta(), "38400.0"),
        (HOUR, "4000.0"),
    ]


async def test_p132_a_partner_limits_what_it_has_reserved(drive: Drive, live: LiveStation) -> None:
    """P-132: a PUT of OCPI on the RESERVATION session is kept, and goes out with the start."""
    await ask(drive)
    key = (await kept(drive)).session_id or ""
    profiles = Profiles(drive.store, drive.clock)
    put = await profiles.request(LimitRequest(asker=PARTNER, session_key=key, profile=SLOW))
    assert put.state is CommandState.SETTLED
    assert put.outcome is not None
    assert put.outcome.accepted
    await drive.pump()
    assert CommandSettled(put.id) in drive.seen
    assert [told.kind for told in drive.chargers.told] == [CommandKind.RESERVE]
    command = await start(drive, PARTNER, profile=None)
    assert (command.channel, command.profile) == (CommandChannel.PARTNER, SLOW)
    tag = PresentedToken(command.shown_tag or "")
    await drive.floor.start(live, 60, token=tag, reservation="1")
    await drive.pump()
    row = await reviewed(drive)
    assert (row.session_key, row.watcher, row.number) == (key, "p-1", command.profile_number)


async def test_what_was_put_on_a_reservation_can_be_taken_away(
    drive: Drive, live: LiveStation
) -> None:
    assert live.layout.places
    await ask(drive)
    key = (await kept(drive)).session_id or ""
    profiles = Profiles(drive.store, drive.clock)
    await profiles.request(LimitRequest(asker=PARTNER, session_key=key, profile=SLOW))
    await profiles.request(UnlimitRequest(asker=PARTNER, session_key=key))
    assert (await start(drive, PARTNER, profile=None)).profile is None
    with pytest.raises(Exception, match="ended"):
        await profiles.request(ScheduleRequest(asker=PARTNER, session_key=key))
