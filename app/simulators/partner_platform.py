"""The partner's platform: its parties, its peer, and the handshake in either direction."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from app.simulators.ocpi_check import faults
from app.simulators.partner_client import ExchangeFailedError, PartnerClient, Peer
from app.simulators.partner_dialect import DIALECTS, kind_of
from app.simulators.partner_hub import HubSide, hub_in, without_hub
from app.simulators.partner_records import Document
from app.simulators.partner_server import PartnerServer
from app.simulators.partner_site import OwnSession

_ATTEMPTS, _PAUSE_S = 40, 0.5
"""How long a push is insisted on: twenty seconds."""
_SERVER_ERRORS = 500
_OF_OBJECT = 3
"""How many segments of an address name an object; more name its parts."""


class PartnerPlatform(PartnerServer):
    """Registers, is registered with, and sends; `Partner` adds what its parties do."""

    def __init__(
        self,
        *,
        name: str = "Partner Mobility",
        country: str = "DE",
        party: str = "PRT",
        roles: tuple[str, ...] = ("EMSP", "CPO"),
        port: int = 0,
        page_size: int = 2,
        version: str = "2.2.1",
        tell: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(
            country=country,
            party=party,
            roles=roles,
            port=port,
            page_size=page_size,
            dialect=DIALECTS[version],
        )
        self.name = name
        self.peer: Peer | None = None
        self.client = PartnerClient(
            country, party, violations=self.violations, dialect=self.dialect
        )
        self._say = tell or (lambda _: None)
        self.failures: list[ExchangeFailedError] = []
        self.sessions: dict[str, OwnSession] = {}
        self._in_turn = defaultdict[tuple[str, ...], asyncio.Lock](asyncio.Lock)
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Serves, and does what it promised to do later."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await super().run()
        finally:
            await self.client.close()

    def invite(self) -> str:
        """A token A with which the other platform may register here."""
        token = secrets.token_urlsafe(24)
        self.invitations.add(token)
        return token

    async def register(self, versions_url: str, token: str) -> None:
        """Registers there with their token A (OCPI 2.2.1, Registration)."""
        self.client.around = self.around()
        peer = await self.client.learn(versions_url, token)
        await self._send_credentials("POST", peer)

    async def rotate(self) -> None:
        """Renews both tokens."""
        await self._send_credentials("PUT", self._need_peer())

    async def unregister(self) -> None:
        """Ends the connection."""
        peer = self._need_peer()
        url = peer.endpoints["credentials", "SENDER"]
        await self.client.ask("DELETE", url, token=peer.token, functional=False)
        self.forget_peer()

    async def _send_credentials(self, method: str, peer: Peer) -> None:
        ours = secrets.token_urlsafe(24)
        before = set(self.accepted_tokens)
        self.accepted_tokens.add(ours)
        body = self.own_credentials(ours)
        url = next(u for (module, _), u in peer.endpoints.items() if module == "credentials")
        try:
            answer = await self.client.ask(
                method, url, token=peer.token, body=body, functional=False,
                sends="Credentials", gets="Credentials",
            )  # fmt: skip
        except ExchangeFailedError as error:
            if error.http is not None:
                self.accepted_tokens.discard(ours)
            raise
        tabled = without_hub(answer.data, self.dialect.number)
        self.violations += faults("Credentials", tabled, path="credentials")
        self.accepted_tokens -= before
        self.peer = Peer(
            answer.data["token"], answer.data["url"], peer.endpoints, answer.data["roles"]
        )
        self._meet(self.peer, answer.data)
        self._say(f"{self.name}: registered with {answer.data['url']}")

    async def exchange_credentials(self, body: Document, shown: str) -> Document:
        """The receiver's half: learns the caller, gives it a token of its own."""
        self.client.around = self.around()
        peer = await self.client.learn(body["url"], body["token"])
        peer.roles = body["roles"]
        self._meet(peer, body)
        token = secrets.token_urlsafe(24)
        self.peer = peer
        if shown in self.invitations:
            self.spent_invitations.add(shown)
        self.replaced_tokens = set(self.accepted_tokens)
        self.accepted_tokens.add(token)
        self.given_token = token
        self._say(f"{self.name}: {body['url']} registered here")
        return self.own_credentials(token)

    def _meet(self, peer: Peer, credentials: Document) -> None:
        """A hub is known from its credentials; how we address it is kept while it is the same."""
        party = hub_in(credentials["roles"], credentials.get("hub_party_id"))
        if party is None or not self.dialect.is_routed:
            self.hub = None
        elif self.hub is None or self.hub.hub != party:
            self.hub = HubSide(party, (self.country, self.party), self.violations)
        peer.hub = self.client.hub = self.hub

    def owner_of(self, module: str) -> tuple[str, str] | None:
        """Whose objects of a module the other side sends, where its version does not say."""
        role = "EMSP" if module == "tokens" else "CPO"
        peer = self.peer
        if peer is None or peer.hub or all(each["role"] != role for each in peer.roles):
            return None
        return peer.party(role)

    def forget_peer(self) -> None:
        """Both tokens are dead."""
        self.peer = self.client.hub = None
        self.accepted_tokens.clear()

    def own_credentials(self, token: str) -> Document:
        """Our Credentials object."""
        roles = [
            {
                "role": role,
                "business_details": {"name": self.name},
                "party_id": self.party,
                "country_code": self.country,
            }
            for role in self.roles
        ]
        return {"token": token, "url": self.versions_url, "roles": roles}

    async def _send(
        self, method: str, module: str, path: str, body: Document, *, to: str = "EMSP"
    ) -> Any:
        """To the other side's receiver interface."""
        peer = self._need_peer()
        base = peer.endpoints[module, "RECEIVER"].rstrip("/")
        url = f"{base}/{path}" if path else base
        self.client.around = self.around()
        is_command = module == "commands"
        kind = path if is_command else kind_of(module, path.count("/") - 1)
        receiver = peer.party(to, module)
        if module in ("sessions", "cdrs"):
            session = self.sessions.get(path.rpartition("/")[2])
            receiver = peer.provider(session.token if session else body.get("cdr_token"))
        answer = await self.client.ask(
            method, url, token=peer.token, body=body, to=receiver,
            sends=kind, gets="CommandResponse" if is_command else "",
        )  # fmt: skip
        return answer.data

    async def _push(
        self, method: str, module: str, path: str, body: Document, *, whole: Document | None = None
    ) -> None:
        """Like `_send`, but insists: again while the other side is away, PUT where PATCH finds
        nothing (OCPI 2.2.1, Client Owned Objects). What follows about the same object waits."""
        async with self._in_turn[module, *path.split("/")[:_OF_OBJECT]]:
            await self._insist(method, module, path, body, whole=whole)

    async def _insist(
        self, method: str, module: str, path: str, body: Document, *, whole: Document | None
    ) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._send(method, module, path, body)
            except ExchangeFailedError as error:
                is_final = error.http is not None and error.http < _SERVER_ERRORS
                if error.http == HTTPStatus.NOT_FOUND and whole is not None:
                    method, body, whole = "PUT", whole, None
                elif is_final or attempt == _ATTEMPTS:
                    raise
                else:
                    await asyncio.sleep(_PAUSE_S)
            else:
                return

    def _do_later(self, job: Callable[[], Awaitable[object]]) -> None:
        """In the background; a failed exchange there is noted in `failures`."""

        async def do() -> None:
            try:
                await job()
            except ExchangeFailedError as error:
                self.failures.append(error)

        if self._tasks is not None:
            self._tasks.create_task(do())

    def _need_peer(self) -> Peer:
        if self.peer is None:
            raise LookupError("not registered")
        return self.peer
