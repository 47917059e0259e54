"""A simulated charger obeys charging profiles and says what holds, judged by `ocpp`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.simulators.charger import Charger
from app.simulators.charger_limits import Limit, watts_at
from app.simulators.charger_model import Transaction, wire_time
from tests.unit.simulators.csms import Csms, a_csms
from tests.unit.simulators.test_charger import a_charger, until

VERSIONS = ["1.6", "2.0.1", "2.1"]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def profile(charger: Charger, *limits: tuple[int, float], unit: str = "W", **more: Any) -> Any:
    """The request for a profile of the running transaction, in the charger's version."""
    running = charger.transactions[-1]
    periods = [{"startPeriod": start, "limit": limit} for start, limit in limits]
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": periods}
    kind = {"stackLevel": 0, "chargingProfilePurpose": "TxProfile", **more}
    if charger.protocol == "ocpp1.6":
        kind |= {"chargingProfileId": 7, "transactionId": running.number, **more}
        kind |= {"chargingProfileKind": "Relative", "chargingSchedule": schedule}
        return {"connectorId": 1, "csChargingProfiles": kind}
    kind = {"id": 7, "transactionId": running.id, **kind}
    kind |= {"chargingProfileKind": "Relative", "chargingSchedule": [{"id": 1, **schedule}]}
    return {"evseId": 1, "chargingProfile": kind}


def powers(csms: Csms) -> list[float]:
    """The watts of every meter value."""
    action = "MeterValues" if csms.version == "1.6" else "TransactionEvent"
    samples = [
        sample
        for told in csms.of(action)
        for value in told.get("meterValue", ())
        for sample in value["sampledValue"]
    ]
    return [float(s["value"]) for s in samples if s["measurand"] == "Power.Active.Import"]


async def charging(charger: Charger) -> None:
    await charger.booted()
    await charger.plug_in()
    await charger.present(1, "04A1B2C3")


def composite(charger: Charger, answer: Any) -> list[tuple[int, float]]:
    """Start and limit of each period of a composite schedule."""
    name = "chargingSchedule" if charger.protocol == "ocpp1.6" else "schedule"
    periods = answer[name]["chargingSchedulePeriod"]
    return [(p["startPeriod"], p["limit"]) for p in periods]


def asking(version: str, **more: Any) -> dict[str, Any]:
    return {"connectorId" if version == "1.6" else "evseId": 1, "duration": 600, **more}


@pytest.mark.parametrize("version", VERSIONS)
async def test_it_obeys_and_tells(version: str) -> None:
    async with a_csms(version) as csms, a_charger(csms) as charger:
        await charging(charger)
        frame = await csms.ask("SetChargingProfile", profile(charger, (0, 4000), (300, 16100)))
        assert frame[2] == {"status": "Accepted"}
        await until(lambda: powers(csms)[-1:] == [4000])
        await charger.meter(energy_kwh=Decimal(1), power_kw=Decimal(22))
        assert powers(csms)[-1] == 4000
        await charger.meter(power_kw=Decimal("3.5"))
        assert powers(csms)[-1] == 3500
        frame = await csms.ask("GetCompositeSchedule", asking(version))
        (first, low), (second, high) = composite(charger, frame[2])
        assert (first, low, high) == (0, 4000, 16100)
        assert 290 <= second <= 300
        amperes = asking(version, chargingRateUnit="A")
        frame = await csms.ask("GetCompositeSchedule", amperes)
        assert [limit for _, limit in composite(charger, frame[2])] == [5.7, 23.3]
        clear = {"id": 7} if version == "1.6" else {"chargingProfileId": 7}
        assert (await csms.ask("ClearChargingProfile", clear))[2]["status"] == "Accepted"
        assert (await csms.ask("ClearChargingProfile", clear))[2]["status"] == "Unknown"
        frame = await csms.ask("GetCompositeSchedule", asking(version))
        assert composite(charger, frame[2]) == [(0, 22000)]
        await charger.meter(power_kw=Decimal(22))
        assert powers(csms)[-1] == 22000
        assert not charger.violations


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_it_does_not_take(version: str) -> None:
    async with a_csms(version) as csms, a_charger(csms) as charger:
        await charging(charger)
        other = {"chargingProfilePurpose": "TxDefaultProfile"}
        stranger = {"transactionId": 99 if version == "1.6" else "99"}
        for asked in (
            profile(charger, (0, 4000), **other),
            profile(charger, (0, 4000), stackLevel=9),
            profile(charger, (0, 4000), **stranger) if version == "1.6" else None,
            profile(charger, (60, 4000)),
        ):
            if asked is not None:
                frame = await csms.ask("SetChargingProfile", asked)
                assert frame[2] == {"status": "Rejected"}
        good = profile(charger, (0, 4000))
        await charger.stop()
        assert (await csms.ask("SetChargingProfile", good))[2] == {"status": "Rejected"}
        nowhere = asking(version) | {"connectorId" if version == "1.6" else "evseId": 9}
        frame = await csms.ask("GetCompositeSchedule", nowhere)
        assert frame[2] == {"status": "Rejected"}


