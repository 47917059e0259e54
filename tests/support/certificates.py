"""A certificate authority of a test, and what it signed for a server and for a client."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
NAMES = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]


@dataclass(frozen=True)
class Certified:
    """PEM files; `locked_key` is the client's key behind a passphrase."""

    authority: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path
    locked_key: Path


def certificates(folder: Path) -> Certified:
    """Make them all."""
    authority, server, client = (generate_private_key(SECP256R1()) for _ in range(3))
    made = Certified(
        *(
            folder / f"{name}.pem"
            for name in ("authority", "server", "server-key", "client", "client-key", "locked")
        )
    )
    made.authority.write_bytes(_signed("authority", authority, by=authority))
    made.server.write_bytes(_signed("localhost", server, by=authority))
    made.client.write_bytes(_signed("Roamwatt", client, by=authority))
    made.server_key.write_bytes(_written(server, NoEncryption()))
    made.client_key.write_bytes(_written(client, NoEncryption()))
    made.locked_key.write_bytes(_written(client, BestAvailableEncryption(b"passphrase")))
    return made


def _written(key: EllipticCurvePrivateKey, lock: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


def _signed(name: str, key: EllipticCurvePrivateKey, *, by: EllipticCurvePrivateKey) -> bytes:
    is_authority = key is by
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=20_000))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
        .sign(by, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
