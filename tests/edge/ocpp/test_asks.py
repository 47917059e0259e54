"""Asks over real sockets, in every version: the CALL, and what the answer brings."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from app.adapters.bus_local import LocalBus
from app.domain.asks import ChangeAvailability, ClearCache, RawAsk, StationAsk
from app.domain.commands import Command, CommandKind, CommandOutcome, CommandResult
from app.domain.station_news import NEWS, AvailabilityChanged, CacheCleared
from app.store.documents import pack_one, unpack_one
from ocpp_bridge.gateway import OcppGateway
from tests.edge.ocpp.conftest import Bench
from tests.edge.ocpp.test_commands import LIMITS, RESET, asked, nowhere, settle

V16, V201, V21 = "1.6", "2.0.1", "2.1"
EVERY = (V16, V201, V21)
OUT = ChangeAvailability(operative=False)
AT_EVSE = {"evse_uid": "EVSE-2", "connector_id": "1"}


def carrying(ask: StationAsk, **part: Any) -> Command:
    nowhere_yet = {"evse_uid": None, "connector_id": None, "detail": None}
    return replace(RESET, kind=CommandKind.ASK, ask=pack_one(ask), **(nowhere_yet | part))


async def outcome_of(
    bench: Bench, version: str, command: Command, *answer: Any
) -> tuple[CommandOutcome, list[object]]:
    bus = LocalBus()
    gateway = OcppGateway(bench.listener.links, bus, nowhere, limits=LIMITS)
    async with bench.charger(version) as charger:
        outcome = await settle(gateway, command, charger, *answer)
    await bus.close()
    return outcome, [unpack_one(NEWS, each) for each in outcome.news]


@pytest.mark.parametrize("version", EVERY)
async def test_availability(bench: Bench, version: str) -> None:
    """P-137 and P-175: the whole charger, or a part of it."""
    whole, part = carrying(OUT), carrying(OUT, **AT_EVSE)
    outcome, news = await outcome_of(bench, version, whole, 3, {"status": "Accepted"})
    assert outcome.accepted
    assert outcome.answer == '{"status":"Accepted"}'
    assert news == [AvailabilityChanged(operative=False, scheduled=False)]
    _, news = await outcome_of(bench, version, part, 3, {"status": "Scheduled"})
    assert news == [AvailabilityChanged(False, True, "EVSE-2", "1")]  # noqa: FBT003
    outcome, news = await outcome_of(bench, version, part, 3, {"status": "Rejected"})
    assert (outcome.result, news) == (CommandResult.REJECTED, [])


@pytest.mark.parametrize("version", EVERY)
async def test_a_refused_ask_keeps_the_chargers_words(bench: Bench, version: str) -> None:
    """P-138."""
    error = (4, "NotSupported", "no cache here", {})
    outcome, news = await outcome_of(bench, version, carrying(ClearCache()), *error)
    assert outcome.result is CommandResult.NOT_SUPPORTED
    assert outcome.answer == '{"errorCode":"NotSupported","errorDescription":"no cache here"}'
    assert news == []
    outcome, news = await outcome_of(
        bench, version, carrying(ClearCache()), 3, {"status": "Accepted"}
    )
    assert news == [CacheCleared()]


@pytest.mark.parametrize("version", EVERY)
async def test_a_raw_call_is_sent_as_it_is(bench: Bench, version: str) -> None:
    raw = carrying(RawAsk("DataTransfer", '{"vendorId":"X","messageId":"M"}'))
    outcome, _ = await outcome_of(bench, version, raw, 3, {"status": "UnknownVendorId"})
    assert outcome.answer == '{"status":"UnknownVendorId"}'


async def test_p213_the_names_of_phases_keep_their_underscore(bench: Bench) -> None:
    """P-213."""
    period = {"startPeriod": 0, "limit": 16.0, "limit_L2": 10.0, "limit_L3": 8.0}
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
    }
    payload = {"evseId": 1, "chargingProfile": profile}
    raw = carrying(RawAsk("SetChargingProfile", json.dumps(payload)))
    bus = LocalBus()
    gateway = OcppGateway(bench.listener.links, bus, nowhere, limits=LIMITS)
    async with bench.charger(V21) as charger:
        task = asyncio.create_task(gateway.execute(raw))
        uid, action, sent = await asked(charger)
        await charger.say([3, uid, {"status": "Accepted"}])
        assert (await task).accepted
    assert (action, sent) == ("SetChargingProfile", payload)
    await bus.close()


@pytest.mark.parametrize(
    ("version", "raw", "why"),
    [
        (V16, RawAsk("GetVariables"), "ocpp1.6 has no GetVariables"),
        (V201, RawAsk("ChangeConfiguration"), "ocpp2.0.1 has no ChangeConfiguration"),
        (V201, RawAsk("SetDERControl"), "ocpp2.0.1 has no SetDERControl"),
        (V16, RawAsk("Reset", '{"type":"Warm"}'), "Reset: "),
        (V21, RawAsk("Reset", '{"type":"Immediate","hard":true}'), "Reset: "),
    ],
)
async def test_a_raw_call_that_the_version_does_not_have(
    bench: Bench, version: str, raw: RawAsk, why: str
) -> None:
    gateway = OcppGateway(bench.listener.links, LocalBus(), nowhere, limits=LIMITS)
    async with bench.charger(version):
        outcome = await gateway.execute(carrying(raw))
    missing = " has no " in why
    assert outcome.result is (CommandResult.NOT_SUPPORTED if missing else CommandResult.REJECTED)
    assert (outcome.message or "").startswith(why)
