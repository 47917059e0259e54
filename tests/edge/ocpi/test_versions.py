"""Version lists and details are computed from what is mounted (C-048 to C-057)."""

from urllib.parse import urlsplit

import pytest

from app.domain.partners import Quirk
from tests.edge.ocpi.conftest import PUBLIC, Peer, World, answered
from tests.support.roaming_objects import a_partner

BOTH = {
    ("locations", "SENDER"), ("locations", "RECEIVER"), ("sessions", "SENDER"),
    ("sessions", "RECEIVER"), ("cdrs", "SENDER"), ("cdrs", "RECEIVER"), ("tariffs", "SENDER"),
    ("tariffs", "RECEIVER"), ("tokens", "SENDER"), ("tokens", "RECEIVER"), ("commands", "SENDER"),
    ("commands", "RECEIVER"), ("credentials", "SENDER"), ("hubclientinfo", "RECEIVER"),
    ("chargingprofiles", "SENDER"), ("chargingprofiles", "RECEIVER"),
}  # fmt: skip
ADDED = {
    "2.3.0": {
        (module, role)
        for module in ("bookings", "invoicereconciliation", "payments")
        for role in ("SENDER", "RECEIVER")
    }
}


async def test_versions_are_listed_with_absolute_addresses(peer: Peer) -> None:
    """C-048, C-049."""
    assert answered(await peer.get("/versions")) == [
        {"version": "2.2.1", "url": f"{PUBLIC}/ocpi/2.2.1"},
        {"version": "2.3.0", "url": f"{PUBLIC}/ocpi/2.3.0"},
    ]
    assert answered(await peer.get("/cpo/versions")) == [
        {"version": "2.1.1", "url": f"{PUBLIC}/ocpi/cpo/2.1.1"},
        {"version": "2.2.1", "url": f"{PUBLIC}/ocpi/2.2.1"},
        {"version": "2.3.0", "url": f"{PUBLIC}/ocpi/2.3.0"},
    ]


@pytest.mark.parametrize("number", ["2.2.1", "2.3.0"])
async def test_details_name_both_sides_of_every_module(peer: Peer, number: str) -> None:
    """C-050, C-051, C-052, C-053, C-054, I-45."""
    details = answered(await peer.get(f"/{number}"))
    assert details["version"] == number
    endpoints = details["endpoints"]
    assert {(e["identifier"], e["role"]) for e in endpoints} == BOTH | ADDED.get(number, set())
    assert len({e["url"] for e in endpoints}) == len(endpoints)
    assert all(e["url"].startswith(f"{PUBLIC}/ocpi/") for e in endpoints)


@pytest.mark.parametrize(("side", "lists"), [("cpo", 6), ("emsp", 6)])
async def test_211_has_one_face_for_each_role(peer: Peer, side: str, lists: int) -> None:
    """C-056: without roles, and nothing that came later."""
    details = answered(await peer.get(f"/{side}/2.1.1"))
    assert details["version"] == "2.1.1"
    assert all("role" not in endpoint for endpoint in details["endpoints"])
    names = [endpoint["identifier"] for endpoint in details["endpoints"]]
    assert len(names) == len(set(names)) == lists + 1
    assert all(f"/{side}/2.1.1/" in endpoint["url"] for endpoint in details["endpoints"])


async def test_the_hub_platform_offers_credentials_for_now(peer: Peer, world: World) -> None:
    await world.put_partner(a_partner(hub=True), peer.token)
    assert answered(await peer.get("/hub/2.2.1"))["endpoints"] == [
        {
            "identifier": "credentials",
            "role": "SENDER",
            "url": f"{PUBLIC}/ocpi/hub/2.2.1/credentials",
        }
    ]


@pytest.mark.parametrize("details", ["/2.2.1", "/2.3.0", "/cpo/2.1.1", "/emsp/2.1.1"])
async def test_every_address_in_the_details_is_served(
    peer: Peer, world: World, details: str
) -> None:
    """C-057: something other than 404 with a token, 401 without."""
    number = details.rsplit("/", 1)[-1]
    await world.put_partner(a_partner(version=number), peer.token)
    listed = answered(await peer.get(details))["endpoints"]
    for endpoint in listed:
        path = urlsplit(endpoint["url"]).path.removeprefix("/ocpi")
        response = await peer.get(path)
        assert response.status_code in {200, 405}, endpoint
        unknown = await peer.get(path, Authorization="")
        assert unknown.status_code == 401


@pytest.mark.parametrize("number", ["2.2.1", "2.3.0"])
async def test_addresses_end_with_a_slash_for_who_joins_without_one(
    world: World, peer: Peer, number: str
) -> None:
    """The quirk `endpoint-slash`: extrawest-ocpi; the addresses work with it and without."""
    told = answered(await peer.get(f"/{number}"))["endpoints"]
    await world.partners.switch(world.partner.id, on={Quirk.ENDPOINT_SLASH: ""})
    shown = answered(await peer.get(f"/{number}"))["endpoints"]
    assert [each["url"] for each in shown] == [f"{each['url']}/" for each in told]
