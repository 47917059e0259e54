"""What chargers' event streams leave behind, and answers of ours that a charger refuses."""

from datetime import timedelta

import pytest

from app.domain import event_streams
from app.domain.event_streams import (
    AnswerRefused,
    EventStream,
    StreamAdjusted,
    StreamClosed,
    StreamHeard,
    StreamOpened,
    StreamPace,
    StreamsListed,
    StreamState,
    StreamValue,
)
from app.store.transaction import Store
from app.use_cases import event_streams as streams
from app.use_cases.station_news import StationReports
from tests.support.clock import NOON, FakeClock
from tests.unit.use_cases.test_smart_charging import STATION, facts

PACE = StreamPace(5, 10)
ONE, TWO = EventStream(1, 71, PACE), EventStream(2, 72, PACE)


@pytest.fixture
def reports(store: Store, clock: FakeClock) -> StationReports:
    return StationReports(store, clock)


def _values(*seconds: int) -> tuple[StreamValue, ...]:
    return tuple(StreamValue(NOON + timedelta(seconds=s), str(s)) for s in seconds)


async def test_a_stream_from_its_opening_to_its_end(store: Store, reports: StationReports) -> None:
    """P-225: values are kept once, in the order of their time, and stay when it is closed."""
    assert await reports.hear(STATION, StreamOpened(ONE)) is True
    await reports.hear(STATION, StreamHeard(1, 2, _values(3, 1)))
    await reports.hear(STATION, StreamHeard(1, 0, _values(2, 3)))
    await reports.hear(STATION, StreamAdjusted(1, StreamPace(60)))
    await reports.hear(STATION, StreamAdjusted(8, StreamPace(60)))
    known = await facts(store, streams.STREAMS, StreamState)
    slower = EventStream(1, 71, StreamPace(60))
    assert known == {"1": StreamState(slower, values=_values(1, 2, 3))}
    await reports.hear(STATION, StreamClosed(1))
    known = await facts(store, streams.STREAMS, StreamState)
    assert (known["1"].open, known["1"].values) == (False, _values(1, 2, 3))


async def test_values_of_a_stream_nobody_knew(store: Store, reports: StationReports) -> None:
    """It was opened before anybody listened here: the values count, and a list tells the rest."""
    await reports.hear(STATION, StreamHeard(2, 0, _values(1)))
    await reports.hear(STATION, StreamOpened(ONE))
    await reports.hear(STATION, StreamsListed((TWO,)))
    known = await facts(store, streams.STREAMS, StreamState)
    assert known["2"] == StreamState(TWO, values=_values(1))
    assert (known["1"].open, known["1"].stream) == (False, ONE)


async def test_streams_are_bounded(
    store: Store, reports: StationReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 1)
    monkeypatch.setattr(event_streams, "MOST_VALUES", 2)
    assert await reports.hear(STATION, StreamOpened(ONE)) is True
    assert await reports.hear(STATION, StreamOpened(ONE)) is True
    assert await reports.hear(STATION, StreamOpened(TWO)) is False
    await reports.hear(STATION, StreamHeard(1, 0, _values(1, 2, 3)))
    known = await facts(store, streams.STREAMS, StreamState)
    assert (list(known), known["1"].values) == (["1"], _values(2, 3))
    await reports.hear(STATION, StreamClosed(1))
    assert await reports.hear(STATION, StreamOpened(TWO)) is True


async def test_a_refused_answer_is_kept_with_its_call(
    store: Store, reports: StationReports
) -> None:
    refused = AnswerRefused("u1", "Heartbeat", "FormatViolation", "no time")
    await reports.hear(STATION, refused)
    assert await facts(store, streams.REFUSED, AnswerRefused) == {"u1": refused}
