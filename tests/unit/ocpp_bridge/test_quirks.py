"""Ways of chargers that OCPP does not know, each with what goes wrong without its decorator."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from app.domain.commands import CommandKind
from app.domain.profiles import ChargingProfile, ProfilePeriod, RateUnit
from app.domain.stations import Address, BootFacts
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Ask, Asked
from ocpp_bridge.quirks.table import QUIRKS, dressed
from ocpp_bridge.repairs import repaired
from ocpp_bridge.silences import MUTE_WAIT_S, Silences
from tests.edge.ocpp.test_commands import START

NOW = datetime(2026, 5, 1, tzinfo=UTC)
V21, V201, V16 = DIALECTS
PLAIN = BootFacts("Plain Maker", "M1")
ETREL = BootFacts("ETREL", "INCH Home", firmware="1.4")
ABB = BootFacts("ABB", "Terra AC W22-T-R-C-0")
HUAWEI = BootFacts("Huawei", "FusionCharge 60")
EN_PLUS = BootFacts("EN+", "AC7000")
WALLBOX = BootFacts("Wall Box Chargers", "Pulsar Plus", firmware="5.17.2")


class Told:
    """A charger's visit that keeps what it is told; transaction 70123 runs."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def transaction_like(self, number: int) -> int:
        return 70123 if number & 0xFFFF == 70123 & 0xFFFF else number

    async def status(self, message: Any) -> None:
        self.said.append(message)

    report = note = tell = status


async def told(dialect: Dialect, action: str, payload: dict[str, Any]) -> tuple[Any, Any]:
    """What the hub hears of a message, and the answer."""
    visit = Told()
    asked = Asked(payload, b"{}", NOW)
    try:
        answer = await dialect.handlers[action](cast("Visit", visit), asked)
    except AttributeError:  # the answer needs more of the hub than is here
        answer = None
    return (visit.said[-1] if visit.said else None), answer


def test_makers_are_known_by_what_they_say_of_themselves() -> None:
    found = {
        facts.model: [quirk.number for quirk in QUIRKS if quirk.is_of(facts)]
        for facts in (PLAIN, ETREL, ABB, HUAWEI, EN_PLUS, WALLBOX)
    }
    assert found == {
        "M1": [],
        "INCH Home": ["Q-04"],
        "Terra AC W22-T-R-C-0": ["Q-19", "Q-26"],
        "FusionCharge 60": ["Q-25"],
        "AC7000": ["Q-13", "Q-31"],
        "Pulsar Plus": ["Q-26"],
    }
    assert dressed(V16, PLAIN, strict=False) is V16
    assert dressed(V16, None, strict=False) is V16
    assert dressed(V16, ABB, strict=True) is V16
    assert dressed(V16, ABB, strict=False) is dressed(V16, ABB, strict=False)
    newer = replace(WALLBOX, firmware="6.1")
    assert dressed(V16, newer, strict=False) is V16


@pytest.mark.parametrize("number", [70123 & 0xFFFF, (70123 & 0xFFFF) - 0x10000])
async def test_a_transaction_number_that_was_cut(number: int) -> None:
    """Q-04: its low 16 bits, or those with a sign."""
    said = {"connectorId": 1, "transactionId": number, "meterValue": []}
    heard, _ = await told(dressed(V16, ETREL, strict=False), "MeterValues", said)
    assert heard.transaction == "70123"
    heard, _ = await told(V16, "MeterValues", said)
    assert heard.transaction != "70123"
    stop = {"transactionId": number, "meterStop": 1, "timestamp": "2026-05-01T10:00:00Z"}
    heard, _ = await told(dressed(V16, ETREL, strict=False), "StopTransaction", stop)
    assert heard.transaction == "70123"


