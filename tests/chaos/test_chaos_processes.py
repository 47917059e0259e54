"""Processes die and the database is restarted under them: all converges, and nothing is lost.

Two processes share the work here: one does everything, the other one is a worker. The partner
itself finds fault with any state that is older than one it was told before.
"""

import json
import signal
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.simulators.charger import Charger
from app.simulators.partner import Partner
from app.store.database import Database
from tests.support.patience import until
from tests.support.servers import NatsServer, PostgresServer
from tests.support.visiting import charging
from tests.support.world import SPOTS, World, a_world

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ROLES = ("all", "worker")
HOLDER = text("SELECT owner FROM destinations WHERE destination LIKE 'partner:%' AND owner <> ''")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def postgres() -> AsyncIterator[PostgresServer]:
    """A server of our own, that may be stopped, and keeps what it said that it has."""
    with PostgresServer(durable=True) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    postgres: PostgresServer, nats_server: NatsServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A hub of two processes, both of which send."""
    folder: Path = tmp_path_factory.mktemp("chaos")
    address = postgres.create("chaos")
    async with a_world(folder, address, nats_url=nats_server.url, roles=ROLES) as world:
        yield world


async def _is_told(partner: Partner, kwh: int) -> None:
    await until(lambda: partner.received.of("sessions")[0]["kwh"] == kwh, 60)


async def _converged(partner: Partner, kwh: int) -> None:
    """One bill, the same as the session's end; what is pulled is what was told."""
    (cdr,) = await until(lambda: partner.received.of("cdrs"), 60)
    await until(lambda: partner.received.of("sessions")[0]["status"] == "COMPLETED", 60)
    (session,) = partner.received.of("sessions")
    assert session["kwh"] == cdr["total_energy"] == kwh
    assert set(partner.received.repeated_cdrs) <= {cdr["id"]}
    for module, told in (("cdrs", cdr), ("sessions", session)):
        (pulled,) = await partner.pull(module)
        plain = json.loads(json.dumps(pulled, default=float))
        assert plain["last_updated"] == told["last_updated"]
        assert plain["total_cost"] == told["total_cost"]
    assert partner.violations == []


async def _until_sent_by(world: World, partner: Partner, charger: Charger, role: str) -> int:
    """Energy flows until it is this process that tells so, and has not been heard yet."""
    for kwh in range(2, 40):
        partner.fault("slow", path="/sessions/", seconds=2)
        await charger.meter(energy_kwh=Decimal(kwh), power_kw=Decimal(11))
        if await _holder(world) == role:
            return kwh
        await _is_told(partner, kwh)
    raise AssertionError(f"{role} sends nothing")


async def _holder(world: World) -> str:
    """Who is sending to a partner."""
    database = Database(world.hub.plan.database_url)

    async def owner() -> str | None:
        async with database.reading() as connection:
            return (await connection.execute(HOLDER)).scalar()

    found: str = await until(owner)
    await database.close()
    return found


async def test_another_worker_takes_over(world: World) -> None:
    """The one that is sending is killed; its lease runs out, and the other one goes on."""
    spot = SPOTS["ocpp2.0.1"]
    await world.hub.start()
    async with world.partner("EMSP") as partner, world.charger(spot) as charger:
        await charging(world, partner, charger, spot)
        kwh = await _until_sent_by(world, partner, charger, "worker")
        await world.hub.kill9("worker")
        for _ in range(2):
            kwh += 1
            await charger.meter(energy_kwh=Decimal(kwh), power_kw=Decimal(11))
        await _is_told(partner, kwh)
        await charger.unplug()
        await _converged(partner, kwh)
        assert len(await partner.pull("locations")) == 2
        assert charger.violations == []
    await world.hub.start()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_the_database_is_restarted(
    world: World, postgres: PostgresServer, how: signal.Signals
) -> None:
    """In the middle of a session and of a push: chargers and partners wait, and lose nothing."""
    spot = SPOTS["ocpp2.1"]
    await world.hub.start()
    async with world.partner("EMSP") as partner, world.charger(spot) as charger:
        session = await charging(world, partner, charger, spot)
        tokens = partner.peer and partner.peer.token
        partner.fault("slow", path="/sessions/", seconds=1)
        known = len(partner.requests)
        await charger.meter(energy_kwh=Decimal(2), power_kw=Decimal(50))
        await until(lambda: any("/sessions/" in r.path for r in partner.requests[known:]))
        postgres.stop(how)
        await charger.meter(energy_kwh=Decimal(3), power_kw=Decimal(50))
        postgres.start()
        await charger.meter(energy_kwh=Decimal(4), power_kw=Decimal(50))
        await charger.settled()
        await _is_told(partner, 4)
        assert world.hub.running
        await charger.meter(energy_kwh=Decimal(5), power_kw=Decimal(50))
        await charger.unplug()
        await _converged(partner, 5)
        assert partner.received.of("sessions")[0]["id"] == session["id"]
        assert (partner.peer and partner.peer.token) == tokens
        assert len(charger.transactions) == 1


async def test_everything_dies_at_once(world: World, postgres: PostgresServer) -> None:
    """All processes and the database, in the middle of a push: as after a power cut."""
    spot = SPOTS["ocpp1.6"]
    await world.hub.start()
    async with world.partner("EMSP") as partner, world.charger(spot) as charger:
        await charging(world, partner, charger, spot)
        partner.fault("lost", path="/sessions/")
        known = len(partner.requests)
        await charger.meter(energy_kwh=Decimal(2), power_kw=Decimal(11))
        await until(lambda: any("/sessions/" in r.path for r in partner.requests[known:]))
        await world.hub.kill9()
        postgres.stop(signal.SIGQUIT)
        await charger.meter(energy_kwh=Decimal(3), power_kw=Decimal(11))
        partner.fault("lost", path="/cdrs")
        postgres.start()
        await world.hub.start()
        await charger.settled()
        await _is_told(partner, 3)
        await charger.unplug()
        await _converged(partner, 3)
        assert len(charger.transactions) == 1
        assert charger.violations == []
