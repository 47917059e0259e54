"""Certificates of chargers: what is asked and told of them, and those that we had signed.

Source: OCPP security whitepaper (edition 3), A02 to A05 and M03 to M05; OCPP 2.0.1, A and M.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RENEW_BEFORE = timedelta(days=30)
"""How long before its end a certificate is renewed."""

MOST_REFUSALS = 3
"""How often a charger may refuse a new certificate before nobody tries any more."""

LEAST_RSA_BITS = 2048
LEAST_CURVE_BITS = 224
SHA1_AND_WORSE = frozenset({"md5", "sha1"})


class SigningUse(StrEnum):
    """What a certificate is for that a charger wants signed; OCPP 1.6 knows the first only."""

    CHARGING_STATION = "ChargingStationCertificate"
    V2G = "V2GCertificate"
    V2G_20 = "V2G20Certificate"


class InstalledUse(StrEnum):
    """What a certificate is for that is kept in a charger; 1.6's words are mapped to these."""

    CSMS_ROOT = "CSMSRootCertificate"
    MANUFACTURER_ROOT = "ManufacturerRootCertificate"
    V2G_ROOT = "V2GRootCertificate"
    MO_ROOT = "MORootCertificate"
    OEM_ROOT = "OEMRootCertificate"
    V2G_CHAIN = "V2GCertificateChain"


@dataclass(frozen=True, slots=True)
class CertificateHash:
    """How a certificate is named. Source: RFC 6960, CertID; hashes and serial in hex."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial: str

    @property
    def name(self) -> str:
        """One text for all of it, the same whatever the letters' case."""
        parts = (self.algorithm, self.issuer_name_hash[:32], self.issuer_key_hash[:32])
        return "/".join((*parts, self.serial.lstrip("0"))).casefold()


@dataclass(frozen=True, slots=True)
class InstallCertificate:
    """Trust this certificate (PEM)."""

    use: InstalledUse
    certificate: str


@dataclass(frozen=True, slots=True)
class DeleteCertificate:
    """Trust it no more."""

    certificate: CertificateHash


