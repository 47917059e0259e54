"""The handshake over real sockets: identity, password, version, limits (P-001 to P-032)."""

import asyncio
import socket as sockets
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, NegotiationError

from app.domain.errors import Unavailable
from tests.edge.ocpp.conftest import KEY, Bench, Serve, basic
from tests.edge.ocpp.counterpart import Hub

BINARY_KEY = bytes(range(0xF0, 0x100)) + b"\x00\x9d"


async def refused(bench: Bench, **how: object) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as raised:
        async with bench.charger(**how):
            pass
    return raised.value


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_p001_p002_p003_each_version_is_echoed(bench: Bench, version: str) -> None:
    """P-001, P-002, P-003."""
    async with bench.charger(version) as charger:
        assert charger.socket.subprotocol == f"ocpp{version}"
        assert await charger.alive()


async def test_p004_of_several_versions_always_the_newest(bench: Bench) -> None:
    """P-004."""
    for _ in range(20):
        async with bench.charger(subprotocols=["ocpp1.6", "ocpp2.0.1"]) as charger:
            assert charger.socket.subprotocol == "ocpp2.0.1"


async def test_a_version_in_capitals_is_understood_and_echoed_as_written(bench: Bench) -> None:
    async with bench.charger(subprotocols=["OCPP1.6"]) as charger:
        assert charger.socket.subprotocol == "OCPP1.6"
        assert await charger.alive()


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_p007_a_charger_is_bound_to_a_version(bench: Bench, version: str) -> None:
    """P-007: whatever else it offers; without that version there is no session."""
    bench.hub.versions["CP1"] = version
    both = ["ocpp2.1", "ocpp2.0.1", "ocpp1.6"]
    async with bench.charger(subprotocols=both) as charger:
        assert charger.socket.subprotocol == version
        assert await charger.alive()
    others = [name for name in both if name != version]
    async with bench.charger(subprotocols=others) as charger:
        assert charger.socket.subprotocol is None
        await charger.socket.wait_closed()
        assert charger.socket.close_code == 1002


@pytest.mark.parametrize("offered", [["ocpp1.5"], None])
async def test_p005_p006_no_common_version_is_never_a_session(
    bench: Bench, offered: list[str] | None
) -> None:
    """P-005, P-006: the upgrade is completed without the header, then closed with 1002."""
    try:
        async with bench.charger(subprotocols=offered) as charger:
            assert charger.socket.subprotocol is None
            with pytest.raises(ConnectionClosed) as closed:
                await charger.socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1002
    except NegotiationError:
        pass  # a client may itself insist on a sub-protocol
    assert not bench.hub.left


async def test_p008_an_unknown_station_gets_404_and_is_remembered(bench: Bench) -> None:
    """P-008."""
    error = await refused(bench, station="NOBODY")
    assert error.response.status_code == 404
    assert [s.identity for s in bench.listener.door.strangers] == ["NOBODY"]


@pytest.mark.parametrize(
    "path",
    [
        "/ocpp/Sl%C3%B8jfe%201",
        "/ocpp/Sl%C3%B8jfe%201/",
        "/ocpp/sl%C3%B8jfe%201?x=/CP9",
        "/ocpp//Sl%C3%B8jfe%201",
        "/ocpp/tenant/Sl%C3%B8jfe%201",
    ],
)
async def test_p009_p010_p011_identity_from_the_path(bench: Bench, path: str) -> None:
    """P-009, P-010, P-011."""
    async with bench.charger(path=path, authorization=basic("Sløjfe 1", KEY)) as charger:
        assert await charger.alive()
    assert bench.hub.told[0][0] == "Sløjfe 1"


async def test_a_double_encoded_identity_is_decoded_once(bench: Bench) -> None:
    error = await refused(bench, path="/ocpp/CP%2531", authorization=basic("CP%31", KEY))
    assert error.response.status_code == 404


@pytest.mark.parametrize("path", ["/", "/ocpp", "/ocpp/", "/ocpp/%FF"])
async def test_no_identity_is_404(bench: Bench, path: str) -> None:
    assert (await refused(bench, path=path)).response.status_code == 404


