"""Everything that the OCPI site mounts, as rows: module, interface, side, request, version."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from ocpi.dependencies import OcpiDependencies
from ocpi.modules import module_interfaces
from ocpi.routes.credentials import CredentialsRoutes
from ocpi.routes.versions import mount_versions
from ocpi.wire.addresses import Face
from ocpi.wire.calls import Interface, Route
from ocpi.wire.mounting import Mount, Table

PUBLIC_URL = "https://hub.example"

_LINES = re.compile(r" \(C-\d[^)]*\)")


class _Behind:
    """Stands for all that is behind the routes: what is mounted does not depend on it."""

    def __getattr__(self, name: str) -> "_Behind":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def interface(self, face: Face) -> Interface:
        """The credentials module as it is in production."""
        nothing: Any = self
        return CredentialsRoutes(nothing, nothing).interface(face)


@dataclass(frozen=True, slots=True)
class Mounted:
    """One method on one pattern; `versions` holds where it is served, oldest first."""

    module: str
    interface: str
    side: str
    request: str
    does: str
    versions: tuple[str, ...]

    @property
    def key(self) -> str:
        """What the table of tests calls it."""
        return f"{self.module} {self.interface} {self.request}"


def the_table() -> Table:
    """The table of mounts as the running site has it."""
    behind: Any = _Behind()
    given = {field.name: behind for field in fields(OcpiDependencies)}
    deps = OcpiDependencies(**given | {"public_url": PUBLIC_URL})
    table = Table(PUBLIC_URL, module_interfaces(deps), deps.credentials.interface)
    mount_versions(table)
    return table


def mounted(table: Table | None = None) -> list[Mounted]:
    """All rows, the same request of several versions in one."""
    rows: dict[tuple[str, str, str, str], Mounted] = {}
    for mount in (table or the_table()).mounts:
        for row in _rows(mount):
            same = (row.module, row.interface, row.side, row.request)
            known = rows.get(same)
            versions = (known.versions if known else ()) + row.versions
            ordered = tuple(sorted(dict.fromkeys(versions)))
            rows[same] = Mounted(*same, row.does, ordered)
    return list(rows.values())


def _rows(mount: Mount) -> Iterator[Mounted]:
    number = mount.version.number if mount.version else ""
    address = mount.url.removeprefix(PUBLIC_URL)
    for route in mount.routes:
        below = f"/{route.pattern}" if route.pattern else ""
        if mount.interface is None:
            last = address.rsplit("/", 1)[-1]
            versions = () if last == "versions" else (last,)
            request = address if not versions else address.replace(last, "{version}")
            yield Mounted("versions", "", mount.face.name, f"{route.method} {request}",
                          _does(route), versions)  # fmt: skip
            continue
        request = f"{route.method} {address.replace(number, '{version}')}{below}"
        is_sided = mount.interface.module != "credentials"
        interface = mount.interface.role.value if is_sided else ""
        yield Mounted(
            mount.interface.module, interface, mount.face.name, request, _does(route), (number,)
        )


def _does(route: Route) -> str:
    """The handler's own words; the rest of its docstring is for its readers."""
    words = (inspect.getdoc(route.handler) or "").split("\n\n", 1)[0]
    return _LINES.sub("", " ".join(words.split()))
