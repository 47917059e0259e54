"""Ways of chargers that OCPP does not know, over real sockets; a strict charger has none."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.domain.stations import StatusReported, TransactionReported
from tests.edge.ocpp.conftest import Bench, Charger, Serve

ABB = {"chargePointVendor": "ABB", "chargePointModel": "Terra 54"}
EN_PLUS = {"chargePointVendor": "EN+", "chargePointModel": "AC7000"}
FINISHING = {"connectorId": 1, "errorCode": "OtherError", "status": "Finishing"}
AT = "2026-05-01T10:00:00Z"
EMPTY = (
    '[2,"u1","MeterValues",{"connectorId":1,"transactionId":,"meterValue":'
    f'[{{"timestamp":"{AT}","sampledValue":[{{"value":"5"}}]}}]}}]'
)


@pytest.fixture
async def quick(serve: Serve) -> Bench:
    """A listener that soon gives up."""
    return await serve(ping_interval_s=0.1, ping_timeout_s=0.1)


def last(bench: Bench, kind: type) -> Any:
    found = [message for _, message in bench.hub.told if isinstance(message, kind)]
    return found[-1] if found else None


async def test_a_boot_says_which_quirks_a_charger_has(bench: Bench) -> None:
    """Q-19: from the boot on, and no other charger's."""
    async with bench.charger() as charger:
        await charger.call("StatusNotification", FINISHING)
        assert last(bench, StatusReported).error == "OtherError"
        await charger.call("BootNotification", ABB)
        await charger.call("StatusNotification", FINISHING)
        assert last(bench, StatusReported).error is None
        plain = {**ABB, "chargePointVendor": "Plain"}
        await charger.call("BootNotification", plain)
        await charger.call("StatusNotification", FINISHING)
        assert last(bench, StatusReported).error == "OtherError"


async def test_a_message_that_is_no_json_is_mended_once(bench: Bench) -> None:
    """Q-03: an empty transaction number is none."""
    async with bench.charger() as charger:
        await charger.say(EMPTY)
        assert await charger.hear() == [3, "u1", {}]
        heard = last(bench, TransactionReported)
        assert (heard.transaction, len(heard.readings)) == (None, 1)
        assert ":," not in heard.raw


async def test_a_strict_charger_is_not_mended(bench: Bench) -> None:
    """Q-03, Q-19: as a certification wants it."""
    connect = bench.hub.connect

    async def strictly(*args: Any, **more: Any) -> Any:
        live = await connect(*args, **more)
        live.station = replace(live.station, strict=True)
        return live

    bench.hub.connect = strictly  # type: ignore[method-assign]
    async with bench.charger() as charger:
        await charger.say(EMPTY)
        assert (await charger.hear())[0] == 4
        await charger.call("BootNotification", ABB)
        await charger.call("StatusNotification", FINISHING)
        assert last(bench, StatusReported).error == "OtherError"


async def test_a_stop_with_a_tag_that_is_too_long(bench: Bench) -> None:
    """Q-30: the session's end counts, whoever stopped it."""
    stop = {"transactionId": 1, "meterStop": 5, "timestamp": AT, "idTag": "X" * 21}
    async with bench.charger() as charger:
        assert (await charger.call("StopTransaction", stop))[0] == 3
    assert last(bench, TransactionReported).token is None


async def test_nothing_is_nothing(bench: Bench) -> None:
    """A property that is null is taken for one that is not there."""
    status = {**FINISHING, "errorCode": "NoError", "info": None, "timestamp": None}
    async with bench.charger() as charger:
        assert await charger.call("StatusNotification", status) == [3, "u1", {}]


async def _is_kept(charger: Charger) -> bool:
    try:
        async with asyncio.timeout(0.6):
            await charger.socket.wait_closed()
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize(("boot", "kept"), [(EN_PLUS, True), (ABB, False)])
async def test_a_socket_that_cannot_pong(
    quick: Bench, boot: dict[str, str], *, kept: bool
) -> None:
    """Q-13: it is not pinged, and lives by its heartbeats; Q-37: any other is given up."""
    async with quick.charger() as charger:
        charger.socket.protocol.receive_data = _deaf(charger.socket.protocol.receive_data)
        await charger.call("BootNotification", boot)
        assert await _is_kept(charger) is kept


def _deaf(receive: Any) -> Any:
    """Lose every ping."""

    def hear(data: bytes) -> None:
        if data[:1] != b"\x89":
            receive(data)

    return hear


@pytest.mark.parametrize("path", ["/ocpp/CP1/CP1", "/ocpp//CP1", "/ocpp/extra/cp1/", "/CP1?x=1"])
async def test_a_path_with_too_much_in_it(bench: Bench, path: str) -> None:
    """Q-17: the charger's name is the last of it."""
    async with bench.charger(path=path) as charger:
        assert await charger.alive()


async def test_a_charger_of_two_versions(bench: Bench) -> None:
    """Q-16: what a charger speaks is what it speaks on this socket."""
    async with bench.charger("1.6") as charger:
        assert await charger.alive()
    async with bench.charger("2.0.1") as charger:
        boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
        assert (await charger.call("BootNotification", boot))[2]["status"] == "Accepted"


@pytest.mark.parametrize("bound", ["ocpp1.6", "ocpp2.0.1", None])
async def test_a_charger_that_names_no_version(bench: Bench, bound: str | None) -> None:
    """Q-15: it is taken to speak 1.6 where its operator says so."""
    if bound is not None:
        bench.hub.bound["CP1"] = bound
    async with bench.charger(subprotocols=None) as charger:
        if bound == "ocpp1.6":
            assert await charger.alive()
            return
        await charger.socket.wait_closed()
        assert charger.socket.close_code == 1002
