"""What a charger tells of a person is in no frame that is kept."""

import json

from ocpp_bridge.redaction import HIDDEN, redacted


def test_p210_what_is_told_of_a_person_is_blacked_out() -> None:
    """P-210."""
    part = {"requestId": 7, "seqNo": 0, "generatedAt": "2026-05-04T12:00:00Z", "data": "Dana"}
    frame = [2, "u1", "NotifyCustomerInformation", part]
    assert json.loads(redacted(json.dumps(frame).encode()))[3] == part | {"data": HIDDEN}
    asked = [2, "u2", "CustomerInformation", {"customerIdentifier": "Dana", "report": True}]
    assert "Dana" not in redacted(json.dumps(asked).encode())
