"""The pooled client's own habits: stale connections, slots, bounds, header safety."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.adapters.addresses import AddressGuard
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PER_ORIGIN, PooledHttpClient
from app.ports.http import HttpFailure
from tests.unit.adapters.http_server import SILENCE, ok, serve


@pytest.fixture
async def client() -> AsyncIterator[PooledHttpClient]:
    made = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), SystemClock())
    yield made
    await made.close()


async def send(client: PooledHttpClient, method: str, url: str) -> int:
    return (await client.request(method, url, headers={}, timeout=2)).status


async def test_a_kept_connection_that_was_closed_is_replaced(client: PooledHttpClient) -> None:
    async with serve([ok(), None, ok()]) as server:
        await send(client, "GET", server.url)
        assert await send(client, "PUT", server.url) == 200
        assert server.connections == 2


async def test_a_post_is_not_repeated(client: PooledHttpClient) -> None:
    """A command that may have arrived is never sent twice."""
    async with serve([ok(), None, ok()]) as server:
        await send(client, "GET", server.url)
        with pytest.raises(HttpFailure) as failure:
            await send(client, "POST", server.url)
    assert failure.value.sent
    assert len(server.requests) == 2


async def test_a_connection_known_to_be_closed_is_not_used(client: PooledHttpClient) -> None:
    async with serve([ok(), ok()]) as server:
        await send(client, "GET", server.url)
        server.writers[0].close()
        await asyncio.sleep(0.02)
        assert await send(client, "POST", server.url) == 200
        assert server.connections == 2


async def test_close_is_honoured(client: PooledHttpClient) -> None:
    async with serve([ok(b"", "Connection: close"), ok()]) as server:
        await send(client, "GET", server.url)
        await send(client, "GET", server.url)
        assert server.connections == 2


async def test_bytes_after_the_answer_end_the_connection(client: PooledHttpClient) -> None:
    async with serve([ok() + ok(b"x"), ok()]) as server:
        assert await send(client, "GET", server.url) == 200
        assert await send(client, "GET", server.url) == 200
        assert server.connections == 2


async def test_connections_to_one_origin_are_bounded(client: PooledHttpClient) -> None:
    async with serve(lambda _: ok()) as server, asyncio.TaskGroup() as tasks:
        for _ in range(PER_ORIGIN * 3):
            tasks.create_task(send(client, "GET", server.url))
    assert server.connections <= PER_ORIGIN


async def test_the_limit_is_for_everything() -> None:
    """For waiting for one of the connections, and for an answer on one that was kept."""
    slow = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), SystemClock(), per_origin=1)
    async with serve([ok(), SILENCE]) as server:
        await slow.request("GET", server.url, headers={}, timeout=2)
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(_failed(slow, server.url, 0.1))
            await asyncio.sleep(0)
            second = tasks.create_task(_failed(slow, server.url, 0.03))
        assert (first.result().sent, second.result().sent) == (True, False)
        assert "no answer within 0.03 s" in second.result().reason
        assert len(server.requests) == 2
    await slow.close()


async def _failed(client: PooledHttpClient, url: str, limit_s: float) -> HttpFailure:
    with pytest.raises(HttpFailure) as failure:
        await client.request("GET", url, headers={}, timeout=limit_s)
    return failure.value


async def test_a_line_break_in_a_header_is_refused(client: PooledHttpClient) -> None:
    with pytest.raises(HttpFailure, match="line break"):
        await client.request(
            "GET", "http://127.0.0.1:1/", headers={"x": "a\r\nevil: b"}, timeout=1
        )


async def test_endless_headers_are_refused(client: PooledHttpClient) -> None:
    """C-286."""
    many = [f"X-{n}: {'y' * 1000}" for n in range(80)]
    async with serve([ok(b"", *many)]) as server:
        with pytest.raises(HttpFailure, match="headers are too large"):
            await send(client, "GET", server.url)
