"""A charger is taught another way to its central system, and goes it after a reset."""

import asyncio
from dataclasses import replace

import pytest

from app.adapters.bus_local import LocalBus
from app.domain.asks import StationAsk
from app.domain.device_model import (
    NetworkProfile,
    SetNetworkProfile,
    Setting,
    VariableName,
    WriteVariables,
)
from app.simulators.charger import Charger
from app.simulators.ocpp_schemas import Protocol
from ocpp_bridge.gateway import OcppGateway
from tests.edge.ocpp.conftest import KEY, Bench, a_bench
from tests.edge.ocpp.test_asks import carrying
from tests.edge.ocpp.test_commands import LIMITS, RESET, nowhere

PRIORITY = VariableName("NetworkConfigurationPriority", "OCPPCommCtrlr")


async def _ask(gateway: OcppGateway, ask: StationAsk) -> None:
    outcome = await gateway.execute(carrying(ask))
    assert outcome.accepted, outcome


@pytest.mark.parametrize("protocol", ["ocpp2.0.1", "ocpp2.1"])
async def test_a_charger_goes_where_it_is_taught_to(bench: Bench, protocol: Protocol) -> None:
    """P-169: the old way stays usable until the reset, and is the one until then."""
    gateway = OcppGateway(bench.listener.links, LocalBus(), nowhere, limits=LIMITS)
    async with (
        a_bench() as other,
        Charger(bench.url("/ocpp"), "CP1", KEY, protocol=protocol, evses=1) as charger,
    ):
        await charger.booted()
        profile = NetworkProfile(other.url("/ocpp"), security_profile=1)
        await _ask(gateway, SetNetworkProfile(1, profile))
        await _ask(gateway, WriteVariables((Setting(PRIORITY, "1,0"),)))
        assert bench.listener.links.get("CP1") is not None
        assert other.listener.links.get("CP1") is None
        await gateway.execute(replace(RESET, detail="hard"))
        async with asyncio.timeout(3):
            while other.listener.links.get("CP1") is None:
                await asyncio.sleep(0.01)
        await charger.booted()
        assert charger.violations == []
