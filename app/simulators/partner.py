"""Another company's OCPI platform, as eMSP, as CPO, or both; it thinks in 2.2.1.

    async with Partner() as partner:
        await partner.register(versions_url, token)          # or partner.invite() and wait
        locations = await partner.pull("locations")
        command = await partner.start_session(location_id, evse_uid, "1")
        assert command.response["result"] == "ACCEPTED"
        assert (await partner.result(command))["result"] == "ACCEPTED"
        assert not partner.violations

What it is told stands in `received`; `fault()`, `down()` and `up()` make it misbehave.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

from app.simulators.http_server import Request, Response
from app.simulators.ocpi_check import faults
from app.simulators.partner_client import ExchangeFailedError
from app.simulators.partner_dialect import Around
from app.simulators.partner_platform import PartnerPlatform
from app.simulators.partner_profiles import SmartCharging
from app.simulators.partner_records import Document
from app.simulators.partner_server import ocpi
from app.simulators.partner_site import OwnSession, Site, wire_now, wire_time

_NO_RESERVATION = "UNKNOWN_RESERVATION"

Verdict = Literal["ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"]


@dataclass
class SentCommand:
    """A command we sent as eMSP; `response` came at once, the result comes to `response_url`."""

    id: str
    reference: str
    response: Document = field(default_factory=dict)
    results: list[Document] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    taken_back: asyncio.Event = field(default_factory=asyncio.Event)
    """A reservation that was agreed to is cancelled by the other side."""


class Partner(PartnerPlatform):
    """One platform with one party, `DE-PRT` unless told; all numbers it owns are in `site`.

    As eMSP it owns the token `PRT-CARD-1` (and what `add_token` adds) and answers real-time
    authorisation by `verdicts`. As CPO it answers START_SESSION by `start_response`, then
    `start_result`, then runs the session by hand (`progress`, `finish`) or, with
    `kwh_per_second`, by itself. RESERVE_NOW it answers by `reserve_result`; what it keeps its EVSE
    free for stands in `reserved`.
    """

    def __init__(
        self,
        *,
        result_delay_s: float = 0.05,
        kwh_per_second: Decimal | None = None,
        **platform: Any,
    ) -> None:
        super().__init__(**platform)
        self.site = Site(self.country, self.party)
        self.tokens: dict[str, Document] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.asked_for: list[tuple[str, Document | None]] = []
        self.sent: dict[str, SentCommand] = {}
        self.cdrs: list[Document] = []
        self.start_response, self.start_result = "ACCEPTED", "ACCEPTED"
        self.reserve_result = "ACCEPTED"
        self.reserved: dict[str, Document] = {}
        self.executed: list[tuple[str, Document]] = []
        self._result_delay_s, self._kwh_per_second = result_delay_s, kwh_per_second
        self.smart = SmartCharging(
            self, peer=self._need_peer, later=self._do_later, delay_s=result_delay_s
        )
        if "EMSP" in self.roles:
            self.add_token(f"{self.party}-CARD-1")

    async def steer(self, request: Request, parts: list[str]) -> Response:
        """Charging profiles and preferences; see `smart`."""
        return await self.smart.handle(request, parts)

    def around(self, owner: tuple[str, str] | None = None) -> Around:
        """What our version's objects may leave to their surroundings."""
        return Around(
            owner=owner,
            tokens=self.tokens,
            provider=(self.country, self.party),
            location=self.site.location(),
            theirs="EMSP" if self.roles == ("CPO",) else "CPO",
        )

    # As eMSP

    async def pull(self, module: str, query: str = "") -> list[Document]:
        """Everything the other side owns of a module, page by page."""
        role = "EMSP" if module == "tokens" else "CPO"
        peer = self._need_peer()
        to = peer.party(role, module)
        return await self.client.crawl(peer, module, to=to, query=query)

    def add_token(self, uid: str, **changes: Any) -> Document:
        """A token of ours, which is not pushed by itself."""
        owner = {"country_code": self.country, "party_id": self.party}
        self.tokens[uid] = (
            owner
            | {
                "uid": uid,
                "type": "RFID",
                "contract_id": f"{self.country}-{self.party}-C{len(self.tokens) + 1:08d}-1",
                "issuer": self.name,
                "valid": True,
                "whitelist": "ALLOWED",
                "last_updated": wire_now(),
            }
            | changes
        )
        return self.tokens[uid]

    async def push_token(self, uid: str) -> None:
        """PUTs a token of ours to the other side, which is a CPO."""
        path = f"{self.country}/{self.party}/{quote(uid, safe='')}"
        token = self.tokens[uid]
        query = f"?type={token['type']}"
        await self._send("PUT", "tokens", path + query, token, to="CPO")

    def authorize(self, uid: str, kind: str, where: Document | None) -> Response:
        """Real-time authorisation, by `verdicts`; allowed unless something else stands there."""
        self.asked_for.append((uid, where))
        token = self.tokens.get(uid)
        if token is None or token["type"] != kind:
            return ocpi(code=2004, http=404, message="unknown token")
        verdict = self.verdicts.get(uid, "ALLOWED")
        info: Document = {"allowed": verdict, "token": token}
        if verdict == "ALLOWED":
            info["authorization_reference"] = f"AUTH-{uuid4().hex[:16]}"
            if where is not None:
                info["location"] = where
        return ocpi(info)

    async def start_session(
        self,
        location_id: str,
        evse_uid: str | None = None,
        connector_id: str | None = None,
        *,
        uid: str | None = None,
    ) -> SentCommand:
        """START_SESSION with one of our tokens; the first one unless `uid` says another."""
        token = self.tokens[uid or next(iter(self.tokens))]
        body: Document = {"token": token, "location_id": location_id}
        body |= {"evse_uid": evse_uid} if evse_uid else {}
        body |= {"connector_id": connector_id} if connector_id else {}
        return await self._command("START_SESSION", body, refers=True)

    async def stop_session(self, session_id: str) -> SentCommand:
        """STOP_SESSION."""
        return await self._command("STOP_SESSION", {"session_id": session_id})

    async def reserve(
        self,
        location_id: str,
        evse_uid: str | None = None,
        *,
        expires_at: datetime,
        reservation_id: str = "R-1",
        uid: str | None = None,
    ) -> SentCommand:
        """RESERVE_NOW for one of our tokens; again with the same id changes the reservation."""
        body: Document = {
            "token": self.tokens[uid or next(iter(self.tokens))],
            "expiry_date": wire_time(expires_at),
            "reservation_id": reservation_id,
            "location_id": location_id,
        }
        body |= {"evse_uid": evse_uid} if evse_uid else {}
        return await self._command("RESERVE_NOW", body, refers=True)

    async def cancel_reservation(self, reservation_id: str = "R-1") -> SentCommand:
        """CANCEL_RESERVATION."""
        return await self._command("CANCEL_RESERVATION", {"reservation_id": reservation_id})

    async def unlock(self, location_id: str, evse_uid: str, connector_id: str) -> SentCommand:
        """UNLOCK_CONNECTOR."""
        body = {"location_id": location_id, "evse_uid": evse_uid, "connector_id": connector_id}
        return await self._command("UNLOCK_CONNECTOR", body)

    async def result(self, command: SentCommand, timeout_s: float = 30.0) -> Document:
        """The first CommandResult; raises `TimeoutError` when none comes."""
        async with asyncio.timeout(timeout_s):
            await command.arrived.wait()
        return command.results[0]

    async def _command(self, kind: str, body: Document, *, refers: bool = False) -> SentCommand:
        command = SentCommand(uuid4().hex, f"REF-{uuid4().hex[:24]}")
        self.sent[command.id] = command
        url = f"{self.origin}/ocpi/{self.dialect.number}/sender/commands/{kind}/{command.id}"
        body = {"response_url": url} | body
        if refers:
            body["authorization_reference"] = command.reference
        answer = await self._send("POST", "commands", kind, body, to="CPO")
        self.violations += faults("CommandResponse", answer, path=kind)
        command.response = answer
        return command

    def conclude(self, ident: str, result: Document) -> None:
        """A CommandResult has come; one more only when a reservation is taken back."""
        command = self.sent.get(ident)
        if command is None:
            self.violations.append(f"result for a command never sent: {ident}")
            return
        gone = result.get("result") == "CANCELED_RESERVATION"
        if gone and [r["result"] for r in command.results] == ["ACCEPTED"]:
            command.taken_back.set()
        elif command.results:
            self.violations.append(f"second result for command {ident}")
        command.results.append(result)
        command.arrived.set()
        self._say(f"{self.name}: command result {result.get('result')}")

    # As CPO

    def owned(self, module: str) -> list[Document]:
        """What we show on our sender interfaces."""
        is_cpo = "CPO" in self.roles
        match module:
            case "locations" if is_cpo:
                return [self.site.location()]
            case "tariffs" if is_cpo:
                return [self.site.tariff()]
            case "sessions" if is_cpo:
                return [session.document() for session in self.sessions.values()]
            case "cdrs" if is_cpo:
                return self.cdrs
            case "tokens":
                return list(self.tokens.values())
            case _:
                return []

    async def push_site(self) -> None:
        """PUTs tariff and location to the other side."""
        place = f"{self.country}/{self.party}"
        site = self.site
        await self._send("PUT", "tariffs", f"{place}/{site.tariff_id}", site.tariff())
        await self._send("PUT", "locations", f"{place}/{site.location_id}", site.location())

    async def set_status(self, status: str) -> None:
        """Changes our EVSE's status and PATCHes it to the other side."""
        self.site.status, self.site.updated = status, wire_now()
        site = self.site
        path = f"{self.country}/{self.party}/{site.location_id}/{site.evse_uid}"
        body = {"status": status, "last_updated": site.updated}
        try:
            await self._push("PATCH", "locations", path, body)
        except ExchangeFailedError as error:
            if error.http != HTTPStatus.NOT_FOUND:
                raise
            await self._push("PUT", "locations", path.rsplit("/", 1)[0], site.location())

    def execute(self, command: str, body: Document) -> Document:
        """The other side's eMSP asks something of our charger."""
        self.executed.append((command, body))
        self._say(f"{self.name}: asked to {command}")
        match command:
            case "START_SESSION":
                response, job = self._start(body)
            case "STOP_SESSION":
                session = self.sessions.get(body["session_id"])
                if session is None or session.ended:
                    return {"result": "UNKNOWN_SESSION", "timeout": 30}
                response, job = "ACCEPTED", self._stop_job(body, session)
            case "RESERVE_NOW":
                here = body["location_id"] == self.site.location_id
                response, job = "ACCEPTED" if here else "REJECTED", self._reserve_job(body)
            case "CANCEL_RESERVATION":
                response, job = "ACCEPTED", self._cancel_job(body)
            case _:
                return {"result": "NOT_SUPPORTED", "timeout": 30}
        if response == "ACCEPTED":
            self._do_later(job)
        return {"result": response, "timeout": 30}

    def _start(self, body: Document) -> tuple[str, Callable[[], Awaitable[None]]]:
        is_ours = body["location_id"] == self.site.location_id
        kept_from = [r for r in self.reserved.values() if not _is_same(r["token"], body["token"])]
        response = self.start_response if is_ours and not kept_from else "REJECTED"

        async def start() -> None:
            await asyncio.sleep(self._result_delay_s)
            await self._report(body["response_url"], self.start_result)
            if self.start_result != "ACCEPTED":
                return
            self.reserved.clear()
            reference = body.get("authorization_reference")
            session = OwnSession(self.site, body["token"], reference, datetime.now(UTC))
            self.sessions[session.id] = session
            await self._push("PUT", "sessions", self._path(session), session.document())
            await self.set_status("CHARGING")
            if self._kwh_per_second is not None:
                await self._charge(session, self._kwh_per_second)

        return response, start

    def _stop_job(self, body: Document, session: OwnSession) -> Callable[[], Awaitable[None]]:
        async def stop() -> None:
            await asyncio.sleep(self._result_delay_s)
            await self._report(body["response_url"], "ACCEPTED")
            await self.finish(session.id)

        return stop

    def _reserve_job(self, body: Document) -> Callable[[], Awaitable[None]]:
        async def reserve() -> None:
            await asyncio.sleep(self._result_delay_s)
            others = self.reserved.keys() - {body["reservation_id"]}
            result = "EVSE_OCCUPIED" if others else self.reserve_result
            if result == "ACCEPTED":
                self.reserved[body["reservation_id"]] = body
            await self._report(body["response_url"], result)
            if result == "ACCEPTED":
                await self.set_status("RESERVED")

        return reserve

    def _cancel_job(self, body: Document) -> Callable[[], Awaitable[None]]:
        async def cancel() -> None:
            await asyncio.sleep(self._result_delay_s)
            known = self.reserved.pop(body["reservation_id"], None)
            await self._report(body["response_url"], "ACCEPTED" if known else _NO_RESERVATION)
            if known is not None:
                await self.set_status("AVAILABLE")

        return cancel

    async def take_back(self, reservation_id: str) -> None:
        """We cancel a reservation that we had agreed to, and say so where its result went."""
        body = self.reserved.pop(reservation_id)
        await self._report(body["response_url"], "CANCELED_RESERVATION")
        await self.set_status("AVAILABLE")

    async def _charge(self, session: OwnSession, kwh_per_second: Decimal) -> None:
        while session.ended is None:
            await asyncio.sleep(1)
            if session.ended is None:
                await self.progress(session.id, session.kwh + kwh_per_second)

    async def progress(self, session_id: str, kwh: Decimal, at: datetime | None = None) -> None:
        """Our charger has delivered `kwh` so far: PATCH with the period in between."""
        session = self.sessions[session_id]
        now = at or datetime.now(UTC)
        period = session.period(kwh - session.kwh, session.updated or session.begun)
        session.kwh, session.updated = kwh, now
        document = session.document()
        body = {name: document[name] for name in ("kwh", "total_cost", "last_updated")}
        body["charging_periods"] = [period]
        await self._push("PATCH", "sessions", self._path(session), body, whole=document)

    async def finish(
        self, session_id: str, kwh: Decimal | None = None, at: datetime | None = None
    ) -> Document:
        """Ends the session, tells it, and bills it; the CDR."""
        session = self.sessions[session_id]
        session.kwh = session.kwh if kwh is None else kwh
        session.ended = session.updated = at or datetime.now(UTC)
        session.status = "COMPLETED"
        body = session.document()
        names = ("kwh", "total_cost", "status", "end_date_time", "last_updated")
        changed = {name: body[name] for name in names}
        await self._push("PATCH", "sessions", self._path(session), changed, whole=body)
        await self.set_status("AVAILABLE")
        cdr = session.cdr()
        self.cdrs.append(cdr)
        await self.post_cdr(cdr)
        return cdr

    async def post_cdr(self, cdr: Document) -> None:
        """POSTs a CDR (again)."""
        await self._push("POST", "cdrs", "", cdr)

    def _path(self, session: OwnSession) -> str:
        return f"{self.country}/{self.party}/{session.id}"

    async def _report(self, url: str, result: str) -> None:
        peer = self._need_peer()
        body = {"result": result}
        await self.client.ask("POST", url, token=peer.token, body=body, to=peer.asker(url))


def _is_same(one: Document, other: Document) -> bool:
    return bool(one["uid"].upper() == other["uid"].upper())