async def test_an_error_that_is_none() -> None:
    """Q-19: Finishing with an error code is no fault; Faulted with one is."""
    said = {"connectorId": 1, "errorCode": "OtherError", "status": "Finishing"}
    said["vendorErrorCode"] = "0x12"
    heard, _ = await told(dressed(V16, ABB, strict=False), "StatusNotification", said)
    assert (heard.error, heard.vendor_error) == (None, None)
    heard, _ = await told(V16, "StatusNotification", said)
    assert heard.error == "OtherError"
    faulted = {**said, "status": "Faulted"}
    heard, _ = await told(dressed(V16, ABB, strict=False), "StatusNotification", faulted)
    assert (heard.error, heard.vendor_error) == ("OtherError", "0x12")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_chatter_is_agreed_with_and_not_kept(dialect: Dialect) -> None:
    """Q-31."""
    said = {"vendorId": "EN+", "messageId": "gatewayInfo", "data": "{}"}
    heard, answer = await told(dressed(dialect, EN_PLUS, strict=False), "DataTransfer", said)
    assert (heard, answer) == (None, {"status": "Accepted"})
    heard, _ = await told(dialect, "DataTransfer", said)
    assert heard is not None


def test_a_socket_that_is_not_to_be_pinged() -> None:
    """Q-13."""
    assert V16.pings
    assert not dressed(V16, EN_PLUS, strict=False).pings


def _limited(dialect: Dialect) -> dict[str, Any]:
    periods = (ProfilePeriod(timedelta(0), Decimal("10.5")),)
    command = replace(
        START,
        kind=CommandKind.LIMIT,
        transaction="12",
        profile_number=3,
        profile=ChargingProfile(RateUnit("A"), periods),
    )
    ask = dialect.write_command(command, Address(1, 1))
    assert isinstance(ask, Ask)
    assert dialect.trouble(ask) is None
    profile = ask.payload.get("csChargingProfiles") or ask.payload["chargingProfile"]
    schedule = profile["chargingSchedule"]
    found: dict[str, Any] = schedule[0] if isinstance(schedule, list) else schedule
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_charger_that_knows_power_only(dialect: Dialect) -> None:
    """Q-25."""
    assert _limited(dialect)["chargingRateUnit"] == "A"
    schedule = _limited(dressed(dialect, HUAWEI, strict=False))
    limits = [each["limit"] for each in schedule["chargingSchedulePeriod"]]
    assert (schedule["chargingRateUnit"], limits) == ("W", [10.5 * 230 * 3])


def test_profiles_on_the_lowest_level() -> None:
    """Q-26: whoever asks, and on whatever level."""
    [quirk] = [each for each in QUIRKS if each.number == "Q-26"]
    profile = {"chargingProfileId": 1, "stackLevel": 4}

    def write(*_: Any) -> Ask:
        return Ask("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": profile})

    high = replace(V16, write_command=write)
    ask = quirk.dress(high).write_command(START, None)
    assert isinstance(ask, Ask)
    assert ask.payload["csChargingProfiles"]["stackLevel"] == 0
    assert quirk.dress(V16).write_command(START, Address(0, 1)) == V16.write_command(
        START, Address(0, 1)
    )


@pytest.mark.parametrize(
    ("action", "said", "meant"),
    [
        ("MeterValues", b'{"transactionId":,"a":1}', b'{"a":1}'),
        ("MeterValues", b'{"a":1,"transactionId": }', b'{"a":1}'),
        ("StatusNotification", b'{"a":1,"info":null,"b":{"c":null}}', b'{"a":1,"b":{}}'),
        ("StopTransaction", b'{"idTag":"%s"}' % (b"x" * 21), b"{}"),
        ("StopTransaction", b'{"idTag":"X"}', None),
        ("Authorize", b'{"idTag":"%s"}' % (b"x" * 21), None),
        ("Heartbeat", b"{", None),
        ("Heartbeat", b"[]", None),
    ],
)
def test_repairs(action: str, said: bytes, meant: bytes | None) -> None:
    """Q-03, Q-30, and properties that are null."""
    assert repaired(action, said) == meant


def test_what_is_never_answered_is_not_waited_for() -> None:
    """Q-12: nor does it count against a charger that answers other things."""
    silences = Silences()
    for _ in range(3):
        assert silences.wait_s("GetDiagnostics", 30) == 30
        assert silences.unanswered("GetDiagnostics") == 1
        silences.answered("TriggerMessage")
    assert silences.wait_s("GetDiagnostics", 30) == MUTE_WAIT_S
    assert silences.unanswered("GetDiagnostics") == 0
    assert silences.wait_s("Reset", 30) == 30
    silences.answered("GetDiagnostics")
    assert silences.wait_s("GetDiagnostics", 30) == 30
    assert [silences.unanswered("Reset") for _ in range(3)] == [1, 2, 3]