@dataclass(frozen=True, slots=True)
class ListCertificates:
    """Which certificates are kept; of all uses when none is named."""

    uses: tuple[InstalledUse, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliverCertificate:
    """Here is what you wanted signed: CertificateSigned; `chain` is PEM, its own first."""

    certificate_id: str
    use: SigningUse
    chain: str
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class RenewCertificate:
    """Make a new key, and ask us to sign it: ExtendedTriggerMessage or TriggerMessage."""

    use: SigningUse = SigningUse.CHARGING_STATION


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Use another password from now on; it is sealed (for `password_context`) until it leaves."""

    secret: str


def password_context(station_id: str) -> str:
    """What the password of a charger is sealed for."""
    return f"password of charger {station_id.casefold()}"


@dataclass(frozen=True, slots=True)
class RaiseProfile:
    """Use a higher security profile (OCPP 1.6: the configuration key SecurityProfile)."""

    profile: int


@dataclass(frozen=True, slots=True)
class SigningWanted:
    """A charger wants a key of its own certified; `csr` is PEM (PKCS #10)."""

    csr: str
    use: SigningUse = SigningUse.CHARGING_STATION
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class SigningAnswer:
    """Whether we see to it; `reason` why not, for a `statusInfo`."""

    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CertificateDelivered:
    """The charger's answer to a certificate that we had signed."""

    certificate_id: str
    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """A certificate that a charger keeps, and those it keeps below it."""

    use: InstalledUse
    certificate: CertificateHash
    children: tuple[CertificateHash, ...] = ()


@dataclass(frozen=True, slots=True)
class CertificatesListed:
    """All that a charger keeps of these uses (of all when there are none)."""

    uses: tuple[InstalledUse, ...]
    kept: tuple[KeptCertificate, ...]


@dataclass(frozen=True, slots=True)
class CertificateInstalled:
    """A charger trusts a certificate (PEM) that we sent it."""

    use: InstalledUse
    certificate: str


@dataclass(frozen=True, slots=True)
class CertificateDeleted:
    """A charger does not keep a certificate any more, or never did."""

    certificate: CertificateHash


@dataclass(frozen=True, slots=True)
class PasswordRefused:
    """The charger certainly keeps its old password."""

    command_id: str


class CertificateState(StrEnum):
    """WANTED → SIGNED → (DELIVERING →) INSTALLED, and how it ends otherwise.

    REFUSED: by the charger, after the last try. FAILED: the authority would not sign. REPLACED:
    a newer one of the same use is in the charger.
    """

    WANTED = "wanted"
    SIGNED = "signed"
    DELIVERING = "delivering"
    INSTALLED = "installed"
    REFUSED = "refused"
    FAILED = "failed"
    REPLACED = "replaced"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ChargerCertificate:
    """A certificate of a charger, from its request on.

    `serial` is in hex, upper case. `renewal_asked_at` is when the charger was last told to renew
    it, `due_at` when it is to be looked at again, `refusals` how often the charger refused.
    """

    id: str
    station_id: str
    use: SigningUse
    state: CertificateState
    wanted_at: datetime
    csr: str
    request_id: int | None = None
    subject: str = ""
    chain: str | None = None
    serial: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    settled_at: datetime | None = None
    command_id: str | None = None
    refusals: int = 0
    reason: str = ""
    renewal_asked_at: datetime | None = None
    due_at: datetime | None = None
    version: int = 0

    @property
    def is_valid_proof(self) -> bool:
        """Whether a connection with it may come in; what was signed may be in use already."""
        return self.state in _PROOFS


_PROOFS = frozenset({
    CertificateState.SIGNED, CertificateState.DELIVERING, CertificateState.INSTALLED,
    CertificateState.REPLACED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A public key: `RSA` or `EC`, and how many bits."""

    kind: str
    bits: int


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A certificate signing request as it was read; `digest` is the hash of its signature."""

    common_names: tuple[str, ...]
    organisations: tuple[str, ...]
    key: KeyFacts
    digest: str
    is_signed_by_its_key: bool
    wants_authority: bool = False


def request_problem(
    request: SigningRequest, names: tuple[str, ...], organisation: str | None
) -> str:
    """Why a request is not signed, empty when it is.

    `names` are what the charger goes by: its identity and serial number. An organisation that the
    request leaves out is filled in by us. Source: OCPP security whitepaper, A02.FR.06 and 3.5.
    """
    if not request.is_signed_by_its_key:
        return "the request is not signed with its own key"
    if request.digest in SHA1_AND_WORSE:
        return f"the request is signed with {request.digest}"
    if weak := _weakness(request.key):
        return weak
    if request.wants_authority:
        return "a charger is no certificate authority"
    return _wrong_name(request, names, organisation)


def _weakness(key: KeyFacts) -> str:
    if key.kind == "RSA":
        return "" if key.bits >= LEAST_RSA_BITS else f"an RSA key of {key.bits} bits is too short"
    if key.kind == "EC":
        return "" if key.bits >= LEAST_CURVE_BITS else f"a curve of {key.bits} bits is too short"
    return f"keys of the kind {key.kind} are not signed"


def _wrong_name(request: SigningRequest, names: tuple[str, ...], organisation: str | None) -> str:
    if len(request.common_names) != 1:
        return "the request needs one common name"
    wanted = request.common_names[0]
    if wanted.casefold() not in {name.casefold() for name in names}:
        return f"the request is for {wanted[:48]!r}"
    if organisation is not None:
        others = [o for o in request.organisations if o.casefold() != organisation.casefold()]
        if others:
            return f"the request is for the company {others[0][:48]!r}"
    return ""


_PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)


def pem_blocks(chain: str) -> list[str]:
    """The certificates of a PEM chain, one text each."""
    return _PEM.findall(chain)


def shortened(chain: str, most: int) -> str | None:
    """The chain in at most so many characters: certificates are left out from the root down.

    None when not even the first fits.
    """
    blocks = pem_blocks(chain)
    while blocks and len("\n".join(blocks)) > most:
        blocks.pop()
    return "\n".join(blocks) or None
