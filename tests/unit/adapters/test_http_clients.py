"""Both HTTP clients obey the port: bounds, time limits, no redirects, where we may connect."""

from collections.abc import AsyncIterator, Callable

import pytest

from app.adapters.addresses import AddressGuard, read_target
from app.adapters.clock_system import SystemClock
from app.adapters.http_answers import LARGEST_ANSWER
from app.adapters.http_httpx import HttpxClient
from app.adapters.http_pooled import PooledHttpClient
from app.ports.http import HttpClient, HttpFailure
from app.store.transaction import in_transaction
from tests.unit.adapters.http_server import SILENCE, ok, serve

LOOPBACK = ("127.0.0.0/8", "::1/128")


def _pooled(guard: AddressGuard) -> HttpClient:
    return PooledHttpClient(guard, SystemClock())


@pytest.fixture(params=[_pooled, HttpxClient], ids=["pooled", "httpx"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[HttpClient]:
    build: Callable[[AddressGuard], HttpClient] = request.param
    made = build(AddressGuard(LOOPBACK))
    yield made
    await made.close()


async def get(client: HttpClient, url: str, *, timeout: float = 2) -> bytes:  # noqa: ASYNC109
    return (await client.request("GET", url, headers={}, timeout=timeout)).body


async def test_sends_what_it_is_given_and_reads_the_answer(client: HttpClient) -> None:
    async with serve([ok(b'{"a":1}', "X-Total-Count: 3", "Link: <a>", "Link: <b>")]) as server:
        answer = await client.request(
            "PUT",
            f"{server.url}/a%2Fb/c?x=1&y=%20",
            headers={"authorization": "Token abc", "content-type": "application/json"},
            body=b"{}",
            timeout=2,
        )
    assert (answer.status, answer.body) == (200, b'{"a":1}')
    assert answer.headers["x-total-count"] == "3"
    assert answer.headers["link"] == "<a>, <b>"
    head = server.requests[0].decode().lower()
    assert head.startswith("put /a%2fb/c?x=1&y=%20 http/1.1\r\n")
    assert f"host: {server.url[7:]}\r\n" in head
    assert "authorization: token abc\r\n" in head
    assert "content-length: 2\r\n" in head


async def test_keeps_connections(client: HttpClient) -> None:
    async with serve([ok(), ok(), ok()]) as server:
        for _ in range(3):
            await get(client, server.url)
    assert server.connections == 1


async def test_reads_chunked_answers_and_those_that_end_with_the_connection(
    client: HttpClient,
) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    )
    open_end = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"hello")
    async with serve([chunked, interim, open_end]) as server:
        assert [await get(client, server.url) for _ in range(3)] == [b"hello"] * 3


async def test_redirects_are_not_followed(client: HttpClient) -> None:
    """C-287, §10.16."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with serve([moved]) as server:
        answer = await client.request("GET", server.url, headers={}, timeout=2)
    assert answer.status == 302


async def test_an_answer_that_is_too_large_is_refused(client: HttpClient) -> None:
    """C-286."""
    async with serve([ok(b"x" * (LARGEST_ANSWER + 1))]) as server:
        with pytest.raises(HttpFailure, match="too large") as failure:
            await get(client, server.url)
    assert failure.value.sent


async def test_the_time_limit_covers_everything(client: HttpClient) -> None:
    async with serve([SILENCE]) as server:
        with pytest.raises(HttpFailure, match=r"no answer within 0\.25 s") as failure:
            await get(client, server.url, timeout=0.25)
    assert failure.value.sent


async def test_a_refused_connection_was_not_sent(client: HttpClient) -> None:
    async with serve([]) as server:
        url = server.url
    with pytest.raises(HttpFailure) as failure:
        await get(client, url)
    assert not failure.value.sent


async def test_half_an_answer_is_a_failure(client: HttpClient) -> None:
    async with serve(
        [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhe"]
    ) as s:
        with pytest.raises(HttpFailure) as failure:
            await get(client, s.url)
    assert failure.value.sent


async def test_what_is_no_http_is_a_failure(client: HttpClient) -> None:
    async with serve([b"SSH-2.0-OpenSSH\r\n\r\nConnection: close"]) as server:
        with pytest.raises(HttpFailure):
            await get(client, server.url)


async def test_nothing_is_sent_inside_a_transaction(client: HttpClient) -> None:
    token = in_transaction.set(True)
    try:
        with pytest.raises(RuntimeError, match="transaction"):
            await get(client, "http://127.0.0.1:1/")
    finally:
        in_transaction.reset(token)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/",
        "https://169.254.169.254/latest", "https://192.168.1.1/", "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::10.0.0.1]/", "https://0.0.0.0/",
        "https://100.64.0.1/", "https://224.0.0.1/", "http://8.8.8.8/", "https://2130706433/",
        "https://[2002:0a00:0001::1]/", "https://localhost/",
    ],
)  # fmt: skip
async def test_private_addresses_and_plain_http_are_refused(url: str) -> None:
    """C-284, C-036, §10.24."""
    with pytest.raises(HttpFailure) as failure:
        await AddressGuard().check(read_target(url))
    assert not failure.value.sent


async def test_public_https_and_allowed_networks_pass() -> None:
    checked = await AddressGuard().check(read_target("https://8.8.8.8/x"))
    assert checked.addresses == ("8.8.8.8",)
    checked = await AddressGuard(["10.0.0.0/8"]).check(read_target("http://10.9.8.7:81/x"))
    assert (checked.port, checked.authority) == (81, "10.9.8.7:81")


@pytest.mark.parametrize(
    "url",
    ["ftp://x/", "https:///x", "https://u:p@host/", "https://host:99999/", "x", "https://[::1/"],
)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(HttpFailure):
        read_target(url)


def test_targets_are_written_safely() -> None:
    target = read_target("https://Bücher.example:443/ä b?q=ü&r=%20")
    assert target.host == "xn--bcher-kva.example"
    assert target.authority == "xn--bcher-kva.example"
    assert target.path == "/%C3%A4%20b?q=%C3%BC&r=%20"
