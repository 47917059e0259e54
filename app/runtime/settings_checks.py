"""What is wrong with a setting, said where it is read: later it would be a trace, or silence."""

import re
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

_DATABASES = ("sqlite:///", "postgresql://")
_PROVIDER = re.compile(r"[\w-]+=(https?://[^\s|]+)\|[^\s|,]+(?:,[^\s|,]+)*(?:\|([^\s|]+))?")
_TEAM_KEY = re.compile(r"team-key:[^:]+:[^:]+:.+")
_APPLE = "https://appleid.apple.com"
_IOS_APP = re.compile(r"[A-Z0-9]{10}\.[A-Za-z0-9.-]{1,155}")
_PRINT = r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}"
_ANDROID_APP = re.compile(rf"[A-Za-z]\w*(?:\.[A-Za-z]\w*)+={_PRINT}(?:,{_PRINT})*")
_PRIVATE = (".internal", ".lan", ".local", ".localhost", ".test")
_PLACES = ("{z}", "{x}", "{y}")


def check_database(address: str) -> str:
    """A database of a kind we have a driver for; raises ValueError."""
    begins = next((kind for kind in _DATABASES if address.startswith(kind)), None)
    if begins is None or address == begins:
        raise ValueError("is neither sqlite:///FILE nor postgresql://USER@HOST/DATABASE")
    if begins == _DATABASES[0] and not Path(address.removeprefix(begins)).parent.is_dir():
        raise ValueError("names a file in a folder that does not exist")
    return address


def check_bus(address: str | None) -> str | None:
    """Servers of NATS; raises ValueError."""
    servers = address.split(",") if address else ()
    for each in servers:
        if urlsplit(each.strip()).scheme not in {"nats", "tls"} or "//" not in each:
            raise ValueError("is not nats://HOST:PORT")
    return address


def check_origin(url: str) -> str:
    """Where others reach us, without a final slash; raises ValueError.

    In public that is by TLS only (OCPI 2.2.1, Transport and format, Security).
    """
    url = url.rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"[\s?#@]", url):
        raise ValueError("is no address such as https://charge.example")
    if parts.scheme == "http" and not _is_private(parts.hostname):
        raise ValueError("is public, and needs https: partners' and drivers' tokens go there")
    return url


def _is_private(host: str) -> bool:
    """Whether a host is of this machine, or of a network of one's own."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE)


def check_amount(text: str) -> str:
    """An amount of money above nothing; raises ValueError."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise ValueError("is no amount above 0")
    return text


def check_providers(text: str) -> None:
    """OpenID Connect providers, the values of which are not repeated; raises ValueError."""
    for part in text.split():
        found = _PROVIDER.fullmatch(part)
        if found is None:
            raise ValueError("is not NAME=ISSUER|CLIENT_ID or NAME=ISSUER|CLIENT_ID|CLIENT_SECRET")
        issuer, secret = found[1].rstrip("/"), found[2] or ""
        wants_key = issuer == _APPLE or secret.startswith("team-key:")
        if wants_key and not _TEAM_KEY.fullmatch(secret):
            raise ValueError("needs team-key:TEAM_ID:KEY_ID:FILE as Apple's client secret")


def check_ios_apps(text: str) -> str:
    """Ids of apps; raises ValueError."""
    if not all(_IOS_APP.fullmatch(part) for part in text.split()):
        raise ValueError("is not TEAM_ID.BUNDLE_ID")
    return text


def check_android_apps(text: str) -> str:
    """Packages with their certificates' fingerprints; raises ValueError."""
    if not all(_ANDROID_APP.fullmatch(part) for part in text.split()):
        raise ValueError("is not PACKAGE=AA:BB:…, the SHA-256 fingerprint of its certificate")
    return text


def check_tiles(url: str | None) -> str | None:
    """An address of map tiles with the three numbers of a tile; raises ValueError."""
    if url is not None:
        parts = urlsplit(re.sub(r"\{\w\}", "1", url))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("is no http(s) address")
        if not all(place in url for place in _PLACES):
            raise ValueError("needs {z}, {x} and {y}")
    return url


def check_proxies(text: str) -> str:
    """Addresses or networks, never everybody: who is believed can name any client.

    Raises ValueError.
    """
    for part in text.split(","):
        if part.strip() and ip_network(part.strip()).prefixlen == 0:
            raise ValueError("would believe everybody")
    return text
