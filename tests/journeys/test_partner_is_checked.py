"""An operator looks a partner over from the command line."""

import json

import pytest
from httpx import AsyncClient

from tests.support.hub import VerbFailed
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def get_text(url: str) -> str:
    async with AsyncClient(trust_env=False) as http:
        return (await http.get(url)).raise_for_status().text


async def test_a_partner_is_checked(world: World) -> None:
    async with world.partner("CPO") as partner:
        report = json.loads(await world.hub.verb("partner", "check", partner.name, "--json"))
        wrong = [each for each in report["findings"] if each["verdict"] in {"fail", "warn"}]
        assert (report["passed"], wrong) == (True, [])
        assert report["counts"]["pass"] > 40

        metrics = await get_text(f"{world.hub.url}/metrics")
        assert 'roamwatt_partner_circuit{partner="' in metrics
        assert "roamwatt_partner_circuits_open 0.0" in metrics

        partner.fault("error", path="/sender/locations", times=1)
        with pytest.raises(VerbFailed) as failed:
            await world.hub.verb("partner", "check", partner.name)
        assert failed.value.code == 1
