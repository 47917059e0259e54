"""Members whose version cannot say whom they mean: an address of ours for each of the others.

Such a platform (2.1.1) registers once for every party that it wants to meet. What it sends there
is meant for that party, what comes from that party comes over that connection, and the party's
own platform sees the other one as any member. Source: OCPI 2.1.1, Version details; none of its
endpoints have roles, and no message names its receiver.
"""

from collections.abc import Callable, Mapping

from app.domain.errors import Unauthenticated
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, Quirk, Role
from app.domain.routing import NEVER_ROUTED, serving_roles
from ocpi.versions.registry import VERSIONS, Kind, OcpiVersion
from ocpi.wire.addresses import (
    AT,
    Face,
    absolute,
    credentials_url,
    details_url,
    face_at,
)
from ocpi.wire.calls import Answer, Call, Handler, Interface, Route
from ocpi.wire.headers import Exchange, route
from ocpi.wire.mounting import Mount, Table

PLACE = (*AT.path, "{party}", "{version}", "{module}")
"""The segments of a module's address."""


def mount_virtual(table: Table, public_url: str, credentials: Callable[[Face], Interface]) -> None:
    """Let each party behind the hub have addresses of its own, where versions need them."""
    versions = Versions(public_url)
    table.add(AT, ("versions",), Route("GET", "", versions.list))
    for version in virtual_versions():
        table.add(AT, (version.number,), Route("GET", "", versions.details_of(version)))
        kept = credentials(AT)
        # Only a caller makes it an address: the party that it stands for is missing in it.
        url = credentials_url(public_url, AT, version)
        place = (*AT.path, version.number)
        table.mount((*place, kept.module), Mount(AT, url, kept.routes, version, kept))
        for module in _modules(version):
            # Which side is called follows from who calls; see `side_called`.
            either = Interface(module, InterfaceRole.SENDER, ())
            table.mount((*place, module), Mount(AT, url, (), version, either, relays=True))


def virtual_versions() -> tuple[OcpiVersion, ...]:
    """The versions whose messages do not name their receivers, oldest first."""
    return tuple(v for v in VERSIONS.values() if not v.has_routing_headers)


def _modules(version: OcpiVersion) -> list[str]:
    return sorted(version.modules - NEVER_ROUTED)


class Versions:
    """The versions endpoints of every party behind the hub."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    async def list(self, call: Call) -> Answer:
        """GET: the versions, at the address of the party that the caller meets."""
        face = face_at(str(counterpart_of(call.partner)))
        listed = [
            {"version": version.number, "url": details_url(self._public_url, face, version)}
            for version in virtual_versions()
        ]
        return Answer(listed)

    def details_of(self, version: OcpiVersion) -> Handler:
        """GET of the endpoints of a version: all of its modules, on the side the caller needs."""

        async def answer(call: Call) -> Answer:
            return Answer(self._details(call.partner, version))

        return answer

    def _details(self, partner: Partner, version: OcpiVersion) -> dict[str, object]:
        face = face_at(str(counterpart_of(partner)))
        slash = "/" if partner.has(Quirk.ENDPOINT_SLASH) else ""
        endpoints = [
            {
                "identifier": module,
                "role": side_called(partner, module).value,
                "url": absolute(self._public_url, *face.path, version.number, module) + slash,
            }
            for module in ("credentials", *_modules(version))
        ]
        document = {"version": version.number, "endpoints": endpoints}
        return version.lower(Kind.VERSION_DETAILS, document)


def counterpart_of(partner: Partner) -> PartyId:
    """The party that a member meets over this connection; raises Unauthenticated."""
    if partner.counterpart is None:
        raise Unauthenticated("the token is not for this address")
    return partner.counterpart


def side_called(partner: Partner, module: str) -> InterfaceRole:
    """The side of a module that a member calls: the one that its counterpart serves."""
    role = partner.counterpart_role
    sends = role in serving_roles(module, InterfaceRole.SENDER)
    return InterfaceRole.SENDER if sends else InterfaceRole.RECEIVER


def addressed(exchange: Exchange, headers: Mapping[str, str]) -> Exchange:
    """From whom to whom a request at the hub goes: as its headers say, or its connection.

    A platform with one party need not name it (C-235). Raises InvalidInput for headers that cannot
    be.
    """
    partner = exchange.partner
    if partner.counterpart is None:
        came = route(exchange, headers)
        if came.sender is not None:
            return came
        parties = {role.party for role in partner.roles}
        only = parties.pop() if len(parties) == 1 else None
        return came.between(only, came.receiver)
    own = partner.parties(Role.CPO) or partner.parties(Role.EMSP)
    return exchange.between(own[0] if own else None, partner.counterpart)
