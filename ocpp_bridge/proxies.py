"""What a TLS proxy before us says of the connections that it passes on, if it is believed.

A proxy that ends TLS has verified the charger's certificate and shows it in a header: as PEM,
percent-encoded, or as `Client-Cert` does (RFC 9440, 2.1). From anybody else the header is nothing.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from websockets.http11 import Request

from app.domain.errors import Unauthenticated
from app.domain.security import Arrival, ClientCertificate

PROTOCOL_HEADER = "X-Forwarded-Proto"
_SECURE = frozenset({"https", "wss"})


@dataclass(frozen=True, slots=True)
class Proxies:
    """Whose word is taken, and in which header the certificate is; without a header in none."""

    networks: Sequence[IPv4Network | IPv6Network] = ()
    certificate_header: str | None = None

    def arrival(self, peer: str, direct: Arrival, request: Request) -> Arrival:
        """How a charger came to whoever passed it on; raises Unauthenticated for nonsense."""
        if not self._is_believed(peer):
            return direct
        secure = request.headers.get_all(PROTOCOL_HEADER)
        shown = request.headers.get_all(self.certificate_header) if self.certificate_header else []
        if len(shown) > 1:
            raise Unauthenticated("there are several certificate headers")
        if shown and shown[0].strip():
            return Arrival(tls=True, certificate=read_certificate(shown[0].strip()))
        through_tls = len(secure) == 1 and secure[0].strip().lower() in _SECURE
        return Arrival(tls=direct.tls or through_tls)

    def _is_believed(self, peer: str) -> bool:
        try:
            address = ip_address(peer.split("%", maxsplit=1)[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.networks)


NO_PROXIES = Proxies()


def read_certificate(shown: str) -> ClientCertificate:
    """Whom a certificate in a header names; raises Unauthenticated for what is none."""
    try:
        if shown.startswith(":"):
            der = base64.b64decode(shown.strip(":"), validate=True)
            found = x509.load_der_x509_certificate(der)
        else:
            found = x509.load_pem_x509_certificate(unquote(shown).encode())
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise Unauthenticated("the certificate header holds no certificate") from error
    digits = f"{found.serial_number:X}"
    return ClientCertificate(
        common_name=_named(found, x509.NameOID.COMMON_NAME),
        organisation=_named(found, x509.NameOID.ORGANIZATION_NAME),
        serial=digits.zfill(len(digits) + len(digits) % 2),
    )


def _named(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str:
    """Several names are no name: nobody knows which of them somebody vouched for."""
    return ",".join(str(each.value) for each in certificate.subject.get_attributes_for_oid(kind))
