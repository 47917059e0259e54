"""What partners get wrong in the field is taken as it is meant, whoever they are.

Strict when sending, lenient when receiving: one test for each known way of being wrong.
"""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.edge.ocpi.conftest import TOKEN, Peer, World, answered
from tests.support.roaming_documents import (
    cdr_document,
    location_document,
    session_document,
    tariff_document,
    token_document,
)
from tests.support.roaming_objects import a_location, a_token

Document = dict[str, Any]
Make = Callable[..., Document]

PUSHED: dict[str, tuple[str, Make]] = {
    "locations": ("/emsp/2.2.1/locations/DE/TNC/Loc-A", location_document),
    "tariffs": ("/emsp/2.2.1/tariffs/DE/TNC/Loc-A", tariff_document),
    "sessions": ("/emsp/2.2.1/sessions/DE/TNC/Loc-A", session_document),
    "tokens": ("/cpo/2.2.1/tokens/DE/TNM/Loc-A", token_document),
}
"""Where each client-owned object is pushed, and how a good one looks."""

EARLY, LATE = "2026-05-04T10:00:00Z", "2026-05-04T11:00:00Z"


def plain(token: bytes) -> bytes:
    return token


def once(token: bytes) -> bytes:
    return base64.b64encode(token)


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "Base64": once,
    "raw": plain,
    "Base64 with the newline of echo": lambda t: once(t + b"\n"),
    "Base64 with the line end of Windows": lambda t: once(t + b"\r\n"),
    "Base64 without padding": lambda t: once(t).rstrip(b"="),
    "Base64 for URLs": base64.urlsafe_b64encode,
    "Base64 twice": lambda t: once(once(t)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("token", [TOKEN, "odd~token?>>?", "YWJjZA=="])
async def test_the_token_in_every_form_seen(
    world: World, peer: Peer, form: str, token: str
) -> None:
    """C-003, C-004, I-01: also a raw token that looks like Base64."""
    await world.put_partner(world.partner, token)
    shown = FORMS[form](token.encode()).decode()
    for scheme in ("Token", "token", "TOKEN  "):
        answered(await peer.get("/cpo/2.2.1/tariffs", Authorization=f"{scheme} {shown}"))


@pytest.mark.parametrize("module", PUSHED)
async def test_ids_mean_the_same_in_any_case(peer: Peer, module: str) -> None:
    """C-024, C-025, I-08: in address and body; owners too; the owner's spelling comes back."""
    path, make = PUSHED[module]
    document = make("LOC-a")
    document["country_code"] = document["country_code"].lower()
    answered(await peer.put(path.lower().replace("/loc-a", "/lOc-A"), document), http=201)
    answered(await peer.put(path, make("LOC-a")))
    for spelled in (path, path.upper().replace("/EMSP", "/emsp").replace("/CPO", "/cpo")):
        shown = spelled.replace(f"/{module.upper()}/", f"/{module}/")
        kept = answered(await peer.get(shown))
        assert kept["uid" if module == "tokens" else "id"] == "LOC-a"


@pytest.mark.parametrize("module", PUSHED)
async def test_slashes_too_many_change_nothing(peer: Peer, module: str) -> None:
    """C-034, I-20: never a redirect."""
    path, make = PUSHED[module]
    answered(await peer.put(path + "/", make("Loc-A")), http=201)
    answered(await peer.put(path.replace("/DE", "//DE"), make("Loc-A")))
    for spelled in (path, path + "//", path.replace("/Loc-A", "//Loc-A/")):
        answered(await peer.get(spelled))


OPTIONAL: dict[str, tuple[str, ...]] = {
    "locations": ("name", "postal_code", "state", "operator", "opening_times", "images", "evses",
                  "facilities", "related_locations", "directions", "energy_mix"),
    "tariffs": ("type", "tariff_alt_text", "tariff_alt_url", "min_price", "max_price",
                "start_date_time", "end_date_time", "energy_mix"),
    "sessions": ("end_date_time", "authorization_reference", "meter_id", "charging_periods",
                 "total_cost"),
    "tokens": ("visual_number", "group_id", "language", "default_profile_type",
               "energy_contract"),
}  # fmt: skip


@pytest.mark.parametrize("module", PUSHED)
async def test_null_is_as_good_as_nothing(peer: Peer, module: str) -> None:
    """C-021, I-19: in every optional field at once, and an empty text where there is no list."""
    path, make = PUSHED[module]
    empty = dict.fromkeys(OPTIONAL[module])
    answered(await peer.put(path, make("Loc-A") | empty), http=201)
    answered(await peer.get(path))


async def test_null_in_a_bill(peer: Peer) -> None:
    """C-021."""
    names = (
        "session_id",
        "authorization_reference",
        "meter_id",
        "tariffs",
        "signed_data",
        "total_fixed_cost",
        "total_parking_time",
        "remark",
        "credit",
        "credit_reference_id",
    )
    bill = cdr_document() | dict.fromkeys(names)
    answered(await peer.post("/emsp/2.2.1/cdrs", bill), http=201)


async def test_routing_headers_may_be_missing(world: World, peer: Peer) -> None:
    """I-64, I-68a: what they would say is clear from the token and the address."""
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.tokens.put(a_token("MINE"))
    assert len(answered(await peer.get("/cpo/2.2.1/locations"))) == 1
    assert len(answered(await peer.get("/emsp/2.2.1/tokens"))) == 1
    for path, make in PUSHED.values():
        response = await peer.put(path, make("Loc-A"))
        answered(response, http=201)
        assert not [name for name in response.headers if name.startswith("ocpi-")]


@pytest.mark.parametrize("module", PUSHED)
async def test_late_messages_change_nothing(peer: Peer, module: str) -> None:
    """C-119: an older state after a newer one is taken politely and not written."""
    path, make = PUSHED[module]
    newer, older = make("Loc-A", last_updated=LATE), make("Loc-A", last_updated=EARLY)
    changed = {"locations": "city", "tariffs": "currency", "sessions": "currency"}
    name = changed.get(module, "issuer")
    older[name] = "USD" if name == "currency" else "Elsewhere"
    answered(await peer.put(path, newer), http=201)
    answered(await peer.put(path, older))
    assert answered(await peer.get(path))[name] == newer[name]
    if module != "tariffs":
        patch = {name: older[name], "last_updated": EARLY}
        answered(await peer.patch(path, patch))
        assert answered(await peer.get(path))[name] == newer[name]


@pytest.mark.parametrize("module", PUSHED)
async def test_the_same_message_twice_is_one(peer: Peer, module: str) -> None:
    """C-122."""
    path, make = PUSHED[module]
    answered(await peer.put(path, make("Loc-A")), http=201)
    first = answered(await peer.get(path))
    answered(await peer.put(path, make("Loc-A")))
    assert answered(await peer.get(path)) == first


async def test_the_same_bill_twice_is_one(peer: Peer) -> None:
    """C-157, I-43: also after a timeout at the other side."""
    answered(await peer.post("/emsp/2.2.1/cdrs", cdr_document()), http=201)
    answered(await peer.post("/emsp/2.2.1/cdrs", cdr_document()))


async def test_a_bill_may_overtake_its_session(peer: Peer) -> None:
    """I-78: the CDR first, then the session's end, then its beginning."""
    path, make = PUSHED["sessions"]
    answered(await peer.post("/emsp/2.2.1/cdrs", cdr_document()), http=201)
    ended = make("Loc-A", status="COMPLETED", end_date_time=LATE, last_updated=LATE)
    answered(await peer.put(path, ended), http=201)
    answered(await peer.put(path, make("Loc-A", status="ACTIVE", last_updated=EARLY)))
    assert answered(await peer.get(path))["status"] == "COMPLETED"
