"""Whether this process lives, and whether it can do its work: `/healthz` and `/readyz`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.ports.bus import Bus
from app.ports.clock import Clock
from app.store.transaction import Store

Check = Callable[[], Awaitable[str | None]]
"""Gives what is wrong, or None."""

PATIENCE_S = 2.0
STALE_AFTER = timedelta(seconds=30)


def database_check(store: Store) -> Check:
    """The database answers."""

    async def check() -> str | None:
        await store.database.ping()
        return None

    return check


def bus_check(bus: Bus) -> Check:
    """Messages can pass."""

    async def check() -> str | None:
        return None if bus.connected else "not connected"

    return check


def workers_check(store: Store, clock: Clock) -> Check:
    """Somebody, in whatever process, takes events and deliveries in time."""

    async def check() -> str | None:
        now = clock.now()
        async with store.reading() as tx:
            event = await tx.events.oldest_unplanned()
            due = await tx.deliveries.next_due()
        if event is not None and now - event > STALE_AFTER:
            return f"an event waits since {event:%H:%M:%S} UTC"
        if due is not None and now - due > STALE_AFTER:
            return f"a delivery is due since {due:%H:%M:%S} UTC"
        return None

    return check


class Health:
    """Answers the two questions of whoever keeps this process running."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def live(self, _request: Request) -> JSONResponse:
        """The event loop turns."""
        return JSONResponse({"status": "alive"})

    async def ready(self, _request: Request) -> JSONResponse:
        """Every part answers; 503 names those that do not."""
        states = {name: await self._ask(check) for name, check in self._checks.items()}
        good = all(state == "ok" for state in states.values())
        body = {"status": "ready" if good else "not ready", "parts": states}
        return JSONResponse(body, 200 if good else 503)

    async def _ask(self, check: Check) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await check() or "ok"
        except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
            return f"{type(error).__name__}: {error}"[:200]
