"""The hub's place on our site: every functional module, both sides, wherever sides are known."""

from app.domain.partners import InterfaceRole
from app.domain.routing import NEVER_ROUTED
from ocpi.hub.messages import HubMessage
from ocpi.hub.virtual import PLACE as AT_PLACE
from ocpi.hub.virtual import side_called
from ocpi.versions.registry import VERSIONS, OcpiVersion
from ocpi.wire.addresses import AT, CALLBACKS, HUB, hub_callbacks_url, hub_url
from ocpi.wire.calls import Interface
from ocpi.wire.headers import Exchange
from ocpi.wire.mounting import Mount, Table, versions_of
from ocpi.wire.requests import Request

_PLACE = ("hub", "{version}", "{side}", "{module}")
_CALLBACKS_PLACE = ("hub", "{version}", CALLBACKS)
_WAY_BACK = Interface(CALLBACKS, InterfaceRole.SENDER, ())


def mount_hub(table: Table, public_url: str) -> None:
    """Let whatever members ask of each other pass through the hub."""
    for version in versions_of(HUB):
        for module in sorted(version.modules - NEVER_ROUTED):
            for role in InterfaceRole:
                interface = Interface(module, role, ())
                url = hub_url(public_url, version, module, role)
                place = hub_place(version, module, role)
                table.mount(place, Mount(HUB, url, (), version, interface, relays=True))
    for version in VERSIONS.values():
        url = hub_callbacks_url(public_url, version)
        mount = Mount(HUB, url, (), version, _WAY_BACK, relays=True, listed=False)
        table.mount((HUB.name, version.number, CALLBACKS), mount)


def hub_place(version: OcpiVersion, module: str, role: InterfaceRole) -> tuple[str, ...]:
    """The segments of a module's address at the hub."""
    return (HUB.name, version.number, role.value.lower(), module)


async def message_of(request: Request, mount: Mount, came: Exchange) -> HubMessage:
    """The request as it passes the hub."""
    if mount.interface is None:
        raise LookupError("only modules are relayed")
    place: tuple[str, ...] = _PLACE
    role = mount.interface.role
    if mount.is_way_back:
        place = _CALLBACKS_PLACE
    elif mount.face == AT:
        place, role = AT_PLACE, side_called(came.partner, mount.interface.module)
    body = await request.exact_body()
    return HubMessage(
        exchange=came,
        module=mount.interface.module,
        role=role,
        method=request.scope["method"],
        rest=request.below(len(place)),
        query=request.scope["query_string"].decode("latin-1"),
        body=body,
    )
