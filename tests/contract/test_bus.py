"""What every bus does, in one process and between processes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.adapters.bus_local import LocalBus
from app.adapters.bus_nats import NatsBus
from app.ports.bus import Bus, NoResponder, ReplyTimeout, word
from tests.support.patience import until
from tests.support.servers import NatsServer


@pytest.fixture(params=["local", "nats"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    if request.param == "local":
        yield LocalBus()
        return
    server: NatsServer = request.getfixturevalue("nats_server")
    joined = await NatsBus.connect(server.url)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(joined.run())
        yield joined
        running.cancel()
    await joined.close()


async def test_publish_reaches_matching_patterns(bus: Bus) -> None:
    heard: list[tuple[str, bytes]] = []

    async def note(subject: str, data: bytes) -> None:
        heard.append((subject, data))

    for pattern in ("session.1", "session.*", "session.>", "other"):
        await bus.subscribe(pattern, note)
    await bus.publish("session.1", b"x")
    await until(lambda: len(heard) == 3)
    assert heard == [("session.1", b"x")] * 3


async def test_a_closed_subscription_hears_nothing(bus: Bus) -> None:
    heard: list[str] = []

    async def note(subject: str, _data: bytes) -> None:
        heard.append(subject)

    closed = await bus.subscribe("a.*", note)
    await bus.subscribe("a.end", note)
    await closed.close()
    await bus.publish("a.1")
    await bus.publish("a.end")
    await until(lambda: heard)
    assert heard == ["a.end"]


async def test_request_is_answered(bus: Bus) -> None:
    async def double(data: bytes) -> bytes:
        return data * 2

    await bus.respond("bridge.n1", double)
    assert await bus.request("bridge.n1", b"ab", 2) == b"abab"


async def test_nobody_there_is_known_at_once(bus: Bus) -> None:
    with pytest.raises(NoResponder):
        await bus.request("bridge.nobody", b"", 5)


async def test_no_answer_in_time_is_unknown(bus: Bus) -> None:
    async def sleep(_data: bytes) -> bytes:
        await asyncio.sleep(5)
        return b""

    await bus.respond("bridge.slow", sleep)
    with pytest.raises(ReplyTimeout):
        await bus.request("bridge.slow", b"", 0.05)


async def test_slow_requests_do_not_queue(bus: Bus) -> None:
    async def slow(data: bytes) -> bytes:
        await asyncio.sleep(0.1)
        return data

    await bus.respond("bridge.n2", slow)
    async with asyncio.timeout(1.5):
        requests = (bus.request("bridge.n2", b"%d" % i, 3) for i in range(20))
        answers = await asyncio.gather(*requests)
    assert answers == [b"%d" % i for i in range(20)]


def test_foreign_ids_become_one_word() -> None:
    assert word("NL-RW1") == "NL-RW1"
    assert word("a.b *>") == "a~2e~b~20~~2a~~3e~"
    assert word("a.b") != word("a~2e~b")
