"""What chargers prove themselves with, wired: keys, profiles, certificates, and who signs."""

from dataclasses import dataclass

from app.adapters.ca_builtin import BuiltInAuthority
from app.runtime.outside import Outside
from app.use_cases.certificates import Certificates
from app.use_cases.charger_security import ChargerSecurity


@dataclass(frozen=True, slots=True)
class Guard:
    """The use-cases about chargers' keys and certificates."""

    security: ChargerSecurity
    certificates: Certificates


def build_guard(outside: Outside) -> Guard:
    """Build them; the house's own authority signs."""
    store, clock = outside.store, outside.clock
    authority = BuiltInAuthority(store, outside.sealer, clock)
    return Guard(
        security=ChargerSecurity(store, clock, outside.sealer),
        certificates=Certificates(store, clock, authority),
    )
