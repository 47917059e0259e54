"""Plug and charge: certificates of vehicles and their contracts, as chargers ask about them.

Source: OCPP 2.0.1, M01 to M06 and C07; OCPP 2.1, M07; ISO 15118-2.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.certificates import CertificateHash


@dataclass(frozen=True, slots=True)
class EvCertificateAsked:
    """A vehicle wants its contract's certificate installed or updated; `exi` is base64."""

    schema_version: str
    action: str
    exi: str
    most_chains: int | None = None
    emaids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvCertificate:
    """The answer for the vehicle (base64), empty when there is none; `reason` says why then.

    `remaining` is how many contracts more there are for this vehicle.
    """

    exi: str
    reason: str = ""
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class OcspAsked:
    """Whether a certificate still holds; `responder` is the address that its maker names."""

    certificate: CertificateHash
    responder: str = ""


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """A signed OCSP response (DER, base64), empty when there is none; `reason` says why then."""

    response: str
    reason: str = ""


class Standing(StrEnum):
    """Whether a certificate holds. Source: OCPP 2.1, CertificateStatusEnumType."""

    GOOD = "Good"
    REVOKED = "Revoked"
    UNKNOWN = "Unknown"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class StandingAsked:
    """The same of 2.1; `source` is OCSP or CRL."""

    certificate: CertificateHash
    source: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandingKnown:
    """How a certificate stands, and until when that may be believed."""

    standing: Standing
    next_update: datetime


class ContractVerdict(StrEnum):
    """May a contract be charged on. Source: OCPP 2.0.1, AuthorizeCertificateStatusEnumType."""

    ACCEPTED = "Accepted"
    SIGNATURE_ERROR = "SignatureError"
    EXPIRED = "CertificateExpired"
    REVOKED = "CertificateRevoked"
    NONE_AVAILABLE = "NoCertificateAvailable"
    CHAIN_ERROR = "CertChainError"
    CANCELLED = "ContractCancelled"


@dataclass(frozen=True, slots=True)
class ContractShown:
    """A vehicle's contract: its id, its chain (PEM) or the hashes of it, or both."""

    emaid: str
    chain: str | None = None
    hashes: tuple[OcspAsked, ...] = ()
