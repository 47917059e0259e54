"""Asking about transactions: OCPP 2.x has a word for it, 1.6 has none."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.commands import Command, CommandChannel, CommandKind, CommandResult, CommandState
from app.domain.station_news import NEWS
from app.domain.transactions import AskTransactionStatus, TransactionKnown
from app.store.documents import pack_one, unpack_one
from app.store.transaction import Store
from app.use_cases.station_news import ask_settled
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.exchange import Answer, Ask
from ocpp_bridge.v2.write import read_outcome, write_command
from ocpp_bridge.v16.write import write_command as write_v16
from tests.support.chargers import at

ASKED = Command(
    "k-1", CommandKind.ASK, CommandChannel.SYSTEM, CommandState.SENT, at(0), at(30),
    station_id="CP1", ask=pack_one(AskTransactionStatus("TX-1")),
)  # fmt: skip
ANY = replace(ASKED, ask=pack_one(AskTransactionStatus()))


@pytest.mark.parametrize(
    ("command", "payload", "said", "known"),
    [
        (
            ASKED,
            {"transactionId": "TX-1"},
            {"ongoingIndicator": False, "messagesInQueue": True},
            TransactionKnown("TX-1", ongoing=False, queued=True),
        ),
        (ANY, {}, {"messagesInQueue": False}, TransactionKnown("", ongoing=None, queued=False)),
    ],
)
async def test_the_call_and_what_its_answer_means(
    store: Store,
    command: Command,
    *,
    payload: dict[str, Any],
    said: dict[str, Any],
    known: TransactionKnown,
) -> None:
    """P-197."""
    assert write_command(command, None) == Ask("GetTransactionStatus", payload)
    for dialect in (each for each in DIALECTS if each.has_rpc_errors):
        dialect.schemas.our_call("GetTransactionStatus").validate_python(payload)
        dialect.schemas.answer("GetTransactionStatus").validate_python(said)
    outcome = read_outcome(command, Answer(said))
    assert outcome.accepted
    assert [unpack_one(NEWS, each) for each in outcome.news] == [known]
    async with store.transaction() as tx:
        await ask_settled(tx, command, outcome, now=at(5))
    async with store.reading() as tx:
        (fact,) = await tx.station_facts.all("cp1", "transaction", TransactionKnown)
    assert (fact.name, fact.value) == (known.transaction, known)


def test_16_has_no_such_message() -> None:
    outcome = write_v16(ASKED, None)
    assert not isinstance(outcome, Ask)
    assert outcome.result is CommandResult.NOT_SUPPORTED
