"""ReserveNow, CancelReservation and their answers in all versions (P-142, P-199)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
from app.domain.reservations import Loss
from app.domain.stations import Address
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.exchange import Answer, Ask, Asked
from ocpp_bridge.reservations import id_token, read_loss
from tests.support.chargers import a_token

NOW = datetime(2026, 5, 1, tzinfo=UTC)
R = CommandResult
RESERVE = Command(
    "c1", CommandKind.RESERVE, CommandChannel.PARTNER, CommandState.SENT, NOW, NOW,
    station_id="CP1", number=7, tag="0412ABCD", expires_at=NOW + timedelta(minutes=30),
    token=a_token(),
)  # fmt: skip
CANCEL = replace(RESERVE, kind=CommandKind.UNRESERVE)
PLACES = {"ocpp1.6": Address(0, 3), "ocpp2.0.1": Address(2, 1), "ocpp2.1": Address(2, 1)}
V16, V201, V21 = (
    next(d for d in DIALECTS if d.subprotocol == name)
    for name in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
)
EVERY = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.subprotocol)


def asked(dialect: Dialect, command: Command) -> dict[str, Any]:
    """What goes out, which the library's own schemas accept."""
    ask = dialect.write_command(command, PLACES[dialect.subprotocol])
    assert isinstance(ask, Ask)
    assert ask.action in dialect.sends
    version = dialect.subprotocol.removeprefix("ocpp")
    validator = get_validator(MessageType.Call, ask.action, version)
    validator.validate(ask.payload)
    payload: dict[str, Any] = ask.payload
    return payload


def test_reserve_now_in_16() -> None:
    assert asked(V16, RESERVE) == {
        "connectorId": 3,
        "expiryDate": "2026-05-01T00:30:00.000Z",
        "idTag": "0412ABCD",
        "reservationId": 7,
    }


@pytest.mark.parametrize("dialect", [V201, V21], ids=["2.0.1", "2.1"])
def test_reserve_now_in_2(dialect: Dialect) -> None:
    assert asked(dialect, RESERVE) == {
        "id": 7,
        "expiryDateTime": "2026-05-01T00:30:00.000Z",
        "evseId": 2,
        "idToken": {"idToken": "0412ABCD", "type": "ISO14443"},
    }


def test_a_group_goes_along_where_it_fits() -> None:
    grouped = replace(RESERVE, token=a_token(group_id="FLEET-7"))
    assert asked(V16, grouped)["parentIdTag"] == "FLEET-7"
    assert asked(V201, grouped)["groupIdToken"] == {"idToken": "FLEET-7", "type": "Central"}
    long = replace(RESERVE, token=a_token(group_id="G" * 30))
    assert "parentIdTag" not in asked(V16, long)
    assert "groupIdToken" in asked(V201, long)
    longer = replace(RESERVE, token=a_token(group_id="G" * 37))
    assert "groupIdToken" not in asked(V201, longer)


@EVERY
def test_cancel_reservation(dialect: Dialect) -> None:
    assert asked(dialect, CANCEL) == {"reservationId": 7}
    nothing = dialect.write_command(replace(CANCEL, number=None), None)
    assert isinstance(nothing, CommandOutcome)
    assert nothing.result is R.UNKNOWN_RESERVATION


@EVERY
@pytest.mark.parametrize("lacks", ["number", "tag", "expires_at"])
def test_what_is_no_reservation(dialect: Dialect, lacks: str) -> None:
    place = PLACES[dialect.subprotocol]
    for command, where in ((replace(RESERVE, **{lacks: None}), place), (RESERVE, None)):
        outcome = dialect.write_command(command, where)
        assert isinstance(outcome, CommandOutcome)
        assert outcome.result is R.REJECTED


@EVERY
@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("Accepted", R.ACCEPTED),
        ("Occupied", R.EVSE_OCCUPIED),
        ("Faulted", R.EVSE_INOPERATIVE),
        ("Unavailable", R.EVSE_INOPERATIVE),
        ("Rejected", R.REJECTED),
    ],
)
def test_every_answer_to_a_reserve(dialect: Dialect, status: str, result: CommandResult) -> None:
    """P-142, C-210."""
    outcome = dialect.read_outcome(RESERVE, Answer({"status": status}))
    assert outcome == CommandOutcome(result, None if result is R.ACCEPTED else status)


@EVERY
def test_every_answer_to_a_cancel(dialect: Dialect) -> None:
    """A charger can only refuse to cancel what it does not have."""
    assert dialect.read_outcome(CANCEL, Answer({"status": "Accepted"})).accepted
    refused = dialect.read_outcome(CANCEL, Answer({"status": "Rejected"}))
    assert refused.result is R.UNKNOWN_RESERVATION


def test_a_reason_is_kept() -> None:
    info = {"reasonCode": "NoResv", "additionalInfo": "switched off"}
    outcome = V21.read_outcome(RESERVE, Answer({"status": "Rejected", "statusInfo": info}))
    assert outcome == CommandOutcome(R.REJECTED, "Rejected: NoResv: switched off")


@EVERY
def test_a_start_shows_what_the_charger_waits_for(dialect: Dialect) -> None:
    start = replace(RESERVE, kind=CommandKind.START, remote_start=5)
    payload = asked(dialect, start)
    shown = payload.get("idTag") or payload["idToken"]
    assert shown in ("0412ABCD", {"idToken": "0412ABCD", "type": "ISO14443"})


def test_a_made_up_tag_is_ours() -> None:
    made = "RWABCDEFGHIJKLMN"
    assert id_token(made) == {"idToken": made, "type": "Central"}


@pytest.mark.parametrize("loss", Loss)
def test_a_station_tells_what_it_keeps_no_longer(loss: Loss) -> None:
    said = {"reservationId": 7, "reservationUpdateStatus": loss.value}
    assert read_loss(Asked(said, b"{}", NOW)) == (7, loss)
