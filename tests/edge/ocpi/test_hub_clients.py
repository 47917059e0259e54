"""HubClientInfo as a hub's client gets it (C-272, C-274)."""

import pytest

from app.domain.partners import PartnerRole, Role
from tests.edge.ocpi.conftest import TOKEN, Peer, World, answered
from tests.support.rare_documents import client_document
from tests.support.roaming_objects import PartyId, a_partner

HUB = (PartnerRole(Role.HUB, PartyId("NL", "HUB"), "A hub"),)
ONE = "/cpo/2.2.1/hubclientinfo/NL/ALL"


@pytest.fixture
async def hub(peer: Peer, world: World) -> Peer:
    """The partner is a hub, and we are a client of it."""
    await world.put_partner(a_partner(roles=HUB), TOKEN)
    return peer


async def test_a_hub_puts_and_reads_a_client(hub: Peer) -> None:
    """C-272, C-041: PUT and GET, without routing."""
    response = await hub.put(ONE, client_document())
    answered(response, http=201)
    assert not [name for name in response.headers if name.startswith("ocpi-")]
    assert response.headers["x-request-id"] == "req-1"
    assert answered(await hub.get(ONE)) == client_document()
    answered(await hub.put(ONE, client_document(status="OFFLINE")))
    assert answered(await hub.get(ONE))["status"] == "OFFLINE"


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_nothing_else_is_allowed(hub: Peer, method: str) -> None:
    """C-272, C-121."""
    answered(await hub.put(ONE, client_document()), http=201)
    response = await hub.call(method, ONE, client_document())
    answered(response, 2000, 405)
    assert response.headers["allow"] == "GET, PUT"
    assert answered(await hub.get(ONE)) == client_document()


async def test_two_roles_of_a_party_do_not_overwrite_each_other(hub: Peer, world: World) -> None:
    """C-274."""
    answered(await hub.put(ONE, client_document(role="EMSP")), http=201)
    later = client_document(role="CPO", status="PLANNED", last_updated="2026-06-02T00:00:00Z")
    answered(await hub.put(ONE, later), http=201)
    assert answered(await hub.get(ONE)) == later
    assert answered(await hub.get(f"{ONE}?role=EMSP")) == client_document()
    answered(await hub.get(f"{ONE}?role=NSP"), 2000, 404)
    async with world.store.reading() as tx:
        assert len(await tx.hub_clients.of_hub("p-1")) == 2


async def test_an_older_state_does_not_overwrite(hub: Peer) -> None:
    """C-119."""
    answered(await hub.put(ONE, client_document()), http=201)
    older = client_document(status="SUSPENDED", last_updated="2026-01-01T00:00:00Z")
    answered(await hub.put(ONE, older))
    assert answered(await hub.get(ONE))["status"] == "CONNECTED"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"status": "GONE"}, "status"), ({"role": "DRIVER"}, "role"), ({"role": None}, "role"),
        ({"last_updated": "now"}, "last_updated"), ({"party_id": "ALLE"}, "party_id"),
        ({"party_id": "OTH"}, "party_id"), ({"country_code": "DE"}, "country_code"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_by_its_path(
    hub: Peer, changes: dict[str, object], where: str
) -> None:
    """C-015, C-016, C-017, C-022, C-116."""
    response = await hub.put(ONE, client_document(**changes))
    answered(response, 2001)
    assert where in response.json()["status_message"]
    answered(await hub.get(ONE), 2000, 404)


async def test_only_hubs_have_clients(peer: Peer) -> None:
    answered(await peer.put(ONE, client_document()), 2000, 404)
    answered(await peer.get(ONE), 2000, 404)


async def test_hubs_do_not_see_each_others_clients(hub: Peer, world: World) -> None:
    """C-283."""
    other = await world.put_partner(a_partner(id="p-9", name="Other hub", roles=HUB), "other")
    assert other.registered
    answered(await hub.put(ONE, client_document()), http=201)
    stranger = Peer(hub.http, "other")
    answered(await stranger.get(ONE), 2000, 404)
    answered(await stranger.put(ONE, client_document(status="SUSPENDED")), http=201)
    assert answered(await hub.get(ONE))["status"] == "CONNECTED"


async def test_the_role_of_hubs_is_gone_in_230(hub: Peer, world: World) -> None:
    """§6.3."""
    answered(await hub.put(ONE, client_document(role="HUB")), http=201)
    await world.put_partner(a_partner(roles=HUB, version="2.3.0"), TOKEN)
    newer = ONE.replace("2.2.1", "2.3.0")
    answered(await hub.put(newer, client_document(role="HUB")), 2001)
    answered(await hub.put(newer, client_document()), http=201)


async def test_only_in_the_version_one_is_registered_for(hub: Peer) -> None:
    assert (await hub.get(ONE.replace("2.2.1", "2.3.0"))).status_code == 401
    answered(await hub.get("/cpo/2.1.1/hubclientinfo/NL/ALL"), 2000, 404)


async def test_a_connected_client_is_news(hub: Peer, world: World) -> None:
    """C-273: once for each time that it comes, whichever role."""
    for status, day in (("PLANNED", 1), ("CONNECTED", 2), ("CONNECTED", 3), ("OFFLINE", 4),
                        ("CONNECTED", 5)):  # fmt: skip
        document = client_document(status=status, last_updated=f"2026-06-0{day}T00:00:00Z")
        await hub.put(ONE, document)
    async with world.store.reading() as tx:
        recorded = await tx.events.unplanned(100)
    kinds = [entry.event.kind for entry in recorded]
    assert kinds.count("hub_client.connected") == 2
