"""The listener with a TLS context: security profile 2."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import connect

from app.adapters.clock_system import SystemClock
from ocpp_bridge.links import Links
from ocpp_bridge.listener import Listener, ListenerOptions
from tests.edge.ocpp.conftest import KEY, Charger, basic, serving
from tests.edge.ocpp.counterpart import Hub


class FixedTls:
    """Certificates that never change."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context: ssl.SSLContext | None = context

    async def fresh(self) -> ssl.SSLContext | None:
        context, self._context = self._context, None
        return context


def a_certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def test_a_charger_over_tls(tmp_path: Path, hub: Hub) -> None:
    pem = a_certificate(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    options = ListenerOptions(drain_s=0.0)
    listener = Listener(
        hub.dispatch(), SystemClock(), options=options, links=Links(), tls=FixedTls(server)
    )
    async with (
        serving(listener),
        connect(
            f"wss://127.0.0.1:{listener.port}/ocpp/CP1",
            ssl=ssl.create_default_context(cafile=str(pem)),
            additional_headers={"Authorization": basic("CP1", KEY)},
            subprotocols=["ocpp2.0.1"],
            proxy=None,
        ) as socket,
    ):
        assert await Charger(socket).alive()
