"""Database and NATS are restarted under the hub, and its processes die: its members converge.

The members find fault with an older state after a newer one, and with what is not their own.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError
from tests.support.hub_members import a_member, hold_results, knows
from tests.support.patience import until
from tests.support.servers import NatsServer, PostgresServer
from tests.support.visiting import told
from tests.support.world import World, a_world

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ROLES = ("all", "worker")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def postgres() -> AsyncIterator[PostgresServer]:
    """A server of our own, that may be stopped, and keeps what it said that it has."""
    with PostgresServer(durable=True) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def nats() -> AsyncIterator[NatsServer]:
    """One of our own as well."""
    with NatsServer() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    postgres: PostgresServer, nats: NatsServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A hub of two processes, both of which tell its members."""
    folder: Path = tmp_path_factory.mktemp("chaos-hub")
    address = postgres.create("hub")
    async with a_world(folder, address, nats_url=nats.url, roles=ROLES) as world:
        await world.hub.verb("partner", "join-hub")
        yield world


def _is_told(emsp: Partner, cpo: Partner, status: str) -> Callable[[], bool]:
    return lambda: knows(emsp, cpo, status)


async def _insisting(cpo: Partner, status: str) -> None:
    """The CPO says it until it is taken, also where the hub says that it is in trouble."""

    async def said() -> bool:
        try:
            await cpo.set_status(status)
        except ExchangeFailedError:
            return False
        return True

    await until(said, 60)


@pytest.mark.parametrize("what", ["database", "nats", "both and all processes"])
async def test_what_the_hub_stands_on_is_restarted(
    world: World, postgres: PostgresServer, nats: NatsServer, what: str
) -> None:
    """In the middle of a fan-out and of a command: all are told, the result arrives (C-257)."""
    await world.hub.start()
    async with AsyncExitStack() as stack:
        cpo = await stack.enter_async_context(a_member(world, "CPO"))
        emsps = [await stack.enter_async_context(a_member(world, "EMSP")) for _ in range(3)]
        asker = emsps[0]
        assert asker.hub is not None
        asker.hub.counterparts["CPO"] = (cpo.country, cpo.party)
        await cpo.push_site()
        for emsp in emsps:
            await until(_is_told(emsp, cpo, "AVAILABLE"))
        may = hold_results(cpo)
        start = await asker.start_session(cpo.site.location_id, cpo.site.evse_uid, "1")
        assert start.response["result"] == "ACCEPTED"
        for slow in emsps[1:]:
            slow.fault("slow", times=2, path="/receiver/locations", seconds=1)
        await cpo.set_status("BLOCKED")
        await _restart(world, postgres, nats, what)
        await _insisting(cpo, "OUTOFORDER")
        for emsp in emsps:
            await until(_is_told(emsp, cpo, "OUTOFORDER"), 60)
        may.set()
        assert (await asker.result(start))["result"] == "ACCEPTED"
        await told(asker, status="ACTIVE")
        for emsp in emsps:
            await until(_is_told(emsp, cpo, "CHARGING"), 60)
        assert [emsp.received.of("sessions") for emsp in emsps[1:]] == [[], []]


async def _restart(world: World, postgres: PostgresServer, nats: NatsServer, what: str) -> None:
    if what == "database":
        postgres.stop(signal.SIGQUIT)
        await asyncio.sleep(0.5)
        postgres.start()
    elif what == "nats":
        nats.stop(signal.SIGKILL)
        await asyncio.sleep(0.5)
        nats.start()
    else:
        await world.hub.kill9()
        postgres.stop(signal.SIGQUIT)
        nats.stop(signal.SIGKILL)
        postgres.start()
        nats.start()
        await world.hub.start()
