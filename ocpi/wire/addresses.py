"""Where everything of ours is: the addresses we publish, and nothing else builds them.

    /ocpi/versions                        our CPO and eMSP parties, versions with interface roles
    /ocpi/{version}                       their details;  /ocpi/{version}/credentials
    /ocpi/{cpo|emsp}/{version}/{module}   the modules of one side, in every version
    /ocpi/{cpo|emsp}/versions             for versions whose endpoints have no role (2.1.1)
    /ocpi/hub/…                           the hub platform: versions and credentials of its own
    /ocpi/hub/{version}/{sender|receiver}/{module}    what passes through it, either side
    /ocpi/hub/at/{party}/…                one party behind it, for versions that cannot name any
    /ocpi/hub/{version}/callbacks         what stands for addresses that its members gave

Addresses are built from the configured public address, never from what a request says of its host.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from app.domain.partners import InterfaceRole, Role
from app.domain.routing import serving_roles
from ocpi.versions.registry import VERSIONS, OcpiVersion

ROOT = "ocpi"

LONGEST_URL = 255
"""Source: OCPI 2.2.1, Types, URL type."""


@dataclass(frozen=True, slots=True)
class Face:
    """One versions URL of ours: `name` in its path, and the one role it speaks in, if only one."""

    name: str
    role: Role | None = None
    hub: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """What stands between the root and the version."""
        return tuple(part for part in self.name.split("/") if part)


OWN = Face("")
CPO = Face("cpo", Role.CPO)
EMSP = Face("emsp", Role.EMSP)
HUB = Face("hub", hub=True)

AT = Face("hub/at", hub=True)
"""Above the addresses of single parties behind the hub; who of them is meant follows it."""

CALLBACKS = "callbacks"
"""Stands where the hub's modules stand, and is none: nobody calls it who was not told to."""

FACES = (OWN, CPO, EMSP, HUB)


def face_at(party: str) -> Face:
    """The versions URL that stands for one party behind the hub."""
    return Face(f"{AT.name}/{party}", hub=True)


def side_of(module: str, role: InterfaceRole) -> Face:
    """Which side implements this interface: data owners send, the others receive.

    Source: OCPI 2.2.1, Versions, Typical implementation of modules.
    """
    return CPO if Role.CPO in serving_roles(module, role) else EMSP


def absolute(public_url: str, *segments: str) -> str:
    """The absolute address of a path below the root, each segment percent-encoded."""
    path = "/".join(quote(segment, safe="") for segment in (ROOT, *segments))
    return f"{public_url.rstrip('/')}/{path}"


def shown_path(path: str) -> str:
    """A path as logs may have it: what follows the tokens module names a driver's token."""
    if "%" not in path and "tokens/" not in path.lower():
        return path
    segments = path.split("/")
    for place, segment in enumerate(segments[:-1], 1):
        if unquote(segment).casefold() == "tokens":
            return "/".join((*segments[:place], "…"))
    return path


def versions_url(public_url: str, face: Face) -> str:
    """What a Credentials object names as `url`."""
    return absolute(public_url, *face.path, "versions")


def details_url(public_url: str, face: Face, version: OcpiVersion) -> str:
    """Where a version's endpoints are listed."""
    return absolute(public_url, *face.path, version.number)


def credentials_url(public_url: str, face: Face, version: OcpiVersion) -> str:
    """Where one registers for a version."""
    return absolute(public_url, *face.path, version.number, "credentials")


def module_url(public_url: str, version: OcpiVersion, module: str, role: InterfaceRole) -> str:
    """The endpoint of one interface of a module."""
    return absolute(public_url, side_of(module, role).name, version.number, module)


def hub_url(public_url: str, version: OcpiVersion, module: str, role: InterfaceRole) -> str:
    """Where the hub's members call one side of a module."""
    return absolute(public_url, HUB.name, version.number, role.value.lower(), module)


def hub_callbacks_url(public_url: str, version: OcpiVersion) -> str:
    """Below here, by id, the hub's members call what stands for each other's addresses."""
    return absolute(public_url, HUB.name, version.number, CALLBACKS)


def room_for_names(public_url: str) -> int:
    """How long an id below the hub's callbacks can be, so that nobody cuts its address."""
    homes = [hub_callbacks_url(public_url, version) for version in VERSIONS.values()]
    return LONGEST_URL - max(len(f"{home}/") for home in homes)


def callback_url(public_url: str, version: OcpiVersion, command: str, command_id: str) -> str:
    """The `response_url` of one command of ours, such as `START_SESSION`."""
    endpoint = module_url(public_url, version, "commands", InterfaceRole.SENDER)
    return f"{endpoint}/{quote(command, safe='')}/{quote(command_id, safe='')}"
