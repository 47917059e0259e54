"""RESERVE_NOW and CANCEL_RESERVATION at our door (C-200, C-201, C-206, C-207, C-214, C-215)."""

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
from app.domain.reservations import Reservation, ReservationState
from app.domain.stations import Station
from app.use_cases.command_requests import Asker, ReserveRequest
from ocpi.models.common import write_datetime
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.roaming_documents import token_document
from tests.support.roaming_objects import (
    CPO,
    NOON,
    THEIR_CPO,
    a_location,
    a_partner,
    a_token,
    an_evse,
)

ASK = "/cpo/2.2.1/commands"
TELL = "/emsp/2.2.1/commands"
CALLBACK = "https://them.example/ocpi/callbacks/1"
UNTIL = NOON + timedelta(minutes=30)
RESERVE = {
    "response_url": CALLBACK,
    "token": token_document(),
    "expiry_date": write_datetime(UNTIL),
    "reservation_id": "R1",
    "location_id": "L1",
    "evse_uid": "E1",
    "authorization_reference": "AUTH-9",
}
CANCEL = {"response_url": CALLBACK, "reservation_id": "R1"}
ACCEPTED = CommandOutcome(CommandResult.ACCEPTED)


@pytest.fixture
async def connected(world: World) -> World:
    """Our site with its charger on line."""
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location(evses=(an_evse(status=EvseStatus.AVAILABLE),)))
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
    return world


async def _commands(world: World) -> list[Command]:
    """Oldest first."""
    async with world.store.reading() as tx:
        found = await tx.commands.of_party(CPO, limit=10)
    return sorted(found, key=lambda command: command.id)


async def _kept(world: World) -> list[Reservation]:
    async with world.store.reading() as tx:
        return await tx.reservations.of_party(CPO, limit=10)


async def _agree(world: World) -> None:
    """The charger agrees to what it was asked last."""
    await world.commands.settle((await _commands(world))[-1].id, ACCEPTED)


async def test_a_reservation_is_accepted_at_once(peer: Peer, connected: World) -> None:
    """C-198: the charger's answer follows; the partner's id stays with the reservation."""
    assert answered(await peer.post(f"{ASK}/RESERVE_NOW", RESERVE)) == {
        "result": "ACCEPTED",
        "timeout": 30,
    }
    (command,) = await _commands(connected)
    assert (command.kind, command.callback_url) == (CommandKind.RESERVE, CALLBACK)
    assert (command.expires_at, command.number) == (UNTIL, 1)
    (found,) = await _kept(connected)
    assert (found.name, found.state) == ("R1", ReservationState.REQUESTED)
    assert (found.partner_id, found.authorization_reference) == ("p-1", "AUTH-9")
    assert found.token.uid == "012345678"


async def test_the_same_again_updates_it(peer: Peer, connected: World) -> None:
    """C-206: and its result goes to the new response_url."""
    answered(await peer.post(f"{ASK}/RESERVE_NOW", RESERVE))
    await _agree(connected)
    later = {
        **RESERVE,
        "reservation_id": "r1",
        "response_url": f"{CALLBACK}/again",
        "expiry_date": write_datetime(UNTIL + timedelta(hours=1)),
    }
    assert answered(await peer.post(f"{ASK}/RESERVE_NOW", later))["result"] == "ACCEPTED"
    (found,) = await _kept(connected)
    assert found.expires_at == UNTIL
    await _agree(connected)
    (found,) = await _kept(connected)
    assert found.expires_at == UNTIL + timedelta(hours=1)
    assert found.callback_url == f"{CALLBACK}/again"


@pytest.mark.parametrize(
    "changes",
    [
        {"response_url": "ftp://x"},
        {"token": token_document(party_id="XXX")},
        {"expiry_date": None},
        {"expiry_date": "tomorrow"},
        {"expiry_date": write_datetime(NOON - timedelta(hours=1))},
        {"expiry_date": write_datetime(NOON + timedelta(days=9))},
        {"reservation_id": "x" * 37},
        {"location_id": None},
    ],
)
async def test_what_is_wrong_is_2001(
    peer: Peer, connected: World, changes: dict[str, Any]
) -> None:
    """C-214: the token has to be the asking provider's; an expiry has to be ahead."""
    answered(await peer.post(f"{ASK}/RESERVE_NOW", {**RESERVE, **changes}), 2001)
    assert await _kept(connected) == []


async def test_a_place_we_do_not_have_is_2003(peer: Peer, connected: World) -> None:
    """C-201: with REJECTED."""
    for changes in ({"location_id": "nope"}, {"evse_uid": "nope"}):
        data = answered(await peer.post(f"{ASK}/RESERVE_NOW", {**RESERVE, **changes}), 2003)
        assert data["result"] == "REJECTED"


