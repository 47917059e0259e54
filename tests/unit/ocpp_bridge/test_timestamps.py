"""Times as chargers write them (spec/ocpp.md, quirk Q-07)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ocpp_bridge.timestamps import read_time, write_time

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
AT = datetime(2026, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-01T10:00:00Z",
        "2026-05-01T10:00:00.000Z",
        "2026-05-01T10:00:00.0000000Z",
        "2026-05-01T10:00:00",
        "2026-05-01 10:00:00",
        "2026-05-01T12:00:00+02:00",
        "2026-05-01T12:00:00+0200",
        "2026-05-01T12:00:00+02",
        " 2026-05-01T10:00:00Z\n",
        "2026-05-01T10:00:00,000Z",
        "20260501T100000Z",
    ],
)
def test_one_moment_in_many_spellings(text: str) -> None:
    """Q-07."""
    assert read_time(text, NOW) == AT


@pytest.mark.parametrize(
    "text",
    [None, "", "yesterday", "1970-01-01T00:00:00Z", "2019-12-31T23:59:59Z",
     "2026-05-02T12:00:01Z", "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_what_is_no_time(text: str | None) -> None:
    assert read_time(text, NOW) is None


def test_written_in_utc_with_milliseconds() -> None:
    east = timezone(timedelta(hours=2))
    moment = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=east)
    assert write_time(moment) == "2026-05-01T10:00:00.123Z"
