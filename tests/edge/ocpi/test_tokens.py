"""Tokens: theirs as they push them, ours as they list and ask about them (C-181 to C-197)."""

import asyncio
from typing import Any

import pytest

from app.domain.tokens import TokenType
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.roaming_documents import LATER, token_document
from tests.support.roaming_objects import THEIR_EMSP, a_partner, a_token

LIST = "/emsp/2.2.1/tokens"
THEIRS = "/cpo/2.2.1/tokens/DE/TNM/012345678"


async def _issue(world: World, *tokens: Any) -> None:
    async with world.store.transaction() as tx:
        for token in tokens:
            await tx.tokens.put(token)


async def test_our_cards_are_listed_and_nothing_else(peer: Peer, world: World) -> None:
    """C-181, C-190: blocked ones too."""
    app_user = a_token("APP1", type=TokenType.APP_USER)
    await _issue(world, a_token("A1"), a_token("B2", valid=False), app_user)
    response = await peer.get(LIST)
    listed = answered(response)
    assert [(token["uid"], token["valid"]) for token in listed] == [("A1", True), ("B2", False)]
    assert response.headers["x-total-count"] == "2"


async def test_a_valid_token_is_allowed(peer: Peer, world: World) -> None:
    """C-182, C-185: with an empty body, and with a place that comes back."""
    await _issue(world, a_token("A1"))
    data = answered(await peer.post(f"{LIST}/a1/authorize"))
    assert data["allowed"] == "ALLOWED"
    assert data["token"] == {
        "country_code": "NL",
        "party_id": "RWD",
        "uid": "A1",
        "type": "RFID",
        "contract_id": "NL-RWD-C12345678-X",
        "visual_number": "1234-5678",
        "issuer": "Roamwatt Drive",
        "valid": True,
        "whitelist": "ALLOWED",
        "last_updated": "2026-05-04T10:00:00Z",
    }
    assert data["authorization_reference"]
    place = {"location_id": "LOC1", "evse_uids": ["3256"]}
    data = answered(await peer.post(f"{LIST}/A1/authorize?type=RFID", place))
    assert data["location"] == place


async def test_a_contract_is_asked_about_by_its_type(peer: Peer, world: World) -> None:
    """C-282: Plug and Charge; the same id as a card is another token, and none of ours."""
    emaid = "NL-RWD-C12345678-X"
    async with world.store.transaction() as tx:
        await tx.tokens.put(a_token(emaid, type=TokenType.EMAID))
    await world.put_partner(a_partner(version="2.3.0"), peer.token)
    sender = "/emsp/2.3.0/tokens"
    info = answered(await peer.post(f"{sender}/{emaid}/authorize?type=EMAID"))
    assert (info["allowed"], info["token"]["type"]) == ("ALLOWED", "EMAID")
    answered(await peer.post(f"{sender}/{emaid}/authorize"), 2004, 404)
    assert answered(await peer.get(sender)) == []


async def test_an_unknown_token_is_404_and_2004(peer: Peer, world: World) -> None:
    """C-183, C-185: and so is one of another type."""
    assert answered(await peer.post(f"{LIST}/nope/authorize"), 2004, 404) is None
    await _issue(world, a_token("A1"))
    answered(await peer.post(f"{LIST}/A1/authorize?type=OTHER"), 2004, 404)
    answered(await peer.post(f"{LIST}/A1/authorize?type=NONSENSE"), 2001)


async def test_a_blocked_token_is_an_answer_not_an_error(peer: Peer, world: World) -> None:
    """C-184, C-187."""
    await _issue(world, a_token("A1", valid=False))
    data = answered(await peer.post(f"{LIST}/A1/authorize", {"location_id": "LOC1"}))
    assert data["allowed"] == "BLOCKED"
    assert "location" not in data
    assert "authorization_reference" not in data


async def test_a_token_of_others_is_not_ours_to_answer_for(peer: Peer, world: World) -> None:
    await _issue(world, a_token("A1", party=THEIR_EMSP, own=False))
    answered(await peer.post(f"{LIST}/A1/authorize"), 2004, 404)


