"""Charging profiles: of our chargers (C-216 to C-221, C-223), and told of theirs (C-222)."""

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
from app.domain.preferences import ProfileType
from app.domain.profiles import ProfilePeriod, RateUnit, SessionProfile
from app.domain.stations import Station
from app.domain.tariffs import TariffType
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.roaming_documents import session_document
from tests.support.roaming_objects import (
    CPO,
    NOON,
    THEIR_CPO,
    a_location,
    a_partner,
    a_session,
    a_tariff,
    a_token,
    an_evse,
)

ASK = "/cpo/2.2.1/chargingprofiles"
TELL = "/emsp/2.2.1/chargingprofiles"
CALLBACK = "https://them.example/ocpi/callbacks/1?x=%2F&y=a+b&duration=9"
ENCODED = quote(CALLBACK, safe="")
PROFILE: dict[str, Any] = {
    "charging_rate_unit": "W",
    "start_date_time": "2026-05-04T12:00:00Z",
    "duration": 3600,
    "min_charging_rate": 1380,
    "charging_profile_period": [
        {"start_period": 1800, "limit": 11000},
        {"start_period": 0, "limit": 4000.19},
    ],
}
SET = {"charging_profile": PROFILE, "response_url": CALLBACK}
ABLE = ("CHARGING_PROFILE_CAPABLE", "CHARGING_PREFERENCES_CAPABLE")


@pytest.fixture
async def charging(world: World) -> World:
    """A partner's driver charges at an EVSE that takes profiles, another's at the same."""
    async with world.store.transaction() as tx:
        able = an_evse("E1", capabilities=ABLE)
        await tx.locations.put(a_location(evses=(able, an_evse("E2", number=2))))
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
        at_it = {"station_id": "ST-1", "transaction": "12"}
        await tx.sessions.put(a_session("s-1", **at_it))
        await tx.sessions.put(a_session("s-2", evse_uid="E2", **at_it))
        await tx.sessions.put(a_session("s-3", token=a_token().ref, **at_it))
        await tx.sessions.put(a_session("s-4", stopped_at=NOON, **at_it))
    return world


async def _commands(world: World) -> list[Command]:
    async with world.store.reading() as tx:
        return await tx.commands.of_party(CPO, limit=20)


async def _result(response: Any) -> str:
    data = answered(response)
    assert data["timeout"] > 0
    return str(data["result"])


async def test_a_profile_is_accepted_at_once(peer: Peer, charging: World) -> None:
    """C-217: in the order of time, to a tenth and never more, the response_url verbatim."""
    assert answered(await peer.put(f"{ASK}/s-1", SET)) == {"result": "ACCEPTED", "timeout": 30}
    (command,) = await _commands(charging)
    assert (command.kind, command.channel) == (CommandKind.LIMIT, CommandChannel.PARTNER)
    assert (command.callback_url, command.transaction) == (CALLBACK, "12")
    assert command.correlation_id == "corr-1"
    assert command.profile is not None
    assert command.profile.unit is RateUnit.WATT
    assert command.profile.start == NOON
    assert command.profile.duration == timedelta(hours=1)
    assert command.profile.periods == (
        ProfilePeriod(timedelta(), Decimal("4000.1")),
        ProfilePeriod(timedelta(minutes=30), Decimal("11000.0")),
    )


async def test_a_get_and_a_delete(peer: Peer, charging: World) -> None:
    """C-217, C-223: the query of the response_url is its own."""
    path = f"{ASK}/S-1?duration=600&response_url={ENCODED}"
    assert await _result(await peer.get(path)) == "ACCEPTED"
    path = f"{ASK}/s-1?response_url={ENCODED}"
    assert await _result(await peer.call("DELETE", path)) == "ACCEPTED"
    by_kind = {command.kind: command for command in await _commands(charging)}
    assert by_kind.keys() == {CommandKind.SCHEDULE, CommandKind.UNLIMIT}
    assert by_kind[CommandKind.SCHEDULE].horizon == timedelta(minutes=10)
    assert {command.callback_url for command in by_kind.values()} == {CALLBACK}


@pytest.mark.parametrize(
    ("query", "read"),
    [
        (f"response_url={CALLBACK}", CALLBACK.removesuffix("&duration=9")),
        (f"response_url={CALLBACK}&duration=60", CALLBACK.removesuffix("&duration=9")),
        (f"duration=60&response_url={quote(ENCODED, safe='')}", CALLBACK),
        (f"response_url={quote(CALLBACK, safe=':/')}&duration=60", CALLBACK),
        ("response_url=https://them.example/a%2Fb", "https://them.example/a%2Fb"),
    ],
)
async def test_a_response_url_however_it_is_written(
    peer: Peer, charging: World, query: str, read: str
) -> None:
    """C-223, I-50: not encoded as in the text's own example, or twice, or in part."""
    answered(await peer.call("DELETE", f"{ASK}/s-1?{query}"))
    (command,) = await _commands(charging)
    assert command.callback_url == read


