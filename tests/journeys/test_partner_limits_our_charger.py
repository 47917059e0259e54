"""A partner's driver charges at ours, and the partner's smart charging limits the session."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.visiting import charging
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
every_dialect = pytest.mark.parametrize(
    ("world", "protocol"),
    [*((ONE, protocol) for protocol in SPOTS), (THREE, "ocpp2.1")],
    indirect=["world"],
)

FOUR_KW = {
    "charging_rate_unit": "W",
    "duration": 7200,
    "charging_profile_period": [{"start_period": 0, "limit": 4000}],
}


@every_dialect
async def test_a_partner_limits_a_session_of_its_driver(world: World, protocol: str) -> None:
    """C-217, C-220, C-221, C-223: limit, less power, told what is in force, cleared."""
    spot = SPOTS[protocol]
    async with world.partner("EMSP") as partner, world.charger(spot) as charger:
        session = await charging(world, partner, charger, spot)
        smart, ident = partner.smart, session["id"]
        most = float(charger.max_power_kw * 1000)

        before = await smart.look(ident)
        assert (await smart.result(before))["profile"] is not None
        assert _limits((await smart.result(before))["profile"]) == [most]
        assert smart.told == {}

        limited = await smart.limit(ident, FOUR_KW)
        assert limited.response["result"] == "ACCEPTED"
        assert await smart.result(limited) == {"result": "ACCEPTED"}
        await until(lambda: smart.told[ident])
        assert _limits(smart.told[ident][-1]) == [4000]
        await charger.meter(energy_kwh=Decimal(2), power_kw=Decimal(22))
        assert Decimal((await _shown(world, ident))["power"]) == 4

        now = await smart.result(await smart.look(ident, 300))
        assert (now["result"], _limits(now["profile"])) == ("ACCEPTED", [4000])

        cleared = await smart.clear(ident)
        assert await smart.result(cleared) == {"result": "ACCEPTED"}
        await until(lambda: len(smart.told[ident]) > 1)
        assert _limits(smart.told[ident][-1]) == [most]
        await charger.stop()
        await charger.unplug()
        assert charger.violations == []


def _limits(active: dict[str, Any]) -> list[float]:
    return [period["limit"] for period in active["charging_profile"]["charging_profile_period"]]


async def _shown(world: World, ident: str) -> dict[str, Any]:
    """The session as the operator sees it."""
    answer = await world.operator.get(f"/sessions/{ident}")
    return dict(answer.raise_for_status().json())
