"""The OCPI site: one ASGI app that serves every version, module and side below `/ocpi`.

The order of things is what OCPI asks for: who calls is settled before anything else (a stranger
learns neither routes nor schemas), then whether the resource exists, then headers, then the body.
Whatever goes wrong, the answer is an envelope with the request's ids. It is plain ASGI, since ids
may hold encoded slashes, which routers that match decoded paths cannot tell from separators.
"""

from dataclasses import replace
from logging import getLogger

from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import DomainError, InvalidInput, Unauthenticated
from app.domain.exchanges import Direction
from app.domain.partners import Quirk
from app.ports.clock import Clock
from app.store.correlation import correlation_id
from app.store.ids import new_id
from app.use_cases.partners import Partners
from app.use_cases.windows import Allowance, Window
from ocpi.dependencies import REQUESTS_PER_MINUTE, OcpiDependencies
from ocpi.hub.relay import Relay
from ocpi.hub.site import message_of, mount_hub
from ocpi.hub.standing_in import status_in
from ocpi.hub.virtual import addressed, mount_virtual
from ocpi.modules import module_interfaces
from ocpi.recorder import Recorder, Talk
from ocpi.routes.versions import mount_versions
from ocpi.versions.registry import OcpiVersion, spoken
from ocpi.wire.access import Caller, authenticate
from ocpi.wire.addresses import ROOT, shown_path
from ocpi.wire.answers import refusal, send_answer
from ocpi.wire.calls import Answer, Relayed
from ocpi.wire.envelope import HUB_ERROR
from ocpi.wire.faults import INTERNAL, Fault, NoResource, fault
from ocpi.wire.headers import Exchange, identify, route, sender_named
from ocpi.wire.mounting import Mount, Table, segments_of
from ocpi.wire.requests import Request, admit, call_of, meant

log = getLogger(__name__)

STRANGERS_PER_MINUTE = 300
"""How often one address may show a token that is none; a valid one is always let in."""

AT_ONCE_S = 0.05
"""Who sends a body for longer than this gets it judged by what holds at its end."""

_TOO_MANY = 429


def build_site(deps: OcpiDependencies) -> ASGIApp:
    """The ASGI app to be mounted at `/ocpi`."""
    table = Table(deps.public_url, module_interfaces(deps), deps.credentials.interface)
    mount_versions(table)
    if deps.hub is not None:
        mount_hub(table, deps.public_url)
        mount_virtual(table, deps.public_url, deps.credentials.interface)
    if deps.members is not None:
        deps.members.mount(table, deps.public_url)
    return Site(
        table,
        deps.partners,
        deps.clock,
        per_minute=deps.requests_per_minute,
        recorder=deps.recorder,
        hub=deps.hub,
    )


