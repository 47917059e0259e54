"""Reads a hub's list of who else is there, and says whose lists can be pulled through it.

Source: OCPI 2.2.1, HubClientInfo, Sender interface.
"""

from collections.abc import Mapping
from logging import getLogger

from app.domain.errors import DomainError, PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, Role
from app.use_cases.hub_clients import HubClients
from ocpi.client.exchange import PartnerCalls, Route
from ocpi.client.pages import pages
from ocpi.models.hub_client_info import ClientInfo
from ocpi.translate.hub_clients import read_client

log = getLogger(__name__)

MODULE = "hubclientinfo"
PAGE_SIZE = 100
UNROUTED = Route()
"""A configuration module: its messages are for the hub and name no parties (C-044)."""


class HubDirectory:
    """Who is behind the hubs that we are a client of."""

    def __init__(self, calls: PartnerCalls, clients: HubClients) -> None:
        self._calls = calls
        self._clients = clients

    async def parties(
        self, partner: Partner, *, whole: bool
    ) -> Mapping[Role, tuple[PartyId, ...]]:
        """Whose objects the partner may have for us: its own parties', of a hub its clients'.

        Only those that are CONNECTED (C-273). Who connected since the last look is pulled anew,
        unless everybody is pulled anyway (`whole`).
        """
        if not partner.parties(Role.HUB):
            return {role: partner.parties(role) for role in (Role.CPO, Role.EMSP)}
        await self._read(partner, told=not whole)
        return {
            role: (*partner.parties(role), *await self._clients.connected(partner, role))
            for role in (Role.CPO, Role.EMSP)
        }

    async def _read(self, hub: Partner, *, told: bool) -> None:
        """The hub's list as far as it can be had; what it told us before counts on."""
        url = hub.endpoint(MODULE, InterfaceRole.SENDER)
        if url is None:
            return
        first = f"{url}{'&' if '?' in url else '?'}limit={PAGE_SIZE}"
        try:
            async for answer in pages(self._calls, hub, first, UNROUTED):
                for document in answer.data if isinstance(answer.data, list) else ():
                    await self._keep(hub, document, told=told)
        except PartnerUnavailable as failure:
            log.warning("hub.list_broke_off", extra={"partner": hub.id, "why": str(failure)})

    async def _keep(self, hub: Partner, document: object, *, told: bool) -> None:
        try:
            info = ClientInfo.read(document)
            if info.role != Role.HUB:
                await self._clients.accept(read_client(info, hub.id), told=told)
        except DomainError as error:
            log.warning("hub.client_skipped", extra={"partner": hub.id, "why": str(error)})
