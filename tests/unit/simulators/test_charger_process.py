"""`simulate charger`: what it tells, and that a refusal ends it."""

import asyncio

import pytest

from app.simulators.charger_link import HandshakeRefusedError
from app.simulators.charger_process import ChargerOptions, run_charger
from tests.unit.simulators.csms import a_csms


async def test_it_plays_a_session_and_tells_it() -> None:
    told: list[str] = []
    async with a_csms("2.0.1") as csms:
        options = ChargerOptions(csms.url, "ST-1", "secret", card="04A1", charge_for_s=0.1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await run_charger(options, told.append)
    assert told[:2] == [
        "ST-1: connecting with ocpp2.0.1",
        "ST-1: booted, 2 EVSEs announced",
    ]
    assert told[-1] == "ST-1: cable pulled at EVSE 1"
    assert csms.of("TransactionEvent")[-1]["eventType"] == "Ended"
    assert not any("04A1" in line or "secret" in line for line in told)


async def test_it_says_why_it_was_turned_away() -> None:
    told: list[str] = []
    async with a_csms("1.6", password="another") as csms:
        options = ChargerOptions(csms.url, "ST-1", "secret", protocol="ocpp1.6")
        with pytest.raises(HandshakeRefusedError):
            await run_charger(options, told.append)
    assert told[-1] == "ST-1: turned away with HTTP 401 (wrong password)"
