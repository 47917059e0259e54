"""Commands and answers in every version, checked by the `ocpp` library's schemas."""

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
from app.domain.identifiers import PartyId
from app.domain.money import Money
from app.domain.stations import Address
from app.domain.tokens import Authorization, Token, TokenType, Verdict, Whitelist
from app.domain.transaction_limits import TransactionLimit
from app.domain.units import Kwh
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dialects import DIALECTS, pick
from ocpp_bridge.exchange import Answer, Ask, Refusal
from ocpp_bridge.v2.write import id_token_info, transaction_answer
from ocpp_bridge.v16.write import id_tag_info

NOW = datetime(2026, 5, 1, tzinfo=UTC)
COMMAND = Command(
    "c1", CommandKind.START, CommandChannel.SYSTEM, CommandState.SENT, NOW, NOW,
    station_id="CP1", id_tag="RWABCDEFGHIJKLMN", remote_start=2_147_483_647,
)  # fmt: skip
PLACES = {"ocpp1.6": Address(0, 3), "ocpp2.0.1": Address(2, 1), "ocpp2.1": Address(2, 1)}
V16 = next(d for d in DIALECTS if d.subprotocol == "ocpp1.6")
V201 = next(d for d in DIALECTS if d.subprotocol == "ocpp2.0.1")
V21 = next(d for d in DIALECTS if d.subprotocol == "ocpp2.1")


def command(kind: CommandKind, **more: Any) -> Command:
    return replace(COMMAND, kind=kind, **more)


COMMANDS = [
    command(CommandKind.START),
    command(CommandKind.STOP, transaction="12"),
    command(CommandKind.UNLOCK),
    command(CommandKind.RESET, detail="hard"),
    command(CommandKind.RESET, detail="soft"),
    command(CommandKind.RESET),
    command(CommandKind.TRIGGER),
    command(CommandKind.TRIGGER, detail="MeterValues"),
    command(CommandKind.TRIGGER, detail="BootNotification"),
]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.subprotocol)
@pytest.mark.parametrize("wanted", COMMANDS, ids=lambda c: f"{c.kind}-{c.detail}")
def test_what_we_ask_is_accepted_by_the_library(dialect: Dialect, wanted: Command) -> None:
    ask = dialect.write_command(wanted, PLACES[dialect.subprotocol])
    assert isinstance(ask, Ask)
    assert ask.action in dialect.sends
    version = dialect.subprotocol.removeprefix("ocpp")
    get_validator(MessageType.Call, ask.action, version).validate(ask.payload)
    dialect.schemas.our_call(ask.action).validate_python(ask.payload)


@pytest.mark.parametrize(
    ("subprotocol", "wanted", "payload"),
    [
        ("ocpp1.6", COMMANDS[0], {"connectorId": 3, "idTag": "RWABCDEFGHIJKLMN"}),
        ("ocpp1.6", COMMANDS[1], {"transactionId": 12}),
        ("ocpp1.6", COMMANDS[2], {"connectorId": 3}),
        ("ocpp1.6", COMMANDS[3], {"type": "Hard"}),
        ("ocpp1.6", COMMANDS[4], {"type": "Soft"}),
        ("ocpp1.6", COMMANDS[6], {"requestedMessage": "StatusNotification", "connectorId": 3}),
        ("ocpp2.0.1", COMMANDS[1], {"transactionId": "12"}),
        ("ocpp2.0.1", COMMANDS[2], {"evseId": 2, "connectorId": 1}),
        ("ocpp2.0.1", COMMANDS[3], {"type": "Immediate"}),
        ("ocpp2.1", COMMANDS[5], {"type": "OnIdle"}),
        ("ocpp2.1", COMMANDS[6],
         {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}}),
        ("ocpp2.1", COMMANDS[7], {"requestedMessage": "MeterValues", "evse": {"id": 2}}),
    ],
)  # fmt: skip
def test_p130_p133_p135_exact_payloads(
    subprotocol: str, wanted: Command, payload: dict[str, Any]
) -> None:
    """P-130, P-133, P-135."""
    dialect = next(d for d in DIALECTS if d.subprotocol == subprotocol)
    ask = dialect.write_command(wanted, PLACES[subprotocol])
    assert isinstance(ask, Ask)
    assert ask.payload == payload