class Site:
    """Serves a table of mounts."""

    def __init__(
        self,
        table: Table,
        partners: Partners,
        clock: Clock,
        *,
        per_minute: int = REQUESTS_PER_MINUTE,
        recorder: Recorder | None = None,
        hub: Relay | None = None,
    ) -> None:
        """`per_minute` requests each partner may make; what is more is answered 429."""
        self._table = table
        self._partners = partners
        self._clock = clock
        self._recorder = recorder or Recorder(clock)
        self._hub = hub
        self._strangers = Window(STRANGERS_PER_MINUTE, 60, clock)
        self._allowance = Allowance(per_minute, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; anything but HTTP is not for us."""
        if scope["type"] != "http":
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        request = Request(scope, receive, headers, identify(headers, new_id))
        bound = correlation_id.set(request.exchange.correlation_id)
        try:
            talk = self._heard(request)
            try:
                answer = await self._answer(request)
                talk.status = answer.status_code
                await send_answer(send, request, answer, self._clock)
            finally:
                self._take_down(talk, request)
            await self._note_life(request.exchange)
        finally:
            correlation_id.reset(bound)

    def _heard(self, request: Request) -> Talk:
        """The exchange as far as it is known at its beginning."""
        query = request.scope["query_string"].decode("latin-1")
        return Talk(
            direction=Direction.IN,
            at=self._clock.now(),
            began=self._clock.monotonic(),
            method=request.scope["method"],
            url=f"/{ROOT}/{request.path}" + (f"?{query}" if query else ""),
            headers=request.headers,
            request_id=request.exchange.request_id,
            correlation_id=request.exchange.correlation_id,
        )

    def _take_down(self, talk: Talk, request: Request) -> None:
        """Keep the exchange, now that it is over, but not what guessers say in their rage."""
        caller, version = request.exchange.caller, request.exchange.version
        talk.http = request.http
        if (caller is None and request.http == _TOO_MANY) or not self._recorder.has_room(talk):
            return
        talk.partner = caller.partner if caller else None
        talk.version = version.number if version else None
        if request.mount is not None and request.mount.interface is not None:
            talk.module = request.mount.interface.module
        talk.body, talk.size = bytes(request.asked), len(request.asked)
        talk.answer_headers = request.answer_headers
        talk.answer, talk.answer_size = request.said, len(request.said)
        if request.http is None:
            talk.failure = "the caller did not wait for the answer"
        self._recorder.take_down(talk)

    async def _answer(self, request: Request) -> Answer | Relayed:
        try:
            return await self._serve(request)
        except DomainError as said:
            error = _in_words_of(request, said)
            answer = refusal(_in_codes_of(request, fault(error)), error)
            self._note_refusal(request, answer, error)
        except Exception:
            # OCPI wants an envelope even for what nobody expected; the cause is for our log only.
            log.exception("ocpi.failed", extra={"path": shown_path(request.path)})
            self._place(request)
            answer = refusal(_in_codes_of(request, _own_failure(request)))
        return answer

    def _place(self, request: Request) -> None:
        """Whose trouble it is that nobody knows yet who calls: at the hub the hub's (C-232)."""
        if request.mount is not None or self._hub is None:
            return
        try:
            found = self._table.find(segments_of(request.path), request.scope["method"])
        except DomainError:
            return
        if found.mount.relays:
            request.mount = found.mount
            named = sender_named(request.headers)
            came = replace(request.exchange, version=found.mount.version)
            request.exchange = came.between(named, self._hub.hub)

    def _note_refusal(self, request: Request, answer: Answer, error: DomainError) -> None:
        """Which resource and why, without the values, which may be tokens of drivers."""
        log.info(
            "ocpi.refused",
            extra={
                "status": answer.status_code,
                "http": answer.http,
                "method": request.scope["method"],
                "path": shown_path(request.path),
                "why": error.code,
                "where": getattr(error, "path", None) or getattr(error, "noun", None),
                "partner": request.exchange.caller and request.exchange.caller.partner.id,
            },
        )

    async def _serve(self, request: Request) -> Answer | Relayed:
        looked = await self._partners.glance()
        caller = await self._caller(request)
        request.exchange = request.exchange.called_by(caller)
        self._allowance.take(caller.partner.id)
        found = self._table.find(segments_of(request.path), request.scope["method"])
        mount = request.mount = found.mount
        request.exchange = request.exchange.called_by(caller, _spoken(mount, caller))
        admit(request.exchange, mount, found.at)
        if mount.relays:
            return await self._relay(request, mount, looked=looked)
        if not looked:
            await self._partners.look()
        if not mount.functional:
            return await found.route.handler(await call_of(request, found, ()))
        if request.exchange.ocpi.has_routing_headers:
            request.exchange = route(request.exchange, request.headers)
        ours = meant(request.exchange, mount, await self._partners.our_roles())
        return await found.route.handler(await call_of(request, found, ours))

    async def _relay(self, request: Request, mount: Mount, *, looked: bool) -> Answer | Relayed:
        """What one member of the hub asks of another; refusals come from the hub itself."""
        if self._hub is None:
            raise NoResource("this platform runs no hub")
        came = addressed(request.exchange, request.headers)
        request.exchange = came.between(came.sender, self._hub.hub)
        begun = self._clock.monotonic()
        message = await message_of(request, mount, came)
        slow = self._clock.monotonic() - begun > AT_ONCE_S
        if slow or not (looked or self._hub.passes_on(message)):
            await self._partners.look()
        answer = await self._hub.answer(message)
        if isinstance(answer, Relayed):
            request.exchange = came.between(came.sender, answer.by)
        return answer

    async def _caller(self, request: Request) -> Caller:
        header = request.headers.get("authorization")
        try:
            return await authenticate(header, self._partners.recognise)
        except Unauthenticated:
            self._strangers.take(request.address)
            raise

    async def _note_life(self, exchange: Exchange) -> None:
        """Whoever calls is alive, so what waits for it need wait no longer."""
        caller = exchange.caller
        if caller is None or not caller.partner.registered:
            return
        try:
            await self._partners.seen(caller.partner.id)
        except DomainError as error:
            log.warning("ocpi.not_noted", extra={"why": str(error)})


def _in_words_of(request: Request, error: DomainError) -> DomainError:
    """A refusal that names the field as the caller's version does."""
    version, mount = request.exchange.version, request.mount
    if not isinstance(error, InvalidInput) or version is None or mount is None:
        return error
    module = mount.interface.module if mount.interface else ""
    return InvalidInput(version.spelled(error.path, module), error.reason)


def _own_failure(request: Request) -> Fault:
    """That something broke here; what a hub fails at is the hub's trouble (C-232)."""
    relays = request.mount is not None and request.mount.relays
    return replace(INTERNAL, status_code=HUB_ERROR) if relays else INTERNAL


def _in_codes_of(request: Request, what: Fault) -> Fault:
    """A hub's refusal by the codes of the caller's version."""
    version, mount = request.exchange.version, request.mount
    if version is None or mount is None or not mount.relays:
        return what
    return replace(what, status_code=status_in(version, what.status_code))


def _spoken(mount: Mount, caller: Caller) -> OcpiVersion | None:
    """The version of the address, as this partner needs it."""
    wider = caller.partner.has(Quirk.WIDER_OBJECTS)
    return spoken(mount.version, wider=wider) if mount.version else None


__all__ = ["OcpiDependencies", "build_site"]
