"""Events go out as they come, and who leaves ends them."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message

from mobile_api.event_stream import EventStream, an_event


class Reader:
    """Whoever asked: what was sent to them, and when they leave."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.left = asyncio.Event()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.got.append(message)
        if message.get("more_body") is False:
            self.left.set()

    async def read(self, events: AsyncGenerator[bytes]) -> None:
        await EventStream(events)({"type": "http"}, self.receive, self.send)


async def test_events_go_out_until_they_end() -> None:
    async def events() -> AsyncGenerator[bytes]:
        yield an_event("session", '{"a":1}', id=7, retry=1000)
        yield an_event("end", "{}")

    reader = Reader()
    await reader.read(events())
    start, first, second, last = reader.got
    headers = dict(start["headers"])
    assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert b"content-length" not in headers
    assert first["body"] == b'event: session\ndata: {"a":1}\nid: 7\nretry: 1000\n\n'
    assert second["body"] == b"event: end\ndata: {}\n\n"
    assert last == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_who_leaves_ends_the_source() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncGenerator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            closed.set()

    reader = Reader()
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(events()))
        while len(reader.got) < 2:
            await asyncio.sleep(0)
        reader.left.set()
        await reading
    assert closed.is_set()


async def test_a_source_that_fails_fails_the_answer() -> None:
    async def events() -> AsyncGenerator[bytes]:
        yield b"first"
        raise ValueError

    with pytest.RaisesGroup(ValueError):
        await Reader().read(events())
