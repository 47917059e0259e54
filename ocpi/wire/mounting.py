"""The table of everything that is mounted: found by address, and listed for version details.

Paths are matched on their decoded segments, so an id may hold a slash (`%2F`); empty segments do
not count, so a trailing or doubled slash changes nothing and nobody is ever redirected.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from app.domain.errors import InvalidInput
from ocpi.versions.registry import VERSIONS, Kind, OcpiVersion
from ocpi.wire.addresses import (
    AT,
    CALLBACKS,
    CPO,
    EMSP,
    FACES,
    OWN,
    Face,
    absolute,
    credentials_url,
    details_url,
    module_url,
    side_of,
)
from ocpi.wire.calls import Answer, Call, Interface, Route
from ocpi.wire.faults import MethodNotAllowed, NoResource

Json = dict[str, Any]

_AT = AT.path
_LONGEST_PREFIX = 4
_LONGEST_SEGMENT = 255


@dataclass(frozen=True, slots=True)
class Mount:
    """Routes at an address. `interface` is None for the versions endpoints.

    `relays`: it has no routes, whatever is asked below it passes through the hub. `listed`:
    version details name it.
    """

    face: Face
    url: str
    routes: tuple[Route, ...]
    version: OcpiVersion | None = None
    interface: Interface | None = None
    relays: bool = False
    listed: bool = True

    @property
    def functional(self) -> bool:
        """Whether the module is routed between parties."""
        return self.interface is not None and self.interface.functional

    @property
    def is_way_back(self) -> bool:
        """Whether what is below here was made by the hub for the one who calls it."""
        return self.interface is not None and self.interface.module == CALLBACKS

    @property
    def open_to_invited(self) -> bool:
        """Whether the token of an invitation is good enough; versions always are open to it."""
        return self.interface is None or self.interface.open_to_invited


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Found:
    """The route for a request, with the values of its pattern.

    `at` is the party behind the hub that the address stands for, if it stands for one.
    """

    mount: Mount
    route: Route
    path: dict[str, str] = field(default_factory=dict)
    at: str | None = None


def versions_of(face: Face) -> tuple[OcpiVersion, ...]:
    """The versions that a face lists, oldest first."""
    one_role = face in {CPO, EMSP}
    return tuple(v for v in VERSIONS.values() if v.has_interface_roles or one_role)


def home_of(face: Face, version: OcpiVersion) -> Face:
    """The face whose details a version has: with interface roles one list serves both sides."""
    return OWN if version.has_interface_roles and not face.hub else face


def segments_of(raw_path: str) -> tuple[str, ...]:
    """The decoded segments of a path below the root; raises InvalidInput for hopeless ones."""
    segments = [part for part in raw_path.split("/") if part]
    if "%" in raw_path or "\0" in raw_path or len(raw_path) > _LONGEST_SEGMENT:
        segments = [unquote(segment) for segment in segments]
        if any(len(segment) > _LONGEST_SEGMENT or "\0" in segment for segment in segments):
            raise InvalidInput("path", "a segment is no id")
    return tuple(segments)


class Table:
    """What is mounted where. `credentials` gives the credentials module of each face."""

    def __init__(
        self,
        public_url: str,
        interfaces: Sequence[Interface],
        credentials: Callable[[Face], Interface],
    ) -> None:
        self._public_url = public_url
        self._interfaces = tuple(interfaces)
        self._mounts: dict[tuple[str, ...], Mount] = {}
        for version in VERSIONS.values():
            for interface in self._offered(version):
                self._mount_module(version, interface)
        for face in FACES:
            for version in versions_of(face):
                if home_of(face, version) == face:
                    self._mount_credentials(face, version, credentials(face))

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """Everything that is mounted."""
        return tuple(self._mounts.values())

    def _offered(self, version: OcpiVersion) -> Iterator[Interface]:
        return (i for i in self._interfaces if i.module in version.modules)

    def _mount_module(self, version: OcpiVersion, interface: Interface) -> None:
        side = side_of(interface.module, interface.role)
        url = module_url(self._public_url, version, interface.module, interface.role)
        routes = tuple(route for route in interface.routes if route.exists(version))
        self._mounts[*side.path, version.number, interface.module] = Mount(
            side, url, routes, version, interface
        )

    def _mount_credentials(self, face: Face, version: OcpiVersion, interface: Interface) -> None:
        url = credentials_url(self._public_url, face, version)
        key = (*face.path, version.number, interface.module)
        self._mounts[key] = Mount(face, url, interface.routes, version, interface)

    def mount(self, segments: tuple[str, ...], mount: Mount) -> None:
        """Put something at these segments below the root."""
        self._mounts[segments] = mount

    def add(self, face: Face, segments: Sequence[str], route: Route) -> None:
        """Mount one route of the versions endpoints below a face."""
        url = absolute(self._public_url, *face.path, *segments)
        self._mounts[*face.path, *segments] = Mount(face, url, (route,))

    def find(self, segments: tuple[str, ...], method: str) -> Found:
        """The route of a request; raises NoResource or MethodNotAllowed.

        What is mounted for one party behind the hub is the same for all of them.
        """
        named = len(_AT)
        if segments[:named] == _AT and len(segments) > named:
            found = self._find((*_AT, *segments[named + 1 :]), method)
            return replace(found, at=segments[named])
        return self._find(segments, method)

    def _find(self, segments: tuple[str, ...], method: str) -> Found:
        for length in range(min(_LONGEST_PREFIX, len(segments)), 0, -1):
            mount = self._mounts.get(segments[:length])
            if mount is not None:
                if mount.relays:
                    return Found(mount, RELAYED)
                return _route(mount, segments[length:], method)
        raise NoResource("nothing is served at this address")

    def versions(self, face: Face) -> list[Json]:
        """The list of versions. Source: OCPI 2.2.1, Versions, Version information endpoint."""
        return [
            {
                "version": version.number,
                "url": details_url(self._public_url, home_of(face, version), version),
            }
            for version in versions_of(face)
        ]

    def details(self, face: Face, version: OcpiVersion) -> Json:
        """Every endpoint of a version in that version's form, from what is mounted."""
        endpoints = [
            {
                "identifier": mount.interface.module,
                "role": mount.interface.role.value,
                "url": mount.url,
            }
            for mount in self._mounts.values()
            if mount.interface is not None
            and mount.listed
            and mount.version == version
            and self._shows(face, mount)
        ]
        document = {"version": version.number, "endpoints": endpoints}
        return version.lower(Kind.VERSION_DETAILS, document)

    def _shows(self, face: Face, mount: Mount) -> bool:
        """Whether a mount belongs to a face: its credentials, and the modules of its sides."""
        return mount.face == face or (face == OWN and not mount.face.hub)


async def _not_ours(_call: Call) -> Answer:
    raise NoResource("this is for the hub to pass on")


RELAYED = Route("", "", _not_ours)
"""Stands where others answer."""


def _route(mount: Mount, rest: tuple[str, ...], method: str) -> Found:
    """An endpoint itself is always there, even where it has objects below it only."""
    fitting = [route for route in mount.routes if _fits(route.parts, rest)]
    if not fitting and rest:
        raise NoResource("nothing is served at this address")
    for route in fitting:
        if route.method == method:
            return Found(mount, route, _values(route.parts, rest))
    raise MethodNotAllowed(method, tuple(sorted(route.method for route in fitting)))


def _fits(parts: tuple[str, ...], rest: tuple[str, ...]) -> bool:
    return len(parts) == len(rest) and all(
        part.startswith("{") or part == given for part, given in zip(parts, rest, strict=True)
    )


def _values(parts: tuple[str, ...], rest: tuple[str, ...]) -> dict[str, str]:
    pairs = zip(parts, rest, strict=True)
    return {part[1:-1]: given for part, given in pairs if part.startswith("{")}
