"""Sessions: partners list those of their drivers (sender) and tell us of ours (receiver).

Source: OCPI 2.2.1, Sessions.
"""

from dataclasses import dataclass, replace
from typing import Any

from app.domain.errors import NotFound
from app.domain.partners import InterfaceRole, Role
from app.domain.sessions import Session
from app.ports.clock import Clock
from app.queries.pages import Page
from app.queries.roaming import Listing, Roaming
from app.use_cases.preferences import CAPABLE, Wishes
from app.use_cases.roaming import PartnerSessions
from ocpi.models.sessions import ChargingPreferences
from ocpi.models.sessions import Session as WireSession
from ocpi.routes.listing import list_answer
from ocpi.routes.places import location_around
from ocpi.routes.received import (
    changed_at,
    check_address,
    connection_of,
    owner_of,
    patch_of,
    stored,
    stored_document,
    verbatim,
)
from ocpi.translate.profiles import read_preferences
from ocpi.translate.sessions import read_session, write_session
from ocpi.versions.registry import Kind, OcpiVersion, Surroundings
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.faults import NotCapable
from ocpi.wire.merge import merge

Json = dict[str, Any]

_ONE = "{country}/{party}/{session}"


def _has_preferences(version: OcpiVersion) -> bool:
    return version.has_preferences


@dataclass(frozen=True, slots=True)
class SessionRoutes:
    """Both sides of the module."""

    roaming: Roaming
    sessions: PartnerSessions
    clock: Clock
    wishes: Wishes

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted."""
        sender = (
            Route("GET", "", self.list),
            Route(
                "PUT",
                "{session}/charging_preferences",
                self.put_preferences,
                Body.NEEDED,
                exists=_has_preferences,
            ),
        )
        receiver = (
            Route("GET", _ONE, self.show_stored),
            Route("PUT", _ONE, self.put, Body.NEEDED),
            Route("PATCH", _ONE, self.patch, Body.NEEDED),
        )
        return (
            Interface("sessions", InterfaceRole.SENDER, sender),
            Interface("sessions", InterfaceRole.RECEIVER, receiver),
        )

    async def list(self, call: Call) -> Answer:
        """GET: sessions of the caller's own tokens; without `date_from` all of them."""

        async def fetch(page: Page) -> Listing[Session]:
            return await self.roaming.sessions(call.ours, call.partner, page)

        async def write(session: Session) -> tuple[Json, Surroundings]:
            place = (session.party, session.location_id)
            return write_session(session), await location_around(call, self.roaming, *place)

        return await list_answer(call, Kind.SESSION, fetch, write)

    async def put_preferences(self, call: Call) -> Answer:
        """PUT of charging preferences, answered by `app.domain.preferences`.

        Source: OCPI 2.2.1, Sessions, PUT charging_preferences (C-151, C-152, C-153).
        """
        session = await self.roaming.session(call.ours, call.partner, call.path["session"])
        location = await self.roaming.location([session.party], session.location_id or "")
        evse = location.evse(session.evse_uid or "")
        if evse is None or CAPABLE not in evse.capabilities:
            raise NotCapable("the EVSE takes no charging preferences")
        wish = ChargingPreferences.read(call.lifted(Kind.CHARGING_PREFERENCES))
        answer = await self.wishes.follow(session.id, read_preferences(wish))
        return Answer(answer.value)

    async def show_stored(self, call: Call) -> Answer:
        """GET of what the owner sent us."""
        party = owner_of(call, Role.CPO)
        session = await self.sessions.get(party, call.path["session"])
        if session.document is None:
            raise NotFound("session", call.path["session"])
        return Answer(stored_document(call, Kind.SESSION, session))

    async def put(self, call: Call) -> Answer:
        """PUT of a whole session; its charging periods replace those we have."""
        owner_of(call, Role.CPO)
        document = call.lifted(Kind.SESSION, _around_foreign(call))
        wire = WireSession.read(document)
        check_address(call, document, id="session")
        session = read_session(wire, verbatim(call), partner_id=call.partner.id)
        return stored(created=await self.sessions.accept_put(call.partner, session))

    async def patch(self, call: Call) -> Answer:
        """PATCH of some fields; charging periods are added to those we have."""
        party = owner_of(call, Role.CPO)
        patch = patch_of(call, self.clock.now())
        moment = changed_at(patch)

        def changed(before: Session) -> Session | None:
            if before.document is None or moment < before.last_updated:
                return None
            document = merge(stored_document(call, Kind.SESSION, before), patch)
            lifted = call.version.lift(Kind.SESSION, document, _around_foreign(call))
            source = verbatim(call, document)
            return read_session(WireSession.read(lifted), source, partner_id=call.partner.id)

        await self.sessions.accept_patch(call.partner, party, call.path["session"], changed)
        return Answer()


def _around_foreign(call: Call) -> Surroundings:
    """What a 2.1.1 session does not say: its owner is in the address, its driver is ours."""
    return replace(connection_of(call, Role.CPO), owner=call.around.owner)
