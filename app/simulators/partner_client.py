"""The partner's own OCPI client: asks the other platform and judges its answers."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from httpx import AsyncClient, HTTPError

from app.simulators.ocpi_check import envelope_faults, faults
from app.simulators.partner_dialect import D221, Around, Dialect, kind_of
from app.simulators.partner_hub import HubSide, Party
from app.simulators.partner_records import Document
from app.simulators.trust import public_trust

VERSION = "2.2.1"
"""What our tables are of."""
_FINE = range(200, 300)
_SUCCESSES = range(1000, 2000)


class ExchangeFailedError(Exception):
    """The other side could not be reached (`http` None) or said no, in HTTP or in OCPI terms."""

    def __init__(self, http: int | None, ocpi: int | None, message: str) -> None:
        super().__init__(http, ocpi, message)
        self.http, self.ocpi, self.message = http, ocpi, message


@dataclass
class Peer:
    """The platform we are connected to; `token` is what we show there."""

    token: str
    versions_url: str
    endpoints: dict[tuple[str, str], str] = field(default_factory=dict)
    """By (module, interface role)."""
    roles: list[Document] = field(default_factory=list)
    hub: HubSide | None = None

    def party(self, role: str, module: str = "") -> Party | None:
        """The first party in this role, or whom a hub's client addresses; None is nobody in TO.

        Raises `LookupError` where there is nobody to be addressed.
        """
        if self.hub is not None:
            return self.hub.addressee(role, module)
        found = [r for r in self.roles if r["role"] == role]
        return found[0]["country_code"], found[0]["party_id"]

    def asker(self, response_url: str) -> Party | None:
        """The provider to which the result for this address goes."""
        if self.hub is not None:
            return self.hub.asked_by[response_url]
        return self.party("EMSP")

    def provider(self, token: Document | None) -> Party | None:
        """Whom the session or bill of a token is told."""
        if self.hub is not None and self.hub.others == "direct" and token is not None:
            return self.hub.concerned(token)
        return self.party("EMSP")


@dataclass(frozen=True)
class Answer:
    """A successful exchange."""

    http: int
    data: Any
    headers: Mapping[str, str]


def wire_token(token: str, *, is_encoded: bool = True) -> str:
    """OCPI 2.2.1, Authorization header; 2.1.1 sends the token as it is."""
    return f"Token {b64encode(token.encode()).decode() if is_encoded else token}"


class PartnerClient:
    """Sends requests as one party; what is wrong with the answers goes to `violations`."""

    def __init__(
        self,
        country: str,
        party: str,
        *,
        violations: list[str],
        timeout_s: float = 10.0,
        dialect: Dialect = D221,
    ) -> None:
        self._dialect = dialect
        self.around = Around()
        self.hub: HubSide | None = None
        self.addressed: dict[str, Party | None] = {}
        """Whom TO named, by the correlation ids of our functional messages."""
        self._country, self._party = country, party
        self._violations = violations
        self._http = AsyncClient(trust_env=False, verify=public_trust(), timeout=timeout_s)

    async def close(self) -> None:
        """Lets the connections go."""
        await self._http.aclose()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        token: str,
        body: Document | None = None,
        to: Party | None = None,
        functional: bool = True,
        sends: str = "",
        gets: str = "",
    ) -> Answer:
        """One exchange; raises `ExchangeFailedError` unless HTTP and OCPI say it went well.

        `sends` and `gets` are the classes of what goes out and of what comes back.
        """
        ids = {"X-Request-ID": str(uuid4()), "X-Correlation-ID": str(uuid4())}
        headers = {"Authorization": wire_token(token, is_encoded=self._dialect.is_encoded)} | ids
        body = self._dialect.lower(sends, body, self.around)
        functional = functional and self._dialect.is_routed
        if functional:
            headers |= {"OCPI-from-country-code": self._country}
            headers |= {"OCPI-from-party-id": self._party}
        if functional:
            self.addressed[ids["X-Correlation-ID"]] = to
        if functional and to is not None:
            headers |= {"OCPI-to-country-code": to[0], "OCPI-to-party-id": to[1]}
        content = None if body is None else json.dumps(body)
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = await self._http.request(method, url, content=content, headers=headers)
        except HTTPError as error:
            raise ExchangeFailedError(None, None, repr(error)) from error
        try:
            envelope = json.loads(response.text, parse_float=Decimal)
        except ValueError:
            self._violations.append(f"{method} {url}: answered {response.status_code}, no JSON")
            raise ExchangeFailedError(response.status_code, None, "no JSON") from None
        self._judge(f"{method} {url}", envelope, response.headers, ids)
        code = envelope.get("status_code", 0)
        if functional and self.hub is not None and response.status_code != HTTPStatus.UNAUTHORIZED:
            wrong = self.hub.judge_answer(headers, response.headers, said=code)
            self._violations += [f"{method} {url}: {fault}" for fault in wrong]
        if response.status_code not in _FINE or code not in _SUCCESSES:
            message = str(envelope.get("status_message", ""))
            raise ExchangeFailedError(response.status_code, code, message)
        around = replace(self.around, owner=to)
        data = self._dialect.lift(gets, envelope.get("data"), around)
        return Answer(response.status_code, data, response.headers)

    def _judge(
        self, what: str, envelope: Any, headers: Mapping[str, str], ids: Mapping[str, str]
    ) -> None:
        wrong = envelope_faults(envelope)
        wrong += [f"{n} not repeated" for n, value in ids.items() if headers.get(n) != value]
        self._violations += [f"{what}: {fault}" for fault in wrong]

    async def learn(self, versions_url: str, token: str) -> Peer:
        """Fetches versions and the details of ours; fails with 3002 where it is not offered."""
        listed = await self.ask("GET", versions_url, token=token, functional=False)
        for version in listed.data:
            # The list is of no version itself: it may name newer ones than our tables know.
            known = version | {"version": VERSION}
            self._violations += faults("Version", known, path=versions_url)
        number = self._dialect.number
        urls = [v["url"] for v in listed.data if v["version"] == number]
        if not urls:
            raise ExchangeFailedError(200, 3002, f"no {number}")
        details = await self.ask(
            "GET", urls[0], token=token, functional=False, gets="VersionDetails"
        )
        known = details.data | {"version": VERSION}
        if number <= VERSION:  # newer ones have modules that our tables do not know
            self._violations += faults("VersionDetails", known, path=urls[0])
        endpoints = {(e["identifier"], e["role"]): e["url"] for e in details.data["endpoints"]}
        return Peer(token, versions_url, endpoints)

    async def crawl(
        self, peer: Peer, module: str, *, to: Party | None, query: str = ""
    ) -> list[Document]:
        """All pages of a sender interface, following Link (OCPI 2.2.1, Pagination)."""
        kind = kind_of(module, 1)
        url: str | None = peer.endpoints[module, "SENDER"] + (f"?{query}" if query else "")
        found: list[Document] = []
        total = None
        while url is not None:
            page = await self.ask("GET", url, token=peer.token, to=to, gets=kind)
            for name in ("X-Total-Count", "X-Limit"):
                if not page.headers.get(name, "").isdigit():
                    self._violations.append(f"GET {url}: no {name}")
            for document in page.data:
                where = f"{module}/{document.get('id') or document.get('uid')}"
                self._violations += faults(kind, document, path=where)
            found += page.data
            total = page.headers.get("X-Total-Count")
            url = _next(page.headers.get("Link", ""))
        if total is not None and total != str(len(found)):
            self._violations.append(f"{module}: X-Total-Count {total}, but {len(found)} came")
        return found


def _next(link: str) -> str | None:
    for part in link.split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return address.strip().removeprefix("<").removesuffix(">")
    return None
