"""Parties behind a hub that we are a client of: who can be reached there, and who cannot."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.partners import Role


class ClientStatus(StrEnum):
    """Source: OCPI 2.2.1, HubClientInfo, ConnectionStatus enum."""

    CONNECTED = "CONNECTED"
    OFFLINE = "OFFLINE"
    PLANNED = "PLANNED"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True)
class HubClient:
    """A party in one of its roles, as the hub `partner_id` told us last.

    Source: OCPI 2.2.1, HubClientInfo, ClientInfo object.
    """

    partner_id: str
    party: PartyId
    role: Role
    status: ClientStatus
    last_updated: datetime

    @property
    def connected(self) -> bool:
        """Whether anything may be sent to it."""
        return self.status is ClientStatus.CONNECTED