@pytest.mark.parametrize(
    ("method", "query"),
    [
        ("GET", f"response_url={ENCODED}"),
        ("GET", "duration=600"),
        ("GET", f"duration=soon&response_url={ENCODED}"),
        ("GET", f"duration=-1&response_url={ENCODED}"),
        ("GET", f"duration=&response_url={ENCODED}"),
        ("GET", "duration=600&response_url=ftp%3A%2F%2Fx"),
        ("GET", "duration=600&response_url=http%3A%2F%2F%5B"),
        ("DELETE", ""),
        ("DELETE", f"response_url=https://them.example/{'x' * 300}"),
    ],
)
async def test_what_a_query_lacks_is_2001(
    peer: Peer, charging: World, method: str, query: str
) -> None:
    """C-216."""
    answered(await peer.call(method, f"{ASK}/s-1?{query}"), 2001)
    assert await _commands(charging) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"charging_rate_unit": "kW"},
        {"charging_rate_unit": None},
        {"duration": 0},
        {"duration": 10**30},
        {"min_charging_rate": -1},
        {"charging_profile_period": [{"start_period": -1, "limit": 1}]},
        {"charging_profile_period": [{"start_period": 0, "limit": -1}]},
        {"charging_profile_period": [{"start_period": 0, "limit": 10**20}]},
        {"charging_profile_period": [{"start_period": 10**30, "limit": 1}]},
        {"charging_profile_period": [{"start_period": 0, "limit": 1}] * 2},
        {"charging_profile_period": [{"start_period": n, "limit": 1} for n in range(1025)]},
    ],
)
async def test_what_is_no_profile_is_2001(
    peer: Peer, charging: World, changes: dict[str, Any]
) -> None:
    body = {**SET, "charging_profile": {**PROFILE, **changes}}
    answered(await peer.put(f"{ASK}/s-1", body), 2001)
    answered(await peer.put(f"{ASK}/s-1", {"charging_profile": PROFILE}), 2001)
    assert await _commands(charging) == []


async def test_what_cannot_be_done_is_said_at_once(peer: Peer, charging: World) -> None:
    """C-218: an unknown session and another provider's are the same; and nothing is asked."""
    expected = {
        "nope": "UNKNOWN_SESSION",
        "s-3": "UNKNOWN_SESSION",
        "s-2": "NOT_SUPPORTED",
        "s-4": "REJECTED",
    }
    for session, result in expected.items():
        assert await _result(await peer.put(f"{ASK}/{session}", SET)) == result
        path = f"{ASK}/{session}?duration=60&response_url={ENCODED}"
        assert await _result(await peer.get(path)) == result
        assert await _result(await peer.call("DELETE", path)) == result
    empty = {**SET, "charging_profile": {"charging_rate_unit": "A"}}
    assert await _result(await peer.put(f"{ASK}/s-1", empty)) == "REJECTED"
    async with charging.store.transaction() as tx:
        await tx.stations.put(Station("ST-1", CPO, "hash"))
    assert await _result(await peer.put(f"{ASK}/s-1", SET)) == "REJECTED"
    assert await _commands(charging) == []


async def test_a_session_of_another_of_the_partners_providers(peer: Peer, charging: World) -> None:
    """FROM says who asks; a party of the partner's that is no provider speaks for nobody."""
    sender = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "TNM"}
    assert await _result(await peer.put(f"{ASK}/s-1", SET, **sender)) == "ACCEPTED"
    (command,) = await _commands(charging)
    assert str(command.emsp) == "DE-TNM"


async def test_rapid_repetition_is_too_often(peer: Peer, charging: World) -> None:
    """C-219: for a minute."""
    for _ in range(6):
        assert await _result(await peer.put(f"{ASK}/s-1", SET)) == "ACCEPTED"
    assert await _result(await peer.put(f"{ASK}/s-1", SET)) == "TOO_OFTEN"
    await charging.clock.advance(61)
    assert await _result(await peer.put(f"{ASK}/s-1", SET)) == "ACCEPTED"


async def test_211_has_no_such_module(peer: Peer, charging: World) -> None:
    """C-056."""
    await charging.put_partner(a_partner(version="2.1.1"), peer.token)
    answered(await peer.put("/cpo/2.1.1/chargingprofiles/s-1", SET), 2000, 404)


async def test_230_has_the_same(peer: Peer, charging: World) -> None:
    await charging.put_partner(a_partner(version="2.3.0"), peer.token)
    path = "/cpo/2.3.0/chargingprofiles/s-1"
    assert await _result(await peer.put(path, SET)) == "ACCEPTED"


# ---------------------------------------------------------------- told of theirs


ACTIVE = {"start_date_time": "2026-05-04T12:00:00Z", "charging_profile": PROFILE}


async def _stored(world: World, key: str) -> SessionProfile | None:
    async with world.store.reading() as tx:
        return await tx.profiles.get(key)


