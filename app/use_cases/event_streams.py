"""What becomes of chargers' event streams, and of answers of ours that a charger refuses."""

from dataclasses import replace
from datetime import datetime

from app.domain.event_streams import (
    MOST_STREAMS,
    AnswerRefused,
    EventStream,
    StreamAdjusted,
    StreamClosed,
    StreamHeard,
    StreamOpened,
    StreamsListed,
    StreamState,
)
from app.store.transaction import Transaction
from app.use_cases.news_handlers import Handlers

STREAMS, REFUSED = "event_streams", "refused_answers"
MOST_REFUSED = 100


async def opened(tx: Transaction, station_id: str, news: StreamOpened, *, now: datetime) -> bool:
    """Whether the charger may send it: not too many, for each is stored."""
    known = await tx.station_facts.all(station_id, STREAMS, StreamState)
    name = str(news.stream.number)
    others = [fact for fact in known if fact.value.open and fact.name != name]
    if len(others) >= MOST_STREAMS:
        return False
    await _put(tx, station_id, news.stream.number, StreamState(news.stream), now=now)
    return True


async def closed(tx: Transaction, station_id: str, news: StreamClosed, *, now: datetime) -> None:
    """Its last values stay."""
    state = await _state(tx, station_id, news.number)
    await _put(tx, station_id, news.number, replace(state, open=False, pending=0), now=now)


async def heard(tx: Transaction, station_id: str, news: StreamHeard, *, now: datetime) -> None:
    """The newest values are kept."""
    state = await _state(tx, station_id, news.number)
    values = state.with_values(news)
    changed = replace(state, open=True, pending=news.pending, values=values)
    await _put(tx, station_id, news.number, changed, now=now)


async def adjusted(
    tx: Transaction, station_id: str, news: StreamAdjusted, *, now: datetime
) -> None:
    """The pace is another one."""
    state = await _state(tx, station_id, news.number)
    if state.stream is not None:
        stream = replace(state.stream, pace=news.pace)
        await _put(tx, station_id, news.number, replace(state, stream=stream), now=now)


async def listed(tx: Transaction, station_id: str, news: StreamsListed, *, now: datetime) -> None:
    """What is not in the list is not open any more."""
    known = {
        int(fact.name): fact.value
        for fact in await tx.station_facts.all(station_id, STREAMS, StreamState)
    }
    told: dict[int, EventStream] = {stream.number: stream for stream in news.streams}
    for number in known.keys() | told.keys():
        before = known.get(number, StreamState())
        after = replace(before, open=number in told, stream=told.get(number, before.stream))
        if after != before or number not in known:
            await _put(tx, station_id, number, after, now=now)


async def refused(tx: Transaction, station_id: str, news: AnswerRefused, *, now: datetime) -> None:
    """Kept with the CALL that we answered, for whoever looks for the fault in our answer."""
    await tx.station_facts.put(station_id, REFUSED, news, name=news.message_id, now=now)
    await tx.station_facts.trim(station_id, REFUSED, MOST_REFUSED)


async def _state(tx: Transaction, station_id: str, number: int) -> StreamState:
    fact = await tx.station_facts.get(station_id, STREAMS, StreamState, name=str(number))
    return StreamState() if fact is None else fact.value


async def _put(
    tx: Transaction, station_id: str, number: int, state: StreamState, *, now: datetime
) -> None:
    await tx.station_facts.put(station_id, STREAMS, state, name=str(number), now=now)
    await tx.station_facts.trim(station_id, STREAMS, 2 * MOST_STREAMS)


STREAM_HANDLERS: Handlers = {
    AnswerRefused: refused,
    StreamAdjusted: adjusted,
    StreamClosed: closed,
    StreamHeard: heard,
    StreamOpened: opened,
    StreamsListed: listed,
}
