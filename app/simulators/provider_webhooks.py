"""Signed webhooks of the simulated provider: in order, or held back, doubled and shuffled."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from httpx import AsyncClient, HTTPError

from app.simulators.provider_wire import Json, signature
from app.simulators.trust import public_trust

_ATTEMPTS, _PAUSE_S = 20, 0.3


@dataclass(frozen=True)
class Hook:
    """Where events go."""

    url: str
    secret: str


class Webhooks:
    """Every event is kept in `events`; with hooks registered it is sent, again until a 2xx."""

    def __init__(self) -> None:
        self.events: list[Json] = []
        self.hooks: list[Hook] = []
        self.refused: list[tuple[str, int]] = []
        self._queue: asyncio.Queue[Json] = asyncio.Queue()
        self._held_back: list[Json] | None = None
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def emit(self, kind: str, shown: Json) -> None:
        """Something happened to an object."""
        event = {
            "id": f"evt_{uuid4().hex[:24]}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(datetime.now(UTC).timestamp()),
            "data": {"object": json.loads(json.dumps(shown))},
            "livemode": False,
            "pending_webhooks": len(self.hooks),
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.events.append(event)
        if self._held_back is not None:
            self._held_back.append(event)
        else:
            self._send_later(event)

    def hold_back(self) -> None:
        """Keeps what comes until `let_go`."""
        self._held_back = []

    def let_go(self, arrange: Callable[[list[Json]], list[Json]] = list) -> None:
        """Sends what was held back, e.g. `arrange=lambda e: e[::-1] + e`."""
        held, self._held_back = self._held_back or [], None
        for event in arrange(held):
            self._send_later(event)

    async def settled(self) -> None:
        """Waits until everything was delivered or given up."""
        await self._idle.wait()

    def _send_later(self, event: Json) -> None:
        if self.hooks:
            self._busy += 1
            self._idle.clear()
            self._queue.put_nowait(event)

    async def run(self) -> None:
        """Delivers for ever, one after the other."""
        async with AsyncClient(trust_env=False, verify=public_trust(), timeout=10) as http:
            while True:
                event = await self._queue.get()
                for hook in self.hooks:
                    await self._deliver(http, hook, event)
                self._busy -= 1
                if not self._busy:
                    self._idle.set()

    async def _deliver(self, http: AsyncClient, hook: Hook, event: Json) -> None:
        payload = json.dumps(event).encode()
        for _ in range(_ATTEMPTS):
            signed = signature(hook.secret, payload, int(datetime.now(UTC).timestamp()))
            headers = {"Stripe-Signature": signed, "Content-Type": "application/json"}
            try:
                response = await http.post(hook.url, content=payload, headers=headers)
            except HTTPError:
                await asyncio.sleep(_PAUSE_S)
                continue
            if response.is_success:
                return
            self.refused.append((str(event["type"]), response.status_code))
            await asyncio.sleep(_PAUSE_S)
