"""Who we are to chargers and whom we believe there: the addresses of OCPP, plain and with TLS.

Source: OCPP security whitepaper (edition 3), 3.3 to 3.5; OCPP 2.0.1, A, TLS.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_network
from pathlib import Path

from app.domain.errors import InvalidInput
from app.runtime.settings import Settings, split_bind
from ocpp_bridge.entrances import Entrance, TlsSource
from ocpp_bridge.proxies import Proxies

# Those that OCPP demands first; the last two for boxes that know no elliptic curves.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:AES128-GCM-SHA256:AES256-GCM-SHA384"

Roots = Callable[[], Awaitable[Sequence[str]]]


class TlsFiles:
    """Our certificate from a file, read anew when it changes; `roots` vouch for chargers' own.

    With `roots` every charger must show a certificate.
    """

    def __init__(
        self, certificate: Path, roots: Roots | None = None, bundle: Path | None = None
    ) -> None:
        self._certificate = certificate
        self._roots = roots
        self._bundle = bundle
        self._last = b""

    async def fresh(self) -> ssl.SSLContext | None:
        """What to show and whom to trust; raises InvalidInput for files that are none."""
        roots = list(await self._roots()) if self._roots is not None else None
        return await asyncio.to_thread(self._read, roots)

    def _read(self, roots: list[str] | None) -> ssl.SSLContext | None:
        shown = _bytes("ROAMWATT_OCPP_TLS_CERTIFICATE", self._certificate)
        more = _bytes("ROAMWATT_OCPP_CLIENT_CA_BUNDLE", self._bundle) if self._bundle else b""
        if roots is not None:
            more += b"\n" + "\n".join(roots).encode()
        digest = hashlib.sha256(shown + b"\0" + more).digest()
        if digest == self._last:
            return None
        context = self._context()
        if roots is not None:
            _demand(context, more)
        self._last = digest
        return context

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        context.set_ciphers(CIPHERS)
        try:
            context.load_cert_chain(self._certificate, password=_no_passphrase)
        except OSError as error:  # it holds no certificate with its key
            reason = error.strerror or str(error)
            raise InvalidInput("ROAMWATT_OCPP_TLS_CERTIFICATE", reason) from error
        return context


def _demand(context: ssl.SSLContext, roots: bytes) -> None:
    """Ask for a certificate, every time: a resumed session would not be checked again."""
    context.verify_mode = ssl.CERT_REQUIRED
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    if not roots.strip():
        return
    try:
        context.load_verify_locations(cadata=roots.decode("ascii", "ignore"))
    except (OSError, ValueError) as error:
        raise InvalidInput("ROAMWATT_OCPP_CLIENT_CA_BUNDLE", str(error)) from error


def _bytes(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(name, error.strerror or str(error)) from error


def _no_passphrase() -> str:
    """Instead of asking at a terminal that a service does not have."""
    raise InvalidInput("ROAMWATT_OCPP_TLS_CERTIFICATE", "is protected by a passphrase")


def main_tls(settings: Settings) -> TlsSource | None:
    """The TLS of the first address: none when TLS has an address of its own."""
    if settings.ocpp_tls_certificate is None or settings.ocpp_tls_bind is not None:
        return None
    return TlsFiles(settings.ocpp_tls_certificate)


def tls_proxies(settings: Settings) -> Proxies:
    """Who is believed about chargers' TLS: nobody, unless settings name them."""
    named = settings.ocpp_tls_proxies.split(",")
    networks = tuple(ip_network(each.strip()) for each in named if each.strip())
    return Proxies(networks, settings.ocpp_certificate_header)


def further_entrances(settings: Settings, roots: Roots) -> tuple[Entrance, ...]:
    """The addresses with TLS, and with chargers' certificates; raises InvalidInput."""
    certificate, found = settings.ocpp_tls_certificate, []
    for name, bind in (
        ("ROAMWATT_OCPP_TLS_BIND", settings.ocpp_tls_bind),
        ("ROAMWATT_OCPP_MUTUAL_TLS_BIND", settings.ocpp_mutual_tls_bind),
    ):
        if bind is None:
            continue
        if certificate is None:
            raise InvalidInput(name, "needs ROAMWATT_OCPP_TLS_CERTIFICATE")
        is_mutual = bind is settings.ocpp_mutual_tls_bind
        files = TlsFiles(
            certificate,
            roots if is_mutual else None,
            settings.ocpp_client_ca_bundle if is_mutual else None,
        )
        found.append(Entrance(*split_bind(bind), files))
    return tuple(found)
