"""C-283: a platform that has a party in one role has nothing to say for it in another.

OCPI lets two platforms have the same party in different roles, so a stranger may well be CPO
DE-TNM where our partner is eMSP DE-TNM.
"""

from dataclasses import replace

import pytest

from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.partners import PartnerRole, Role
from app.domain.stations import Station
from app.domain.tokens import TokenType
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.roaming_documents import (
    cdr_document,
    location_document,
    session_document,
    tariff_document,
    token_document,
)
from tests.support.roaming_objects import (
    CPO,
    EMSP,
    NOON,
    THEIR_CPO,
    THEIR_EMSP,
    a_location,
    a_partner,
    a_session,
    a_token,
)

MIXED_UP = (
    PartnerRole(Role.CPO, THEIR_EMSP, "Chargers under their drivers' name"),
    PartnerRole(Role.EMSP, THEIR_CPO, "Drivers under their chargers' name"),
)
AS_TNM = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "TNM"}
CALLBACK = {"response_url": "https://them.example/callback"}


@pytest.fixture
async def stranger(peer: Peer, world: World) -> Peer:
    """Another registered platform, with the same parties in the other roles."""
    await world.put_partner(a_partner(id="p-3", name="Stranger", roles=MIXED_UP), "stranger-token")
    return replace(peer, token="stranger-token")


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/cpo/2.2.1/tokens/DE/TNM/012345678", token_document()),
        ("/emsp/2.2.1/locations/DE/TNC/LOC1", location_document()),
        ("/emsp/2.2.1/tariffs/DE/TNC/12", tariff_document()),
        ("/emsp/2.2.1/sessions/DE/TNC/101", session_document()),
    ],
)
async def test_objects_of_the_same_party_in_another_role(
    peer: Peer, stranger: Peer, path: str, document: dict[str, object]
) -> None:
    """Neither written, nor changed, nor read."""
    assert (await stranger.put(path, document)).status_code == 404
    answered(await peer.put(path, document), http=201)
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.put(path, document)).status_code == 404
    patched = await stranger.patch(path, {"last_updated": "2027-01-01T00:00:00Z"})
    assert patched.status_code == (405 if "tariffs" in path else 404)


async def test_a_cdr_of_the_same_party_in_another_role(peer: Peer, stranger: Peer) -> None:
    answered(await stranger.post("/emsp/2.2.1/cdrs", cdr_document()), 2001)
    answered(await peer.post("/emsp/2.2.1/cdrs", cdr_document()), http=201)
    assert (await stranger.get("/emsp/2.2.1/cdrs/DE/TNC/9001")).status_code == 404


async def test_a_start_with_the_token_of_another_platforms_driver(
    stranger: Peer, world: World
) -> None:
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
    start = {**CALLBACK, "token": token_document(), "location_id": "L1", "evse_uid": "E1"}
    answered(await stranger.post("/cpo/2.2.1/commands/START_SESSION", start), 2001)
    answered(await stranger.post("/cpo/2.2.1/commands/START_SESSION", start, **AS_TNM), 2001)
    async with world.store.reading() as tx:
        assert await tx.commands.of_party(CPO, limit=1) == []


async def test_sessions_of_another_platforms_driver(stranger: Peer, world: World) -> None:
    """Not in the list, not by their name, and not stopped under a borrowed name."""
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
        await tx.sessions.put(a_session("s-1"))
    assert answered(await stranger.get("/cpo/2.2.1/sessions")) == []
    stop = {**CALLBACK, "session_id": "s-1"}
    answered(await stranger.post("/cpo/2.2.1/commands/STOP_SESSION", stop, **AS_TNM), 2001)
    data = answered(await stranger.post("/cpo/2.2.1/commands/STOP_SESSION", stop))
    assert data["result"] == "REJECTED"
    async with world.store.reading() as tx:
        assert await tx.commands.of_party(CPO, limit=1) == []


async def test_the_result_of_a_command_to_another_platform(stranger: Peer, world: World) -> None:
    """A guessed callback of somebody else's command settles nothing."""
    command = Command(
        "c-1", CommandKind.START, CommandChannel.DRIVER, CommandState.SENT, NOON, NOON,
        party=THEIR_CPO, remote_party=THEIR_CPO,
    )  # fmt: skip
    async with world.store.transaction() as tx:
        await tx.commands.add(command)
    told = {"result": "ACCEPTED"}
    answered(await stranger.post("/emsp/2.2.1/commands/START_SESSION/c-1", told), 2000, 404)
    assert (await world.commands.get("c-1")).state is CommandState.SENT


async def test_our_drivers_cards_are_for_cpos(peer: Peer, world: World) -> None:
    """A platform that only has drivers of its own has no use for the cards of ours."""
    await world.put_partner(
        a_partner(id="p-3", name="Drivers", roles=(MIXED_UP[1],)), "drivers-only"
    )
    async with world.store.transaction() as tx:
        await tx.tokens.put(a_token(party=EMSP, own=True, type=TokenType.RFID))
    assert len(answered(await peer.get("/emsp/2.2.1/tokens"))) == 1
    drivers_only = replace(peer, token="drivers-only")
    answer = await drivers_only.get("/emsp/2.2.1/tokens")
    assert answered(answer) == []
    assert answer.headers["x-total-count"] == "0"
