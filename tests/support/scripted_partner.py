"""A registered partner whose server answers what a test says, and remembers what it was sent."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from app.adapters.addresses import AddressGuard
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.domain.partners import Endpoint, InterfaceRole, Partner
from app.use_cases.registration import client_token_context
from ocpi.client.exchange import PartnerCalls
from ocpi.wire.documents import decode
from tests.support.roaming_objects import a_partner
from tests.unit.adapters.http_server import serve

SENT_TOKEN = "client-token-of-ours"
MODULES = ("locations", "sessions", "cdrs", "tariffs", "tokens", "commands", "chargingprofiles")


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Say:
    """What to answer: an envelope with `data`, unless `raw` is given."""

    data: Any = None
    code: int = 1000
    http: int = 200
    headers: tuple[str, ...] = ()
    raw: bytes | None = None
    message: str = "said"

    def bytes(self) -> bytes:
        envelope = {"data": self.data, "status_code": self.code, "status_message": self.message}
        full = json.dumps({**envelope, "timestamp": "2026-05-04T12:00:00Z"}).encode()
        body = full if self.raw is None else self.raw
        head = [f"HTTP/1.1 {self.http} X", f"Content-Length: {len(body)}", *self.headers, "", ""]
        return "\r\n".join(head).encode() + body


Answerer = Callable[[Received], Say | bytes | None]


@dataclass
class ScriptedPartner:
    """`answers` decides by request; by default everything is fine."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: Answerer = field(default=lambda _: Say())

    def partner(self, sealer: FernetSealer, **changes: Any) -> Partner:
        """The partner as it is registered with us."""
        sides = [(m, side) for m in MODULES for side in InterfaceRole]
        endpoints = tuple(Endpoint(m, s, f"{self.url}/{s.lower()}/{m}") for m, s in sides)
        known = a_partner(endpoints=endpoints, versions_url=f"{self.url}/versions")
        named = changes.get("id", known.id)
        sealed = sealer.seal(SENT_TOKEN, client_token_context(named))
        return replace(known, **{"client_token": sealed, **changes})

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Methods and paths, in order."""
        return [(r.method, r.path) for r in self.received]


def _read(request: bytes) -> Received:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (re.split(r":\s*", line, maxsplit=1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    return Received(method, target, headers, decode(body) if body else None)


@asynccontextmanager
async def scripted_partner() -> AsyncIterator[ScriptedPartner]:
    """A partner's server on loopback."""
    partner = ScriptedPartner()

    def answer(request: bytes) -> bytes | None:
        received = _read(request)
        partner.received.append(received)
        said = partner.answers(received)
        return said.bytes() if isinstance(said, Say) else said

    async with serve(answer) as server:
        partner.url = server.url
        assert urlsplit(partner.url).port
        yield partner


@asynccontextmanager
async def partner_calls(
    sealer: FernetSealer, *, timeout_s: float = 2.0
) -> AsyncIterator[PartnerCalls]:
    """Our client, allowed to call loopback."""
    clock = SystemClock()
    client = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
    yield PartnerCalls(client, sealer, clock, timeout_s=timeout_s)
    await client.close()
