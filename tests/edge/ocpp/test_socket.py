"""The websocket itself: pings, silence, size, fragments, text only (P-024 to P-030)."""

import asyncio
import json
import struct

import pytest
from websockets.exceptions import ConnectionClosed

from tests.edge.ocpp.conftest import KEY, Bench, Serve, basic


async def closing_code(charger_socket: object) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await charger_socket.recv()  # type: ignore[attr-defined]
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_p024_ping_is_answered_with_its_payload(bench: Bench) -> None:
    """P-024."""
    async with bench.charger() as charger:
        waiter = await charger.socket.ping(b"same")
        async with asyncio.timeout(2):
            await waiter


class Raw:
    """A client that sends and answers exactly what it is told to, for what no library would do."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, bench: Bench) -> "Raw":
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.listener.port)
        writer.write(
            (
                "GET /ocpp/CP1 HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: {basic('CP1', KEY)}\r\n\r\n"
            ).encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head
        return cls(reader, writer)

    def frame(self, first: int, data: bytes) -> None:
        size = (
            bytes([0x80 | len(data)])
            if len(data) < 126
            else b"\xfe" + struct.pack("!H", len(data))
        )
        self.writer.write(bytes([first]) + size + b"\0\0\0\0" + data)

    async def heard(self) -> tuple[int, bytes]:
        first, size = await self.reader.readexactly(2)
        if size == 126:
            size = struct.unpack("!H", await self.reader.readexactly(2))[0]
        return first, await self.reader.readexactly(size)


async def test_p025_traffic_counts_as_life_without_pongs(serve: Serve) -> None:
    """P-025."""
    bench = await serve(ping_interval_s=0.1, ping_timeout_s=0.1)
    raw = await Raw.open(bench)
    answers = 0
    for n in range(12):
        raw.frame(0x81, json.dumps([2, str(n), "Heartbeat", {}]).encode())
        await asyncio.sleep(0.05)
    async with asyncio.timeout(2):
        while answers < 12:
            first, _ = await raw.heard()
            answers += first == 0x81
    raw.writer.close()


async def test_p026_silence_is_pinged_then_closed(serve: Serve) -> None:
    """P-026."""
    bench = await serve(ping_interval_s=0.1, ping_timeout_s=0.1)
    raw = await Raw.open(bench)
    async with asyncio.timeout(3):
        assert (await raw.heard())[0] == 0x89
        first, data = await raw.heard()
    assert (first, int.from_bytes(data[:2], "big")) == (0x88, 1011)
    await bench.until(lambda: list(bench.hub.left) == ["CP1"])
    raw.writer.close()


async def test_p027_a_message_over_the_limit_closes_with_1009(bench: Bench) -> None:
    """P-027."""
    async with bench.charger() as charger:
        await charger.say('[2,"a","Heartbeat",{"x":"' + "y" * 300_000 + '"}]')
        assert await closing_code(charger.socket) == 1009
    async with bench.charger() as again:
        assert await again.alive()


async def test_fragments_count_together_against_the_limit(bench: Bench) -> None:
    async with bench.charger() as charger:
        await charger.socket.send(["x" * 100_000] * 3)
        assert await closing_code(charger.socket) == 1009


async def test_p028_a_fragmented_message(bench: Bench) -> None:
    """P-028."""
    async with bench.charger() as charger:
        await charger.socket.send(['[2,"f1","Hear', 'tbeat",', "{}]"])
        assert (await charger.hear())[:2] == [3, "f1"]


async def test_p029_a_binary_message_closes_with_1003(bench: Bench) -> None:
    """P-029."""
    async with bench.charger() as charger:
        await charger.socket.send(b'[2,"a","Heartbeat",{}]')
        assert await closing_code(charger.socket) == 1003


async def test_text_that_is_no_utf8_closes_with_1007(bench: Bench) -> None:
    raw = await Raw.open(bench)
    raw.frame(0x81, b'[2,"\xff","Heartbeat",{}]')
    async with asyncio.timeout(3):
        first, data = await raw.heard()
    assert (first, int.from_bytes(data[:2], "big")) == (0x88, 1007)
    raw.writer.close()


async def test_p030_a_reset_leaves_nothing_behind(bench: Bench) -> None:
    """P-030."""
    async with bench.charger() as charger:
        assert await charger.alive()
        charger.socket.transport.abort()
        await bench.until(lambda: not len(bench.listener.links))
        assert list(bench.hub.left) == ["CP1"]


async def test_a_flood_is_held_back_and_answered_in_order(bench: Bench) -> None:
    """Back-pressure: reading stops while more than 16 CALLs wait, and none is lost (P-069)."""

    async def slow(_message: object) -> None:
        await asyncio.sleep(0.001)

    bench.hub.before = slow
    async with bench.charger() as charger:
        for n in range(300):
            await charger.say([2, f"n{n}", "Heartbeat", {}])
        for n in range(300):
            assert (await charger.hear())[1] == f"n{n}"


async def test_a_charger_that_talks_too_fast_is_slowed_and_no_other(serve: Serve) -> None:
    """product §3 case 19: it gets every answer, in order, at its pace; others at once."""
    bench = await serve(messages_per_s=100.0, message_burst=20, ping_interval_s=0.1)
    async with bench.charger() as loud, bench.charger(station="CP2") as quiet:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for n in range(60):
            await loud.say([2, f"n{n}", "Heartbeat", {}])
        for _ in range(3):
            assert await quiet.alive()
        assert loop.time() - begun < 0.3
        for n in range(60):
            assert (await loud.hear())[:2] == [3, f"n{n}"]
        await loud.say([2, "next", "Heartbeat", {}])
        assert (await loud.hear())[:2] == [3, "next"]
        assert loop.time() - begun >= 0.3
        await bench.until(lambda: not bench.listener.links.get("CP1").slowed)
        assert bench.listener.links.get("CP1").counts["slowed"] >= 1
        assert bench.listener.links.get("CP2").counts["slowed"] == 0


async def test_endless_empty_parts_cost_nothing(bench: Bench) -> None:
    """A message may come in any number of parts; those that are empty are not even remembered."""
    raw = await Raw.open(bench)
    raw.frame(0x01, b'[2,"p","Heartbeat",')
    for _ in range(20_000):
        raw.frame(0x00, b"")
    raw.frame(0x89, b"there?")
    async with asyncio.timeout(5):
        assert await raw.heard() == (0x8A, b"there?")
        [socket] = bench.listener._sockets
        assert len(socket._parts) == 1
        raw.frame(0x80, b"{}]")
        first, data = await raw.heard()
    assert (first, json.loads(data)[:2]) == (0x81, [3, "p"])
    raw.writer.close()
