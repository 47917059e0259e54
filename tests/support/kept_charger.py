"""A simulated charger on a loopback socket, the use-cases behind it, and an operator who asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from app.adapters.clock_system import SystemClock
from app.domain.asks import StationAsk
from app.domain.commands import Command, CommandChannel, CommandState
from app.domain.tokens import Token
from app.simulators.charger import Charger
from app.store.transaction import Store
from app.use_cases.charger_records import ChargerRecords
from app.use_cases.charging_steps import Provider
from app.use_cases.command_requests import Asker, AskRequest
from app.use_cases.commands import Commands
from app.use_cases.local_lists import LocalLists
from app.use_cases.reservations import Reservations
from app.use_cases.station_news import StationReports
from ocpp_bridge.dispatch import Dispatch
from ocpp_bridge.gateway import OcppGateway
from ocpp_bridge.links import Links
from ocpp_bridge.listener import Listener, ListenerOptions
from tests.support.chargers import CPO, EMSP, PASSWORD, Floor
from tests.support.clock import FakeClock

OPERATOR = Asker(channel=CommandChannel.OPERATOR, cpo=CPO, key_id="key-1")


@dataclass
class Kept:
    """The charger CP1, and what can be done with it."""

    store: Store
    charger: Charger
    commands: Commands
    reports: StationReports
    lists: LocalLists

    @property
    def records(self) -> ChargerRecords:
        """What is stored, as after a restart: nothing of it is in memory."""
        return ChargerRecords(self.store)

    @property
    def dialect(self) -> Any:
        """The works of the simulated charger."""
        return self.charger._dialect

    async def ask(self, ask: StationAsk, **part: str) -> Command:
        """Ask (a part of) the charger, send, and take the answer."""
        request = AskRequest(asker=OPERATOR, station_id="CP1", ask=ask, **part)
        command = await self.commands.request(request)
        await self.commands.send(command.id)
        return await self.commands.get(command.id)

    async def settle(self) -> list[Command]:
        """Send all that waits, and what follows from that."""
        sent: list[Command] = []
        while True:
            async with self.store.reading() as tx:
                found = await tx.commands.of_station("CP1", before=None, limit=50)
            waiting = [c for c in found if c.state is CommandState.REQUESTED]
            if not waiting:
                return sent
            for command in reversed(waiting):
                await self.commands.send(command.id)
                sent.append(await self.commands.get(command.id))

    async def until(self, true: Callable[[], Awaitable[object]], within: float = 5.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(within):
            while not await true():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def a_kept_charger(
    store: Store,
    clock: FakeClock,
    protocol: Any,
    *tokens: Token,
    reveal: Callable[[Command], Command] = lambda command: command,
    **more: Any,
) -> AsyncIterator[Kept]:
    """It is there, booted and known to CPO."""
    floor = Floor(store, clock)
    await floor.furnish(None, None, *tokens)
    reports = StationReports(store, clock)
    wishes = Reservations(store, clock, provider=Provider(EMSP, "Drive"), random=Random(1))
    dispatch = Dispatch(
        floor.stations, floor.authorize, floor.sessions, wishes, reports=reports, node="n1"
    )
    links = Links()
    listener = Listener(dispatch, SystemClock(), options=ListenerOptions(drain_s=0.0), links=links)
    tasks = [asyncio.create_task(listener.run()), asyncio.create_task(floor.batch.run())]
    await listener.started.wait()

    async def here(_station: str) -> str | None:
        return "n1"

    gateway = OcppGateway(links, floor.bus, here, reveal=reveal)
    commands = Commands(store, clock, gateway, random=Random(1))
    url = f"ws://127.0.0.1:{listener.port}/ocpp"
    try:
        async with Charger(url, "CP1", PASSWORD, protocol=protocol, **more) as charger:
            await charger.booted()
            yield Kept(store, charger, commands, reports, LocalLists(store, clock))
            assert charger.violations == []
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
