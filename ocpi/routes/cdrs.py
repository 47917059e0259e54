"""CDRs: partners list those of their drivers (sender) and bill us theirs (receiver).

Source: OCPI 2.2.1, CDRs.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.domain.cdrs import Cdr
from app.domain.errors import InvalidInput, NotFound
from app.domain.partners import InterfaceRole, Role
from app.queries.pages import Page
from app.queries.roaming import Listing, Roaming
from app.use_cases.cdrs import Cdrs
from ocpi.models.cdrs import CDR
from ocpi.routes.listing import list_answer
from ocpi.routes.places import location_around
from ocpi.routes.received import connection_of, owner_of, stored_document, verbatim
from ocpi.translate.cdrs import read_cdr, write_cdr
from ocpi.versions.registry import Kind, Surroundings
from ocpi.wire.calls import CREATED, Answer, Body, Call, Interface, Route


@dataclass(frozen=True, slots=True)
class CdrRoutes:
    """Both sides of the module."""

    roaming: Roaming
    cdrs: Cdrs

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted."""
        receiver = (
            Route("POST", "", self.post, Body.NEEDED),
            Route("GET", "{country}/{party}/{cdr}", self.show_stored),
        )
        return (
            Interface("cdrs", InterfaceRole.SENDER, (Route("GET", "", self.list),)),
            Interface("cdrs", InterfaceRole.RECEIVER, receiver),
        )

    async def list(self, call: Call) -> Answer:
        """GET: CDRs of the caller's own tokens."""

        async def fetch(page: Page) -> Listing[Cdr]:
            return await self.roaming.cdrs(call.ours, call.partner, page)

        async def write(cdr: Cdr) -> tuple[dict[str, Any], Surroundings]:
            place = (cdr.party, cdr.place.location_id)
            return write_cdr(cdr), await location_around(call, self.roaming, *place)

        return await list_answer(call, Kind.CDR, fetch, write)

    async def post(self, call: Call) -> Answer:
        """POST of a CDR; `Location` tells where to read it again; the same twice is fine."""
        around = connection_of(call, Role.CPO)
        wire = CDR.read(call.lifted(Kind.CDR, around))
        cdr = read_cdr(wire, verbatim(call), partner_id=call.partner.id)
        if not call.partner.speaks_for(cdr.party, Role.CPO):
            raise InvalidInput("party_id", f"{cdr.party} is not a CPO party of yours")
        created = await self.cdrs.accept(call.partner, cdr)
        headers = {"location": _address(call, cdr)}
        return Answer(http=CREATED if created else 200, headers=headers)

    async def show_stored(self, call: Call) -> Answer:
        """GET of a CDR as its owner sent it."""
        party = owner_of(call, Role.CPO)
        cdr = await self.cdrs.get(party, call.path["cdr"])
        if cdr.document is None:
            raise NotFound("cdr", call.path["cdr"])
        return Answer(stored_document(call, Kind.CDR, cdr))


def _address(call: Call, cdr: Cdr) -> str:
    parts = (cdr.party.country, cdr.party.code, cdr.id)
    return "/".join((call.url, *(quote(part, safe="") for part in parts)))
