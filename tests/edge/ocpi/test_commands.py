"""Commands: to our chargers, and the results of ours to theirs (C-198 to C-215)."""

from dataclasses import replace
from datetime import timedelta
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
from app.domain.locations import EvseStatus
from app.domain.stations import Station
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.roaming_documents import token_document
from tests.support.roaming_objects import (
    CPO,
    NOON,
    THEIR_CPO,
    a_location,
    a_partner,
    a_session,
    a_token,
    an_evse,
)

ASK = "/cpo/2.2.1/commands"
TELL = "/emsp/2.2.1/commands"
CALLBACK = "https://them.example/ocpi/callbacks/1?x=%2F"
START = {
    "response_url": CALLBACK,
    "token": token_document(),
    "location_id": "L1",
    "evse_uid": "E1",
    "connector_id": "1",
    "authorization_reference": "AUTH-9",
}


@pytest.fixture
async def connected(world: World) -> World:
    """Our site with its charger on line."""
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
    return world


async def _commands(world: World) -> list[Command]:
    async with world.store.reading() as tx:
        return await tx.commands.of_party(CPO, limit=10)


async def test_a_start_is_accepted_at_once(peer: Peer, connected: World) -> None:
    """C-198, C-199, C-204, C-047: the response_url verbatim, the correlation kept."""
    data = answered(await peer.post(f"{ASK}/START_SESSION", START))
    assert data == {"result": "ACCEPTED", "timeout": 30}
    (command,) = await _commands(connected)
    assert command.callback_url == CALLBACK
    assert command.correlation_id == "corr-1"
    assert (command.partner_id, command.authorization_reference) == ("p-1", "AUTH-9")
    assert command.token is not None
    assert command.token.uid == "012345678"


async def test_a_location_we_do_not_have_is_2003(peer: Peer, connected: World) -> None:
    """C-201, C-200: with REJECTED, and nothing is stored."""
    for changes in ({"location_id": "nope"}, {"evse_uid": "nope"}, {"connector_id": "nope"}):
        data = answered(await peer.post(f"{ASK}/START_SESSION", {**START, **changes}), 2003)
        assert data["result"] == "REJECTED"
    assert await _commands(connected) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"evse_uid": None},
        {"response_url": "ftp://x"},
        {"response_url": "relative/address"},
        {"token": token_document(party_id="XXX")},
        {"token": {"uid": "1"}},
        {"location_id": None},
    ],
)
async def test_what_is_wrong_is_2001(
    peer: Peer, connected: World, changes: dict[str, Any]
) -> None:
    """C-203, C-214: a connector needs its EVSE, the token has to be the asking provider's."""
    answered(await peer.post(f"{ASK}/START_SESSION", {**START, **changes}), 2001)
    assert await _commands(connected) == []


async def test_the_token_has_to_be_of_the_party_in_from(peer: Peer, connected: World) -> None:
    """C-214."""
    sender = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "TNC"}
    answered(await peer.post(f"{ASK}/START_SESSION", START, **sender), 2001)


async def test_what_the_charger_cannot_do_is_rejected(peer: Peer, connected: World) -> None:
    """C-200, I-48: out of order, off line, or a second start while one is pending."""
    async with connected.store.transaction() as tx:
        broken = an_evse("E2", status=EvseStatus.OUTOFORDER)
        away = an_evse("E3", station_id="ST-9")
        await tx.locations.put(a_location(evses=(an_evse("E1"), broken, away)))
    for uid in ("E2", "E3"):
        data = answered(await peer.post(f"{ASK}/START_SESSION", {**START, "evse_uid": uid}))
        assert data["result"] == "REJECTED"
    answered(await peer.post(f"{ASK}/START_SESSION", START))
    assert answered(await peer.post(f"{ASK}/START_SESSION", START))["result"] == "REJECTED"
    assert len(await _commands(connected)) == 1


