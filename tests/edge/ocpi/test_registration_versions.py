"""Registering, renewing and leaving at every credentials endpoint that we have."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.partners import PartnerState, Role
from app.store.transaction import Store
from ocpi.versions.registry import VERSIONS
from ocpi.wire.addresses import FACES
from ocpi.wire.mounting import home_of, versions_of
from tests.edge.ocpi.conftest import Peer, answered
from tests.edge.ocpi.house import House, a_house, credentials, platform_of

DOORS = [
    ("/".join((*face.path, version.number)), version.number)
    for face in FACES
    for version in versions_of(face)
    if home_of(face, version) == face
]


@pytest.fixture
async def house(store: Store, sealer: FernetSealer) -> AsyncIterator[House]:
    async with a_house(store, sealer) as made:
        yield made


@dataclass(frozen=True)
class Door:
    """One credentials endpoint, and a platform that is invited there."""

    house: House
    number: str
    peer: Peer
    asked: list[str]

    async def send(self, method: str, url: str, peer: Peer | None = None) -> dict[str, Any]:
        """Our Credentials object in exchange for theirs, in the door's version."""
        flat = {"business_details": {"name": "Them"}, "party_id": "PRT", "country_code": "DE"}
        body = credentials(url)
        if not VERSIONS[self.number].has_interface_roles:
            body = {"token": body["token"], "url": url, **flat}
        answer = await (peer or self.peer).call(method, "/credentials", body)
        data: dict[str, Any] = answered(answer)
        return data


@pytest.fixture(params=DOORS, ids=[path for path, _ in DOORS])
async def door(request: pytest.FixtureRequest, house: House) -> Door:
    path, number = request.param
    invited = await house.partners.invite("Them", [Role.EMSP], hub=path.startswith("hub"))
    return Door(house, number, house.peer(invited.token, f"/ocpi/{path}"), [])


async def test_a_partner_registers(door: Door) -> None:
    """C-060, C-061, C-062, C-064, C-083: visited at the version it called, before the answer."""
    before = answered(await door.peer.get("/credentials"))
    assert before["token"] == door.peer.token
    async with platform_of(versions=["2.0", *VERSIONS], asked=door.asked) as url:
        data = await door.send("POST", url)
    assert door.asked == ["/versions", f"/{door.number}"]
    assert data["token"] not in {door.peer.token, credentials(url)["token"]}
    assert data["url"] == before["url"]
    known = await door.house.only()
    assert (known.state, known.version) == (PartnerState.CONNECTED, door.number)
    registered = replace(door.peer, token=data["token"])
    assert answered(await registered.get("/credentials"))["token"] == data["token"]


async def test_a_partner_renews(door: Door) -> None:
    """C-078, C-080."""
    async with platform_of(versions=list(VERSIONS), asked=door.asked) as url:
        first = replace(door.peer, token=(await door.send("POST", url))["token"])
        data = await door.send("PUT", url, first)
    assert door.asked == ["/versions", f"/{door.number}"] * 2
    second = replace(door.peer, token=data["token"])
    answered(await first.get("/credentials"))
    answered(await second.get("/credentials"))
    answered(await first.get("/credentials"), 2001, 401)


async def test_a_partner_leaves(door: Door) -> None:
    """C-082: its token opens nothing any more."""
    async with platform_of(versions=list(VERSIONS)) as url:
        registered = replace(door.peer, token=(await door.send("POST", url))["token"])
    answered(await registered.call("DELETE", "/credentials"))
    answered(await registered.get("/credentials"), 2001, 401)
    answered(await replace(registered, root="/ocpi").get("/versions"), 2001, 401)
    assert (await door.house.only()).state is PartnerState.SUSPENDED


async def test_a_hub_of_230_lists_others_beside_itself(house: House) -> None:
    """C-087: they are its clients, not its parties; our own are nobody's, and a hub is none."""
    listed = [("OTHER", "HUB"), ("CPO", "AAA"), ("EMSP", "RWD"), ("HUB", "BBB")]
    details = {"business_details": {"name": "Them"}, "country_code": "NL"}
    roles = [{"role": role, "party_id": party, **details} for role, party in listed]
    invited = await house.partners.invite("Them", [Role.HUB])
    peer = house.peer(invited.token, "/ocpi/2.3.0")
    async with platform_of(versions=list(VERSIONS)) as url:
        body = credentials(url, roles=roles, hub_party_id="NLHUB")
        answered(await peer.call("POST", "/credentials", body))
    known = await house.only()
    assert [(r.role, str(r.party)) for r in known.roles] == [(Role.HUB, "NL-HUB")]
    async with house.store.reading() as tx:
        clients = await tx.hub_clients.of_hub(known.id)
    assert [(c.role, str(c.party), c.connected) for c in clients] == [(Role.CPO, "NL-AAA", True)]
