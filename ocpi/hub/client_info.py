"""HubClientInfo: our hub shows its members who else is there, and who is not.

A configuration module: it is between a member's platform and the hub, so it knows no routing.
Source: OCPI 2.2.1, HubClientInfo, Sender interface.
"""

from dataclasses import dataclass

from app.domain.hub_members import HubMember
from app.domain.partners import InterfaceRole, Partner
from app.queries.pages import Page
from app.queries.roaming import Listing
from app.use_cases.hub_members import HubMembers
from ocpi.hub.site import hub_place
from ocpi.routes.listing import list_answer, plainly
from ocpi.translate.hub_clients import write_client
from ocpi.versions.registry import Kind
from ocpi.wire.addresses import HUB, hub_url
from ocpi.wire.calls import Answer, Call, Interface, Route
from ocpi.wire.mounting import Mount, Table, versions_of

MODULE = "hubclientinfo"


@dataclass(frozen=True, slots=True)
class MemberRoutes:
    """The sender interface."""

    members: HubMembers

    def mount(self, table: Table, public_url: str) -> None:
        """Serve it in every version that the hub speaks and that knows the module."""
        routes = (Route("GET", "", self.list),)
        interface = Interface(MODULE, InterfaceRole.SENDER, routes, functional=False)
        for version in versions_of(HUB):
            if MODULE in version.modules:
                url = hub_url(public_url, version, MODULE, interface.role)
                place = hub_place(version, MODULE, interface.role)
                table.mount(place, Mount(HUB, url, routes, version, interface))

    async def list(self, call: Call) -> Answer:
        """GET of everybody that the caller may know of (C-265, C-271)."""

        async def fetch(page: Page) -> Listing[HubMember]:
            return await self._page(call.partner, page)

        return await list_answer(call, Kind.CLIENT_INFO, fetch, plainly(write_client))

    async def _page(self, reader: Partner, page: Page) -> Listing[HubMember]:
        found = [m for m in await self.members.shown_to(reader) if page.covers(m.last_updated)]
        return Listing(found[page.offset : page.offset + page.limit], len(found))
