"""Profiles' results to their response_url, and what is in force to who watches."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.events import ProfileChanged
from app.domain.profiles import (
    ActiveProfile,
    ChargingProfile,
    ProfilePeriod,
    RateUnit,
    SessionProfile,
)
from app.ports.delivery import Done, Mode, RefusedForGood
from ocpi.push.audience import OcpiAudience
from tests.support.roaming_objects import (
    AN_OPERATOR,
    CPO,
    NOON,
    THEIR_EMSP,
    a_session,
)
from tests.support.scripted_partner import Say
from tests.unit.ocpi.push.test_sender import Desk, desk

__all__ = ["desk"]

PERIODS = (ProfilePeriod(timedelta(), Decimal("4000.1")), ProfilePeriod(timedelta(1), Decimal(0)))
PROFILE = ChargingProfile(RateUnit.WATT, PERIODS, duration=timedelta(hours=1))
ACTIVE = ActiveProfile(NOON, PROFILE)
DOCUMENT = {
    "start_date_time": "2026-05-04T12:00:00Z",
    "charging_profile": {
        "charging_rate_unit": "W",
        "duration": 3600,
        "charging_profile_period": [
            {"start_period": 0, "limit": Decimal("4000.1")},
            {"start_period": 86400, "limit": 0},
        ],
    },
}


async def settle(desk: Desk, kind: CommandKind, outcome: CommandOutcome) -> Any:
    """The body of the one request that tells how a partner's request ended."""
    command = Command(
        f"k-{kind}-{outcome.result}",
        kind,
        CommandChannel.PARTNER,
        CommandState.SETTLED,
        NOON - timedelta(seconds=5),
        NOON,
        party=CPO,
        partner_id="p-1",
        emsp=THEIR_EMSP,
        callback_url=f"{desk.them.url}/back?x=%2F&y=a+b",
        outcome=outcome,
        settled_at=NOON,
    )
    async with desk.store.transaction() as tx:
        await tx.commands.add(command)
    assert await desk.send("command_result", command.id, mode=Mode.EVERY) == Done()
    request = desk.them.received[-1]
    assert (request.method, request.path) == ("POST", "/back?x=%2F&y=a+b")
    assert request.headers["ocpi-to-party-id"] == THEIR_EMSP.code
    return request.body


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (CommandResult.ACCEPTED, "ACCEPTED"),
        (CommandResult.UNKNOWN_PROFILE, "UNKNOWN"),
        (CommandResult.REJECTED, "REJECTED"),
        (CommandResult.TIMEOUT, "REJECTED"),
        (CommandResult.NOT_SUPPORTED, "REJECTED"),
    ],
)
async def test_results_go_to_the_very_url(desk: Desk, result: CommandResult, told: str) -> None:
    """C-217, C-221, C-223: a profile only where one was asked for and is accepted."""
    outcome = CommandOutcome(result, "said", schedule=ACTIVE)
    assert await settle(desk, CommandKind.LIMIT, outcome) == {"result": told}
    assert await settle(desk, CommandKind.UNLIMIT, outcome) == {"result": told}
    expected: dict[str, Any] = {"result": told}
    if told == "ACCEPTED":
        expected["profile"] = DOCUMENT
    assert await settle(desk, CommandKind.SCHEDULE, outcome) == expected


async def _watched(desk: Desk, **changes: Any) -> None:
    row = SessionProfile("s-1", watcher="p-1", told=ACTIVE, active=ACTIVE)
    async with desk.store.transaction() as tx:
        await tx.profiles.put(replace(row, **changes))


async def test_what_is_in_force_is_put(desk: Desk) -> None:
    """C-220."""
    await _watched(desk)
    assert await desk.send("active_profile", "s-1") == Done()
    (request,) = desk.them.received
    assert (request.method, request.path) == ("PUT", "/sender/chargingprofiles/s-1")
    assert request.body == DOCUMENT
    assert request.headers["ocpi-from-party-id"] == CPO.code
    assert request.headers["ocpi-to-party-id"] == THEIR_EMSP.code
    desk.them.answers = lambda _: Say(code=2001, http=404)
    assert isinstance(await desk.send("active_profile", "s-1"), RefusedForGood)


async def test_nobody_is_told_what_is_not_its_business(desk: Desk) -> None:
    """C-220: never who did not ask, nor of a session that is over."""
    assert await desk.send("active_profile", "s-1") == Done()
    for changes in ({"watcher": None}, {"watcher": "p-2"}, {"told": None}):
        await _watched(desk, **changes)
        assert await desk.send("active_profile", "s-1") == Done()
    await _watched(desk)
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session(stopped_at=NOON))
    assert await desk.send("active_profile", "s-1") == Done()
    assert desk.them.received == []


async def test_who_wants_to_hear(desk: Desk) -> None:
    """The watcher, if it has where to be told."""
    async with desk.store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    audience, event = OcpiAudience(desk.store), ProfileChanged("s-1")
    assert await audience.plan(event) == ()
    await _watched(desk)
    (wanted,) = await audience.plan(event)
    assert (wanted.destination, wanted.subject) == ("partner:p-1", "s-1")
    assert (wanted.mode, wanted.kind) == (Mode.LATEST, "ocpi.active_profile")
    await desk.register(endpoints=())
    audience.look_again()
    assert await audience.plan(event) == ()