async def test_what_cannot_be_reserved_is_rejected(peer: Peer, connected: World) -> None:
    """C-200: nothing is stored, so nothing follows."""
    answered(await peer.post(f"{ASK}/RESERVE_NOW", RESERVE))
    other = {**RESERVE, "reservation_id": "R2"}
    assert answered(await peer.post(f"{ASK}/RESERVE_NOW", other))["result"] == "REJECTED"
    assert len(await _commands(connected)) == 1


async def test_it_is_cancelled(peer: Peer, connected: World) -> None:
    answered(await peer.post(f"{ASK}/RESERVE_NOW", RESERVE))
    await _agree(connected)
    assert answered(await peer.post(f"{ASK}/CANCEL_RESERVATION", CANCEL))["result"] == "ACCEPTED"
    _, cancel = await _commands(connected)
    assert (cancel.kind, cancel.number) == (CommandKind.UNRESERVE, 1)
    await _agree(connected)
    (found,) = await _kept(connected)
    assert (found.state, found.reason) == (ReservationState.CANCELLED, "given_back")


async def test_an_unknown_one_is_told_by_the_result(peer: Peer, connected: World) -> None:
    """C-207: CommandResponseType has no UNKNOWN_RESERVATION, CommandResultType has."""
    assert answered(await peer.post(f"{ASK}/CANCEL_RESERVATION", CANCEL))["result"] == "ACCEPTED"
    (command,) = await _commands(connected)
    assert command.state is CommandState.SETTLED
    assert command.outcome is not None
    assert command.outcome.result is CommandResult.UNKNOWN_RESERVATION
    answered(await peer.post(f"{ASK}/CANCEL_RESERVATION", {"response_url": CALLBACK}), 2001)


async def test_only_a_provider_cancels(peer: Peer, connected: World) -> None:
    """Their CPO has no drivers; another provider's id would be another reservation."""
    answered(await peer.post(f"{ASK}/RESERVE_NOW", RESERVE))
    await _agree(connected)
    sender = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "TNC"}
    answered(await peer.post(f"{ASK}/CANCEL_RESERVATION", CANCEL, **sender), 2001)
    (found,) = await _kept(connected)
    assert found.state is ReservationState.ACTIVE


async def test_211_counts_reservations_and_cannot_cancel(peer: Peer, connected: World) -> None:
    """C-215, C-202: the id is a number there, and CANCEL_RESERVATION no command."""
    await connected.put_partner(a_partner(version="2.1.1"), peer.token)
    token = token_document()
    token["auth_id"] = token.pop("contract_id")
    del token["country_code"], token["party_id"]
    reserve = {
        "response_url": CALLBACK,
        "token": token,
        "expiry_date": write_datetime(UNTIL),
        "reservation_id": 77,
        "location_id": "L1",
    }
    data = answered(await peer.post("/cpo/2.1.1/commands/RESERVE_NOW", reserve))
    assert data == {"result": "ACCEPTED"}
    (found,) = await _kept(connected)
    assert (found.name, found.evse_uid) == ("77", "E1")
    cancel = {"response_url": CALLBACK, "reservation_id": 77}
    answered(await peer.post("/cpo/2.1.1/commands/CANCEL_RESERVATION", cancel), 2001)


async def test_a_partner_takes_its_yes_back(peer: Peer, connected: World) -> None:
    """C-212, C-259: a result that comes after the first is still heard, and is no error."""
    async with connected.store.transaction() as tx:
        theirs = a_location(party=THEIR_CPO, id="T1", own=False)
        await tx.locations.put(theirs)
    command = await _of_ours(connected)
    for result, state in (
        ("TIMEOUT", ReservationState.REQUESTED),
        ("ACCEPTED", ReservationState.ACTIVE),
        ("ACCEPTED", ReservationState.ACTIVE),
        ("CANCELED_RESERVATION", ReservationState.CANCELLED),
        ("ACCEPTED", ReservationState.CANCELLED),
    ):
        answered(await peer.post(f"{TELL}/RESERVE_NOW/{command.id}", {"result": result}))
        async with connected.store.reading() as tx:
            (found,) = await tx.reservations.of_party(THEIR_CPO, limit=10)
        assert found.state is state, result


async def _of_ours(world: World) -> Command:
    """Our RESERVE_NOW at their charger."""
    return await world.commands.request(
        ReserveRequest(
            asker=Asker(channel=CommandChannel.OPERATOR),
            party=THEIR_CPO,
            location_id="T1",
            evse_uid="E1",
            token=a_token(),
            expires_at=UNTIL,
        )
    )
