"""The hub in one process, and foreign partners beside it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from tests.foreign.counterparts import Counterpart
from tests.foreign.foreign_partner import ForeignPartner, foreign_partner
from tests.foreign.kits import KitFailed
from tests.support.world import World, a_world

PARTIES = count(1)
Arrive = Callable[[Counterpart, str], Awaitable[ForeignPartner]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A hub with everybody of our own around it."""
    folder = tmp_path_factory.mktemp("hub")
    async with a_world(folder, f"sqlite:///{folder / 'hub.db'}") as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(world: World, tmp_path: Path) -> AsyncIterator[Arrive]:
    """Starts a foreign partner in a role; fails, never skips, when its software cannot be had."""
    async with AsyncExitStack() as stack:

        async def start(counterpart: Counterpart, role: str) -> ForeignPartner:
            party = f"F{next(PARTIES):02}"
            opening = foreign_partner(counterpart, role, party, tmp_path)
            try:
                return await stack.enter_async_context(opening)
            except KitFailed as error:
                pytest.fail(f"{counterpart} cannot be installed here: {error}", pytrace=False)

        yield start


async def join(world: World, partner: ForeignPartner, direction: str) -> None:
    """Register the partner: `they-register` by our invitation, `we-register` by theirs."""
    hub, role, quirks = world.hub, partner.role, partner.counterpart.quirks
    if direction == "they-register":
        said = await hub.verb("partner", "invite", "--name", partner.name, "--roles", role)
        invited = json.loads(said)
        old = partner.counterpart.version == "2.1.1"
        url = invited["versions_url_2_1_1" if old else "versions_url"]
        await partner.do("register", versions_url=url, token=invited["token"])
    else:
        token = (await partner.do("invite"))["token"]
        await hub.verb(
            "partner", "register", "--name", partner.name, "--roles", role,
            "--versions-url", partner.versions_url, "--token", token,
        )  # fmt: skip
    switched = (word for quirk in quirks for word in ("--on", quirk))
    await hub.verb("partner", "quirks", partner.name, *switched)
