"""A hub dies in the middle of a partner's list; the pull goes on."""

import pytest

from app.simulators.partner import Partner
from tests.support.patience import until
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def asked(partner: Partner, module: str) -> list[str]:
    """The offsets with which the hub has asked for a list."""
    return [
        request.asked("offset")
        for request in partner.requests
        if request.path.endswith(f"/sender/{module}")
    ]


async def test_a_killed_pull_is_begun_again(world: World) -> None:
    async with world.partner("EMSP", registered=False) as partner:
        for number in range(2, 7):
            partner.add_token(f"{partner.party}-CARD-{number}")
        partner.fault("slow", path="/sender/tokens", times=2, seconds=3)
        token, url = await world.invite(partner)
        await partner.register(url, token)
        await until(lambda: len(asked(partner, "tokens")) >= 2)  # the second page is on its way
        await world.hub.kill9()
        partner.clear_faults()
        died_at = len(asked(partner, "tokens"))
        await world.hub.start()
        await until(lambda: asked(partner, "tokens")[died_at:] == ["", "2", "4"])
