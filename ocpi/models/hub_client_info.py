"""The connection state of parties behind a hub. Source: OCPI 2.2.1, HubClientInfo module."""

from typing import Annotated, Literal

from ocpi.models.common import CiString2, CiString3, DateTime, OcpiObject, Wire
from ocpi.models.credentials import Role

ConnectionStatus = Annotated[
    Literal["CONNECTED", "OFFLINE", "PLANNED", "SUSPENDED"], Wire("ConnectionStatus")
]


class ClientInfo(OcpiObject):
    """The connection state of one party behind a hub, in one of its roles."""

    party_id: CiString3
    country_code: CiString2
    role: Role
    status: ConnectionStatus
    last_updated: DateTime
