"""`simulate partner` against another partner: the story it tells."""

import asyncio

import pytest

from app.simulators.partner import Partner
from app.simulators.partner_process import PartnerOptions, run_partner


async def test_it_registers_and_charges_at_the_other_side() -> None:
    told: list[str] = []
    async with Partner(party="CHG", roles=("CPO",)) as cpo:
        token = cpo.invite()
        options = PartnerOptions(
            cpo.versions_url,
            token,
            name="Drives",
            roles=("EMSP",),
            start_at="CHG-LOC1/CHG-EVSE1/1",
            charge_for_s=0.3,
        )
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await run_partner(options, told.append)
        assert "Drives: pulled 1 locations" in told
        assert "Drives: START_SESSION answered ACCEPTED" in told
        assert "Drives: STOP_SESSION answered ACCEPTED" in told
        assert any("was told POST cdrs" in line for line in told)
        assert not any("VIOLATION" in line for line in told)
        assert not any(token in line for line in told)


async def test_without_an_address_it_waits_to_be_registered_with() -> None:
    told: list[str] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await run_partner(PartnerOptions(), told.append)
    assert told[0].startswith("Partner Mobility: OCPI versions at http://127.0.0.1:")
    assert "token for whoever registers here" in told[1]
