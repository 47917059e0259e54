"""HubClientInfo: hubs that we are a client of tell us who else is there, and who is not.

A party has one address and one state for each of its roles, so a GET of a party with several
answers with the one that changed last, or with that of the query's `role`.
Source: OCPI 2.2.1, HubClientInfo, Receiver interface.
"""

from dataclasses import dataclass

from app.domain.errors import InvalidInput, NotFound
from app.domain.partners import InterfaceRole, Role
from app.use_cases.hub_clients import HubClients
from app.use_cases.locations import Acceptance
from ocpi.models.hub_client_info import ClientInfo
from ocpi.routes.received import check_address, stored
from ocpi.translate.hub_clients import read_client, write_client
from ocpi.wire.calls import Answer, Body, Call, Interface, Route

_ONE = "{country}/{party}"


@dataclass(frozen=True, slots=True)
class HubClientRoutes:
    """The receiver; who sends is the hub, which is a platform of its own."""

    clients: HubClients

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted; a configuration module knows no routing between parties (C-044)."""
        receiver = (
            Route("GET", _ONE, self.show),
            Route("PUT", _ONE, self.put, Body.NEEDED),
        )
        return (Interface("hubclientinfo", InterfaceRole.RECEIVER, receiver, functional=False),)

    async def show(self, call: Call) -> Answer:
        """GET of what the hub told us."""
        party = call.owner()
        _hub(call)
        found = list(await self.clients.of_party(call.partner, party))
        role = call.query.get("role")
        if role:
            found = [client for client in found if client.role == role]
        if not found:
            raise NotFound("client", str(party))
        return Answer(write_client(max(found, key=lambda client: client.last_updated)))

    async def put(self, call: Call) -> Answer:
        """PUT of one role of a party; its other roles stay as they are (C-274)."""
        party = call.owner()
        _hub(call)
        document = call.document()
        info = ClientInfo.read(document)
        if info.role == Role.HUB and not call.version.has_hub_role:
            raise InvalidInput("role", "'HUB' is not defined in this version")
        check_address(call, document)
        client = read_client(info, call.partner.id)
        if client.party != party:
            raise InvalidInput("party_id", f"is not {party} as in the address")
        outcome = await self.clients.accept(client)
        return stored(created=outcome is Acceptance.CREATED)


def _hub(call: Call) -> None:
    """Only hubs have clients; to others there is nothing here."""
    if not call.partner.parties(Role.HUB):
        raise NotFound("hub of this platform", call.partner.name)
