"""Every trigger reason of OCPP 2.0.1 and 2.1 is read, and says what it means for the session."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ocpp.v21.enums import ReasonEnumType, TriggerReasonEnumType

from app.domain.stations import Activity
from app.domain.triggers import _DOES, _ENDS
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.exchange import Asked
from ocpp_bridge.v2.read import read_transaction

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TRIGGERS = [trigger.value for trigger in TriggerReasonEnumType]
REASONS = {reason.value for reason in ReasonEnumType}
V21 = next(dialect for dialect in DIALECTS if dialect.subprotocol == "ocpp2.1")


def told(event: str, trigger: str, **info: str) -> Any:
    payload = {
        "eventType": event,
        "timestamp": "2026-05-01T11:59:00Z",
        "triggerReason": trigger,
        "seqNo": 3,
        "transactionInfo": {"transactionId": "TX-1", **info},
    }
    raw = json.dumps(payload).encode()
    return read_transaction(
        Asked(V21.schemas.call("TransactionEvent").validate_json(raw), raw, NOW)
    )


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_trigger(trigger: str) -> None:
    """P-190: a charging state goes before what the trigger means."""
    going = told("Updated", trigger)
    assert (going.trigger, going.stop_reason) == (trigger, None)
    assert going.activity is _DOES.get(trigger)
    assert told("Updated", trigger, chargingState="Charging").activity is Activity.CHARGING
    ended = told("Ended", trigger)
    assert ended.stop_reason in {None, *REASONS}
    assert ended.stop_reason == _ENDS.get(trigger)
    assert told("Ended", trigger, stoppedReason="PowerLoss").stop_reason == "PowerLoss"


def test_the_tables_know_only_what_there_is() -> None:
    assert _ENDS.keys() | _DOES.keys() <= set(TRIGGERS)
    assert set(_ENDS.values()) <= REASONS
