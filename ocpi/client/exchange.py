"""One OCPI exchange: our token, the message's ids, the partner's answer or what went wrong.

Success is HTTP 2xx and an OCPI status of 1xxx, both. The token is in no message and no log.
Exchanges with a registered partner pass its gate and are made as its quirks need them.
Source: OCPI 2.2.1, Transport and format.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlsplit

from app.domain.errors import PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Quirk
from app.ports.clock import Clock
from app.ports.http import HttpAnswer, HttpClient, HttpFailure
from app.ports.sealing import Sealer
from app.store.correlation import correlation_id
from app.store.ids import new_id
from app.use_cases.registration import client_token_context
from ocpi.client.gate import GateClosed, Gates, Passage
from ocpi.client.outcomes import (
    UNAUTHORIZED,
    Answer,
    ExchangeFailed,
    NotTried,
    note,
    read_answer,
    retry_after,
)
from ocpi.client.quirks import Outgoing, adapted
from ocpi.client.wording import named_by, named_in, where_of
from ocpi.recorder import Recorder
from ocpi.versions.registry import VERSIONS, OcpiVersion, spoken
from ocpi.wire.access import authorization
from ocpi.wire.documents import encode
from ocpi.wire.headers import CORRELATION_ID, REQUEST_ID, routing_headers

TIMEOUT_S = 30.0
_MOST_TOKENS = 10_000


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Access:
    """How to be let in by a platform; `token` is plain, `partner` whose it is, where known."""

    token: str
    base64_encoded: bool = True
    partner: Partner | None = None


@dataclass(slots=True)
class Route:
    """From which party to which a message goes; None leaves a side out."""

    sender: PartyId | None = None
    receiver: PartyId | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A request's headers and the answer as it came, after so many seconds."""

    sent: Mapping[str, str]
    answer: HttpAnswer
    seconds: float


def version_of(partner: Partner) -> OcpiVersion:
    """The version agreed on with a partner; raises PartnerUnavailable before the handshake."""
    version = VERSIONS.get(partner.version or "")
    if version is None:
        raise PartnerUnavailable(f"no OCPI version is agreed on with {partner.name}")
    return spoken(version, wider=partner.has(Quirk.WIDER_OBJECTS))


def is_at_home(partner: Partner, url: str) -> bool:
    """Whether a URL is on a host where the partner has told us that it is.

    Our token must not go anywhere else, whatever a Link or a response_url says (C-284).
    """
    known = (partner.versions_url or "", *(e.url for e in partner.endpoints))
    host = _host(url)
    return any(_host(home) == host for home in known if home)