async def test_what_limits_our_drivers_session(peer: Peer, world: World) -> None:
    """C-222: for a session we know; an older one does not replace a newer."""
    answered(await peer.put(f"{TELL}/101", ACTIVE), 2001, 404)
    await peer.put("/emsp/2.2.1/sessions/DE/TNC/101", session_document(id="101"))
    answered(await peer.put(f"{TELL}/101", ACTIVE))
    earlier = {**ACTIVE, "start_date_time": "2026-05-04T11:00:00Z"}
    answered(await peer.put(f"{TELL}/101", earlier))
    row = await _stored(world, "DE-TNC/101")
    assert row is not None
    assert row.active is not None
    assert row.active.at == NOON
    assert row.active.profile.periods[0].limit == Decimal("4000.1")
    answered(await peer.put(f"{TELL}/101", {"charging_profile": PROFILE}), 2001)
    provider = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "TNM"}
    answered(await peer.put(f"{TELL}/101", ACTIVE, **provider), 2001, 404)


@pytest.fixture
async def sent(world: World) -> Command:
    """A question of ours that waits for the partner's word."""
    command = Command(
        "k-1",
        CommandKind.SCHEDULE,
        CommandChannel.OPERATOR,
        CommandState.SENT,
        NOON,
        NOON + timedelta(seconds=60),
        remote_party=THEIR_CPO,
        session_id="101",
    )
    async with world.store.transaction() as tx:
        await tx.commands.add(command)
        await tx.commands.add(replace(command, id="k-2", kind=CommandKind.UNLIMIT))
        await tx.commands.add(replace(command, id="k-3", kind=CommandKind.LIMIT))
        await tx.commands.add(replace(command, id="k-4", kind=CommandKind.STOP))
    return command


async def test_results_settle_our_questions(peer: Peer, world: World, sent: Command) -> None:
    """C-217 as eMSP: whatever comes later changes nothing."""
    answered(await peer.post(f"{TELL}/results/k-1", {"result": "ACCEPTED", "profile": ACTIVE}))
    answered(await peer.post(f"{TELL}/results/k-1", {"result": "REJECTED"}))
    answered(await peer.post(f"{TELL}/results/k-2", {"result": "UNKNOWN"}))
    answered(await peer.post(f"{TELL}/results/k-3", {"result": "REJECTED"}))
    results = {}
    for name in ("k-1", "k-2", "k-3"):
        outcome = (await world.commands.get(name)).outcome
        assert outcome is not None
        results[name] = outcome.result
    assert results == {
        "k-1": CommandResult.ACCEPTED,
        "k-2": CommandResult.UNKNOWN_PROFILE,
        "k-3": CommandResult.REJECTED,
    }
    row = await _stored(world, "DE-TNC/101")
    assert row is not None
    assert row.active is not None
    assert row.active.profile.min_rate == 1380


async def test_results_of_nothing_of_ours(peer: Peer, world: World, sent: Command) -> None:
    answered(await peer.post(f"{TELL}/results/k-1", {"result": "MAYBE"}), 2001)
    answered(await peer.post(f"{TELL}/results/k-4", {"result": "ACCEPTED"}), 2000, 404)
    answered(await peer.post(f"{TELL}/results/nope", {"result": "ACCEPTED"}), 2000, 404)


# ---------------------------------------------------------------- preferences


WISH = "/cpo/2.2.1/sessions/{}/charging_preferences"
SOON = "2026-05-04T14:00:00Z"


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ({"profile_type": "REGULAR"}, "ACCEPTED"),
        ({"profile_type": "FAST", "discharge_allowed": True}, "ACCEPTED"),
        ({"profile_type": "GREEN"}, "PROFILE_TYPE_NOT_SUPPORTED"),
        ({"profile_type": "CHEAP"}, "DEPARTURE_REQUIRED"),
        ({"profile_type": "CHEAP", "departure_time": SOON}, "ENERGY_NEED_REQUIRED"),
        ({"profile_type": "CHEAP", "departure_time": SOON, "energy_need": 20}, "ACCEPTED"),
        ({"profile_type": "CHEAP", "departure_time": SOON, "energy_need": 90}, "NOT_POSSIBLE"),
    ],
)
async def test_wishes_are_answered(
    peer: Peer, charging: World, wish: dict[str, Any], answer: str
) -> None:
    """C-151: 22 kW for two hours are 44 kWh."""
    assert answered(await peer.put(WISH.format("s-1"), wish)) == answer
    row = await _stored(charging, "s-1")
    kept = row.preferences if row else None
    assert (kept is not None) == (answer == "ACCEPTED")
    if kept is not None:
        assert kept.profile_type is ProfileType(wish["profile_type"])


async def test_a_typed_tariff_is_for_its_own_profile(peer: Peer, charging: World) -> None:
    async with charging.store.transaction() as tx:
        session = await tx.sessions.need("s-1")
        regular = a_tariff(type=TariffType.REGULAR)
        await tx.sessions.put(replace(session, tariff=regular))
    for wanted, answer in (("REGULAR", "ACCEPTED"), ("FAST", "PROFILE_TYPE_NOT_SUPPORTED")):
        body = {"profile_type": wanted}
        assert answered(await peer.put(WISH.format("s-1"), body)) == answer
