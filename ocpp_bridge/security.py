"""Who is knocking: the station's identity from the address it calls, its proof from HTTP Basic."""

import base64
import binascii
import re
import ssl
from typing import cast
from urllib.parse import unquote

from app.domain.security import PLAIN, Arrival, ClientCertificate
from app.domain.stations import Credentials

ROOT = "ocpp"
Names = tuple[tuple[tuple[str, str], ...], ...]
MAX_IDENTITY = 255
_CONFIGURED_KEY = range(16, 21)
_HEX_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")


def station_identity(target: str) -> str | None:
    """The last non-empty segment of a request target, percent-decoded once; None if there is none.

    The query is no part of it. Source: OCPP 1.6J, 3.1.1 and 2.0.1 Part 4, 3.1.1.
    """
    segments = [segment for segment in target.split("?", 1)[0].split("/") if segment]
    if not segments or segments == [ROOT]:
        return None
    try:
        identity = unquote(segments[-1], errors="strict")
    except UnicodeDecodeError:
        return None
    return identity if len(identity) <= MAX_IDENTITY and identity.isprintable() else None


def read_arrival(tls: ssl.SSLObject | None) -> Arrival:
    """How a connection came; a certificate is shown only where TLS has verified its chain."""
    if tls is None:
        return PLAIN
    shown = tls.getpeercert()
    if not shown:
        return Arrival(tls=True)
    named: dict[str, list[str]] = {}
    for relative in cast(Names, shown.get("subject", ())):
        for kind, value in relative:
            named.setdefault(kind, []).append(value)
    certificate = ClientCertificate(
        # Several names are no name: nobody knows which of them somebody vouched for.
        common_name=",".join(named.get("commonName", ())),
        organisation=",".join(named.get("organizationName", ())),
        serial=str(shown.get("serialNumber", "")).upper(),
    )
    return Arrival(tls=True, certificate=certificate)


def read_basic(header: str | None) -> Credentials | None:
    """Credentials from an Authorization header; None when it is missing or not Basic.

    The key may be any bytes: an OCPP 1.6 charger decodes the hexadecimal AuthorizationKey it was
    configured with and sends the bytes (security whitepaper, A00.FR.205), or sends the digits.
    """
    if header is None:
        return None
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, key = decoded.partition(b":")
    if not colon:
        return None
    try:
        return Credentials(user.decode(), tuple(_forms(key)))
    except UnicodeDecodeError:
        return None


def _forms(key: bytes) -> dict[str, None]:
    """The texts this key may be registered as, the likeliest first."""
    forms: dict[str, None] = {}
    try:
        text = key.decode()
    except UnicodeDecodeError:
        text = ""
    else:
        forms[text] = None
    if len(key) in _CONFIGURED_KEY:
        forms |= dict.fromkeys((key.hex(), key.hex().upper()))
    if _HEX_KEY.fullmatch(text):
        forms |= dict.fromkeys((text.lower(), text.upper()))
    return forms
