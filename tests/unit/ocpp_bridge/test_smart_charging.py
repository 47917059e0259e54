"""Smart charging beyond one session's profile: what is sent and what is read, by version."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.asks import StationAsk
from app.domain.commands import Command, CommandKind, CommandResult
from app.domain.profiles import ChargingProfile, ProfilePeriod, RateUnit
from app.domain.smart_charging import (
    AllowEnergyTransfer,
    ClearProfiles,
    DynamicLimit,
    EnergyTransfer,
    ListProfiles,
    PriorityTold,
    ProfilesToListing,
    SetStationProfile,
    SignalReserve,
    StationPurpose,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)
from app.domain.station_news import NEWS
from app.store.documents import pack_one, unpack_one
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.exchange import Answer
from tests.unit.ocpp_bridge.corpus import play
from tests.unit.ocpp_bridge.test_profiles import QUERY, V16, V21, V201, asked

NUMBER = 0xABCD
FLAT = ChargingProfile(RateUnit.AMPERE, (ProfilePeriod(timedelta(), Decimal("10.5")),))
PERIODS = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.5}]}
MAX = SetStationProfile(7, StationPurpose.MAX, FLAT)
DEFAULT = SetStationProfile(8, StationPurpose.DEFAULT, FLAT, 2)
ACCEPTED = {"status": "Accepted"}


def carrying(ask: StationAsk) -> Command:
    return replace(
        QUERY, id=f"0-{NUMBER:08x}", kind=CommandKind.ASK, ask=pack_one(ask), profile=None
    )


def profile(number: int, purpose: str, level: int, schedule: Any) -> dict[str, Any]:
    return {
        "id": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }


MAX_V2 = profile(7, "ChargingStationMaxProfile", 0, [{"id": 1, **PERIODS}])
DEFAULT_V2 = profile(8, "TxDefaultProfile", 2, [{"id": 1, **PERIODS}])
MAX_V16 = profile(7, "ChargePointMaxProfile", 0, PERIODS)
DEFAULT_V16 = profile(8, "TxDefaultProfile", 2, PERIODS)
for each in (MAX_V16, DEFAULT_V16):
    each["chargingProfileId"] = each.pop("id")

BY_PURPOSE = ClearProfiles(purpose=StationPurpose.DEFAULT, stack_level=2)
CRITERIA = {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 2}
DYNAMIC = UpdateDynamicSchedule(9, Decimal("11000.5"), setpoint=Decimal(-500))
SPEECH: list[tuple[Dialect, StationAsk, dict[str, Any]]] = [
    (V16, MAX, {"connectorId": 0, "csChargingProfiles": MAX_V16}),
    (V16, DEFAULT, {"connectorId": 3, "csChargingProfiles": DEFAULT_V16}),
    (V201, MAX, {"evseId": 0, "chargingProfile": MAX_V2}),
    (V21, DEFAULT, {"evseId": 2, "chargingProfile": DEFAULT_V2}),
    (V16, ClearProfiles(7), {"id": 7}),
    (V201, ClearProfiles(7), {"chargingProfileId": 7}),
    (V16, BY_PURPOSE, {"connectorId": 3, **CRITERIA}),
    (V201, BY_PURPOSE, {"chargingProfileCriteria": {"evseId": 2, **CRITERIA}}),
    (V201, ListProfiles(), {"requestId": NUMBER, "evseId": 2, "chargingProfile": {}}),
    (
        V21,
        ListProfiles("EMS"),
        {"requestId": NUMBER, "evseId": 2, "chargingProfile": {"chargingLimitSource": ["EMS"]}},
    ),
    (
        V21,
        DYNAMIC,
        {"chargingProfileId": 9, "scheduleUpdate": {"limit": 11000.5, "setpoint": -500.0}},
    ),
    (V21, UsePriorityCharging("tx-1", activate=True), {"transactionId": "tx-1", "activate": True}),
    (
        V21,
        AllowEnergyTransfer("tx-1", (EnergyTransfer.DC, EnergyTransfer.DC_BPT)),
        {"transactionId": "tx-1", "allowedEnergyTransfer": ["DC", "DC_BPT"]},
    ),
]


@pytest.mark.parametrize(("dialect", "ask", "payload"), SPEECH)
def test_what_is_asked(dialect: Dialect, ask: StationAsk, payload: dict[str, Any]) -> None:
    """P-226 (the allowed ways of energy transfer)."""
    assert asked(dialect, carrying(ask)) == payload


def test_the_grids_signal() -> None:
    """P-226."""
    payload = asked(V21, carrying(SignalReserve(-3)))
    assert payload == {"timestamp": "2026-05-01T12:00:00.000Z", "signal": -3}


ANSWERS: list[tuple[Dialect, StationAsk, dict[str, Any], CommandResult, list[object]]] = [
    (V16, ClearProfiles(7), {"status": "Unknown"}, CommandResult.UNKNOWN_PROFILE, []),
    (V201, ListProfiles(), ACCEPTED, CommandResult.ACCEPTED, [ProfilesToListing()]),
    (
        V201,
        ListProfiles(),
        {"status": "NoProfiles"},
        CommandResult.ACCEPTED,
        [ProfilesToListing(none=True)],
    ),
    (
        V21,
        DYNAMIC,
        ACCEPTED,
        CommandResult.ACCEPTED,
        [DynamicLimit(9, Decimal("11000.5"), None, Decimal(-500))],
    ),
    (V21, DYNAMIC, {"status": "Rejected"}, CommandResult.REJECTED, []),
    (
        V21,
        UsePriorityCharging("tx-1", activate=True),
        ACCEPTED,
        CommandResult.ACCEPTED,
        [PriorityTold("tx-1", activated=True)],
    ),
    (
        V21,
        UsePriorityCharging("tx-1", activate=True),
        {"status": "NoProfile"},
        CommandResult.REJECTED,
        [],
    ),
]


@pytest.mark.parametrize(("dialect", "ask", "said", "result", "news"), ANSWERS)
def test_what_answers_mean(
    dialect: Dialect,
    ask: StationAsk,
    said: dict[str, Any],
    *,
    result: CommandResult,
    news: list[object],
) -> None:
    """P-217."""
    outcome = dialect.read_outcome(carrying(ask), Answer(said))
    assert outcome.result is result
    assert [unpack_one(NEWS, each) for each in outcome.news] == news


PROFILE = profile(1, "TxProfile", 0, [{"id": 1, **PERIODS}])
NEEDS = {
    "requestedEnergyTransfer": "DC",
    "departureTime": "2026-05-01T17:00:00Z",
    "dcChargingParameters": {"evMaxCurrent": 200, "evMaxVoltage": 800, "energyAmount": 35500},
}
TOLD: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        "ReportChargingProfiles",
        {"requestId": 5, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [PROFILE],
         "tbc": True},
        {"is": "ProfilesListed", "request": 5, "source": "CSO", "evse": 1, "last": False},
        {},
    ),
    (
        "NotifyEVChargingNeeds",
        {"evseId": 1, "chargingNeeds": NEEDS},
        {"is": "NeedsTold", "evse": 1, "mode": "DC", "energy": "35.5",
         "departure": "2026-05-01T17:00:00Z"},
        {"status": "Rejected"},
    ),
    (
        "NotifyEVChargingSchedule",
        {
            "timeBase": "2026-05-01T12:00:00Z",
            "evseId": 1,
            "chargingSchedule": {"id": 1, **PERIODS},
        },
        {"is": "ScheduleTold", "evse": 1, "base": "2026-05-01T12:00:00Z"},
        {"status": "Accepted"},
    ),
    (
        "NotifyChargingLimit",
        {"chargingLimit": {"chargingLimitSource": "EMS"}},
        {"is": "LimitTold", "evse": 0, "source": "EMS"},
        {},
    ),
    (
        "ClearedChargingLimit",
        {"chargingLimitSource": "EMS", "evseId": 2},
        {"is": "LimitGone", "evse": 2, "source": "EMS"},
        {},
    ),
]  # fmt: skip


@pytest.mark.parametrize("dialect", [V201, V21], ids=lambda d: d.subprotocol)
@pytest.mark.parametrize(("action", "payload", "news", "answer"), TOLD)
async def test_what_is_told(
    dialect: Dialect,
    action: str,
    payload: dict[str, Any],
    *,
    news: dict[str, Any],
    answer: dict[str, Any],
) -> None:
    """P-202."""
    heard, said = await play(dialect, action, payload)
    assert said == answer
    assert {name: heard[0].get(name) for name in news} == news


async def test_what_21_adds() -> None:
    """P-216 and P-217."""
    told = {"transactionId": "tx-1", "activated": True}
    heard, said = await play(V21, "NotifyPriorityCharging", told)
    assert (heard, said) == (
        [{"is": "PriorityTold", "transaction": "tx-1", "activated": True}],
        {},
    )
    heard, said = await play(V21, "PullDynamicScheduleUpdate", {"chargingProfileId": 9})
    assert heard == [{"is": "DynamicWanted", "number": 9}]
    assert said["status"] == "Rejected"
