"""Where we may connect to: the public internet over https, and the networks the settings name.

Partners tell us URLs, so a URL must not make us talk to our own network (C-284). A name is
resolved here, every address it has is checked, and the checked address is dialled, so a name that
answers differently a moment later changes nothing.
"""

import asyncio
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

from app.ports.http import HttpFailure

_PORTS = {"https": 443, "http": 80}
_NAT64 = IPv6Network("64:ff9b::/96")
_TARGET_SAFE = "/%:@!$&'()*+,;=~-._?"
_PLAIN = re.compile(rf"[A-Za-z0-9{re.escape(_TARGET_SAFE)}]*", re.ASCII)


@dataclass(slots=True)
class Target:
    """A destination: `addresses` are safe to dial once checked, `path` is the request line's."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...] = ()

    @property
    def origin(self) -> tuple[str, str, int]:
        """What connections are shared by."""
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> Target:
    """Take a URL apart; raises HttpFailure for what is no plain http(s) URL."""
    try:
        parts = urlsplit(url)
        host, port = _place(parts.scheme, parts.netloc)
    except ValueError:
        raise HttpFailure("the URL is malformed") from None
    path = _quoted(parts.path or "/")
    if parts.query:
        path = f"{path}?{_quoted(parts.query)}"
    return Target(parts.scheme, host, port, path)


def _quoted(text: str) -> str:
    """Most of the time there is nothing to quote."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe=_TARGET_SAFE)


@lru_cache(maxsize=1_000)
def _place(scheme: str, netloc: str) -> tuple[str, int]:
    """Host and port; raises HttpFailure, and ValueError for a port that is none."""
    parts = SplitResult(scheme, netloc, "", "", "")
    port = parts.port
    if scheme not in _PORTS or not parts.hostname:
        raise HttpFailure("the URL is not http or https")
    if parts.username is not None or parts.password is not None:
        raise HttpFailure("the URL holds credentials")
    return _plain_name(parts.hostname), _PORTS[scheme] if port is None else port


def _plain_name(host: str) -> str:
    """The name as the network knows it; raises HttpFailure."""
    if ":" in host:
        return host
    try:
        return host.encode("idna").decode() or host
    except UnicodeError:
        raise HttpFailure("the URL's host is no name") from None


class AddressGuard:
    """Resolves and checks destinations. `networks` are those besides the public internet."""

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks = tuple(ip_network(text, strict=False) for text in networks)

    async def check(self, target: Target) -> Target:
        """The target with addresses that may be dialled; raises HttpFailure."""
        found = await _resolve(target)
        for text in found:
            address = ip_address(text)
            if any(address in network for network in self._networks):
                continue
            if not _is_public(address):
                raise HttpFailure(f"{target.host} is not on the public internet")
            if target.scheme != "https":
                raise HttpFailure(f"{target.host} must be called by https")
        return Target(target.scheme, target.host, target.port, target.path, found)


async def _resolve(target: Target) -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise HttpFailure(f"{target.host} has no address") from None
    addresses = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return tuple(addresses)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address, and the one it may carry inside, is routed on the internet."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            return False
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
