"""A loopback server that answers with bytes we choose, and remembers what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

SILENCE = b"..."
"""No answer, while the connection stays open."""

Script = Callable[[bytes], bytes | None]
"""From a request's bytes to the answer's; None closes the connection without a word."""


def ok(body: bytes = b"{}", *headers: str) -> bytes:
    """A plain answer."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Server:
    """What happened at the server."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + await reader.readexactly(length)


@asynccontextmanager
async def serve(
    script: Script | Sequence[bytes | None], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Serve until the block ends; a sequence of answers is given out in order."""
    answers = None if callable(script) else list(script)
    server: Server

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.writers.append(writer)
        if (task := asyncio.current_task()) is not None:
            server.tasks.append(task)
        try:
            while True:
                request = await _read_request(reader)
                server.requests.append(request)
                answer = answers.pop(0) if answers is not None else script(request)  # type: ignore[operator]
                if answer is None:
                    break
                if answer == SILENCE:
                    await reader.read()
                    break
                writer.write(answer)
                await writer.drain()
                if b"Connection: close" in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server = Server(f"{'https' if tls else 'http'}://127.0.0.1:{port}")
    try:
        yield server
    finally:
        listener.close()
        for writer in server.writers:
            writer.close()
        await asyncio.gather(*server.tasks, return_exceptions=True)
        await asyncio.sleep(0)
