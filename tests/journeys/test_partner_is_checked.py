"""An operator looks a partner over from the command line."""

import json

import pytest

from tests.support.hub import VerbFailed
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_partner_is_checked(world: World) -> None:
    async with world.partner("CPO") as partner:
        report = json.loads(await world.hub.verb("partner", "check", partner.name, "--json"))
        wrong = [each for each in report["findings"] if each["verdict"] in {"fail", "warn"}]
        assert (report["passed"], wrong) == (True, [])
        assert report["counts"]["pass"] > 40

        partner.fault("error", path="/sender/locations", times=1)
        with pytest.raises(VerbFailed) as failed:
            await world.hub.verb("partner", "check", partner.name)
        assert failed.value.code == 1
