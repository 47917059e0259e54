"""Database and NATS are restarted under the hub, and its processes die: its members converge.

The members find fault with an older state after a newer one, and with what is not their own; and
when a member goes, the witness goes over everything that it was ever sent (`hub_witness`).
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError
from tests.support.hub_members import a_member, a_pair, hold_results, knows
from tests.support.patience import until
from tests.support.servers import NatsServer, PostgresServer
from tests.support.visiting import told
from tests.support.world import World, a_world

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ROLES = ("all", "worker")
SEED = 20260504


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
        await _restart(world, postgres, nats, what=what)
        await _insisting(cpo, "OUTOFORDER")
        for emsp in emsps:
            await until(_is_told(emsp, cpo, "OUTOFORDER"), 60)
        may.set()
        assert (await asker.result(start))["result"] == "ACCEPTED"
        await told(asker, status="ACTIVE")
        for emsp in emsps:
            await until(_is_told(emsp, cpo, "CHARGING"), 60)
        assert [emsp.received.of("sessions") for emsp in emsps[1:]] == [[], []]


async def _restart(world: World, postgres: PostgresServer, nats: NatsServer, *, what: str) -> None:
    if what in ROLES:
        await world.hub.kill9(what)
        await world.hub.start()
    elif what == "database":
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


async def test_everything_at_once(
    world: World, postgres: PostgresServer, nats: NatsServer
) -> None:
    """Pairs at work and members that flap, while all that the hub is made of goes and comes.

    Everybody knows in the end what is true, and each command that was taken had its result
    (C-241, C-257, C-260, C-267, C-268).
    """
    await world.hub.start()
    chance = Random(SEED)
    async with AsyncExitStack() as stack:
        pairs = [await stack.enter_async_context(a_pair(world)) for _ in range(2)]
        others = [await stack.enter_async_context(a_member(world, "EMSP")) for _ in range(2)]
        cpos, emsps = [cpo for cpo, _ in pairs], [emsp for _, emsp in pairs]
        holds = [hold_results(cpo) for cpo in cpos]
        for number, what in enumerate(TROUBLES):
            for hold in holds:
                hold.clear()
            starts = [await _started(*pair) for pair in pairs]
            going, slow = others[number % 2], others[1 - number % 2]
            going.down()
            slow.fault("slow", times=2, path="/receiver/locations", seconds=1)
            await _all_say(cpos, "BLOCKED")
            trouble = _restart(world, postgres, nats, what=what)
            await asyncio.gather(trouble, _all_say(cpos, chance.choice(_FREE)))
            await going.up()
            await _all_say(cpos, "RESERVED")
            for hold, pair, start in zip(holds, pairs, starts, strict=True):
                hold.set()
                await _charged(*pair, start)
        await _all_say(cpos, "OUTOFORDER")
        await _end_knowing(cpos, [*others, *emsps], others)


async def _all_say(cpos: list[Partner], status: str) -> None:
    await asyncio.gather(*(_insisting(cpo, status) for cpo in cpos))


async def _end_knowing(cpos: list[Partner], emsps: list[Partner], others: list[Partner]) -> None:
    """Everybody is told what is true, and `others` never anything of the pairs' business."""
    for other in others:
        other.clear_faults()
        await other.pull("locations")  # a sign of life
    for emsp in emsps:
        for cpo in cpos:
            await until(_is_told(emsp, cpo, "OUTOFORDER"), 90)
    for other in others:
        assert (other.received.of("sessions"), other.received.of("cdrs")) == ([], [])


TROUBLES = ("database", "all", "nats", "worker", "both and all processes")
_FREE = ("AVAILABLE", "BLOCKED", "INOPERATIVE")


async def _started(cpo: Partner, emsp: Partner) -> Any:
    start = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid, "1")
    assert start.response["result"] == "ACCEPTED"
    return start


async def _charged(cpo: Partner, emsp: Partner, start: Any) -> None:
    """The result comes, then the session and its bill, to the eMSP that asked and nobody else."""
    assert (await emsp.result(start, timeout_s=60))["result"] == "ACCEPTED"

    def running() -> list[str]:
        return [name for name, session in cpo.sessions.items() if session.ended is None]

    (session,) = await until(running)
    await until(lambda: any(s["id"] == session for s in emsp.received.of("sessions")), 60)
    await cpo.finish(session)
    await until(lambda: any(c["session_id"] == session for c in emsp.received.of("cdrs")), 60)
