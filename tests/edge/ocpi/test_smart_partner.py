"""Smart charging with a real partner over loopback: our driver there, and theirs here."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.adapters.clock_system import SystemClock
from app.domain.commands import CommandChannel, CommandOutcome, CommandResult
from app.domain.preferences import Preferences, PreferencesAnswer, ProfileType
from app.domain.profiles import ChargingProfile, ProfilePeriod, RateUnit
from app.domain.sessions import Session
from app.domain.tokens import TokenType, Whitelist
from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError
from app.use_cases.command_requests import Asker
from app.use_cases.profile_requests import (
    LimitRequest,
    ProfileRequest,
    ScheduleRequest,
    UnlimitRequest,
)
from app.use_cases.profiles import Profiles
from tests.support.patience import until
from tests.support.roaming import THEM, House
from tests.support.roaming_objects import a_location, a_session, a_token, an_evse

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
    await house.start(partner, token)
    return await house.copied(partner)


async def _ended(house: House, request: ProfileRequest) -> CommandOutcome:
    """How a request about a profile ended."""
    asked = await Profiles(house.store, SystemClock()).request(request)
    await house.commands.send(asked.id)
    return await house.outcome(asked)


async def test_our_drivers_session_is_limited(
    house: House, partner: Partner, roams: Session
) -> None:
    """C-217, C-222, C-223 as eMSP: set, told what is in force, asked for, cleared."""
    key = f"{THEM}/{roams.id.casefold()}"
    limit = LimitRequest(asker=OPERATOR, session_key=key, profile=LIMITED)
    assert (await _ended(house, limit)).result is CommandResult.ACCEPTED
    assert partner.smart.profiles[roams.id]["charging_profile_period"] == [
        {"start_period": 0, "limit": 16},
        {"start_period": 3600, "limit": 6},
    ]

    async def told(limit: int) -> bool:
        row = await Profiles(house.store, SystemClock()).of_session(key)
        return bool(row.active and row.active.profile.periods[0].limit == limit)

    await until(lambda: told(16))
    looked = await _ended(house, ScheduleRequest(asker=OPERATOR, session_key=key))
    assert looked.schedule is not None
    assert looked.schedule.profile == LIMITED
    clear = UnlimitRequest(asker=OPERATOR, session_key=key)
    assert (await _ended(house, clear)).result is CommandResult.ACCEPTED
    await until(lambda: told(150_000))
    assert (await _ended(house, clear)).result is CommandResult.UNKNOWN_PROFILE
    assert [method for method, _ in partner.smart.asked] == ["PUT", "GET", "DELETE", "DELETE"]


async def test_what_a_partner_refuses(house: House, partner: Partner, roams: Session) -> None:
    key = f"{THEM}/{roams.id.casefold()}"
    limit = LimitRequest(asker=OPERATOR, session_key=key, profile=LIMITED)
    partner.smart.answer = "TOO_OFTEN"
    assert (await _ended(house, limit)).result is CommandResult.REJECTED
    partner.smart.answer, partner.smart.outcome = "ACCEPTED", "REJECTED"
    assert (await _ended(house, limit)).result is CommandResult.REJECTED
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
