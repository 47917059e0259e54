"""Every message case of tests/corpus/ocpp, and the `ocpp` library as oracle for what we answer."""

import json
from pathlib import Path
from typing import Any

import pytest
from ocpp.messages import MessageType, get_validator

from tests.unit.ocpp_bridge.corpus import CORPUS, cases, dialect_of, play


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.parent.name}/{case.stem}")
async def test_case(case: Path) -> None:
    """P-127, P-173, P-174, P-176, P-191 by the cases of these names."""
    expected = loaded(case)
    dialect = dialect_of(case)
    told, answer = await play(dialect, expected["action"], expected["payload"])
    assert told == expected["told"]
    assert answer == expected["answer"]
    accepted_by_library(expected["action"], answer, dialect.subprotocol.removeprefix("ocpp"))


def loaded(case: Path) -> Any:
    return json.loads(case.read_text(encoding="utf-8"))


def accepted_by_library(action: str, answer: dict[str, object], version: str) -> None:
    """What we answer is valid to the official schema as the library reads it."""
    get_validator(MessageType.CallResult, action, version).validate(answer)


@pytest.mark.parametrize("subprotocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
def test_every_action_that_changes_something_has_a_case(subprotocol: str) -> None:
    files = [case for case in cases() if case.parent.name == subprotocol]
    played = {loaded(case)["action"] for case in files}
    wanted = {"Authorize", "BootNotification", "DataTransfer", "Heartbeat", "MeterValues"}
    wanted |= {"StatusNotification"}
    if subprotocol == "ocpp1.6":
        wanted |= {"StartTransaction", "StopTransaction"}
    else:
        wanted |= {"NotifyEvent", "TransactionEvent"}
    assert wanted <= played, CORPUS
