"""The partner's OCPI server: versions, credentials, and both sides of each module.

It judges every request by the field tables and the header rules; see `Partner` for the whole.
"""

import json
from abc import abstractmethod
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from app.simulators.http_server import HttpServer, Request, Response
from app.simulators.ocpi_check import faults
from app.simulators.partner_client import ExchangeFailedError
from app.simulators.partner_dialect import D221, Around, Dialect, kind_of
from app.simulators.partner_hub import CLIENT_INFO, ClientList, HubSide, without_hub
from app.simulators.partner_records import Document, Records
from app.simulators.partner_site import wire_now

SMART = "chargingprofiles"
_RECEIVED_AS = {
    "EMSP": {"locations": "RECEIVER", "sessions": "RECEIVER", "tariffs": "RECEIVER"}
    | {"cdrs": "RECEIVER", "tokens": "SENDER", "commands": "SENDER"}
    | {SMART: "SENDER"},
    "CPO": {"locations": "SENDER", "sessions": "SENDER", "tariffs": "SENDER"}
    | {"cdrs": "SENDER", "tokens": "RECEIVER", "commands": "RECEIVER"}
    | {SMART: "RECEIVER"},
}
_COMMANDS = {
    "START_SESSION": "StartSession",
    "STOP_SESSION": "StopSession",
    "UNLOCK_CONNECTOR": "UnlockConnector",
    "RESERVE_NOW": "ReserveNow",
    "CANCEL_RESERVATION": "CancelReservation",
}
_CONFIGURATION = ("credentials", CLIENT_INFO)
Handler = Callable[[Request, list[str]], Awaitable[Response]]


