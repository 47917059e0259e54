"""The hub in its two shapes, each started once and shared by all journeys of a run."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.support.servers import NatsServer, PostgresServer
from tests.support.world import World, a_world

ONE, THREE = "one-process", "three-processes"
WorldOf = Callable[[str], Awaitable[World]]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come first, since they wait a lot; one worker plays all of a shape.

    So the processes of a shape are started once, and others work while they wait.
    """
    items.sort(key=lambda item: "journeys" not in item.path.parts)
    for item in items:
        if isinstance(item, pytest.Function) and "world" in item.fixturenames:
            spec = getattr(item, "callspec", None)
            shape = spec.params.get("world", ONE) if spec else ONE
            item.add_marker(pytest.mark.xdist_group(shape))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[WorldOf]:
    """Starts the world of a shape when it is first asked for, and ends all in the end."""
    worlds: dict[str, World] = {}
    async with AsyncExitStack() as stack:

        async def get(shape: str) -> World:
            if shape not in worlds:
                folder = tmp_path_factory.mktemp(shape)
                if shape == ONE:
                    opening = a_world(folder, f"sqlite:///{folder / 'hub.db'}")
                else:
                    postgres: PostgresServer = request.getfixturevalue("postgres_server")
                    nats: NatsServer = request.getfixturevalue("nats_server")
                    opening = a_world(
                        folder,
                        postgres.create("journeys"),
                        nats_url=nats.url,
                        roles=("api", "bridge", "worker"),
                    )
                worlds[shape] = await stack.enter_async_context(opening)
            return worlds[shape]

        yield get


@pytest_asyncio.fixture(loop_scope="session")
async def world(request: pytest.FixtureRequest, world_of: WorldOf) -> AsyncIterator[World]:
    """A running hub, of one process unless the test names another shape.

    In the end nobody around it may have found fault with it, nor it with itself.
    """
    world = await world_of(getattr(request, "param", ONE))
    await world.hub.start()
    world.expected.clear()
    since = world.hub.log_position()
    yield world
    troubles = [t for t in world.hub.troubles(since) if t["event"] not in world.expected]
    assert troubles == []
    assert world.faults() == []
