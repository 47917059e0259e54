"""Through a hub: its list first, then what those have who can be reached."""

from contextlib import suppress
from typing import Any

from app.domain.errors import PartnerUnavailable
from app.domain.events import HubClientConnected
from app.domain.identifiers import PartyId
from app.domain.partners import Endpoint, InterfaceRole, PartnerRole, Role
from app.use_cases.hub_clients import HubClients
from ocpi.models.hub_client_info import ClientInfo
from ocpi.translate.hub_clients import read_client
from tests.support.rare_documents import client_document
from tests.support.roaming_documents import location_document
from tests.support.scripted_partner import Say
from tests.unit.ocpi.client.test_pull import Desk, desk, lists

__all__ = ["desk"]

HUB = (PartnerRole(Role.HUB, PartyId("NL", "HUB"), "A hub"),)


async def _behind(desk: Desk, *clients: Any) -> None:
    """The partner is a hub that lists these."""
    url = f"{desk.them.url}/sender/hubclientinfo"
    whole = desk.them.partner(desk.sealer)
    listed = Endpoint("hubclientinfo", InterfaceRole.SENDER, url)
    await desk.register(roles=HUB, endpoints=(*whole.endpoints, listed))
    lists(desk.them, hubclientinfo=list(clients), locations=[location_document("L1")])


def _asked(desk: Desk) -> list[tuple[str, str | None]]:
    """Which lists were asked for, of whom."""
    return [
        (r.path.partition("?")[0].rpartition("/")[2], r.headers.get("ocpi-to-party-id"))
        for r in desk.them.received
    ]


async def test_a_hubs_clients_are_pulled_that_are_connected(desk: Desk) -> None:
    """C-273, C-044: the hub's list first, without routing; then everybody who can be reached."""
    away = client_document(party_id="OFF", country_code="DE", role="CPO", status="OFFLINE")
    itself = client_document(party_id="HUB", role="HUB")
    broken = client_document(status="GONE")
    there = client_document(party_id="TNC", country_code="DE", role="CPO")
    await _behind(desk, away, there, itself, broken)
    pulled = await desk.pull.first("p-1")
    asked = _asked(desk)
    assert asked[0] == ("hubclientinfo", None)
    assert {("tariffs", "TNC"), ("locations", "TNC")} <= set(asked)
    assert {party for _, party in asked} == {None, "TNC"}
    assert pulled.kept["locations"] == 1
    async with desk.store.reading() as tx:
        assert await tx.events.unplanned(9) == []


async def test_who_connects_later_is_pulled_as_a_whole(desk: Desk) -> None:
    """C-273."""
    there = client_document(party_id="TNC", country_code="DE", role="CPO", status="PLANNED")
    await _behind(desk, there)
    await desk.pull.first("p-1")
    assert _asked(desk) == [("hubclientinfo", None)]
    lists(desk.them, hubclientinfo=[{**there, "status": "CONNECTED"}])
    await desk.pull.refresh("p-1")
    async with desk.store.reading() as tx:
        (event,) = [recorded.event for recorded in await tx.events.unplanned(9)]
    assert event == HubClientConnected("p-1", PartyId("DE", "TNC"))
    desk.them.received.clear()
    await desk.pull.client("p-1", PartyId("DE", "TNC"))
    assert ("locations", "TNC") in _asked(desk)
    desk.them.received.clear()
    await desk.pull.client("p-1", PartyId("DE", "OFF"))
    assert _asked(desk) == [("hubclientinfo", None)]


async def test_a_hub_without_a_list_is_taken_at_its_word(desk: Desk) -> None:
    """What it told us before counts, also while its list cannot be had."""
    there = client_document(party_id="TNC", country_code="DE", role="CPO")
    await _behind(desk, there)
    client = HubClients(desk.store)
    await client.accept(read_client(ClientInfo.read(there), "p-1"))
    desk.them.answers = lambda _: Say(None, http=500)
    with suppress(PartnerUnavailable):
        await desk.pull.first("p-1")
    assert ("tariffs", "TNC") in _asked(desk)
