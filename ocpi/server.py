"""The OCPI site: one ASGI app that serves every version, module and side below `/ocpi`.

The order of things is what OCPI asks for: who calls is settled before anything else (a stranger
learns neither routes nor schemas), then whether the resource exists, then headers, then the body.
Whatever goes wrong, the answer is an envelope with the request's ids. It is plain ASGI, since ids
may hold encoded slashes, which routers that match decoded paths cannot tell from separators.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Any, Protocol
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import DomainError, InvalidInput, RateLimited, Unauthenticated
from app.domain.identifiers import PartyId
from app.domain.partners import Role
from app.ports.clock import Clock
from app.queries.roaming import Roaming
from app.store.correlation import correlation_id
from app.store.ids import new_id
from app.use_cases.cdrs import Cdrs
from app.use_cases.commands import Commands
from app.use_cases.locations import Locations
from app.use_cases.partners import Partners
from app.use_cases.roaming import PartnerSessions
from app.use_cases.tariffs import Tariffs
from app.use_cases.tokens import Tokens
from ocpi.routes.cdrs import CdrRoutes
from ocpi.routes.commands import CommandRoutes
from ocpi.routes.locations import LocationRoutes
from ocpi.routes.sessions import SessionRoutes
from ocpi.routes.tariffs import TariffRoutes
from ocpi.routes.tokens import TokenRoutes
from ocpi.routes.versions import mount_versions
from ocpi.wire.access import authenticate
from ocpi.wire.addresses import CPO, ROOT, Face
from ocpi.wire.calls import Answer, Body, Call, Interface
from ocpi.wire.documents import NotJson, decode
from ocpi.wire.envelope import seal
from ocpi.wire.faults import INTERNAL, Fault, MethodNotAllowed, NotOcpi, TooLarge, fault
from ocpi.wire.headers import Exchange, answer_headers, id_headers, identify, route
from ocpi.wire.mounting import Found, Mount, Table, segments_of
from ocpi.wire.paging import read_query

log = getLogger(__name__)

MAX_BODY = 1024 * 1024
"""Bytes; the largest location of the field is a tenth of that."""


class Credentials(Protocol):
    """The credentials module, which differs by face only."""

    def interface(self, face: Face) -> Interface:
        """What is mounted at this face's credentials address."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OcpiDependencies:
    """What the site needs; `public_url` is the address partners reach us by, without `/ocpi`."""

    public_url: str
    clock: Clock
    partners: Partners
    credentials: Credentials
    roaming: Roaming
    locations: Locations
    tariffs: Tariffs
    tokens: Tokens
    sessions: PartnerSessions
    cdrs: Cdrs
    commands: Commands


def build_site(deps: OcpiDependencies) -> ASGIApp:
    """The ASGI app to be mounted at `/ocpi`."""
    table = Table(deps.public_url, _interfaces(deps), deps.credentials.interface)
    mount_versions(table)
    return Site(table, deps.partners, deps.clock)


def _interfaces(deps: OcpiDependencies) -> list[Interface]:
    roaming, clock = deps.roaming, deps.clock
    return [
        *LocationRoutes(roaming, deps.locations, clock).interfaces(),
        *SessionRoutes(roaming, deps.sessions, clock).interfaces(),
        *CdrRoutes(roaming, deps.cdrs).interfaces(),
        *TariffRoutes(roaming, deps.tariffs, clock).interfaces(),
        *TokenRoutes(roaming, deps.tokens, clock).interfaces(),
        *CommandRoutes(roaming, deps.commands).interfaces(),
    ]


