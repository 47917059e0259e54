"""Firmware: what a charger is asked to install, or to publish to those behind it.

Source: OCPP 1.6, 5.18 Update Firmware; OCPP 1.6 security extension, Signed Update Firmware;
OCPP 2.0.1, L01 to L04.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class UpdateFirmware:
    """Fetch firmware from `location` and install it; without times at once.

    `retries` and `retry_after` are the charger's for fetching it; None leaves them to it.
    """

    location: str
    retrieve_at: datetime | None = None
    install_at: datetime | None = None
    retries: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class UpdateSignedFirmware:
    """The same with the maker's signature (base64) and the certificate (PEM) it is checked by."""

    location: str
    signature: str
    certificate: str
    retrieve_at: datetime | None = None
    install_at: datetime | None = None
    retries: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PublishFirmware:
    """Fetch firmware for the chargers behind this one; `checksum` is its MD5 in hexadecimal."""

    location: str
    checksum: str
    retries: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class UnpublishFirmware:
    """Stop publishing the firmware of this checksum."""

    checksum: str


@dataclass(frozen=True, slots=True)
class FirmwareUnpublished:
    """The charger no longer offers the firmware of this checksum."""

    checksum: str