async def test_a_stop_of_a_session(peer: Peer, connected: World) -> None:
    """C-201, C-205."""
    body = {"response_url": CALLBACK, "session_id": "nope"}
    assert answered(await peer.post(f"{ASK}/STOP_SESSION", body))["result"] == "UNKNOWN_SESSION"
    others = replace(a_session("s-2"), token=a_token().ref)
    async with connected.store.transaction() as tx:
        await tx.sessions.put(replace(a_session("s-1"), station_id="ST-1", transaction="t"))
        await tx.sessions.put(others)
    stop = f"{ASK}/STOP_SESSION"
    assert answered(await peer.post(stop, {**body, "session_id": "s-2"}))["result"] == "REJECTED"
    assert answered(await peer.post(stop, {**body, "session_id": "S-1"}))["result"] == "ACCEPTED"
    answered(await peer.post(stop, {"session_id": "s-1"}), 2001)


async def test_an_unlock(peer: Peer, connected: World) -> None:
    body = {"response_url": CALLBACK, "location_id": "L1", "evse_uid": "E1", "connector_id": "1"}
    data = answered(await peer.post(f"{ASK}/UNLOCK_CONNECTOR", body))
    assert data["result"] == "ACCEPTED"
    answered(await peer.post(f"{ASK}/UNLOCK_CONNECTOR", {**body, "evse_uid": "no"}), 2003)
    del body["connector_id"]
    answered(await peer.post(f"{ASK}/UNLOCK_CONNECTOR", body), 2001)


async def test_a_command_nobody_knows_is_2001(peer: Peer) -> None:
    """C-202."""
    answered(await peer.post(f"{ASK}/MAKE_COFFEE", {}), 2001)


async def test_211_gets_a_result_without_more(peer: Peer, connected: World) -> None:
    """C-215: and its start names no owner of the token."""
    await connected.put_partner(a_partner(version="2.1.1"), peer.token)
    token = token_document()
    token["auth_id"] = token.pop("contract_id")
    del token["country_code"], token["party_id"]
    body = {"response_url": CALLBACK, "token": token, "location_id": "L1", "evse_uid": "E1"}
    assert answered(await peer.post("/cpo/2.1.1/commands/START_SESSION", body)) == {
        "result": "ACCEPTED"
    }
    (command,) = await _commands(connected)
    assert command.token is not None
    assert str(command.token.party) == "DE-TNM"


# ---------------------------------------------------------------- results of ours


@pytest.fixture
async def sent(world: World) -> Command:
    """A start of ours that waits for the partner's word."""
    command = Command(
        "k-1",
        CommandKind.START,
        CommandChannel.DRIVER,
        CommandState.SENT,
        NOON,
        NOON + timedelta(seconds=60),
        remote_party=THEIR_CPO,
        location_id="LOC1",
        token=a_token(),
    )
    async with world.store.transaction() as tx:
        await tx.commands.add(command)
    return command


async def test_a_result_settles_our_command(peer: Peer, world: World, sent: Command) -> None:
    """C-211, C-212: and a second one changes nothing."""
    result = {"result": "EVSE_OCCUPIED", "message": [{"language": "en", "text": "taken"}]}
    answered(await peer.post(f"{TELL}/START_SESSION/k-1", result))
    answered(await peer.post(f"{TELL}/START_SESSION/k-1", {"result": "ACCEPTED"}))
    command = await world.commands.get(sent.id)
    assert command.outcome == CommandOutcome(CommandResult.EVSE_OCCUPIED, "taken")


async def test_a_result_for_nothing_or_of_others_is_404(
    peer: Peer, world: World, sent: Command
) -> None:
    """C-212, C-258."""
    answered(await peer.post(f"{TELL}/START_SESSION/nope", {"result": "ACCEPTED"}), 2000, 404)
    await world.put_partner(a_partner(roles=a_partner().roles[:1]), peer.token)
    answered(await peer.post(f"{TELL}/START_SESSION/k-1", {"result": "ACCEPTED"}), 2000, 404)
    assert (await world.commands.get(sent.id)).outcome is None


async def test_a_wrong_result_is_2001(peer: Peer, sent: Command) -> None:
    answered(await peer.post(f"{TELL}/START_SESSION/k-1", {"result": "MAYBE"}), 2001)


async def test_a_211_result_is_a_command_response(peer: Peer, world: World, sent: Command) -> None:
    """C-215."""
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    path = "/emsp/2.1.1/commands/START_SESSION/k-1"
    answered(await peer.post(path, {"result": "UNKNOWN_SESSION"}))
    outcome = (await world.commands.get(sent.id)).outcome
    assert outcome is not None
    assert outcome.result is CommandResult.FAILED
