"""The partner's smart charging: as eMSP it limits sessions of ours, as CPO it is asked to.

sent = await partner.smart.limit(session_id, {"charging_rate_unit": "W", …})
assert sent.response["result"] == "ACCEPTED"
assert (await partner.smart.result(sent))["result"] == "ACCEPTED"
partner.smart.told[session_id]                     # what it was told is in force
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlsplit
from uuid import uuid4

from app.simulators.http_server import Request, Response
from app.simulators.ocpi_check import faults
from app.simulators.partner_client import PartnerClient, Peer
from app.simulators.partner_dialect import Dialect
from app.simulators.partner_records import Document
from app.simulators.partner_server import SMART, ocpi
from app.simulators.partner_site import OwnSession, wire_now

WISH = "charging_preferences"
_RESULTS = {"GET": "ActiveChargingProfileResult", "PUT": "ChargingProfileResult"}
_MOST_WATTS = 150_000


class Platform(Protocol):
    """What smart charging needs of the platform it is part of."""

    client: PartnerClient
    dialect: Dialect
    violations: list[str]
    sessions: dict[str, OwnSession]

    @property
    def origin(self) -> str: ...


Job = Callable[[], Awaitable[object]]


@dataclass
class SentProfile:
    """A request of ours as eMSP; `response` came at once, the result to `response_url`."""

    id: str
    method: str
    session_id: str
    response: Document = field(default_factory=dict)
    results: list[Document] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class SmartCharging:
    """Both sides of ChargingProfiles, and of the sessions' charging preferences.

    As CPO it answers by `answer`, then `outcome`, and keeps what it accepted in `profiles`;
    wishes are answered by `wish_answer` and kept in `wishes`.
    """

    def __init__(
        self,
        platform: Platform,
        *,
        peer: Callable[[], Peer],
        later: Callable[[Job], None],
        delay_s: float,
    ) -> None:
        self._platform = platform
        self._peer, self._later, self._delay_s = peer, later, delay_s
        self.sent: dict[str, SentProfile] = {}
        self.told: dict[str, list[Document]] = defaultdict(list)
        self.answer, self.outcome, self.wish_answer = "ACCEPTED", "ACCEPTED", "ACCEPTED"
        self.asked: list[tuple[str, str]] = []
        self.profiles: dict[str, Document] = {}
        self.wishes: dict[str, Document] = {}

    # As eMSP

    async def limit(self, session_id: str, profile: Document) -> SentProfile:
        """PUT of a profile on a session at the other side's charger."""
        return await self._ask("PUT", session_id, profile=profile)

    async def clear(self, session_id: str) -> SentProfile:
        """DELETE of our profile."""
        return await self._ask("DELETE", session_id)

    async def look(self, session_id: str, duration_s: int = 600) -> SentProfile:
        """GET of what is in force."""
        return await self._ask("GET", session_id, query=f"duration={duration_s}&")

    async def result(self, sent: SentProfile, timeout_s: float = 30.0) -> Document:
        """The result; raises `TimeoutError` when none comes."""
        async with asyncio.timeout(timeout_s):
            await sent.arrived.wait()
        return sent.results[0]

    async def wish(self, session_id: str, wish: Document) -> Any:
        """PUT of a driver's preferences; the answer's word."""
        peer = self._peer()
        url = f"{peer.endpoints['sessions', 'SENDER']}/{quote(session_id, safe='')}/{WISH}"
        answer = await self._platform.client.ask(
            "PUT", url, token=peer.token, body=wish, to=peer.party("CPO")
        )
        return answer.data

    async def _ask(
        self, method: str, session_id: str, *, profile: Document | None = None, query: str = ""
    ) -> SentProfile:
        sent = SentProfile(uuid4().hex, method, session_id)
        self.sent[sent.id] = sent
        base = f"{self._platform.origin}/ocpi/{self._platform.dialect.number}/sender/{SMART}"
        back = f"{base}/results/{sent.id}?kind={method}&a=b%20c"
        peer = self._peer()
        url = f"{peer.endpoints[SMART, 'RECEIVER']}/{quote(session_id, safe='')}"
        body = None if profile is None else {"charging_profile": profile, "response_url": back}
        if body is None:
            url = f"{url}?{query}response_url={quote(back, safe='')}"
        answer = await self._platform.client.ask(
            method, url, token=peer.token, body=body, to=peer.party("CPO")
        )
        self._judge("ChargingProfileResponse", answer.data)
        sent.response = answer.data
        return sent

    # Asked by the other side

    async def handle(self, request: Request, parts: list[str]) -> Response:
        """One request to `chargingprofiles` or to a session's preferences."""
        match parts:
            case [_, "results", ident] if request.method == "POST":
                return self._conclude(ident, request)
            case [_, session_id, last] if last == WISH and request.method == "PUT":
                return self._wished(session_id, request.json())
            case [_, session_id] if "/sender/" in request.path and request.method == "PUT":
                return self._hear(session_id, request.json())
            case [_, session_id] if "/receiver/" in request.path:
                return self._execute(session_id, request)
            case _:
                return ocpi(code=2000, http=404)

    def _conclude(self, ident: str, request: Request) -> Response:
        sent = self.sent.get(ident)
        if sent is None:
            self._platform.violations.append(f"result of a profile never asked for: {ident}")
            return ocpi(code=2001, http=404)
        if sent.results:
            self._platform.violations.append(f"second result of profile {ident}")
        if (request.asked("kind"), request.asked("a")) != (sent.method, "b c"):
            self._platform.violations.append(f"response_url of profile {ident} did not survive")
        result = request.json()
        self._judge(_RESULTS.get(sent.method, "ClearProfileResult"), result)
        if result.get("result") != "ACCEPTED" and "profile" in result:
            self._platform.violations.append(
                f"a profile in a result that is not accepted: {ident}"
            )
        sent.results.append(result)
        sent.arrived.set()
        return ocpi()

    def _hear(self, session_id: str, active: Document) -> Response:
        self._judge("ActiveChargingProfile", active)
        limited = {sent.session_id for sent in self.sent.values() if sent.method == "PUT"}
        if session_id not in limited:
            self._platform.violations.append(f"told of {session_id}, which never had a profile")
        self.told[session_id].append(active)
        return ocpi()

    def _wished(self, session_id: str, wish: Document) -> Response:
        self._judge("ChargingPreferences", wish)
        if session_id not in self._platform.sessions:
            return ocpi(code=2000, http=404)
        self.wishes[session_id] = wish
        return ocpi(self.wish_answer)

    # As CPO

    def _execute(self, session_id: str, request: Request) -> Response:
        self.asked.append((request.method, session_id))
        session = self._platform.sessions.get(session_id)
        if session is None or session.ended is not None:
            return ocpi({"result": "UNKNOWN_SESSION", "timeout": 30})
        back = request.asked("response_url")
        if request.method == "PUT":
            self._judge("SetChargingProfile", request.json())
            back = request.json()["response_url"]
        elif not urlsplit(back).hostname:
            self._platform.violations.append(f"{request.method} {request.path}: response_url")
        if request.method == "GET" and not request.asked("duration").isdigit():
            self._platform.violations.append(f"GET {request.path}: no duration")
        if self.answer == "ACCEPTED":
            body = request.json() if request.method == "PUT" else {}
            self._later(lambda: self._do(request.method, session_id, back, body))
        return ocpi({"result": self.answer, "timeout": 30})

    async def _do(self, method: str, session_id: str, back: str, body: Document) -> None:
        await asyncio.sleep(self._delay_s)
        result: Document = {"result": self.outcome}
        if self.outcome == "ACCEPTED" and method == "PUT":
            self.profiles[session_id] = body["charging_profile"]
        elif self.outcome == "ACCEPTED" and method == "DELETE":
            result = {"result": "ACCEPTED" if session_id in self.profiles else "UNKNOWN"}
            self.profiles.pop(session_id, None)
        elif self.outcome == "ACCEPTED":
            result["profile"] = self.active(session_id)
        await self._tell("POST", back, result)
        if result["result"] == "ACCEPTED" and method != "GET":
            await self.push(session_id)

    def active(self, session_id: str) -> Document:
        """What is in force: the profile's limits, else all there is."""
        all_there_is = {
            "charging_rate_unit": "W",
            "charging_profile_period": [{"start_period": 0, "limit": _MOST_WATTS}],
        }
        known = self.profiles.get(session_id, all_there_is)
        profile = {name: value for name, value in known.items() if name != "start_date_time"}
        return {"start_date_time": wire_now(), "charging_profile": profile}

    async def push(self, session_id: str) -> None:
        """PUT of what is in force to the other side's sender interface."""
        peer = self._peer()
        url = f"{peer.endpoints[SMART, 'SENDER']}/{quote(session_id, safe='')}"
        await self._tell("PUT", url, self.active(session_id))

    async def _tell(self, method: str, url: str, body: Document) -> None:
        peer = self._peer()
        is_result = peer.hub is not None and url in peer.hub.asked_by
        to = peer.asker(url) if is_result else peer.party("EMSP")
        await self._platform.client.ask(method, url, token=peer.token, body=body, to=to)

    def _judge(self, kind: str, found: Any) -> None:
        self._platform.violations += faults(kind, found, path=kind)
