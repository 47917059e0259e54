"""Charging profiles over a real socket and through another process, in all three versions."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.adapters.bus_local import LocalBus
from app.domain.commands import CommandKind, CommandOutcome, CommandResult
from app.domain.profiles import ChargingProfile, ProfilePeriod, RateUnit
from ocpp_bridge.gateway import OcppGateway
from ocpp_bridge.links import Links
from tests.edge.ocpp.conftest import Bench
from tests.edge.ocpp.test_commands import LIMITS, START, asked, nowhere, settle

VERSIONS = ["1.6", "2.0.1", "2.1"]
PROFILE = ChargingProfile(
    RateUnit.WATT,
    (ProfilePeriod(timedelta(), Decimal("4000.1")), ProfilePeriod(timedelta(hours=1), Decimal(0))),
)
LIMIT = replace(START, kind=CommandKind.LIMIT, transaction="12", profile=PROFILE, profile_number=7)
SCHEDULE = replace(LIMIT, kind=CommandKind.SCHEDULE, horizon=timedelta(minutes=10))
PERIODS = [{"startPeriod": 0, "limit": 4000.1}, {"startPeriod": 300, "limit": 21.4}]


def composite(version: str) -> dict[str, Any]:
    """What a charger answers, in its version's form."""
    schedule = {"chargingRateUnit": "W", "duration": 600, "chargingSchedulePeriod": PERIODS}
    start = "2026-05-01T12:00:00Z"
    if version == "1.6":
        whole = {"connectorId": 2, "scheduleStart": start, "chargingSchedule": schedule}
        return {"status": "Accepted", **whole}
    return {"status": "Accepted", "schedule": {"evseId": 2, "scheduleStart": start, **schedule}}


@pytest.fixture
async def asker(bench: Bench) -> OcppGateway:
    """A process without the charger's socket, which another one has."""
    bus = LocalBus()

    async def on_node_1(_station: str) -> str | None:
        return "node-1"

    owner = OcppGateway(bench.listener.links, bus, nowhere, limits=LIMITS)
    await owner.serve_commands("node-1")
    return OcppGateway(Links(), bus, on_node_1, limits=LIMITS)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_schedule_comes_back_exact(bench: Bench, asker: OcppGateway, version: str) -> None:
    """P-147: to the tenth, through the other process."""
    async with bench.charger(version) as charger:
        outcome = await settle(asker, SCHEDULE, charger, 3, composite(version))
    assert outcome.accepted
    assert outcome.schedule is not None
    assert [str(period.limit) for period in outcome.schedule.profile.periods] == ["4000.1", "21.4"]
    assert outcome.schedule.profile.duration == timedelta(minutes=10)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("frame", "result"),
    [
        ((3, {"status": "Accepted"}), CommandResult.ACCEPTED),
        ((3, {"status": "Rejected"}), CommandResult.REJECTED),
        ((4, "NotImplemented", "", {}), CommandResult.NOT_SUPPORTED),
        ((3, {}), CommandResult.FAILED),
    ],
)
async def test_a_limit_is_taken_or_not(
    *,
    bench: Bench,
    asker: OcppGateway,
    version: str,
    frame: tuple[Any, ...],
    result: CommandResult,
) -> None:
    """P-145, P-200: what goes out passes the schema of its version on the way."""
    async with bench.charger(version) as charger:
        outcome = await settle(asker, LIMIT, charger, *frame)
    assert outcome.result is result


async def test_silence_is_not_knowing(bench: Bench, asker: OcppGateway) -> None:
    async with bench.charger() as charger:
        outcome: CommandOutcome = await asker.execute(LIMIT)
        assert outcome.result is CommandResult.TIMEOUT
        _, action, payload = await asked(charger)
    assert action == "SetChargingProfile"
    limits = payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]
    assert limits == [{"startPeriod": 0, "limit": 4000.1}, {"startPeriod": 3600, "limit": 0.0}]
