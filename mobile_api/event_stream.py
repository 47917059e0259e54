"""Server-sent events as an answer: what its source gives goes out, until that or the reader ends.

Source: WHATWG HTML, Server-sent events, "Parsing an event stream".
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

STILL_HERE = b": ping\n\n"
"""A comment, so that nothing on the way takes the stream for dead."""

DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/event-stream": {
                "itemSchema": {
                    "type": "object",
                    "properties": {
                        "data": {"type": "string"},
                        "event": {"type": "string"},
                        "id": {"type": "string"},
                        "retry": {"type": "integer", "minimum": 0},
                    },
                }
            }
        }
    }
}
"""Source: OpenAPI 3.2.0, 4.14.4 "Special Considerations for Server-Sent Events"."""


_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


def an_event(kind: str, data: str, **fields: object) -> bytes:
    """One event as it is written; `data` is of one line, `fields` are `id` and `retry`."""
    lines = [f"event: {kind}", f"data: {data}", *(f"{key}: {fields[key]}" for key in fields)]
    return ("\n".join(lines) + "\n\n").encode()


class EventStream(Response):
    """Sends events as they come; one task writes while the request's own waits for the reader."""

    def __init__(self, events: AsyncGenerator[bytes]) -> None:
        super().__init__(headers=_HEADERS)
        self._events = events

    def init_headers(self, headers: Any = None) -> None:
        """How long it is nobody knows."""
        super().init_headers(headers)
        del self.headers["content-length"]

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the events end or the reader leaves."""
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(self._write(send))
            while (await receive())["type"] != "http.disconnect":
                continue
            writing.cancel()

    async def _write(self, send: Send) -> None:
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        async with aclosing(self._events) as events:
            async for event in events:
                await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
