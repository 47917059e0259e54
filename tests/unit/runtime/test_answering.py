"""Head and body of an answer leave together, and nothing is kept back."""

import asyncio
from collections.abc import Iterable
from typing import cast

import pytest

from app.runtime.answering import Gathering


class Wire:
    """A transport that remembers its packets."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.packets.append(data)

    def writelines(self, parts: Iterable[bytes]) -> None:
        self.packets.append(b"".join(parts))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@pytest.fixture
def wire() -> Wire:
    return Wire()


async def _gathering(wire: Wire) -> Gathering:
    return Gathering(cast("asyncio.Transport", wire), asyncio.get_running_loop())


async def test_head_and_body_are_one_packet(wire: Wire) -> None:
    out = await _gathering(wire)
    out.write(b"head ")
    assert wire.packets == []
    out.write(b"body")
    assert wire.packets == [b"head body"]
    await asyncio.sleep(0)
    assert wire.packets == [b"head body"]


async def test_what_nothing_follows_leaves_when_the_loop_comes_round(wire: Wire) -> None:
    """A stream's head, and each of its parts."""
    out = await _gathering(wire)
    for part in (b"head", b"", b"part"):
        out.write(part)
        await asyncio.sleep(0)
    assert wire.packets == [b"head", b"part"]


async def test_what_is_kept_leaves_before_the_end(wire: Wire) -> None:
    out = await _gathering(wire)
    out.write(b"400")
    out.close()
    assert (wire.packets, wire.closed, out.is_closing()) == ([b"400"], True, True)


async def test_who_hung_up_meanwhile_is_sent_nothing(wire: Wire) -> None:
    out = await _gathering(wire)
    out.write(b"head")
    wire.close()
    await asyncio.sleep(0)
    assert wire.packets == []
