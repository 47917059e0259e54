"""All functional modules with both their sides, as they are mounted in every version."""

from ocpi.dependencies import OcpiDependencies
from ocpi.routes.bookings import BookingRoutes
from ocpi.routes.cdrs import CdrRoutes
from ocpi.routes.charging_profiles import ProfileRoutes
from ocpi.routes.commands import CommandRoutes
from ocpi.routes.hub_clients import HubClientRoutes
from ocpi.routes.invoices import InvoiceRoutes
from ocpi.routes.locations import LocationRoutes
from ocpi.routes.payments import PaymentRoutes
from ocpi.routes.sessions import SessionRoutes
from ocpi.routes.tariffs import TariffRoutes
from ocpi.routes.tokens import TokenRoutes
from ocpi.wire.calls import Interface


def module_interfaces(deps: OcpiDependencies) -> list[Interface]:
    """One sender and one receiver interface of each module."""
    roaming, clock, rare = deps.roaming, deps.clock, deps.rare
    return [
        *LocationRoutes(roaming, deps.locations, clock).interfaces(),
        *SessionRoutes(roaming, deps.sessions, clock, deps.smart.wishes).interfaces(),
        *CdrRoutes(roaming, deps.cdrs).interfaces(),
        *TariffRoutes(roaming, deps.tariffs, clock).interfaces(),
        *TokenRoutes(roaming, deps.tokens, clock).interfaces(),
        *CommandRoutes(roaming, deps.commands).interfaces(),
        *ProfileRoutes(roaming, deps.smart.profiles, deps.commands).interfaces(),
        *HubClientRoutes(rare.hub_clients).interfaces(),
        *InvoiceRoutes(rare.objects, rare.lists).interfaces(),
        *PaymentRoutes(rare.objects, rare.lists, clock).interfaces(),
        *BookingRoutes(rare.bookings, rare.objects, rare.lists, clock).interfaces(),
    ]
