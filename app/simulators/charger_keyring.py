"""What a charger keeps of keys and certificates: its own, and those it trusts.

It makes a new key for each request, as chargers do, and takes a certificate only for the key it
waits for. Over `wss` it trusts the central system's roots that were installed, and shows its own
certificate once it has one.
"""

import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from app.simulators.ocpp_schemas import Payload

OWN = "ChargingStationCertificate"
_ALGORITHM = "SHA256"
Kept = tuple[str, str]
"""What a certificate is trusted for, and the certificate (PEM)."""


class Keyring:
    """What a charger keeps: its keys and certificates by use, and those it trusts by hash.

    `organisation` and `common_name` are what it writes into its requests.
    """

    def __init__(self, common_name: str, organisation: str | None = None) -> None:
        self.common_name, self.organisation = common_name, organisation
        self.waiting: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.own: dict[str, tuple[ec.EllipticCurvePrivateKey, str]] = {}
        self.trusted: dict[tuple[str, str, str], Kept] = {}

    def request(self, use: str = OWN) -> str:
        """A signing request (PEM) for a new key."""
        key = self.waiting[use] = ec.generate_private_key(ec.SECP256R1())
        names = [x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)]
        if self.organisation is not None:
            names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organisation))
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def take(self, use: str, chain: str) -> bool:
        """Keep a certificate for the key that waits for it; False when it is for another."""
        key = self.waiting.get(use)
        try:
            certificate = x509.load_pem_x509_certificates(chain.encode())[0]
        except ValueError:
            return False
        if key is None or _public(certificate.public_key()) != _public(key.public_key()):
            return False
        self.own[use] = (self.waiting.pop(use), chain)
        return True

    def trust(self, use: str, pem: str) -> bool:
        """Keep a root; False when it is no certificate."""
        try:
            certificate = x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            return False
        named = hash_data(certificate)
        self.trusted[_key(named)] = (use, pem)
        return True

    def listed(self, uses: Iterable[str]) -> list[tuple[str, Payload]]:
        """Use and hash of what is trusted, for these uses."""
        wanted = set(uses)
        return [
            (use, hash_data(x509.load_pem_x509_certificate(pem.encode())))
            for use, pem in self.trusted.values()
            if not wanted or use in wanted
        ]

    def forget(self, named: Payload) -> bool:
        """Trust it no more; False when it was not trusted."""
        return self.trusted.pop(_key(named), None) is not None

    def context(self) -> ssl.SSLContext:
        """What a connection by `wss` trusts and shows."""
        context = ssl.create_default_context()
        for use, pem in self.trusted.values():
            if use in {"CSMSRootCertificate", "CentralSystemRootCertificate"}:
                context.load_verify_locations(cadata=pem)
        if OWN in self.own:
            key, chain = self.own[OWN]
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "own.pem"
                path.touch(mode=0o600)
                path.write_bytes(_private(key) + chain.encode())
                context.load_cert_chain(path)
        return context


def hash_data(certificate: x509.Certificate) -> Payload:
    """CertificateHashDataType of a root."""
    named = ocsp.OCSPRequestBuilder().add_certificate(certificate, certificate, hashes.SHA256())
    made = named.build()
    return {
        "hashAlgorithm": _ALGORITHM,
        "issuerNameHash": made.issuer_name_hash.hex(),
        "issuerKeyHash": made.issuer_key_hash.hex(),
        "serialNumber": f"{made.serial_number:x}",
    }


def _key(named: Payload) -> tuple[str, str, str]:
    return (
        named["issuerNameHash"].lower(),
        named["issuerKeyHash"].lower(),
        named["serialNumber"].lower().lstrip("0"),
    )


def _public(key: object) -> bytes:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
