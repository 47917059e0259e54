"""All functional modules with both their sides, as they are mounted in every version."""

from ocpi.dependencies import OcpiDependencies
from ocpi.routes.cdrs import CdrRoutes
from ocpi.routes.commands import CommandRoutes
from ocpi.routes.locations import LocationRoutes
from ocpi.routes.sessions import SessionRoutes
from ocpi.routes.tariffs import TariffRoutes
from ocpi.routes.tokens import TokenRoutes
from ocpi.wire.calls import Interface


def module_interfaces(deps: OcpiDependencies) -> list[Interface]:
    """One sender and one receiver interface of each module."""
    roaming, clock = deps.roaming, deps.clock
    return [
        *LocationRoutes(roaming, deps.locations, clock).interfaces(),
        *SessionRoutes(roaming, deps.sessions, clock).interfaces(),
        *CdrRoutes(roaming, deps.cdrs).interfaces(),
        *TariffRoutes(roaming, deps.tariffs, clock).interfaces(),
        *TokenRoutes(roaming, deps.tokens, clock).interfaces(),
        *CommandRoutes(roaming, deps.commands).interfaces(),
    ]
