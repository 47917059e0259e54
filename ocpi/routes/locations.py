"""Locations: partners list ours (sender) and tell us theirs (receiver). OCPI 2.2.1, Locations."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.errors import InvalidInput, NotFound
from app.domain.locations import Connector, Evse, Location
from app.domain.partners import InterfaceRole, Role
from app.ports.clock import Clock
from app.queries.roaming import Roaming
from app.use_cases.locations import Acceptance, Locations
from ocpi.models.common import EARLIEST, write_datetime
from ocpi.models.locations import EVSE
from ocpi.models.locations import Connector as WireConnector
from ocpi.models.locations import Location as WireLocation
from ocpi.routes.listing import shelf_answer
from ocpi.routes.received import (
    changed_at,
    check_address,
    owner_of,
    patch_of,
    stored,
    stored_document,
    verbatim,
)
from ocpi.translate.locations import (
    read_location,
    write_connector,
    write_evse,
    write_location,
)
from ocpi.versions.registry import Inexpressible, Kind
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.merge import child_of, merge, with_child

Json = dict[str, Any]
Edit = Callable[[Json], Json]

_ONE = "{country}/{party}/{location}"


@dataclass(frozen=True, slots=True)
class LocationRoutes:
    """Both sides of the module."""

    roaming: Roaming
    locations: Locations
    clock: Clock

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted."""
        sender = (
            Route("GET", "", self.list),
            Route("GET", "{location}", self.show),
            Route("GET", "{location}/{evse}", self.show),
            Route("GET", "{location}/{evse}/{connector}", self.show),
        )
        levels = (_ONE, f"{_ONE}/{{evse}}", f"{_ONE}/{{evse}}/{{connector}}")
        puts = (self.put_location, self.put_evse, self.put_connector)
        receiver = (
            *(Route("GET", level, self.show_stored) for level in levels),
            *(Route("PUT", at, put, Body.NEEDED) for at, put in zip(levels, puts, strict=True)),
            *(Route("PATCH", level, self.patch, Body.NEEDED) for level in levels),
        )
        return (
            Interface("locations", InterfaceRole.SENDER, sender),
            Interface("locations", InterfaceRole.RECEIVER, receiver),
        )

    # ------------------------------------------------------------ sender

    async def list(self, call: Call) -> Answer:
        """GET: our published locations."""
        return await shelf_answer(call, Kind.LOCATION, self.roaming.locations, write_location)

    async def show(self, call: Call) -> Answer:
        """GET of one location, EVSE or connector."""
        location = await self.roaming.location(call.ours, call.path["location"])
        kind, document = _part(location, call.path.get("evse"), call.path.get("connector"))
        try:
            return Answer(call.version.lower(kind, document))
        except Inexpressible:
            raise NotFound(kind.value, call.path[kind.value]) from None

    # ------------------------------------------------------------ receiver

    async def show_stored(self, call: Call) -> Answer:
        """GET of what the owner sent us."""
        party = owner_of(call, Role.CPO)
        location = await self.locations.get(party, call.path["location"])
        if location.own or location.document is None:
            raise NotFound("location", call.path["location"])
        return Answer(_at(call, stored_document(call, Kind.LOCATION, location)))

    async def put_location(self, call: Call) -> Answer:
        """PUT of a whole location."""
        owner_of(call, Role.CPO)
        document = call.lifted(Kind.LOCATION)
        location = WireLocation.read(document)
        check_address(call, document, id="location")
        outcome = await self.locations.accept(read_location(location, verbatim(call)))
        return stored(created=outcome is Acceptance.CREATED)

    async def put_evse(self, call: Call) -> Answer:
        """PUT of an EVSE into a location we have."""
        document = call.lifted(Kind.EVSE)
        moment = EVSE.read(document).last_updated
        _same("uid", document["uid"], call.path["evse"])
        evse = call.document()
        return await self._change(
            call, moment, lambda location: _with_evse(location, evse, moment)
        )

    async def put_connector(self, call: Call) -> Answer:
        """PUT of a connector into an EVSE we have."""
        document = call.lifted(Kind.CONNECTOR)
        moment = WireConnector.read(document).last_updated
        _same("id", document["id"], call.path["connector"])
        connector = call.document()

        def edit(location: Json) -> Json:
            evse = with_child(
                _evse(location, call), "connectors", connector, write_datetime(moment)
            )
            return _with_evse(location, evse, moment)

        return await self._change(call, moment, edit)

    async def patch(self, call: Call) -> Answer:
        """PATCH of a location, an EVSE or a connector."""
        change = patch_of(call, self.clock.now())
        moment = changed_at(change)
        return await self._change(call, moment, lambda location: _patched(location, call, change))

    async def _change(self, call: Call, moment: datetime, edit: Edit) -> Answer:
        party = owner_of(call, Role.CPO)

        def changed(before: Location) -> Location | None:
            if moment < _last_updated(before, call):
                return None
            document = edit(stored_document(call, Kind.LOCATION, before))
            document["last_updated"] = write_datetime(max(moment, before.last_updated))
            lifted = call.version.lift(Kind.LOCATION, document, call.around)
            return read_location(WireLocation.read(lifted), verbatim(call, document))

        await self.locations.accept_change(party, call.path["location"], changed)
        return Answer()


def _part(location: Location, evse: str | None, connector: str | None) -> tuple[Kind, Json]:
    if evse is None:
        return Kind.LOCATION, write_location(location)
    found = location.evse(evse)
    if found is None:
        raise NotFound("evse", evse)
    if connector is None:
        return Kind.EVSE, write_evse(found)
    plug = found.connector(connector)
    if plug is None:
        raise NotFound("connector", connector)
    return Kind.CONNECTOR, write_connector(plug)


def _at(call: Call, location: Json) -> Json:
    """The part of a stored location that the address names; raises NotFound."""
    if "evse" not in call.path:
        return location
    evse = _evse(location, call)
    if "connector" not in call.path:
        return evse
    return _connector(evse, call)


def _evse(location: Json, call: Call) -> Json:
    found = child_of(location, "evses", call.path["evse"])
    if found is None:
        raise NotFound("evse", call.path["evse"])
    return found


def _connector(evse: Json, call: Call) -> Json:
    found = child_of(evse, "connectors", call.path["connector"])
    if found is None:
        raise NotFound("connector", call.path["connector"])
    return found


def _with_evse(location: Json, evse: Json, moment: datetime) -> Json:
    return with_child(location, "evses", evse, write_datetime(moment))


def _patched(location: Json, call: Call, change: Json) -> Json:
    if "evse" not in call.path:
        return merge(location, change)
    evse = _evse(location, call)
    moment = change["last_updated"]
    if "connector" in call.path:
        plug = merge(_connector(evse, call), change)
        evse = with_child(evse, "connectors", plug, moment)
    else:
        evse = merge(evse, change)
    return with_child(location, "evses", evse, moment)


def _last_updated(location: Location, call: Call) -> datetime:
    """When the part that is being changed was last: an older push must not overwrite (C-119)."""
    part: Location | Evse | Connector | None = location
    if "evse" in call.path:
        part = evse = location.evse(call.path["evse"])
        if evse is not None and "connector" in call.path:
            part = evse.connector(call.path["connector"])
    return part.last_updated if part is not None else EARLIEST


def _same(name: str, given: Any, wanted: str) -> None:
    if str(given).casefold() != wanted.casefold():
        raise InvalidInput(name, f"{given!r} is not {wanted!r} as in the address")
