"""The outside systems this process uses, chosen by the settings, closed when it ends."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.adapters.addresses import AddressGuard
from app.adapters.bus_local import LocalBus
from app.adapters.bus_nats import NatsBus
from app.adapters.clock_system import SystemClock
from app.adapters.http_httpx import HttpxClient
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.delivery.planner import EVENTS_SUBJECT
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.ports.http import HttpClient
from app.ports.sealing import Sealer
from app.runtime.keys import read_secrets
from app.runtime.settings import Settings
from app.runtime.trust import partner_trust
from app.store.database import Database
from app.store.transaction import Store

MESSAGES_AT_ONCE = 64
"""To one push service: it takes a tenth of a second for each, and has room for many."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What every role needs of the world.

    HTTP goes by `pooled` to partners, by `messages` to push services, by `rare` to others.
    """

    settings: Settings
    secrets: tuple[str, ...]
    clock: Clock
    bus: Bus
    database: Database
    store: Store
    sealer: Sealer
    pooled: HttpClient
    messages: HttpClient
    rare: HttpClient

    @property
    def networked_bus(self) -> NatsBus | None:
        """The bus when it is one between processes, which has work of its own to run."""
        return self.bus if isinstance(self.bus, NatsBus) else None

    @property
    def data_folder(self) -> Path | None:
        """Where SQLite's file lies; None on PostgreSQL, where nothing is kept beside it."""
        if not self.database.is_sqlite:
            return None
        return Path(self.settings.database_url.removeprefix("sqlite:///")).parent

    async def wake(self) -> None:
        """Tell the planners that something is new."""
        await self.bus.publish(EVENTS_SUBJECT)


@asynccontextmanager
async def open_outside(settings: Settings) -> AsyncIterator[Outside]:
    """Connect to what the settings name."""
    async with AsyncExitStack() as closing:
        secrets = read_secrets(settings)
        clock = SystemClock()
        bus: Bus = await NatsBus.connect(settings.nats_url) if settings.nats_url else LocalBus()
        closing.push_async_callback(bus.close)
        database = Database(settings.database_url)
        closing.push_async_callback(database.close)
        await database.reach()

        async def wake() -> None:
            await bus.publish(EVENTS_SUBJECT)

        guard = AddressGuard([str(network) for network in settings.partner_networks])
        pooled = PooledHttpClient(guard, clock, trust=partner_trust(settings))
        messages = PooledHttpClient(guard, clock, per_origin=MESSAGES_AT_ONCE)
        rare = HttpxClient(guard)
        closing.push_async_callback(pooled.close)
        closing.push_async_callback(messages.close)
        closing.push_async_callback(rare.close)
        yield Outside(
            settings=settings,
            secrets=tuple(secrets),
            clock=clock,
            bus=bus,
            database=database,
            store=Store(database, clock, wake),
            sealer=FernetSealer(secrets),
            pooled=pooled,
            messages=messages,
            rare=rare,
        )
