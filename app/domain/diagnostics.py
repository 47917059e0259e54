"""Files that chargers send, and what they tell about their security.

Source: OCPP 1.6, 5.9 Get Diagnostics; OCPP 1.6 security extension, Get Log and Security Event;
OCPP 2.0.1, N01 and A04; OCPP 2.0.1 Part 2 Appendices, Security Events.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Upload:
    """Send what was noted in a time to a directory."""

    location: str
    since: datetime | None = None
    until: datetime | None = None
    retries: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class GetDiagnostics(Upload):
    """Send the diagnostics, as OCPP 1.6 has it."""


@dataclass(frozen=True, slots=True)
class GetLog(Upload):
    """Send a log: `DiagnosticsLog`, `SecurityLog`, or 2.1's `DataCollectorLog`."""

    log: str = "DiagnosticsLog"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """Something that concerns the security of a charger; `at` is the charger's time."""

    type: str
    at: datetime
    info: str | None = None


ERROR, ALERT, WARNING, NOTICE, INFORMATIONAL = 4, 5, 6, 7, 8
"""Severities as OCPP 2.0.1 counts them (MonitorType severity): 0 danger to 9 debug."""
CRITICAL = 3

_SEVERITIES = MappingProxyType({
    "TamperDetectionActivated": CRITICAL,
    "AttemptedReplayAttacks": CRITICAL,
    "InvalidFirmwareSignature": CRITICAL,
    "InvalidFirmwareSigningCertificate": CRITICAL,
    "SecurityLogWasCleared": CRITICAL,
    "FailedToAuthenticateAtCsms": ERROR,
    "CsmsFailedToAuthenticate": ERROR,
    "InvalidCsmsCertificate": ERROR,
    "InvalidCentralSystemCertificate": ERROR,
    "InvalidChargingStationCertificate": ERROR,
    "InvalidChargePointCertificate": ERROR,
    "MemoryExhaustion": ERROR,
    "MaintenanceLoginFailed": ALERT,
    "InvalidTLSVersion": ALERT,
    "InvalidTLSCipherSuite": ALERT,
    "InvalidMessages": WARNING,
    "ReconfigurationOfSecurityParameters": WARNING,
    "MaintenanceLoginAccepted": WARNING,
    "FirmwareUpdated": NOTICE,
    "SettingSystemTime": NOTICE,
    "ResetOrReboot": NOTICE,
    "StartupOfTheDevice": INFORMATIONAL,
})  # fmt: skip
_BY_FOLDED = {name.casefold(): severity for name, severity in _SEVERITIES.items()}


def severity_of(event: str) -> int:
    """How grave an event of this type is; a maker's own types are warnings."""
    return _BY_FOLDED.get(event.strip().casefold(), WARNING)