@lru_cache(maxsize=2_000)
def _host(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ("", url)
    return (parts.scheme, (parts.hostname or "").lower())


def joined(endpoint: str, *segments: str) -> str:
    """An endpoint's URL with ready path segments below it, by exactly one slash each."""
    return "/".join((endpoint.rstrip("/"), *segments))


class PartnerCalls:
    """Calls partners over one HTTP client."""

    def __init__(
        self,
        http: HttpClient,
        sealer: Sealer,
        clock: Clock,
        *,
        timeout_s: float = TIMEOUT_S,
        gates: Gates | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._http = http
        self._sealer = sealer
        self._clock = clock
        self._timeout_s = timeout_s
        self.gates = gates or Gates(clock)
        self._recorder = recorder or Recorder(clock)
        self._tokens: dict[tuple[str, str], str] = {}

    def access(self, partner: Partner) -> Access:
        """Our way in at a registered partner; raises PartnerUnavailable when there is none."""
        if partner.client_token is None:
            raise PartnerUnavailable(f"{partner.name} is not registered")
        token = self._opened(partner.client_token, partner.id)
        return Access(token, base64_encoded=not partner.raw_token, partner=partner)

    def former_access(self, partner: Partner) -> Access | None:
        """The way in that we had before, for a partner that never heard of the present one."""
        if partner.former_token is None:
            return None
        token = self._opened(partner.former_token, partner.id)
        return Access(token, base64_encoded=not partner.raw_token, partner=partner)

    def _opened(self, sealed: str, partner_id: str) -> str:
        """A token, unsealed once in this process: that takes a tenth of an exchange's time."""
        known = self._tokens.get((sealed, partner_id))
        if known is None:
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            known = self._sealer.open(sealed, client_token_context(partner_id))
            self._tokens[sealed, partner_id] = known
        return known

    async def call(
        self,
        partner: Partner,
        method: str,
        url: str,
        *,
        body: object = None,
        route: Route | None = None,
        timeout_s: float | None = None,
        verbatim: bool = False,
    ) -> Answer:
        """One exchange with a registered partner; routing headers where its version has them.

        `route` is for functional modules only; `verbatim` addresses came from the partner whole.
        Raises ExchangeFailed, NotTried among them.
        """
        routed = route if version_of(partner).has_routing_headers else None
        access, former = self.access(partner), self.former_access(partner)
        request = Outgoing(partner, url, body=body, verbatim=verbatim)
        limit = self._timeout_s if timeout_s is None else timeout_s
        try:
            async with self.gates.passage(partner.id, limit) as passage:
                try:
                    shown = self._for(access, request, routed)
                    return await self._pass(passage, access, method, shown)
                except ExchangeFailed as failure:
                    if former is None or not failure.is_unauthorized:
                        raise
                shown = self._for(former, request, routed)
                return await self._pass(passage, former, method, shown)
        except GateClosed as closed:
            where = where_of(method, url, partner)
            raise NotTried(f"{where}: {closed}", closed.after) from None

    async def relay(
        self,
        partner: Partner,
        method: str,
        url: str,
        *,
        route: Route,
        body: bytes = b"",
        timeout_s: float | None = None,
    ) -> HttpAnswer:
        """Another platform's request in our name, to the byte; whatever came back, unread.

        Raises ExchangeFailed when nothing did, NotTried among them.
        """
        routed = route if version_of(partner).has_routing_headers else None
        limit = self._timeout_s if timeout_s is None else timeout_s
        access, former = self.access(partner), self.former_access(partner)
        request = Outgoing(partner, url, verbatim=True)
        try:
            async with self.gates.passage(partner.id, limit) as passage:
                shown = self._bearing(access, request, routed, has_body=bool(body))
                answer = await self._relay(passage, shown, method, body)
                if former is None or answer.status not in UNAUTHORIZED:
                    return answer
                shown = self._bearing(former, request, routed, has_body=bool(body))
                return await self._relay(passage, shown, method, body)
        except GateClosed as closed:
            where = where_of(method, url, partner)
            raise NotTried(f"{where}: {closed}", closed.after) from None

    async def _relay(
        self, passage: Passage, request: Outgoing, method: str, body: bytes
    ) -> HttpAnswer:
        partner, headers = request.partner, request.headers
        try:
            with self._recorder.outgoing(partner, method, request.url, headers, body) as talk:
                answer = await self._http.request(
                    method, request.url, headers=headers, body=body, timeout=passage.left_s
                )
                talk.answered(answer)
        except HttpFailure as failure:
            passage.failed(failure.reason)
            where = where_of(method, request.url, partner)
            raise ExchangeFailed(f"{where}: {failure.reason}", sent=failure.sent) from None
        said = answer.headers.get("retry-after")
        wish = None if said is None else retry_after(said, self._clock.now())
        note(passage, answer.status, f"HTTP {answer.status}", wish)
        return answer

    def _for(self, access: Access, request: Outgoing, route: Route | None) -> Outgoing:
        """The request with its headers, as the partner needs it."""
        return self._bearing(access, request, route, has_body=request.body is not None)

    def _bearing(
        self, access: Access, request: Outgoing, route: Route | None, *, has_body: bool
    ) -> Outgoing:
        headers = self._headers(access, route, has_body=has_body)
        partner, url, verbatim = request.partner, request.url, request.verbatim
        return adapted(Outgoing(partner, url, headers, request.body, verbatim))

    async def _pass(
        self, passage: Passage, access: Access, method: str, request: Outgoing
    ) -> Answer:
        """The exchange, and what its outcome says of whether the partner is there."""
        try:
            answer = await self._exchange(
                access,
                method,
                request.url,
                headers=request.headers,
                body=request.body,
                limit=passage.left_s,
            )
        except ExchangeFailed as failure:
            note(passage, failure.http, str(failure), failure.retry_after)
            raise
        passage.answered()
        return answer

    async def call_as(
        self,
        access: Access,
        method: str,
        url: str,
        *,
        body: object = None,
        route: Route | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """One exchange with whoever takes this token. Raises ExchangeFailed."""
        headers = self._headers(access, route, has_body=body is not None)
        limit = self._timeout_s if timeout_s is None else timeout_s
        return await self._exchange(access, method, url, headers=headers, body=body, limit=limit)

    async def _exchange(
        self,
        access: Access,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: object,
        limit: float,
    ) -> Answer:
        payload = b"" if body is None else encode(body)
        where = where_of(method, url, access.partner)
        try:
            with self._recorder.outgoing(access.partner, method, url, headers, payload) as talk:
                answer = await self._http.request(
                    method, url, headers=headers, body=payload, timeout=limit
                )
                talk.answered(answer)
        except HttpFailure as failure:
            raise ExchangeFailed(f"{where}: {failure.reason}", sent=failure.sent) from None
        hidden = {access.token, *named_in(body), *named_by(url, access.partner)}
        return read_answer(where, method, answer, hidden=hidden, now=self._clock.now())

    async def look(
        self,
        partner: Partner,
        url: str,
        *,
        route: Route | None = None,
        token: str | None = None,
        verbatim: bool = False,
    ) -> Looked:
        """One GET and whatever came back, for who checks a partner. Raises ExchangeFailed.

        `token` is shown instead of ours, an empty one not at all. No gate is asked: people check
        partners that do not answer.
        """
        access = self.access(partner)
        shown = access if token is None else replace(access, token=token)
        routed = route if version_of(partner).has_routing_headers else None
        headers = self._headers(shown, routed, has_body=False)
        if not shown.token:
            del headers["Authorization"]
        request = adapted(Outgoing(partner, url, headers, verbatim=verbatim))
        begun = self._clock.monotonic()
        try:
            with self._recorder.outgoing(
                partner, "GET", request.url, request.headers, b""
            ) as talk:
                answer = await self._http.request(
                    "GET", request.url, headers=request.headers, timeout=self._timeout_s
                )
                talk.answered(answer)
        except HttpFailure as failure:
            raise ExchangeFailed(failure.reason, sent=failure.sent) from None
        return Looked(request.headers, answer, self._clock.monotonic() - begun)

    def _headers(self, access: Access, route: Route | None, *, has_body: bool) -> dict[str, str]:
        request_id = new_id()
        headers = {
            "Authorization": authorization(access.token, base64_encoded=access.base64_encoded),
            "Accept": "application/json",
            REQUEST_ID: request_id,
            CORRELATION_ID: correlation_id.get() or request_id,
        }
        if has_body:
            headers["Content-Type"] = "application/json"
        if route is not None:
            headers |= routing_headers(sender=route.sender, receiver=route.receiver)
        return headers


__all__ = [
    "Access", "Answer", "ExchangeFailed", "Looked", "NotTried", "PartnerCalls", "Route",
    "is_at_home", "joined", "version_of",
]  # fmt: skip
