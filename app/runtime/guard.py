"""What chargers prove themselves with, wired: keys, profiles, certificates, and who signs."""

from dataclasses import dataclass

from app.adapters.ca_builtin import BuiltInAuthority
from app.adapters.vehicle_certificates_sandbox import SandboxVehicleCertificates
from app.domain.commands import Command
from app.runtime.outside import Outside
from app.use_cases.certificates import Certificates
from app.use_cases.charger_security import ChargerSecurity
from app.use_cases.vehicle_certificates import VehicleCertificates
from app.use_cases.web_payments import WebPayments


@dataclass(frozen=True, slots=True)
class Guard:
    """The use-cases about the keys and certificates of chargers, and of vehicles at them."""

    security: ChargerSecurity
    certificates: Certificates
    vehicles: VehicleCertificates
    web_payments: WebPayments

    def reveal(self, command: Command) -> Command:
        """The command with what is secret in it, for the moment in which it leaves the house."""
        return self.web_payments.reveal(self.security.reveal(command))


def build_guard(outside: Outside) -> Guard:
    """Build them; the house's own authority signs."""
    store, clock = outside.store, outside.clock
    authority = BuiltInAuthority(store, outside.sealer, clock)
    return Guard(
        security=ChargerSecurity(store, clock, outside.sealer),
        certificates=Certificates(store, clock, authority),
        vehicles=_vehicles(outside),
        web_payments=WebPayments(
            store, clock, outside.sealer, public_url=outside.settings.public_url
        ),
    )


def _vehicles(outside: Outside) -> VehicleCertificates:
    if outside.settings.vehicle_certificates == "none":
        return VehicleCertificates()
    return VehicleCertificates(SandboxVehicleCertificates(outside.secrets[-1], outside.clock))
