"""The envelope, written and read."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.wire.documents import decode
from ocpi.wire.envelope import open_envelope, seal

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def test_an_answer_with_data() -> None:
    """C-010, C-023."""
    assert decode(seal(NOW, [{"kwh": Decimal("0.1")}])) == {
        "data": [{"kwh": Decimal("0.1")}],
        "status_code": 1000,
        "status_message": "Success",
        "timestamp": "2026-05-04T12:00:00Z",
    }


def test_data_may_be_json_already() -> None:
    assert decode(seal(NOW, b'[{"a":1.10}]'))["data"] == [{"a": Decimal("1.1")}]


def test_no_data_is_not_null() -> None:
    assert "data" not in decode(seal(NOW))
    assert decode(seal(NOW, None))["data"] is None


def test_an_error_has_a_message() -> None:
    assert decode(seal(NOW, status_code=2001))["status_message"] == "Error"
    assert decode(seal(NOW, status_code=2001, message="id: no"))["status_message"] == "id: no"


def test_an_envelope_is_read_tolerantly() -> None:
    envelope = open_envelope({"status_code": "1000", "data": [], "timestamp": 5})
    assert (envelope.status_code, envelope.is_success) == (1000, True)
    assert (envelope.message, envelope.timestamp) == (None, None)
    assert not open_envelope({"status_code": 2004, "status_message": "x"}).is_success


@pytest.mark.parametrize("document", [[], "x", {}, {"status_code": True}, {"status_code": "x"}])
def test_what_is_no_envelope_is_refused(document: Any) -> None:
    with pytest.raises(InvalidInput):
        open_envelope(document)