async def test_p012_a_plain_get_is_426(bench: Bench) -> None:
    """P-012."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.listener.port)
    writer.write(b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 426 ")
    writer.close()


async def test_p013_wrong_password_is_401_with_a_challenge(bench: Bench) -> None:
    """P-013."""
    error = await refused(bench, authorization=basic("CP1", "wrong"))
    assert error.response.status_code == 401
    assert error.response.headers["WWW-Authenticate"].startswith("Basic ")


async def test_p014_no_password_is_401(bench: Bench) -> None:
    """P-014."""
    with pytest.raises(InvalidStatus) as raised:
        async with connect(bench.url("/ocpp/CP1"), subprotocols=["ocpp1.6"], proxy=None):
            pass
    assert raised.value.response.status_code == 401


async def test_p015_another_user_name_is_401(bench: Bench) -> None:
    """P-015."""
    error = await refused(bench, authorization=basic("CP2", KEY))
    assert error.response.status_code == 401


async def test_p016_a_colon_in_the_password(bench: Bench) -> None:
    """P-016."""
    bench.hub.keys["CP1"] = "a:b:c"
    async with bench.charger(authorization=basic("CP1", "a:b:c")) as charger:
        assert await charger.alive()


@pytest.mark.parametrize("sent", [BINARY_KEY, BINARY_KEY.hex(), BINARY_KEY.hex().upper()])
async def test_p017_p018_a_binary_key_as_bytes_and_as_digits(
    bench: Bench, sent: bytes | str
) -> None:
    """P-017, P-018: Q-36, the key as hex text."""
    bench.hub.keys["CP1"] = BINARY_KEY.hex()
    async with bench.charger(authorization=basic("CP1", sent)) as charger:
        assert await charger.alive()


async def test_p022_the_newest_connection_wins(bench: Bench) -> None:
    """P-022."""
    async with bench.charger() as first:
        assert await first.alive()
        async with bench.charger() as second:
            began = time.monotonic()
            with pytest.raises(ConnectionClosed) as closed:
                await first.socket.recv()
            assert time.monotonic() - began < 2
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "superseded")
            assert await second.alive()
            assert len(bench.listener.links) == 1
            assert list(bench.hub.left) == ["CP1"]
    await bench.until(lambda: len(bench.hub.left) == 2)
    assert not len(bench.listener.links)


async def test_p022_what_the_old_socket_had_received_is_dealt_with_first(
    bench: Bench, hub: Hub
) -> None:
    """P-022, Q-38: the new connection begins with the state the old one's last messages left."""
    slow = asyncio.Event()

    async def wait(_message: object) -> None:
        await slow.wait()

    async with bench.charger() as first:
        await first.alive()
        hub.before = wait
        await first.say([2, "a", "StatusNotification", a_status(1)])
        await first.say([2, "b", "StatusNotification", a_status(2)])
        await asyncio.sleep(0.05)
        second = asyncio.create_task(alive_once(bench))
        await asyncio.sleep(0.05)
        assert not hub.left
        slow.set()
        assert await second
        assert [type(m).__name__ for _, m in hub.told] == [
            "str", "StatusReported", "StatusReported", "str",
        ]  # fmt: skip


async def alive_once(bench: Bench) -> bool:
    async with bench.charger() as charger:
        return await charger.alive()


def a_status(connector: int) -> dict[str, object]:
    return {"connectorId": connector, "errorCode": "NoError", "status": "Available"}


async def test_p023_a_failed_second_socket_does_not_disturb_the_first(bench: Bench) -> None:
    """P-023."""
    async with bench.charger() as first:
        await refused(bench, authorization=basic("CP1", "wrong"))
        assert await first.alive()
        assert not bench.hub.left


async def test_p031_fifty_at_once(serve: Serve, hub: Hub) -> None:
    """P-031."""
    hub.keys |= {f"F{n}": KEY for n in range(50)}
    bench = await serve()
    began = time.monotonic()
    chargers = [bench.charger(station=f"F{n}") for n in range(50)]
    opened = await asyncio.gather(*(c.__aenter__() for c in chargers))
    assert all(await asyncio.gather(*(c.alive() for c in opened)))
    assert time.monotonic() - began < 5
    await asyncio.gather(*(c.__aexit__(None, None, None) for c in chargers))


async def test_failed_logins_are_limited_per_station_and_address(bench: Bench) -> None:
    for _ in range(5):
        await refused(bench, authorization=basic("CP1", "wrong"))
    error = await refused(bench, authorization=basic("CP1", KEY))
    assert error.response.status_code == 429
    assert int(error.response.headers["Retry-After"]) > 0
    async with bench.charger(station="CP2") as other:
        assert await other.alive()


async def test_handshakes_are_limited_per_address(serve: Serve) -> None:
    bench = await serve(handshake_burst=2, handshakes_per_s=0.01)
    for _ in range(2):
        async with bench.charger():
            pass
    assert (await refused(bench)).response.status_code == 429


async def test_a_hub_that_cannot_look_is_503(bench: Bench) -> None:
    bench.hub.refusal = Unavailable("the database is away")
    assert (await refused(bench)).response.status_code == 503


async def test_who_never_asks_is_cut(serve: Serve) -> None:
    bench = await serve(handshake_s=0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.listener.port)
    async with asyncio.timeout(3):
        assert await reader.read() == b""
    writer.close()


async def test_p032_shutdown_closes_with_1012(serve: Serve, hub: Hub) -> None:
    """P-032."""
    bench = await serve()
    task = next(t for t in asyncio.all_tasks() if t.get_coro().__name__ == "run")
    async with bench.charger() as charger:
        assert await charger.alive()
        task.cancel()
        with pytest.raises(ConnectionClosed) as closed:
            await charger.socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(hub.left) == ["CP1"]
    with pytest.raises(OSError, match=r"refused|Connect"):
        sockets.create_connection(("127.0.0.1", bench.listener.port), 0.5)
