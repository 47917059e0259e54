"""Commands and their answers, in both directions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from ocpi.models.commands import (
    CommandResponse,
    ReserveNow,
    StartSession,
    StopSession,
    UnlockConnector,
)
from ocpi.models.commands import CommandResult as WireResult
from ocpi.translate.commands import (
    read_response,
    read_result,
    write_reserve,
    write_response,
    write_result,
    write_start,
    write_stop,
    write_unlock,
    write_unreserve,
)
from tests.support.roaming_objects import NOON, THEIR_CPO, a_token

URL = "https://hub.example/ocpi/emsp/2.2.1/commands/START_SESSION/k"
COMMAND = Command(
    "k",
    CommandKind.START,
    CommandChannel.DRIVER,
    CommandState.REQUESTED,
    NOON,
    NOON,
    remote_party=THEIR_CPO,
    location_id="LOC1",
    evse_uid="E",
    connector_id="1",
    token=a_token(),
    authorization_reference="A",
)


@pytest.mark.parametrize("result", CommandResult)
def test_every_outcome_has_words(result: CommandResult) -> None:
    """C-210: total over our own words."""
    outcome = CommandOutcome(result, "why")
    CommandResponse.read(write_response(outcome, 30))
    WireResult.read(write_result(outcome))


def test_responses() -> None:
    """C-198, C-201, C-202."""
    assert write_response(None, 30) == {"result": "ACCEPTED", "timeout": 30}
    refused = write_response(CommandOutcome(CommandResult.EVSE_OCCUPIED, "taken"), 30)
    assert refused["result"] == "REJECTED"
    assert refused["message"] == [{"language": "en", "text": "taken"}]
    unknown = write_response(CommandOutcome(CommandResult.UNKNOWN_SESSION), 30)
    assert unknown == {"result": "UNKNOWN_SESSION", "timeout": 30}


def test_results_of_sessions_nobody_knows_have_failed() -> None:
    assert write_result(CommandOutcome(CommandResult.UNKNOWN_SESSION)) == {"result": "FAILED"}


def test_long_messages_are_cut() -> None:
    (text,) = write_result(CommandOutcome(CommandResult.FAILED, "x" * 600))["message"]
    assert len(text["text"]) == 512


def test_answers_of_partners_are_read() -> None:
    accepted = CommandResponse.read({"result": "ACCEPTED", "timeout": 30})
    assert read_response(accepted) is None
    message = [{"language": "en", "text": "no"}]
    refused = CommandResponse.read({"result": "REJECTED", "timeout": 0, "message": message})
    assert read_response(refused) == CommandOutcome(CommandResult.REJECTED, "no")
    bare = CommandResponse.read({"result": "UNKNOWN_SESSION", "timeout": 0})
    assert read_response(bare) == CommandOutcome(CommandResult.UNKNOWN_SESSION)
    result = WireResult.read({"result": "TIMEOUT", "message": message})
    assert read_result(result) == CommandOutcome(CommandResult.TIMEOUT, "no")
    assert read_result(WireResult.read({"result": "ACCEPTED"})).accepted


def test_our_wishes_are_valid() -> None:
    """C-211, C-214."""
    start = StartSession.read(write_start(COMMAND, URL))
    assert (start.response_url, start.token.uid, start.authorization_reference) == (
        URL,
        "04AABBCC",
        "A",
    )
    StopSession.read(write_stop("101", URL))
    UnlockConnector.read(write_unlock(COMMAND, URL))


def test_wishes_that_lack_something_are_not_written() -> None:
    with pytest.raises(ValueError, match="token"):
        write_start(replace(COMMAND, token=None), URL)
    with pytest.raises(ValueError, match="connector"):
        write_unlock(replace(COMMAND, connector_id=None), URL)


def test_a_reservation_goes_out_by_our_number() -> None:
    """In digits, which 2.1.1 counts in; the reference comes back in session and CDR."""
    command = replace(
        _A_RESERVATION, authorization_reference=None, reservation_id="r-1", evse_uid="E1"
    )
    body = write_reserve(command, "https://us.example/1")
    assert (body["reservation_id"], body["authorization_reference"]) == ("7", "r-1")
    assert (body["location_id"], body["evse_uid"]) == ("L1", "E1")
    assert body["expiry_date"] == "2026-05-04T12:30:00Z"
    assert ReserveNow.read(body).reservation_id == "7"
    anywhere = write_reserve(replace(command, evse_uid=None), "https://us.example/1")
    assert "evse_uid" not in anywhere
    assert write_unreserve(command, "https://us.example/2") == {
        "response_url": "https://us.example/2",
        "reservation_id": "7",
    }


@pytest.mark.parametrize("lacks", ["token", "expires_at", "number"])
def test_what_is_no_reservation(lacks: str) -> None:
    with pytest.raises(ValueError, match="is no reservation"):
        write_reserve(replace(_A_RESERVATION, **{lacks: None}), "https://us.example/1")


def test_an_unknown_reservation_is_told_by_the_result_only() -> None:
    """C-207."""
    unknown = CommandOutcome(CommandResult.UNKNOWN_RESERVATION, "there is none")
    assert write_response(unknown, 30) == {"result": "ACCEPTED", "timeout": 30}
    assert write_result(unknown)["result"] == "UNKNOWN_RESERVATION"


_A_RESERVATION = Command(
    id="c-1",
    kind=CommandKind.RESERVE,
    channel=CommandChannel.DRIVER,
    state=CommandState.SENT,
    created_at=NOON,
    deadline=NOON,
    location_id="L1",
    token=a_token(),
    number=7,
    expires_at=NOON + timedelta(minutes=30),
)
