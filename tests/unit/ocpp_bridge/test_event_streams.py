"""Periodic event streams of OCPP 2.1, as they are asked for and told."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.domain.asks import StationAsk
from app.domain.event_streams import (
    AdjustStream,
    EventStream,
    ListStreams,
    StreamAdjusted,
    StreamHeard,
    StreamOpened,
    StreamPace,
    StreamsListed,
    StreamValue,
)
from app.domain.station_news import NEWS
from app.store.documents import unpack_one
from ocpp_bridge.exchange import Answer, Asked
from ocpp_bridge.v2.event_streams import read_heard
from tests.unit.ocpp_bridge.corpus import RECEIVED, play
from tests.unit.ocpp_bridge.test_profiles import V21, V201, asked
from tests.unit.ocpp_bridge.test_smart_charging import carrying

WIRE = {"id": 4, "variableMonitoringId": 9, "params": {"interval": 5, "values": 10}}
STREAM = EventStream(4, 9, StreamPace(5, 10))
SLOWER = AdjustStream(4, StreamPace(60))


@pytest.mark.parametrize(
    ("ask", "payload", "said", "news"),
    [
        (ListStreams(), {}, {"constantStreamData": [WIRE]}, [StreamsListed((STREAM,))]),
        (ListStreams(), {}, {}, [StreamsListed(())]),
        (
            SLOWER,
            {"id": 4, "params": {"interval": 60}},
            {"status": "Accepted"},
            [StreamAdjusted(4, StreamPace(60))],
        ),
        (SLOWER, {"id": 4, "params": {"interval": 60}}, {"status": "Rejected"}, []),
    ],
)
def test_asks(
    ask: StationAsk, payload: dict[str, Any], said: dict[str, Any], news: list[object]
) -> None:
    """P-225: what is open, and another pace; what an older version does not have is not asked."""
    assert asked(V21, carrying(ask)) == payload
    outcome = V21.read_outcome(carrying(ask), Answer(said))
    assert [unpack_one(NEWS, each) for each in outcome.news] == news
    assert outcome.accepted == (said.get("status") != "Rejected")
    written = V201.write_command(carrying(ask), None)
    assert "has no" in (V201.trouble(written).message or "")  # type: ignore[arg-type, union-attr]


async def test_the_charger_opens_and_closes() -> None:
    """P-225."""
    told, _ = await play(V21, "OpenPeriodicEventStream", {"constantStreamData": WIRE})
    assert told[0]["is"] == StreamOpened.__name__
    told, answer = await play(V21, "ClosePeriodicEventStream", {"id": 4})
    assert (told, answer) == ([{"is": "StreamClosed", "number": 4}], {})


@pytest.mark.parametrize(
    ("base", "offset", "at"),
    [
        ("2026-05-01T11:00:00Z", "0", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("2026-05-01T11:00:00Z", "-2.5", datetime(2026, 5, 1, 10, 59, 57, 500_000, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", "1.000001", RECEIVED.replace(second=1, microsecond=1)),
        ("2026-05-01T11:00:00Z", "1e30", datetime(2026, 5, 1, 11, tzinfo=UTC)),
    ],
)
def test_times_of_values(base: str, offset: str, at: datetime) -> None:
    said = {"id": 4, "pending": 2, "basetime": base, "data": [{"t": Decimal(offset), "v": "1"}]}
    heard = read_heard(Asked(said, b"{}", RECEIVED))
    assert heard == StreamHeard(4, 2, (StreamValue(at, "1"),))
