"""Commands over real sockets: one at a time, crossing, late, lost, routed (P-060 to P-072)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.adapters.bus_local import LocalBus
from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.errors import ChargerOffline
from app.domain.stations import StationState
from ocpp_bridge.gateway import CallLimits, OcppGateway
from ocpp_bridge.links import Links
from tests.edge.ocpp.conftest import Bench, Charger

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LIMITS = CallLimits(queue_s=0.5, answer_s=0.3, hop_s=0.1, return_s=0.1)
START = Command(
    "c1",
    CommandKind.START,
    CommandChannel.DRIVER,
    CommandState.SENT,
    NOW,
    NOW + timedelta(seconds=30),
    station_id="CP1",
    evse_uid="EVSE-2",
    connector_id="1",
    id_tag="RWABCDEFGHIJKLMN",
    remote_start=77,
)
STOP = replace(START, kind=CommandKind.STOP, transaction="12")
RESET = replace(START, kind=CommandKind.RESET, detail="hard", evse_uid=None, connector_id=None)


async def nowhere(_station: str) -> str | None:
    return None


@pytest.fixture
async def gateway(bench: Bench) -> AsyncIterator[OcppGateway]:
    bus = LocalBus()
    yield OcppGateway(bench.listener.links, bus, nowhere, limits=LIMITS)
    await bus.close()


async def asked(charger: Charger) -> tuple[str, str, dict[str, Any]]:
    kind, uid, action, payload = await charger.hear()
    assert kind == 2
    assert len(uid) <= 36
    return uid, action, payload


async def settle(
    gateway: OcppGateway, command: Command, charger: Charger, *answer: Any
) -> CommandOutcome:
    """Carry a command while the charger answers it with a frame (its id is filled in)."""
    task = asyncio.create_task(gateway.execute(command))
    uid, *_ = await asked(charger)
    frame = list(answer)
    frame.insert(1, uid)
    await charger.say(frame)
    return await task


async def test_p070_p130_a_remote_start_names_its_connector(
    bench: Bench, gateway: OcppGateway
) -> None:
    """P-070, P-130, Q-14: frames as short as they can be."""
    async with bench.charger() as charger:
        task = asyncio.create_task(gateway.execute(START))
        raw = await charger.socket.recv()
        assert isinstance(raw, str)
        assert ": " not in raw
        assert ", " not in raw
        assert '"RemoteStartTransaction",{"connectorId":2,"idTag":"RWABCDEFGHIJKLMN"}' in raw
        await charger.say([3, raw.split('"')[1], {"status": "Accepted"}])
        assert await task == CommandOutcome(CommandResult.ACCEPTED)


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_p194_p195_a_request_start_in_2x(
    bench: Bench, gateway: OcppGateway, version: str
) -> None:
    """P-195."""
    async with bench.charger(version) as charger:
        task = asyncio.create_task(gateway.execute(START))
        uid, action, payload = await asked(charger)
        assert action == "RequestStartTransaction"
        assert payload == {
            "evseId": 2,
            "remoteStartId": 77,
            "idToken": {"idToken": "RWABCDEFGHIJKLMN", "type": "Central"},
        }
        await charger.say([3, uid, {"status": "Accepted", "transactionId": "tx-1"}])
        assert await task == CommandOutcome(CommandResult.ACCEPTED, None, "tx-1")


async def test_p060_p061_answers_nobody_asked_for(bench: Bench, gateway: OcppGateway) -> None:
    """P-060, P-061."""
    async with bench.charger() as charger:
        for n in range(2_000):
            await charger.say([3, f"x{n}", {"status": "Accepted"}])
        outcome = await settle(gateway, START, charger, 3, {"status": "Rejected"})
        assert outcome.result is CommandResult.REJECTED
        link = next(iter(bench.listener.links))
        assert link.counts["unexpected_answer"] == 2_000


async def test_p062_p072_p151_a_late_answer_is_not_the_next_ones(
    bench: Bench, gateway: OcppGateway
) -> None:
    """P-062, P-072, P-151."""
    async with bench.charger() as charger:
        outcome = await gateway.execute(START)
        assert outcome.result is CommandResult.TIMEOUT
        late, *_ = await asked(charger)
        task = asyncio.create_task(gateway.execute(STOP))
        uid, action, payload = await asked(charger)
        assert (action, payload) == ("RemoteStopTransaction", {"transactionId": 12})
        await charger.say([3, late, {"status": "Accepted"}])
        await charger.say([3, uid, {"status": "Rejected"}])
        assert (await task).result is CommandResult.REJECTED


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ((4, "GenericError", "no", {}), "GenericError: no"),
        ((4, "GenericError", "no"), "GenericError: no"),
        ((4, "GenericError"), "GenericError"),
        ((4, "", "", {}), "GenericError"),
        ((4, "TooTired", "zzz", {}), "TooTired: zzz"),
        ((4, 5, None, {}), "GenericError"),
    ],
)
async def test_p063_p064_callerrors_of_any_shape(
    bench: Bench, gateway: OcppGateway, frame: tuple[Any, ...], told: str
) -> None:
    """P-063, P-064, Q-11."""
    async with bench.charger() as charger:
        outcome = await settle(gateway, START, charger, *frame)
        assert outcome == CommandOutcome(CommandResult.FAILED, told)


async def test_a_charger_that_does_not_do_it(bench: Bench, gateway: OcppGateway) -> None:
    async with bench.charger() as charger:
        outcome = await settle(gateway, RESET, charger, 4, "NotSupported", "", {})
        assert outcome.result is CommandResult.NOT_SUPPORTED


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
@pytest.mark.parametrize("payload", [{"status": "Maybe"}, {}, [], None])
async def test_p065_an_invalid_answer(
    bench: Bench, gateway: OcppGateway, version: str, payload: Any
) -> None:
    """P-065: a failed command; 2.1 tells the charger by CALLRESULTERROR, the others cannot."""
    async with bench.charger(version) as charger:
        outcome = await settle(gateway, RESET, charger, 3, payload)
        assert outcome.result is CommandResult.FAILED
        if version == "2.1":
            kind, _, code, _, details = await charger.hear()
            assert (kind, details) == (5, {})
            assert code.endswith("Violation")
        assert await charger.alive()


async def test_an_answer_with_a_vendors_extra_is_an_answer(
    bench: Bench, gateway: OcppGateway
) -> None:
    async with bench.charger() as charger:
        answer = {"status": "Accepted", "vendorInfo": 5}
        assert (await settle(gateway, START, charger, 3, answer)).accepted


async def test_p067_never_two_calls_at_once(bench: Bench, gateway: OcppGateway) -> None:
    """P-067."""
    async with bench.charger() as charger:
        tasks = [asyncio.create_task(gateway.execute(c)) for c in (START, STOP)]
        for expected in ("RemoteStartTransaction", "RemoteStopTransaction"):
            uid, action, _ = await asked(charger)
            assert action == expected
            assert await charger.silent(0.05)
            await charger.say([3, uid, {"status": "Accepted"}])
        assert all(outcome.accepted for outcome in await asyncio.gather(*tasks))


async def test_p068_p071_calls_cross(bench: Bench, gateway: OcppGateway) -> None:
    """P-068, P-071."""
    async with bench.charger() as charger:
        task = asyncio.create_task(gateway.execute(START))
        uid, *_ = await asked(charger)
        assert await charger.alive()
        await charger.say([3, uid, {"status": "Accepted"}])
        assert (await task).accepted


async def test_an_answer_is_taken_while_a_call_of_the_charger_is_worked_on(
    bench: Bench, gateway: OcppGateway
) -> None:
    done = asyncio.Event()

    async def wait(_message: object) -> None:
        await done.wait()

    bench.hub.before = wait
    async with bench.charger() as charger:
        await charger.say([2, "slow", "Heartbeat", {}])
        assert (await settle(gateway, START, charger, 3, {"status": "Accepted"})).accepted
        done.set()
        assert (await charger.hear())[1] == "slow"


async def test_who_waits_too_long_for_its_turn_was_certainly_not_sent(bench: Bench) -> None:
    limits = CallLimits(queue_s=0.05, answer_s=0.4, hop_s=0.1)
    gateway = OcppGateway(bench.listener.links, LocalBus(), nowhere, limits=limits)
    async with bench.charger() as charger:
        first = asyncio.create_task(gateway.execute(START))
        uid, *_ = await asked(charger)
        with pytest.raises(ChargerOffline):
            await gateway.execute(STOP)
        await charger.say([3, uid, {"status": "Accepted"}])
        assert (await first).accepted
        assert await charger.silent()


async def test_a_lost_connection_ends_the_wait_at_once(bench: Bench) -> None:
    gateway = OcppGateway(bench.listener.links, LocalBus(), nowhere)
    async with bench.charger() as charger:
        task = asyncio.create_task(gateway.execute(START))
        await asked(charger)
        charger.socket.transport.abort()
        async with asyncio.timeout(2):
            assert (await task).result is CommandResult.TIMEOUT


async def test_p077_no_remote_start_while_pending(bench: Bench, gateway: OcppGateway) -> None:
    """P-077."""
    bench.hub.states["CP1"] = StationState.PENDING
    async with bench.charger() as charger:
        assert (await gateway.execute(START)).result is CommandResult.REJECTED
        assert (await settle(gateway, RESET, charger, 3, {"status": "Accepted"})).accepted


async def test_p134_an_offline_charger_fails_fast(gateway: OcppGateway) -> None:
    """P-134."""
    with pytest.raises(ChargerOffline):
        await gateway.execute(STOP)


async def test_three_silences_make_it_connect_again(bench: Bench) -> None:
    limits = CallLimits(queue_s=0.1, answer_s=0.02, hop_s=0.1)
    gateway = OcppGateway(bench.listener.links, LocalBus(), nowhere, limits=limits)
    async with bench.charger() as charger:
        for _ in range(3):
            assert (await gateway.execute(RESET)).result is CommandResult.TIMEOUT
        async with asyncio.timeout(2):
            await charger.socket.wait_closed()
        assert charger.socket.close_code == 1001


async def test_a_command_for_another_processs_charger(bench: Bench) -> None:
    """The process that owns the socket answers on the bus; the asking one has no link."""
    bus = LocalBus()
    owner = OcppGateway(bench.listener.links, bus, nowhere, limits=LIMITS)

    async def on_node_1(_station: str) -> str | None:
        return "node-1"

    asker = OcppGateway(Links(), bus, on_node_1, limits=LIMITS)
    with pytest.raises(ChargerOffline):
        await asker.execute(START)
    await owner.serve_commands("node-1")
    with pytest.raises(ChargerOffline):
        await asker.execute(START)
    async with bench.charger("2.0.1") as charger:
        answer = {"status": "Accepted", "transactionId": "t"}
        outcome = await settle(asker, START, charger, 3, answer)
        assert outcome == CommandOutcome(CommandResult.ACCEPTED, None, "t")
        assert (await asker.execute(START)).result is CommandResult.TIMEOUT


async def test_a_charger_whose_process_died_is_waited_for(bench: Bench) -> None:
    """The database still says where it was; once it is back, the command is carried, once."""
    bus = LocalBus()

    async def on_node_1(_station: str) -> str | None:
        return "node-1"

    limits = replace(LIMITS, return_s=10)
    gateway = OcppGateway(bench.listener.links, bus, on_node_1, limits=limits)
    task = asyncio.create_task(gateway.execute(START))
    await asyncio.sleep(0.05)
    await gateway.serve_commands("node-1")  # the process is back, its chargers are not yet
    await asyncio.sleep(0.15)
    assert not task.done()
    async with bench.charger() as charger:
        uid, *_ = await asked(charger)
        await charger.say([3, uid, {"status": "Accepted"}])
        assert (await task).accepted
        assert await charger.silent()


async def test_a_hop_that_is_not_answered_is_a_timeout(bench: Bench) -> None:
    bus = LocalBus()

    async def stuck(_data: bytes) -> bytes:
        await asyncio.sleep(60)
        return b""

    async def on_node_2(_station: str) -> str | None:
        return "node-2"

    await bus.respond("bridge.node-2", stuck)
    limits = CallLimits(queue_s=0.01, answer_s=0.02, hop_s=0.02)
    gateway = OcppGateway(bench.listener.links, bus, on_node_2, limits=limits)
    assert (await gateway.execute(START)).result is CommandResult.TIMEOUT
