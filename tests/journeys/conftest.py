"""The hub in its two shapes, each started once and shared by all journeys of a run."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from tests.support.frugal import in_memory
from tests.support.servers import NatsServer, PostgresServer
from tests.support.shapes import JOINED, ONE
from tests.support.world import World, a_world

WorldOf = Callable[[str], Awaitable[World]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come first: they wait a lot, and the rest goes on meanwhile."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world_of(
    postgres_server: PostgresServer,
    nats_server: NatsServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[WorldOf]:
    """Starts the world of a shape when it is first asked for, and ends all in the end.

    What it stands on is asked for here, so that it ends after all worlds.
    """
    worlds: dict[str, World] = {}
    async with AsyncExitStack() as stack:

        async def get(shape: str) -> World:
            if shape not in worlds:
                folder = tmp_path_factory.mktemp(shape)
                if shape == ONE:
                    memory = stack.enter_context(TemporaryDirectory(dir=in_memory(folder)))
                    opening = a_world(folder, f"sqlite:///{memory}/hub.db")
                else:
                    opening = a_world(
                        folder,
                        postgres_server.create("journeys"),
                        nats_url=nats_server.url,
                        roles=("api", "bridge", "worker"),
                    )
                worlds[shape] = await stack.enter_async_context(opening)
            return worlds[shape]

        yield get


@pytest_asyncio.fixture(loop_scope="session", params=[ONE])
async def world(request: pytest.FixtureRequest, world_of: WorldOf) -> AsyncIterator[World]:
    """A running hub, of one process unless the test names another shape.

    In the end nobody around it may have found fault with it, nor it with itself.
    """
    world = await world_of(request.param)
    await world.hub.start()
    world.expected.clear()
    since = world.hub.log_position()
    yield world
    troubles = [t for t in world.hub.troubles(since) if t["event"] not in world.expected]
    assert troubles == []
    assert world.faults() == []


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=[JOINED])
async def joined(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world of its own, since its parties are members of its hub from the beginning."""
    folder = tmp_path_factory.mktemp("hub")
    with TemporaryDirectory(dir=in_memory(folder)) as memory:
        async with a_world(folder, f"sqlite:///{memory}/hub.db") as world:
            said = await world.hub.verb("partner", "join-hub")
            assert "CPO NL-RW1" in said
            assert "EMSP NL-RWM" in said
            yield world
