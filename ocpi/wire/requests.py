"""A request from the ASGI server: its path, its body within bounds, and whether it may be made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.types import Receive, Scope

from app.domain.errors import InvalidInput, Unauthenticated
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, Role
from ocpi.wire.addresses import CPO, ROOT
from ocpi.wire.calls import Body, Call
from ocpi.wire.documents import NotJson, decode
from ocpi.wire.faults import NotOcpi, TooLarge
from ocpi.wire.headers import Exchange
from ocpi.wire.mounting import Found, Mount
from ocpi.wire.paging import read_query

MAX_BODY = 1024 * 1024
"""Bytes; the largest location of the field is a tenth of that."""


@dataclass(slots=True)
class Request:
    """A request as far as it is understood; grows on its way. Header names are lower case.

    `asked` is its body as far as that was read. Of the answer what the server took is kept: `http`
    is None until one begins.
    """

    scope: Scope
    receive: Receive
    headers: Mapping[str, str]
    exchange: Exchange
    mount: Mount | None = None
    asked: bytes | bytearray = b""
    http: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    said: bytes = b""
    path: str = field(init=False)
    """The path below the root as it was sent, percent-encoded."""

    def __post_init__(self) -> None:
        raw = self.scope.get("raw_path")
        path = raw.decode("latin-1") if raw else quote(self.scope["path"])
        path = path.partition("?")[0].removeprefix(self.scope.get("root_path", ""))
        self.path = str(path.removeprefix(f"/{ROOT}/"))

    @property
    def address(self) -> str:
        """Where it comes from, as far as the socket (or a trusted proxy) tells."""
        client = self.scope.get("client")
        return str(client[0]) if client else "unknown"

    def below(self, segments: int) -> str:
        """What follows so many segments of the path, percent-encoded as it was sent."""
        rest = self.path
        if "//" not in rest and not rest.startswith("/"):
            parts = rest.split("/", segments)
            return parts[segments] if len(parts) > segments else ""
        for _ in range(segments):
            rest = rest.lstrip("/").partition("/")[2]
        return rest

    async def body(self) -> bytes:
        """The whole body, without white space around it; raises as `exact_body`."""
        return (await self.exact_body()).strip()

    async def exact_body(self) -> bytes:
        """The whole body as it came; raises TooLarge before more than we take is in memory."""
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > MAX_BODY:
            raise TooLarge(f"a body has at most {MAX_BODY} bytes")
        chunks = self.asked = bytearray()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise NotOcpi("the body ended early")
            chunks += message.get("body", b"")
            if len(chunks) > MAX_BODY:
                raise TooLarge(f"a body has at most {MAX_BODY} bytes")
            if not message.get("more_body", False):
                self.asked = whole = bytes(chunks)
                return whole


def admit(exchange: Exchange, mount: Mount, at: str | None = None) -> None:
    """Whether the caller's token is good for this address; raises Unauthenticated.

    Each platform of ours (our parties, the hub) has its own partners, and so has each party behind
    the hub that is called `at` an address of its own; what the hub made for one member has none.
    Modules are open to registered partners, and in the version they registered for.
    """
    partner = exchange.partner
    if partner.hub is not mount.face.hub:
        raise Unauthenticated("the token is not for this platform")
    meant = str(partner.counterpart) if partner.counterpart else None
    if meant != (at and at.upper()) and not mount.is_way_back:
        raise Unauthenticated("the token is not for this address")
    if mount.open_to_invited:
        return
    if exchange.caller is None or exchange.caller.invited or not partner.registered:
        raise Unauthenticated("the token is only good for registering")
    if mount.version and partner.version != mount.version.number:
        raise Unauthenticated(f"you are registered for version {partner.version}")


def meant(exchange: Exchange, mount: Mount, ours: Sequence[PartnerRole]) -> tuple[PartyId, ...]:
    """The parties of ours that a request means; raises InvalidInput for one we are not.

    Versions without owners in their objects know one party of ours only.
    """
    either = mount.interface is not None and mount.interface.either_side
    wanted = [Role.CPO if mount.face == CPO else Role.EMSP]
    if either:
        wanted = [Role.CPO, Role.EMSP]
    parties = tuple(dict.fromkeys(role.party for role in ours if role.role in wanted))
    if exchange.receiver is not None:
        if exchange.receiver not in parties:
            names = " or ".join(role.value for role in wanted)
            reason = f"{exchange.receiver} is no {names} party of this platform"
            raise InvalidInput("OCPI-to-party-id", reason)
        return (exchange.receiver,)
    return parties if exchange.ocpi.owner_in_body else parties[:1]


async def call_of(request: Request, found: Found, ours: tuple[PartyId, ...]) -> Call:
    """What the route gets; the body is read only now, and only if the route wants one."""
    body = await request.body() if found.route.body is not Body.NONE else b""
    parsed = _parsed(body) if body or found.route.body is Body.NEEDED else None
    query = request.scope["query_string"].decode("latin-1")
    return Call(
        exchange=request.exchange,
        face=found.mount.face,
        url=found.mount.url,
        path=found.path,
        query=read_query(query),
        raw_query=query,
        body=parsed,
        ours=ours,
    )


def _parsed(body: bytes) -> Any:
    try:
        return decode(body)
    except NotJson as error:
        raise NotOcpi(str(error)) from None
