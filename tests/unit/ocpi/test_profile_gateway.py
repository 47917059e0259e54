"""Profiles and wishes of our drivers at partners: one call, every kind of answer."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandResult,
    CommandState,
)
from app.domain.errors import ChargerOffline, PartnerUnavailable
from app.domain.preferences import Preferences, PreferencesAnswer, ProfileType
from app.domain.profiles import ChargingProfile, ProfilePeriod, RateUnit
from app.domain.units import Kwh
from ocpi.profile_gateway import OcpiPreferences
from tests.support.roaming_objects import EMSP, NOON, THEIR_CPO, a_session
from tests.support.scripted_partner import Say, partner_calls
from tests.unit.adapters.http_server import SILENCE
from tests.unit.ocpi.test_gateway import Desk, desk

__all__ = ["desk"]

BACK = "https://hub.example/ocpi/emsp/2.2.1/chargingprofiles/results/k-1"
PROFILE = ChargingProfile(
    RateUnit.WATT,
    (ProfilePeriod(timedelta(), Decimal("4000.1")),),
    start=NOON,
    duration=timedelta(hours=1),
    min_rate=Decimal(1380),
)
LIMIT = Command(
    "k-1", CommandKind.LIMIT, CommandChannel.OPERATOR, CommandState.SENT, NOON, NOON,
    party=THEIR_CPO, remote_party=THEIR_CPO, session_id="a/b", profile=PROFILE,
)  # fmt: skip
ACCEPTED = Say({"result": "ACCEPTED", "timeout": 90})


async def test_a_limit_is_put(desk: Desk) -> None:
    """C-217 as eMSP: the result will come, and may take as long as the partner says."""
    desk.them.answers = lambda _: ACCEPTED
    assert await desk.gateway.execute(LIMIT) is None
    (asked,) = desk.them.received
    assert (asked.method, asked.path) == ("PUT", "/receiver/chargingprofiles/a%2Fb")
    assert asked.body == {
        "charging_profile": {
            "charging_rate_unit": "W",
            "start_date_time": "2026-05-04T12:00:00Z",
            "duration": 3600,
            "min_charging_rate": 1380,
            "charging_profile_period": [{"start_period": 0, "limit": Decimal("4000.1")}],
        },
        "response_url": BACK,
    }
    assert asked.headers["ocpi-from-party-id"] == EMSP.code
    assert asked.headers["ocpi-to-party-id"] == THEIR_CPO.code
    assert desk.postponed == [("k-1", NOON + timedelta(seconds=90))]


@pytest.mark.parametrize(
    ("command", "method", "query"),
    [
        (replace(LIMIT, kind=CommandKind.UNLIMIT), "DELETE", ""),
        (
            replace(LIMIT, kind=CommandKind.SCHEDULE, horizon=timedelta(minutes=5)),
            "GET",
            "duration=300&",
        ),
    ],
)
async def test_a_query_carries_the_response_url(
    desk: Desk, command: Command, method: str, query: str
) -> None:
    """C-223: encoded whole."""
    desk.them.answers = lambda _: Say([{"result": "ACCEPTED", "timeout": 0}])
    assert await desk.gateway.execute(command) is None
    path = f"/receiver/chargingprofiles/a%2Fb?{query}response_url={quote(BACK, safe='')}"
    assert desk.them.asked == [(method, path)]
    assert desk.postponed == []


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ({"result": "NOT_SUPPORTED", "timeout": 30}, CommandResult.NOT_SUPPORTED),
        ({"result": "REJECTED", "timeout": 30}, CommandResult.REJECTED),
        ({"result": "TOO_OFTEN", "timeout": 30}, CommandResult.REJECTED),
        ({"result": "UNKNOWN_SESSION", "timeout": 30}, CommandResult.UNKNOWN_SESSION),
        ({"result": "PERHAPS", "timeout": 30}, CommandResult.TIMEOUT),
        (None, CommandResult.TIMEOUT),
    ],
)
async def test_what_a_partner_says_at_once(desk: Desk, said: Any, result: CommandResult) -> None:
    desk.them.answers = lambda _: Say(said)
    outcome = await desk.gateway.execute(LIMIT)
    assert outcome is not None
    assert outcome.result is result


async def test_refusals_and_silence(desk: Desk) -> None:
    """I-49."""
    desk.them.answers = lambda _: Say(code=2001, http=404)
    outcome = await desk.gateway.execute(LIMIT)
    assert outcome is not None
    assert outcome.result is CommandResult.REJECTED
    desk.them.answers = lambda _: SILENCE
    outcome = await desk.gateway.execute(LIMIT)
    assert outcome is not None
    assert outcome.result is CommandResult.TIMEOUT
    await desk.register(endpoints=())
    with pytest.raises(ChargerOffline):
        await desk.gateway.execute(LIMIT)


async def test_a_limit_without_a_profile_is_not_asked(desk: Desk) -> None:
    outcome = await desk.gateway.execute(replace(LIMIT, profile=None))
    assert outcome is not None
    assert outcome.result is CommandResult.TIMEOUT
    assert desk.them.received == []


WISH = Preferences(ProfileType.CHEAP, NOON, Kwh.of("12.34567"), discharge_allowed=True)
SESSION = a_session("a/b", party=THEIR_CPO, own=False)


@pytest.fixture
async def preferences(desk: Desk) -> AsyncIterator[OcpiPreferences]:
    async with partner_calls(desk.sealer, timeout_s=0.3) as calls:
        yield OcpiPreferences(desk.store, calls, emsp=EMSP, answer_s=0.3)


async def test_a_wish_is_put(desk: Desk, preferences: OcpiPreferences) -> None:
    """C-151 as eMSP."""
    desk.them.answers = lambda _: Say("ENERGY_NEED_REQUIRED")
    assert await preferences.ask(SESSION, WISH) is PreferencesAnswer.ENERGY_NEED_REQUIRED
    (asked,) = desk.them.received
    assert (asked.method, asked.path) == ("PUT", "/sender/sessions/a%2Fb/charging_preferences")
    assert asked.body == {
        "profile_type": "CHEAP",
        "departure_time": "2026-05-04T12:00:00Z",
        "energy_need": Decimal("12.3457"),
        "discharge_allowed": True,
    }


async def test_an_evse_that_takes_no_wishes(desk: Desk, preferences: OcpiPreferences) -> None:
    """C-152 as eMSP, and versions and partners without the resource."""
    desk.them.answers = lambda _: Say(code=2001, http=404)
    assert await preferences.ask(SESSION, WISH) is PreferencesAnswer.NOT_POSSIBLE
    await desk.register(version="2.1.1")
    assert await preferences.ask(SESSION, WISH) is PreferencesAnswer.NOT_POSSIBLE
    await desk.register(endpoints=())
    assert await preferences.ask(SESSION, WISH) is PreferencesAnswer.NOT_POSSIBLE
    assert len(desk.them.received) == 1


@pytest.mark.parametrize("said", [Say("PERHAPS"), Say(None), Say(code=3000), SILENCE])
async def test_an_answer_that_is_none(
    desk: Desk, preferences: OcpiPreferences, said: Say | bytes | None
) -> None:
    desk.them.answers = lambda _: said
    with pytest.raises(PartnerUnavailable):
        await preferences.ask(SESSION, WISH)