def remote_start(version: str, token: str, **profile: Any) -> tuple[str, dict[str, Any]]:
    """A remote start at outlet 1 with a profile of 4 kW."""
    schedule: dict[str, Any] = {"chargingRateUnit": "W"}
    schedule["chargingSchedulePeriod"] = [{"startPeriod": 0, "limit": 4000}]
    given = {"stackLevel": 0, "chargingProfilePurpose": "TxProfile", **profile}
    given |= {"chargingProfileKind": "Relative"}
    if version == "1.6":
        given |= {"chargingProfileId": 7, "chargingSchedule": schedule}
        asked = {"connectorId": 1, "idTag": token, "chargingProfile": given}
        return "RemoteStartTransaction", asked
    given |= {"id": 7, "chargingSchedule": [{"id": 1, **schedule}]}
    who = {"idToken": token, "type": "Central"}
    asked = {"evseId": 1, "remoteStartId": 3, "idToken": who, "chargingProfile": given}
    return "RequestStartTransaction", asked


@pytest.mark.parametrize("version", VERSIONS)
async def test_p132_a_start_brings_a_profile(version: str) -> None:
    """P-132: it holds from the beginning; one that names a transaction cannot be right."""
    async with a_csms(version) as csms, a_charger(csms) as charger:
        await charger.booted()
        await charger.plug_in()
        wrong = {"transactionId": 9 if version == "1.6" else "9"}
        for profile in (wrong, {"chargingProfilePurpose": "TxDefaultProfile"}):
            frame = await csms.ask(*remote_start(version, "RWABCDEFGHIJKLMN", **profile))
            assert frame[2] == {"status": "Rejected"}
        frame = await csms.ask(*remote_start(version, "RWABCDEFGHIJKLMN"))
        assert frame[2]["status"] == "Accepted"
        await until(lambda: charger.running() is not None)
        await until(lambda: charger.outlets[1].told_status in {"Charging", "Occupied"})
        frame = await csms.ask("GetCompositeSchedule", asking(version))
        assert composite(charger, frame[2]) == [(0, 4000)]
        await charger.meter(power_kw=Decimal(22))
        assert powers(csms)[-1] == 4000
        assert not charger.violations


LIMITS = [
    ({"maxEnergy": 2000}, {"energy_kwh": Decimal(2)}, "EnergyLimitReached"),
    ({"maxTime": 0}, {}, "TimeLimitReached"),
    ({"maxSoC": 80}, {"soc": Decimal(80)}, "SOCLimitReached"),
    ({"maxCost": 5.5}, {}, "LocalOutOfCredit"),
]


@pytest.mark.parametrize(("most", "shown", "reason"), LIMITS)
async def test_p220_a_charger_of_21_stops_by_itself(
    most: dict[str, Any], shown: dict[str, Any], reason: str
) -> None:
    """P-220: it says that it has taken the limit, and why it stops."""

    def answer(told: dict[str, Any]) -> dict[str, Any]:
        if "idToken" in told and told["triggerReason"] != "StopAuthorized":
            return {"idTokenInfo": {"status": "Accepted"}, "transactionLimit": most}
        return {"totalCost": 5.5}

    async with a_csms("2.1") as csms, a_charger(csms) as charger:
        csms.answers["TransactionEvent"] = answer
        await charging(charger)
        await charger.meter(**shown)
        await until(lambda: csms.of("TransactionEvent")[-1]["eventType"] == "Ended")
        told = csms.of("TransactionEvent")
        (taken,) = [each for each in told if each["triggerReason"] == "LimitSet"]
        assert taken["transactionInfo"]["transactionLimit"] == most
        assert told[-1]["transactionInfo"]["stoppedReason"] == reason
        assert not charger.violations


def test_a_profile_ends_and_the_highest_level_holds() -> None:
    low = Limit(1, 0, NOON, ((0, Decimal(4000)),))
    high = Limit(2, 1, NOON, ((0, Decimal(2000)), (60, Decimal(99999))), duration_s=120)
    running = Transaction(1, "T", "ISO14443", NOON, Decimal(0), limits={1: low, 2: high})
    most = Decimal(22000)
    at = [watts_at(running, NOON + timedelta(seconds=s), most) for s in (-1, 0, 60, 120)]
    assert at == [most, Decimal(2000), most, Decimal(4000)]
    assert wire_time(high.edges()[-1]) == "2026-11-21T12:02:00.000Z"
