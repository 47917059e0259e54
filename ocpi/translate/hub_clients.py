"""Clients of hubs: of those that we are a client of, and of our own."""

from app.domain.hub_clients import ClientStatus, HubClient
from app.domain.hub_members import HubMember, Told
from app.domain.identifiers import PartyId
from app.domain.partners import Role
from ocpi.models.common import write_datetime
from ocpi.models.hub_client_info import ClientInfo
from ocpi.translate.values import Json, write_owner


def read_client(client: ClientInfo, hub_id: str) -> HubClient:
    """A party's state as the hub of this partner id tells it."""
    return HubClient(
        hub_id,
        PartyId.of(client.country_code, client.party_id),
        Role(client.role),
        ClientStatus(client.status),
        client.last_updated,
    )


def write_client(client: HubClient | HubMember | Told) -> Json:
    """A party's state in canonical form."""
    return {
        **write_owner(client.party),
        "role": client.role.value,
        "status": client.status.value,
        "last_updated": write_datetime(client.last_updated),
    }