def ocpi(
    data: Any = None,
    *,
    code: int = 1000,
    http: int = 200,
    message: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An answer in OCPI's envelope."""
    envelope: Document = {"status_code": code, "timestamp": wire_now()}
    if data is not None:
        envelope["data"] = data
    if message:
        envelope["status_message"] = message
    return Response(http, envelope, headers or {})


class PartnerServer(HttpServer):
    """Receives; what it owns and does itself is the subclass's."""

    def __init__(
        self,
        *,
        country: str,
        party: str,
        roles: tuple[str, ...],
        port: int,
        page_size: int,
        dialect: Dialect = D221,
    ) -> None:
        super().__init__(port=port)
        self.dialect = dialect
        self.country, self.party, self.roles = country, party, roles
        self.page_size = page_size
        self.received = Records(self.violations)
        self.hub: HubSide | None = None
        self.clients = ClientList((country, party), self.violations)
        self.invitations: set[str] = set()
        self.accepted_tokens: set[str] = set()
        self.spent_invitations: set[str] = set()
        """Used, but kept until the token given for it was shown: its answer may have been lost."""
        self.given_token = ""
        self.replaced_tokens: set[str] = set()
        """Good until the token given instead of them is shown: its answer may have been lost."""
        self._request_ids: set[str] = set()
        self._handlers: dict[str, Handler] = {
            "credentials": self._credentials,
            "locations": self._locations,
            "sessions": self._client_owned,
            "tariffs": self._client_owned,
            "cdrs": self._cdrs,
            "tokens": self._tokens,
            "commands": self._commands,
            SMART: self.steer,
            CLIENT_INFO: self._client_info,
        }

    @property
    def versions_url(self) -> str:
        """Where others begin."""
        return f"{self.origin}/ocpi/versions"

    def endpoints(self) -> list[Document]:
        """Our version details."""
        sides = {("credentials", "SENDER")}
        sides |= {pair for role in self.roles for pair in _RECEIVED_AS[role].items()}
        if self.dialect.is_routed:
            sides |= {(CLIENT_INFO, "RECEIVER")}
        else:  # 2.1.1 came before smart charging, as before routing
            sides -= {(SMART, "SENDER"), (SMART, "RECEIVER")}
        base = f"{self.origin}/ocpi/{self.dialect.number}"
        return [
            {"identifier": module, "role": side, "url": f"{base}/{side.lower()}/{module}"}
            for module, side in sorted(sides)
        ]

    @abstractmethod
    def around(self, owner: tuple[str, str] | None = None) -> Around: ...
    @abstractmethod
    def owner_of(self, module: str) -> tuple[str, str] | None: ...
    @abstractmethod
    def owned(self, module: str) -> list[Document]: ...
    @abstractmethod
    async def exchange_credentials(self, body: Document, shown: str) -> Document: ...
    @abstractmethod
    def forget_peer(self) -> None: ...
    @abstractmethod
    def own_credentials(self, token: str) -> Document: ...
    @abstractmethod
    def authorize(self, uid: str, kind: str, where: Document | None) -> Response: ...
    @abstractmethod
    def execute(self, command: str, body: Document) -> Document: ...
    @abstractmethod
    async def steer(self, request: Request, parts: list[str]) -> Response: ...
    @abstractmethod
    def conclude(self, ident: str, result: Document) -> None: ...

    async def answer(self, request: Request) -> Response:
        """Authentication, header rules, then the module; ids are repeated in the answer."""
        response = await self._admit(request)
        ids = ("x-request-id", "x-correlation-id")
        names = {name: request.headers[name] for name in ids if name in request.headers}
        if response.status != HTTPStatus.UNAUTHORIZED:
            names |= _swapped(request)
        return Response(response.status, response.content, response.headers | names, response.kind)

    async def _admit(self, request: Request) -> Response:
        shown = self._shown_token(request)
        if shown not in self.accepted_tokens | self.invitations:
            return ocpi(code=2001, http=401, message="unknown token")
        if shown in self.accepted_tokens:
            self.invitations -= self.spent_invitations
        if shown == self.given_token:
            self.accepted_tokens -= self.replaced_tokens
            self.replaced_tokens.clear()
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        number = self.dialect.number
        match parts:
            case ["ocpi", "versions"]:
                url = f"{self.origin}/ocpi/{number}"
                return ocpi([{"version": number, "url": url}])
            case ["ocpi", version] if version == number:
                details = {"version": number, "endpoints": self.endpoints()}
                return ocpi(self.dialect.lower("VersionDetails", details, self.around()))
            case ["ocpi", version, _, module, *rest] if (
                version == number and module in self._handlers
            ):
                if module != "credentials" and shown in self.invitations:
                    return ocpi(code=2001, http=401, message="register first")
                self._judge_headers(request, functional=module not in _CONFIGURATION)
                return await self._handle(request, module, rest)
        return ocpi(code=2000, http=404, message="no such endpoint")

    async def _handle(self, request: Request, module: str, rest: list[str]) -> Response:
        if request.body:
            try:
                request.json()
            except ValueError:
                self.violations.append(f"{request.method} {request.path}: body is no JSON")
                return ocpi(code=2001, http=400, message="no JSON")
        kind, answers, owner = self._kinds(module, rest)
        around = self.around(owner)
        if request.body:
            lifted = self.dialect.lift(kind, request.json(), around)
            request = replace(request, body=json.dumps(lifted).encode())
        response = await self._handlers[module](request, [module, *rest])
        if isinstance(response.content, dict) and "data" in response.content:
            data = self.dialect.lower(answers, response.content["data"], around)
            response = replace(response, content={**response.content, "data": data})
        return response

    def _kinds(self, module: str, rest: list[str]) -> tuple[str, str, tuple[str, str] | None]:
        """The classes of what comes and of what is answered, and whose the object is."""
        match module, rest:
            case "credentials", _:
                return "Credentials", "Credentials", None
            case "commands", [command]:
                return command, "CommandResponse", self.owner_of("tokens")
            case "commands", _:
                return "CommandResult", "CommandResponse", self.owner_of("tokens")
            case _, [*_, "authorize"]:
                return "LocationReferences", "AuthorizationInfo", None
            case _, [country, party, *ids] if ids:
                kind, owner = kind_of(module, len(ids)), (country, party)
                return kind, kind, owner
        kind = kind_of(module, 1)
        return kind, kind, self.owner_of(module)

    def _shown_token(self, request: Request) -> str:
        """The token of the Authorization header, which must be Base64 (but not in OCPI 2.1.1)."""
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme != "Token":
            return ""
        if not self.dialect.is_encoded:
            return shown
        try:
            return b64decode(shown, validate=True).decode()
        except ValueError:
            return ""

    def _judge_headers(self, request: Request, *, functional: bool) -> None:
        what, headers = f"{request.method} {request.path}", request.headers
        if not self.dialect.is_routed:
            return
        ident = headers.get("x-request-id")
        if ident is None or "x-correlation-id" not in headers:
            self.violations.append(f"{what}: no X-Request-ID or X-Correlation-ID")
        elif ident in self._request_ids - self.cut_off:
            self.violations.append(f"{what}: X-Request-ID used twice")
        self._request_ids.add(ident or "")
        content_type = headers.get("content-type", "")
        if request.body and not content_type.startswith("application/json"):
            self.violations.append(f"{what}: Content-Type {content_type!r}")
        if not functional:
            return
        if not (headers.get("ocpi-from-country-code") and headers.get("ocpi-from-party-id")):
            self.violations.append(f"{what}: no OCPI-from headers")
        addressed = (headers.get("ocpi-to-country-code"), headers.get("ocpi-to-party-id"))
        if addressed not in ((self.country, self.party), (None, None)):
            self.violations.append(f"{what}: addressed to {addressed}")
        if self.hub is not None:
            self.hub.judge_request(request, what)

    async def _client_info(self, request: Request, parts: list[str]) -> Response:
        match parts:
            case [_, country, party] if request.method == "PUT":
                kept = self.clients.put(request, (country, party), request.json())
                return ocpi() if kept else ocpi(code=2001)
            case [_, country, party] if request.method == "GET":
                found = self.clients.of((country, party))
                return ocpi(found[0]) if found else ocpi(code=2003, http=404)
        return ocpi(code=2000, http=405)

    async def _credentials(self, request: Request, _: list[str]) -> Response:
        shown = self._shown_token(request)
        is_registered = shown in self.accepted_tokens
        match request.method:
            case "GET":
                return ocpi(self.own_credentials(shown))
            case "POST" if not is_registered:
                return await self._take_credentials(request, shown)
            case "PUT" if is_registered:
                return await self._take_credentials(request, shown)
            case "DELETE" if is_registered:
                self.forget_peer()
                return ocpi()
        return ocpi(code=2000, http=405)

    async def _take_credentials(self, request: Request, shown: str) -> Response:
        body = request.json()
        tabled = without_hub(body, self.dialect.number)
        wrong = faults("Credentials", tabled, path="credentials")
        if wrong:
            self.violations += wrong
            return ocpi(code=2001, message=wrong[0])
        try:
            return ocpi(await self.exchange_credentials(body, shown))
        except ExchangeFailedError as error:
            return ocpi(code=error.ocpi or 3001, message=error.message)

    async def _locations(self, request: Request, parts: list[str]) -> Response:
        if len(parts) in (4, 5, 6) and request.method in ("GET", "PUT", "PATCH"):
            return self._keep(request, "locations", tuple(parts[1:]))
        return self._own(request, parts)

    async def _client_owned(self, request: Request, parts: list[str]) -> Response:
        match parts:
            case [_, _, "charging_preferences"]:
                return await self.steer(request, parts)
            case [module, country, party, ident]:
                return self._keep(request, module, (country, party, ident))
            case _:
                return self._own(request, parts)

    async def _cdrs(self, request: Request, parts: list[str]) -> Response:
        match parts:
            case [_] if request.method == "POST":
                return self._take_cdr(request)
            case [module, country, party, ident] if request.method == "GET":
                return self._keep(request, module, (country, party, ident))
            case _:
                return self._own(request, parts)

    def _take_cdr(self, request: Request) -> Response:
        body = request.json()
        verdict = self.received.post_cdr(body)
        if verdict == "refused":
            return ocpi(code=2001, message="CDR refused")
        key = "/".join((body["country_code"], body["party_id"], body["id"]))
        place = f"{self.origin}{request.path.rstrip('/')}/{key}"
        return ocpi(http=201 if verdict == "new" else 200, headers={"Location": place})

    async def _tokens(self, request: Request, parts: list[str]) -> Response:
        match parts:
            case [_, uid, "authorize"] if request.method == "POST":
                where = request.json() if request.body else None
                if where is not None:
                    self.violations += faults("LocationReferences", where, path="authorize")
                kind = request.asked("token_type") or request.asked("type", "RFID")
                return self.authorize(uid, kind, where)
            case [module, country, party, uid]:
                return self._keep(request, module, (country, party, uid))
            case _:
                return self._own(request, parts)

    async def _commands(self, request: Request, parts: list[str]) -> Response:
        match parts:
            case [_, command] if command in _COMMANDS and "CPO" in self.roles:
                judged = self.dialect.tabled(request.json())
                wrong = faults(_COMMANDS[command], judged, path=command)
                self.violations += wrong
                if wrong:
                    return ocpi(code=2001, message=wrong[0])
                return ocpi(self.execute(command, request.json()))
            case [_, _, ident]:
                self.violations += faults("CommandResult", request.json(), path="result")
                self.conclude(ident, request.json())
                return ocpi()
            case _:
                return ocpi(code=2000, http=404)

    def _keep(self, request: Request, module: str, key: tuple[str, ...]) -> Response:
        """The receiver side of an object the other platform owns."""
        known = (module, *key[:3]) in self.received.objects
        match request.method:
            case "GET":
                found = self.received.objects.get((module, *key[:3]))
                answer = ocpi(found) if found else ocpi(code=2000, http=404)
            case "PUT":
                kind = request.asked("type", "RFID")
                kept = self.received.put(module, key, request.json(), query_type=kind)
                answer = ocpi(http=200 if known else 201) if kept else ocpi(code=2001)
            case "PATCH" if module != "tariffs":
                kept = self.received.patch(module, key, request.json())
                answer = ocpi() if kept else ocpi(code=2000, http=404)
            case "DELETE" if module == "tariffs":
                self.received.delete(module, key)
                answer = ocpi() if known else ocpi(code=2000, http=404)
            case method:
                self.violations.append(f"{method} {request.path}: not a method of {module}")
                answer = ocpi(code=2000, http=405)
        return answer

    def _own(self, request: Request, parts: list[str]) -> Response:
        """The sender side: a page of what we own, or one object of a location."""
        if request.method != "GET":
            return ocpi(code=2000, http=405)
        documents = self.owned(parts[0])
        if len(parts) > 1:
            found = [d for d in documents if parts[1] in (d.get("id"), d.get("uid"))]
            return ocpi(found[0]) if found else ocpi(code=2003, http=404)
        begin, end = request.asked("date_from", "0001"), request.asked("date_to", "9999")
        if not (begin[:4].isdigit() and end[:4].isdigit()):
            return ocpi(code=2001, message="no date")
        chosen = [d for d in documents if begin <= d["last_updated"] < end]
        offset = int(request.asked("offset", "0"))
        limit = min(int(request.asked("limit", str(self.page_size))), self.page_size)
        headers = {"X-Total-Count": str(len(chosen)), "X-Limit": str(self.page_size)}
        if offset + limit < len(chosen):
            kept = {n: v[-1] for n, v in request.query.items() if n not in ("offset", "limit")}
            query = kept | {"offset": str(offset + limit), "limit": str(limit)}
            text = "&".join(f"{name}={value}" for name, value in query.items())
            headers["Link"] = f'<{self.origin}{request.path}?{text}>; rel="next"'
        return ocpi(chosen[offset : offset + limit], headers=headers)


def _swapped(request: Request) -> dict[str, str]:
    """The routing headers of a request, the other way round (OCPI 2.2.1, Request and response)."""
    sides = (("from", "to"), ("to", "from"))
    return {
        f"ocpi-{answered}-{part}": request.headers[f"ocpi-{asked}-{part}"]
        for asked, answered in sides
        for part in ("country-code", "party-id")
        if f"ocpi-{asked}-{part}" in request.headers
    }