class Site:
    """Serves a table of mounts."""

    def __init__(self, table: Table, partners: Partners, clock: Clock) -> None:
        self._table = table
        self._partners = partners
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): v for name, v in scope["headers"]}
        texts = {name: value.decode("latin-1") for name, value in headers.items()}
        request = _Request(scope, receive, texts, identify(texts, new_id()))
        bound = correlation_id.set(request.exchange.correlation_id)
        try:
            answer = await self._answer(request)
            await self._send(send, request, answer)
            await self._note_life(request.exchange)
        finally:
            correlation_id.reset(bound)

    async def _answer(self, request: "_Request") -> Answer:
        try:
            return await self._serve(request)
        except DomainError as error:
            answer = _refusal(fault(error), error)
        except Exception:
            # OCPI wants an envelope even for what nobody expected; the cause is for our log only.
            log.exception("ocpi.failed", extra={"path": request.scope["path"]})
            answer = _refusal(INTERNAL)
        log.info(
            "ocpi.refused",
            extra={"status": answer.status_code, "http": answer.http, "why": answer.message},
        )
        return answer

    async def _serve(self, request: "_Request") -> Answer:
        caller = await authenticate(request.headers.get("authorization"), self._partners.recognise)
        request.exchange = replace(request.exchange, caller=caller)
        found = self._table.find(segments_of(_path(request.scope)), request.scope["method"])
        mount = request.mount = found.mount
        request.exchange = replace(request.exchange, version=mount.version)
        _admit(request.exchange, mount)
        ours: tuple[PartyId, ...] = ()
        if mount.functional:
            if request.exchange.ocpi.has_routing_headers:
                request.exchange = route(request.exchange, request.headers)
            ours = await self._ours(request.exchange, mount)
        return await found.route.handler(await _call(request, found, ours))

    async def _ours(self, exchange: Exchange, mount: Mount) -> tuple[PartyId, ...]:
        """The parties of ours that a request means; raises InvalidInput for one we are not."""
        wanted = Role.CPO if mount.face == CPO else Role.EMSP
        roles = await self._partners.own_roles(hub=False)
        parties = tuple(dict.fromkeys(role.party for role in roles if role.role is wanted))
        if exchange.receiver is not None:
            if exchange.receiver not in parties:
                reason = f"{exchange.receiver} is no {wanted.value} party of this platform"
                raise InvalidInput("OCPI-to-party-id", reason)
            return (exchange.receiver,)
        return parties if exchange.ocpi.owner_in_body else parties[:1]

    async def _note_life(self, exchange: Exchange) -> None:
        """Whoever calls is alive, so what waits for it need wait no longer."""
        caller = exchange.caller
        if caller is None or not caller.partner.registered:
            return
        try:
            await self._partners.seen(caller.partner.id)
        except DomainError as error:
            log.warning("ocpi.not_noted", extra={"why": str(error)})

    async def _send(self, send: Send, request: "_Request", answer: Answer) -> None:
        body = seal(
            self._clock.now(),
            answer.data,
            status_code=answer.status_code,
            message=answer.message,
        )
        headers = {
            "content-type": "application/json",
            "content-length": str(len(body)),
            **_own_headers(request),
            **answer.headers,
        }
        encoded = [(name.encode("latin-1"), _header(value)) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.http, "headers": encoded})
        await send({"type": "http.response.body", "body": body})


@dataclass(slots=True)
class _Request:
    """A request as far as it is understood; grows on its way."""

    scope: Scope
    receive: Receive
    headers: Mapping[str, str]
    exchange: Exchange
    mount: Mount | None = None


def _own_headers(request: _Request) -> dict[str, str]:
    """The ids always; the routing only where the module and the version have any."""
    version, mount = request.exchange.version, request.mount
    routed = mount is not None and mount.functional
    if routed and version is not None and version.has_routing_headers:
        return answer_headers(request.exchange)
    return id_headers(request.exchange)


def _header(value: str) -> bytes:
    return value.encode("latin-1", "replace")


def _refusal(what: Fault, error: DomainError | None = None) -> Answer:
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    if isinstance(error, RateLimited):
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Token"
    return Answer(
        status_code=what.status_code, http=what.http, message=what.message, headers=headers
    )


def _admit(exchange: Exchange, mount: Mount) -> None:
    """Whether the caller's token is good for this address; raises Unauthenticated.

    Each platform of ours (our parties, the hub) has its own partners. Modules are open to
    registered partners, and in the version they registered for.
    """
    partner = exchange.partner
    if partner.hub is not mount.face.hub:
        raise Unauthenticated("the token is not for this platform")
    if mount.open_to_invited:
        return
    if exchange.caller is None or exchange.caller.invited or not partner.registered:
        raise Unauthenticated("the token is only good for registering")
    if mount.functional and mount.version and partner.version != mount.version.number:
        raise Unauthenticated(f"you are registered for version {partner.version}")


def _path(scope: Scope) -> str:
    """The path below the root as it was sent, percent-encoded."""
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    path = path.partition("?")[0].removeprefix(scope.get("root_path", ""))
    return path.removeprefix(f"/{ROOT}/")


async def _call(request: _Request, found: Found, ours: Iterable[PartyId]) -> Call:
    mount = found.mount
    body = await _body(request) if found.route.body is not Body.NONE else b""
    parsed = _parsed(body) if body or found.route.body is Body.NEEDED else None
    return Call(
        exchange=request.exchange,
        face=mount.face,
        url=mount.url,
        path=found.path,
        query=read_query(request.scope["query_string"].decode("latin-1")),
        body=parsed,
        ours=tuple(ours),
    )


def _parsed(body: bytes) -> Any:
    try:
        return decode(body)
    except NotJson as error:
        raise NotOcpi(str(error)) from None


async def _body(request: _Request) -> bytes:
    """The whole body; raises TooLarge before more than we take is in memory."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY:
        raise TooLarge(f"a body has at most {MAX_BODY} bytes")
    chunks = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise NotOcpi("the body ended early")
        chunks += message.get("body", b"")
        if len(chunks) > MAX_BODY:
            raise TooLarge(f"a body has at most {MAX_BODY} bytes")
        if not message.get("more_body", False):
            return bytes(chunks).strip()
