"""Smart charging with a real partner over loopback: our driver there, and theirs here."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.adapters.clock_system import SystemClock
from app.domain.commands import Command, CommandChannel, CommandResult, CommandState
from app.domain.preferences import Preferences, PreferencesAnswer, ProfileType
from app.domain.profiles import ChargingProfile, ProfilePeriod, RateUnit
from app.domain.sessions import Session
from app.domain.tokens import TokenType, Whitelist
from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError
from app.use_cases.command_requests import Asker, StartRequest
from app.use_cases.profile_requests import (
    LimitRequest,
    ProfileRequest,
    ScheduleRequest,
    UnlimitRequest,
)
from app.use_cases.profiles import Profiles
from tests.edge.ocpi.test_with_partner import THEM, House, house, until
from tests.support.roaming_objects import a_location, a_session, a_token, an_evse

__all__ = ["house"]

OPERATOR = Asker(channel=CommandChannel.OPERATOR)
LIMITED = ChargingProfile(
    RateUnit.AMPERE,
    (ProfilePeriod(timedelta(), Decimal("16.0")), ProfilePeriod(timedelta(hours=1), Decimal(6))),
    duration=timedelta(hours=2),
    min_rate=Decimal("6.0"),
)


@pytest.fixture(params=["2.2.1", "2.3.0"])
async def partner(request: pytest.FixtureRequest) -> AsyncIterator[Partner]:
    """The partner, in each version that has smart charging."""
    async with Partner(version=request.param) as made:
        yield made
        assert not made.violations
        assert not made.failures


@pytest.fixture
async def roams(house: House, partner: Partner) -> Session:
    """Our driver's session at the partner's charger."""
    await house.pull.first(house.known.id)
    token = a_token("RWABCDEFGH", type=TokenType.APP_USER, whitelist=Whitelist.NEVER)
    start = await house.commands.request(
        StartRequest(
            asker=Asker(channel=CommandChannel.DRIVER),
            party=THEM,
            location_id=partner.site.location_id,
            token=token,
            evse_uid=partner.site.evse_uid,
            connector_id="1",
            id_tag=token.uid,
        )
    )
    await house.commands.send(start.id)

    async def copied() -> Any:
        async with house.store.reading() as tx:
            theirs = next(iter(partner.sessions.values()), None)
            return theirs and await tx.sessions.get_foreign(THEM, theirs.id)

    session: Session = await until(copied)
    return session


async def _ended(house: House, request: ProfileRequest) -> Command:
    """A request about a profile, once its result came."""
    asked = await Profiles(house.store, SystemClock()).request(request)
    await house.commands.send(asked.id)

    async def settled() -> Command | None:
        found = await house.commands.get(asked.id)
        return found if found.state is CommandState.SETTLED else None

    found: Command = await until(settled)
    return found


def _result(command: Command) -> CommandResult:
    assert command.outcome is not None
    return command.outcome.result


async def test_our_drivers_session_is_limited(
    house: House, partner: Partner, roams: Session
) -> None:
    """C-217, C-222, C-223 as eMSP: set, told what is in force, asked for, cleared."""
    key = f"{THEM}/{roams.id.casefold()}"
    limit = LimitRequest(asker=OPERATOR, session_key=key, profile=LIMITED)
    assert _result(await _ended(house, limit)) is CommandResult.ACCEPTED
    assert partner.smart.profiles[roams.id]["charging_profile_period"] == [
        {"start_period": 0, "limit": 16},
        {"start_period": 3600, "limit": 6},
    ]

    async def told(limit: int) -> bool:
        row = await Profiles(house.store, SystemClock()).of_session(key)
        return bool(row.active and row.active.profile.periods[0].limit == limit)

    await until(lambda: told(16))
    looked = await _ended(house, ScheduleRequest(asker=OPERATOR, session_key=key))
    assert looked.outcome is not None
    assert looked.outcome.schedule is not None
    assert looked.outcome.schedule.profile == LIMITED
    clear = UnlimitRequest(asker=OPERATOR, session_key=key)
    assert _result(await _ended(house, clear)) is CommandResult.ACCEPTED
    await until(lambda: told(150_000))
    assert _result(await _ended(house, clear)) is CommandResult.UNKNOWN_PROFILE
    assert [method for method, _ in partner.smart.asked] == ["PUT", "GET", "DELETE", "DELETE"]


async def test_what_a_partner_refuses(house: House, partner: Partner, roams: Session) -> None:
    key = f"{THEM}/{roams.id.casefold()}"
    limit = LimitRequest(asker=OPERATOR, session_key=key, profile=LIMITED)
    partner.smart.answer = "TOO_OFTEN"
    assert _result(await _ended(house, limit)) is CommandResult.REJECTED
    partner.smart.answer, partner.smart.outcome = "ACCEPTED", "REJECTED"
    assert _result(await _ended(house, limit)) is CommandResult.REJECTED
    assert (await Profiles(house.store, SystemClock()).of_session(key)).profile is None


async def test_our_drivers_wishes(house: House, partner: Partner, roams: Session) -> None:
    """C-151 as eMSP."""
    leaves = datetime.now(UTC) + timedelta(hours=8)
    wish = Preferences(ProfileType.CHEAP, leaves, roams.energy)
    assert await house.wishes.ask(roams, wish) is PreferencesAnswer.ACCEPTED
    assert partner.smart.wishes[roams.id]["profile_type"] == "CHEAP"
    partner.smart.wish_answer = "NOT_POSSIBLE"
    assert await house.wishes.ask(roams, wish) is PreferencesAnswer.NOT_POSSIBLE


async def test_their_drivers_wishes(house: House, partner: Partner) -> None:
    """C-151, C-152."""
    able = an_evse("E1", capabilities=("CHARGING_PREFERENCES_CAPABLE",))
    token = a_token(party=THEM, uid="PRT-CARD-1", own=False).ref
    async with house.store.transaction() as tx:
        await tx.locations.put(a_location(evses=(able, an_evse("E2", number=2))))
        await tx.sessions.put(a_session("s-1", token=token))
        await tx.sessions.put(a_session("s-2", token=token, evse_uid="E2"))
    assert await partner.smart.wish("s-1", {"profile_type": "REGULAR"}) == "ACCEPTED"
    with pytest.raises(ExchangeFailedError) as unable:
        await partner.smart.wish("s-2", {"profile_type": "REGULAR"})
    assert (unable.value.http, unable.value.ocpi) == (404, 2001)