def test_p170_one_evse_is_reset_where_ocpp_can() -> None:
    """P-170."""
    one = command(CommandKind.RESET, detail="hard", evse_uid="E2")
    ask = V201.write_command(one, PLACES["ocpp2.0.1"])
    assert isinstance(ask, Ask)
    assert ask.payload == {"type": "Immediate", "evseId": 2}
    outcome = V201.read_outcome(one, Answer({"status": "Scheduled"}))
    assert outcome.result is CommandResult.ACCEPTED
    older = V16.write_command(one, PLACES["ocpp1.6"])
    assert isinstance(older, CommandOutcome)
    assert older.result is CommandResult.NOT_SUPPORTED


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.subprotocol)
@pytest.mark.parametrize(
    ("wanted", "result"),
    [
        (command(CommandKind.START), CommandResult.REJECTED),
        (command(CommandKind.UNLOCK), CommandResult.REJECTED),
        (command(CommandKind.STOP), CommandResult.UNKNOWN_SESSION),
        (command(CommandKind.TRIGGER, detail="Coffee"), CommandResult.NOT_SUPPORTED),
    ],
)
def test_what_cannot_be_asked(dialect: Dialect, wanted: Command, result: CommandResult) -> None:
    outcome = dialect.write_command(wanted, None)
    assert isinstance(outcome, CommandOutcome)
    assert outcome.result is result


def test_a_transaction_of_2x_is_no_number_for_16() -> None:
    outcome = V16.write_command(command(CommandKind.STOP, transaction="abc-1"), None)
    assert isinstance(outcome, CommandOutcome)
    assert outcome.result is CommandResult.UNKNOWN_SESSION


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("Accepted", CommandResult.ACCEPTED),
        ("Rejected", CommandResult.REJECTED),
        ("Unlocked", CommandResult.ACCEPTED),
        ("UnlockFailed", CommandResult.FAILED),
        ("NotSupported", CommandResult.NOT_SUPPORTED),
        ("NotImplemented", CommandResult.NOT_SUPPORTED),
    ],
)
def test_p131_p136_outcomes_in_16(status: str, result: CommandResult) -> None:
    """P-131, P-136."""
    assert V16.read_outcome(COMMAND, Answer({"status": status})).result is result


@pytest.mark.parametrize(
    ("answer", "result", "message"),
    [
        ({"status": "Accepted"}, CommandResult.ACCEPTED, None),
        ({"status": "Scheduled"}, CommandResult.ACCEPTED, None),
        ({"status": "UnlockFailed"}, CommandResult.FAILED, "UnlockFailed"),
        ({"status": "OngoingAuthorizedTransaction"}, CommandResult.REJECTED,
         "OngoingAuthorizedTransaction"),
        ({"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}},
         CommandResult.UNKNOWN_SESSION, "Rejected: TxNotFound"),
        ({"status": "Rejected",
          "statusInfo": {"reasonCode": "TxInProgress", "additionalInfo": "x"}},
         CommandResult.EVSE_OCCUPIED, "Rejected: TxInProgress: x"),
        ({"status": "Rejected", "statusInfo": {"reasonCode": "Mood"}},
         CommandResult.REJECTED, "Rejected: Mood"),
    ],
)  # fmt: skip
def test_p194_p196_outcomes_in_2x(
    answer: dict[str, Any], result: CommandResult, message: str | None
) -> None:
    """P-196."""
    assert V201.read_outcome(COMMAND, Answer(answer)) == CommandOutcome(result, message)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.subprotocol)
def test_refusals(dialect: Dialect) -> None:
    outcome = dialect.read_outcome(COMMAND, Refusal("InternalError", "ouch"))
    assert outcome == CommandOutcome(CommandResult.FAILED, "InternalError: ouch")
    outcome = dialect.read_outcome(COMMAND, Refusal("NotImplemented"))
    assert outcome == CommandOutcome(CommandResult.NOT_SUPPORTED, "NotImplemented")


