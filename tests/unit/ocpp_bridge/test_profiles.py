"""Charging profiles in every version: what a charger is asked, what its answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from ocpp.messages import MessageType, get_validator

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.profiles import ActiveProfile, ChargingProfile, ProfilePeriod, RateUnit
from app.domain.stations import Address
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.exchange import Answer, Ask, Refusal
from ocpp_bridge.v2.station import charging_limit
from tests.edge.ocpp.counterpart import Hub
from tests.unit.ocpp_bridge.corpus import play

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PROFILE = ChargingProfile(
    RateUnit.WATT,
    (ProfilePeriod(timedelta(), Decimal("4000.0")), ProfilePeriod(MINUTE, Decimal("21.4"))),
    start=NOW,
    duration=60 * MINUTE,
    min_rate=Decimal("1380.0"),
)
COMMAND = Command(
    "c1", CommandKind.LIMIT, CommandChannel.PARTNER, CommandState.SENT, NOW, NOW,
    station_id="CP1", transaction="12", profile=PROFILE, profile_number=2_147_483_647,
    sent_at=NOW,
)  # fmt: skip
RELATIVE = replace(COMMAND, profile=ChargingProfile(RateUnit.AMPERE, PROFILE.periods))
START = replace(
    COMMAND, kind=CommandKind.START, transaction=None, id_tag="RWABCDEFGHIJKLMN", remote_start=7
)
CLEAR = replace(COMMAND, kind=CommandKind.UNLIMIT)
QUERY = replace(COMMAND, kind=CommandKind.SCHEDULE, horizon=5 * MINUTE)
PLACES = {"ocpp1.6": Address(0, 3), "ocpp2.0.1": Address(2, 1), "ocpp2.1": Address(2, 1)}
V16, V201, V21 = (next(d for d in DIALECTS if d.subprotocol == name) for name in PLACES)
every_version = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.subprotocol)


def asked(dialect: Dialect, command: Command) -> dict[str, Any]:
    """The payload, which the library has to accept too."""
    ask = dialect.write_command(command, PLACES[dialect.subprotocol])
    assert isinstance(ask, Ask)
    assert ask.action in dialect.sends
    version = dialect.subprotocol.removeprefix("ocpp")
    exact = json.loads(json.dumps(ask.payload), parse_float=Decimal)
    get_validator(MessageType.Call, ask.action, version, parse_float=Decimal).validate(exact)
    dialect.schemas.our_call(ask.action).validate_python(ask.payload)
    return ask.payload


@every_version
@pytest.mark.parametrize("command", [COMMAND, RELATIVE, CLEAR, QUERY])
def test_p145_p148_p200_what_we_ask_is_what_the_library_takes(
    dialect: Dialect, command: Command
) -> None:
    """P-145, P-148, P-200."""
    asked(dialect, command)


def test_a_profile_for_a_transaction_in_16() -> None:
    """P-145: one decimal, the unit as given; P-200: the transaction is named."""
    schedule = {
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 4000.0},
            {"startPeriod": 60, "limit": 21.4},
        ],
        "startSchedule": "2026-05-01T12:00:00.000Z",
        "duration": 3600,
        "minChargingRate": 1380.0,
    }
    assert asked(V16, COMMAND) == {
        "connectorId": 3,
        "csChargingProfiles": {
            "chargingProfileId": 2_147_483_647,
            "transactionId": 12,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": schedule,
        },
    }
    wanted = asked(V201, COMMAND)
    assert wanted == asked(V21, COMMAND)
    assert wanted["evseId"] == 2
    assert wanted["chargingProfile"]["transactionId"] == "12"
    assert wanted["chargingProfile"]["chargingSchedule"] == [{"id": 1, **schedule}]


def test_without_a_start_it_is_relative_to_the_transaction() -> None:
    for dialect, name in ((V16, "csChargingProfiles"), (V21, "chargingProfile")):
        profile = asked(dialect, RELATIVE)[name]
        assert profile["chargingProfileKind"] == "Relative"
        schedule = profile["chargingSchedule"]
        one = schedule[0] if isinstance(schedule, list) else schedule
        assert not {"startSchedule", "duration", "minChargingRate"} & one.keys()
        assert one["chargingRateUnit"] == "A"


def test_clearing_names_our_profile_and_no_other() -> None:
    """P-148."""
    assert asked(V16, CLEAR) == {"id": 2_147_483_647}
    assert asked(V201, CLEAR) == {"chargingProfileId": 2_147_483_647}


def test_a_query_is_in_the_unit_of_the_profile() -> None:
    """P-147."""
    assert asked(V16, QUERY) == {"connectorId": 3, "duration": 300, "chargingRateUnit": "W"}
    assert asked(V16, replace(QUERY, profile=None, horizon=None)) == {
        "connectorId": 3,
        "duration": 3600,
    }
    assert asked(V201, replace(QUERY, profile=None)) == {"evseId": 2, "duration": 300}


def test_p132_a_start_brings_a_profile_that_names_no_transaction() -> None:
    """P-132: a TxProfile on the lowest level, in the unit and with the tenth that it has."""
    for dialect in DIALECTS:
        given = asked(dialect, START)["chargingProfile"]
        limited = asked(dialect, COMMAND)
        name = "csChargingProfiles" if dialect is V16 else "chargingProfile"
        assert given.keys() == limited[name].keys() - {"transactionId"}
        assert given.items() < limited[name].items()
        assert (given["chargingProfilePurpose"], given["stackLevel"]) == ("TxProfile", 0)
        assert "chargingProfile" not in asked(dialect, replace(START, profile=None))


@every_version
@pytest.mark.parametrize(
    ("command", "result"),
    [
        (replace(COMMAND, transaction=None), CommandResult.UNKNOWN_SESSION),
        (replace(COMMAND, profile=None), CommandResult.REJECTED),
        (replace(COMMAND, profile=replace(PROFILE, periods=())), CommandResult.REJECTED),
    ],
)
def test_what_makes_no_profile_is_not_asked(
    dialect: Dialect, command: Command, result: CommandResult
) -> None:
    outcome = dialect.write_command(command, PLACES[dialect.subprotocol])
    assert isinstance(outcome, CommandOutcome)
    assert outcome.result is result


@every_version
@pytest.mark.parametrize("command", [COMMAND, QUERY])
def test_p146_never_for_the_whole_charger(dialect: Dialect, command: Command) -> None:
    """P-146: connector 0 is for the charger's own limit, which a session's profile is not."""
    for place in (None, Address(0, 0)):
        outcome = dialect.write_command(command, place)
        assert isinstance(outcome, CommandOutcome)
        assert outcome.result is CommandResult.REJECTED


@every_version
@pytest.mark.parametrize(
    ("command", "status", "result"),
    [
        (COMMAND, "Accepted", CommandResult.ACCEPTED),
        (COMMAND, "Rejected", CommandResult.REJECTED),
        (CLEAR, "Accepted", CommandResult.ACCEPTED),
        (CLEAR, "Unknown", CommandResult.UNKNOWN_PROFILE),
        (QUERY, "Rejected", CommandResult.REJECTED),
        (QUERY, "Accepted", CommandResult.FAILED),
    ],
)
def test_p147_p148_answers(
    dialect: Dialect, command: Command, status: str, result: CommandResult
) -> None:
    """P-147, P-148: a schedule that is not there says nothing; a profile likewise is cleared."""
    assert dialect.read_outcome(command, Answer({"status": status})).result is result


def test_a_charger_that_does_not_do_it() -> None:
    answer = Answer({"status": "NotSupported"})
    assert V16.read_outcome(COMMAND, answer).result is CommandResult.NOT_SUPPORTED
    refusal = Refusal("NotImplemented")
    assert V201.read_outcome(QUERY, refusal).result is CommandResult.NOT_SUPPORTED


PERIODS = [{"startPeriod": 60, "limit": Decimal("21.46")}, {"startPeriod": 0, "limit": Decimal(7)}]


def test_p147_a_composite_schedule_of_16() -> None:
    """P-147: sorted, to a tenth, and beginning when the charger says, or when it was asked."""
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": PERIODS, "duration": 300}
    said = {"status": "Accepted", "connectorId": 3, "chargingSchedule": schedule}
    periods = (ProfilePeriod(timedelta(), Decimal(7)), ProfilePeriod(MINUTE, Decimal("21.4")))
    found = ChargingProfile(RateUnit.AMPERE, periods, duration=5 * MINUTE)
    outcome = V16.read_outcome(QUERY, Answer(said))
    assert outcome.schedule == ActiveProfile(NOW, found)
    said["scheduleStart"] = "2026-05-01T12:00:02+00:00"
    outcome = V16.read_outcome(QUERY, Answer(said))
    assert outcome.schedule == ActiveProfile(NOW + timedelta(seconds=2), found)


def test_a_composite_schedule_of_2x() -> None:
    """Watts of 2.1's phases add up, amperes are of each; a period without a limit is no answer."""
    schedule = {
        "evseId": 2,
        "duration": 2**40,
        "scheduleStart": "2026-05-01T12:00:00Z",
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [
            {"startPeriod": -5, "limit": Decimal(1000), "limit_L2": Decimal(500)}
        ],
    }
    said = {"status": "Accepted", "schedule": schedule}
    active = V21.read_outcome(QUERY, Answer(said)).schedule
    assert active is not None
    assert active.profile.periods == (ProfilePeriod(timedelta(), Decimal(1500)),)
    assert active.profile.duration == timedelta(seconds=2**31 - 1)
    schedule["chargingRateUnit"] = "A"
    active = V21.read_outcome(QUERY, Answer(said)).schedule
    assert active is not None
    assert active.profile.periods[0].limit == 1000
    schedule["chargingSchedulePeriod"] = [{"startPeriod": 0}]
    assert V21.read_outcome(QUERY, Answer(said)).result is CommandResult.FAILED


@pytest.mark.parametrize("dialect", [V201, V21], ids=lambda d: d.subprotocol)
@pytest.mark.parametrize(
    ("named", "evse"), [({"evseId": 2}, 2), ({}, None), ({"evseId": 0}, None)]
)
async def test_a_limit_from_elsewhere_is_looked_at(
    dialect: Dialect, named: dict[str, int], evse: int | None
) -> None:
    payload = {"chargingLimitSource": "EMS", **named}
    heard, answer = await play(dialect, "ClearedChargingLimit", payload)
    assert answer == {}
    assert len(heard) == 1
    hub = Hub(keys={"CP1": None})
    visit = await hub.dispatch().admit("CP1", None, dialect.subprotocol)
    await visit.limits_moved(evse)
    assert list(hub.limited) == [("CP1", evse)]
    assert dialect.handlers["NotifyChargingLimit"].__qualname__.startswith(charging_limit.__name__)