async def test_authorize_with_a_wrong_body_is_2001(peer: Peer, world: World) -> None:
    await _issue(world, a_token("A1"))
    answered(await peer.post(f"{LIST}/A1/authorize", {"evse_uids": ["1"]}), 2001)
    answered(await peer.post(f"{LIST}/A1/authorize", b"{"), 2001, 400)


async def test_211_asks_with_token_type(peer: Peer, world: World) -> None:
    """C-197."""
    await _issue(world, a_token("A1"))
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    path = "/emsp/2.1.1/tokens/A1/authorize"
    data = answered(await peer.post(f"{path}?token_type=RFID", {"location_id": "L"}))
    assert data == {"allowed": "ALLOWED", "location": {"location_id": "L"}}
    answered(await peer.post(f"{path}?token_type=OTHER"), 2004, 404)
    listed = answered(await peer.get("/emsp/2.1.1/tokens"))
    assert (listed[0]["auth_id"], "contract_id" in listed[0]) == ("NL-RWD-C12345678-X", False)


async def test_tokens_are_put_patched_and_read(peer: Peer) -> None:
    """C-108, C-111, C-112, C-191."""
    answered(await peer.patch(THEIRS, {"valid": False, "last_updated": LATER}), 2004, 404)
    answered(await peer.put(THEIRS, token_document()), 1000, 201)
    answered(await peer.put(f"{THEIRS}?type=RFID", token_document()))
    answered(await peer.patch(THEIRS, {"valid": False}), 2001)
    answered(await peer.patch(THEIRS, {"valid": False, "last_updated": LATER}))
    data = answered(await peer.get(THEIRS))
    assert data == token_document(valid=False, last_updated=LATER)


async def test_the_type_is_part_of_the_key(peer: Peer) -> None:
    """C-191."""
    await peer.put(THEIRS, token_document())
    other = token_document(type="OTHER", issuer="Second")
    answered(await peer.put(f"{THEIRS}?type=OTHER", other), 1000, 201)
    assert answered(await peer.get(f"{THEIRS}?type=OTHER"))["issuer"] == "Second"
    assert answered(await peer.get(THEIRS))["issuer"] == "TheNewMotion"
    answered(await peer.put(f"{THEIRS}?type=RFID", other), 2001)
    answered(await peer.get(f"{THEIRS}?type=APP_USER"), 2004, 404)


async def test_an_older_patch_does_not_overwrite(peer: Peer) -> None:
    """C-119."""
    await peer.put(THEIRS, token_document(last_updated=LATER))
    old = {"valid": False, "last_updated": "2026-05-04T09:00:00Z"}
    answered(await peer.patch(THEIRS, old))
    assert answered(await peer.get(THEIRS))["valid"] is True


@pytest.mark.parametrize(
    "changes",
    [{"uid": "other"}, {"party_id": "XXX"}, {"whitelist": "SOMETIMES"}, {"type": "BRAIN"}],
)
async def test_what_is_wrong_is_2001(peer: Peer, changes: dict[str, Any]) -> None:
    """C-116, C-017."""
    answered(await peer.put(THEIRS, token_document(**changes)), 2001)


async def test_the_type_cannot_be_patched(peer: Peer) -> None:
    """C-120."""
    await peer.put(THEIRS, token_document())
    answered(await peer.patch(THEIRS, {"type": "OTHER", "last_updated": LATER}), 2001)


async def test_our_own_cards_are_not_theirs_to_read(peer: Peer, world: World) -> None:
    """C-283."""
    await _issue(world, a_token("A1"))
    answered(await peer.get("/cpo/2.2.1/tokens/NL/RWD/A1"), 2000, 404)


async def test_the_answer_waits_for_no_writer(peer: Peer, world: World) -> None:
    """C-188: however long another change takes, who stands at a charger is answered."""
    await _issue(world, a_token("A1"))
    answered(await peer.post(f"{LIST}/A1/authorize"))
    async with asyncio.timeout(2), world.store.transaction():
        for _ in range(20):
            assert answered(await peer.post(f"{LIST}/A1/authorize"))["allowed"] == "ALLOWED"
        answered(await peer.post(f"{LIST}/nobody/authorize"), 2004, 404)