def a_token(**more: Any) -> Token:
    fields = {"type": TokenType.RFID, "own": False, "group_id": "FLEET", "language": "nl", **more}
    return Token(
        PartyId("DE", "ABC"), "04AB", contract_id="DE-ABC-C1", issuer="ABC", valid=True,
        whitelist=Whitelist.ALLOWED, last_updated=NOW, **fields,
    )  # fmt: skip


def test_p086_p177_groups_and_expiry() -> None:
    """P-086, P-177."""
    known = Authorization(Verdict.ALLOWED, a_token())
    tomorrow = "2026-05-02T00:00:00.000Z"
    assert id_tag_info(known, NOW) == {
        "status": "Accepted", "expiryDate": tomorrow, "parentIdTag": "FLEET",
    }  # fmt: skip
    assert id_token_info(known, NOW) == {
        "status": "Accepted",
        "cacheExpiryDateTime": tomorrow,
        "groupIdToken": {"idToken": "FLEET", "type": "Central"},
        "language1": "nl",
    }
    app_user = Authorization(
        Verdict.ALLOWED, a_token(type=TokenType.APP_USER, group_id="G" * 37, language=None)
    )
    assert id_tag_info(app_user, NOW) == {"status": "Accepted"}
    assert id_token_info(app_user, NOW) == {"status": "Accepted"}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_p087_every_verdict_has_a_word_the_schemas_know(verdict: Verdict) -> None:
    """P-087."""
    asked = Authorization(verdict, a_token())
    tag = {"idTagInfo": id_tag_info(asked, NOW)}
    get_validator(MessageType.CallResult, "Authorize", "1.6").validate(tag)
    for version in ("2.0.1", "2.1"):
        token = {"idTokenInfo": id_token_info(asked, NOW)}
        get_validator(MessageType.CallResult, "Authorize", version).validate(token)
    assert (tag["idTagInfo"]["status"] == "Accepted") is asked.allowed


@pytest.mark.parametrize("dialect", [d for d in DIALECTS if d is not V16])
@pytest.mark.parametrize(
    ("group", "sent"), [("G1", {"idToken": "G1", "type": "Central"}), ("g" * 37, None)]
)
def test_a_start_names_its_evse_and_group(
    dialect: Dialect, group: str, sent: dict[str, str] | None
) -> None:
    """P-194: so that anybody of the group may stop it; a group that is too long is left out."""
    token = Token(
        PartyId("NL", "RWM"), "T1", TokenType.APP_USER, "NL-RWM-C1", "Drive",
        valid=True, whitelist=Whitelist.NEVER, last_updated=NOW, group_id=group,
    )  # fmt: skip
    ask = dialect.write_command(command(CommandKind.START, token=token), Address(2, 1))
    assert isinstance(ask, Ask)
    assert (ask.payload["evseId"], ask.payload.get("groupIdToken")) == (2, sent)
    assert dialect.trouble(ask) is None


def test_p198_the_total_cost_is_a_number() -> None:
    """P-198."""
    answer = transaction_answer(None, Money(Decimal("12.345"), "EUR"), NOW)
    assert answer == {"totalCost": 12.35}
    assert transaction_answer(None, None, NOW) == {}


def test_p220_limits_go_out_in_the_words_of_21() -> None:
    """P-220: in Wh, seconds and whole percent; what is no limit is left out."""
    limit = TransactionLimit(Decimal("30.50"), Kwh.of("9.5"), timedelta(hours=1), 80)
    answer = transaction_answer(None, None, NOW, limit=limit)
    said = {"maxCost": 30.5, "maxEnergy": 9500.0, "maxTime": 3600, "maxSoC": 80}
    assert answer == {"transactionLimit": said}
    V21.schemas.our_answer("TransactionEvent").validate_python(answer)
    assert transaction_answer(None, None, NOW, limit=TransactionLimit()) == {
        "transactionLimit": {}
    }


def test_versions_are_picked_newest_first() -> None:
    picked = pick(["ocpp1.6", "OCPP2.0.1"])
    assert picked is not None
    assert (picked[0], picked[1].subprotocol) == ("OCPP2.0.1", "ocpp2.0.1")
    assert pick(["ocpp1.5", "soap"]) is None
