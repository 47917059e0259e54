"""A partner that hangs, is gone or wants a rest costs others nothing, and is not hammered."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.adapters.addresses import AddressGuard
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.domain.circuits import Circuit, CircuitState
from app.domain.partners import Partner
from ocpi.client.exchange import ExchangeFailed, NotTried, PartnerCalls
from ocpi.client.gate import GateClosed, GateRules, Gates
from tests.support.clock import FakeClock
from tests.support.scripted_partner import Say, ScriptedPartner
from tests.unit.adapters.http_server import SILENCE

RULES = GateRules(at_once=2, failures=3)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def told() -> list[tuple[str, CircuitState]]:
    return []


@pytest.fixture
async def calls(
    sealer: FernetSealer, clock: FakeClock, told: list[tuple[str, CircuitState]]
) -> AsyncIterator[PartnerCalls]:
    async def tell(partner_id: str, circuit: Circuit) -> None:
        told.append((partner_id, circuit.state))

    client = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
    gates = Gates(clock, RULES, told=tell)
    yield PartnerCalls(client, sealer, clock, timeout_s=0.5, gates=gates)
    await client.close()


@pytest.fixture
def partner(them: ScriptedPartner, sealer: FernetSealer) -> Partner:
    return them.partner(sealer)


async def outcome(calls: PartnerCalls, partner: Partner) -> ExchangeFailed | None:
    try:
        await calls.call(partner, "GET", f"{partner.versions_url}")
    except ExchangeFailed as failure:
        return failure
    return None


async def test_a_silent_partner_is_not_waited_for_any_more(
    calls: PartnerCalls,
    them: ScriptedPartner,
    partner: Partner,
    clock: FakeClock,
    *,
    told: list[tuple[str, CircuitState]],
) -> None:
    them.answers = lambda _: SILENCE
    for _ in range(3):
        assert not isinstance(await outcome(calls, partner), NotTried)
    refused = await outcome(calls, partner)
    assert isinstance(refused, NotTried)
    assert (refused.http, refused.sent, refused.retry_after) == (None, False, timedelta(seconds=5))
    assert len(them.received) == 3
    assert calls.gates.turned_away == 1
    clock.set(clock.now() + timedelta(seconds=5))
    them.answers = lambda _: Say()
    assert await outcome(calls, partner) is None
    states = [CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED]
    assert told == [("p-1", state) for state in states]
    assert calls.gates.trips == 1


async def test_a_proxy_without_a_server_behind_it_counts_as_silence(
    calls: PartnerCalls, them: ScriptedPartner, partner: Partner
) -> None:
    them.answers = lambda _: Say(http=502, raw=b"<html>")
    for _ in range(3):
        await outcome(calls, partner)
    assert isinstance(await outcome(calls, partner), NotTried)


async def test_whoever_answers_is_there_whatever_it_says(
    calls: PartnerCalls, them: ScriptedPartner, partner: Partner
) -> None:
    for say in (Say(http=500, code=3000), Say(http=401, raw=b""), Say(code=2001), Say(raw=b"x")):
        them.answers = lambda _, said=say: said
        for _ in range(4):
            assert not isinstance(await outcome(calls, partner), NotTried)


async def test_another_partner_is_not_concerned(
    calls: PartnerCalls, them: ScriptedPartner, partner: Partner, sealer: FernetSealer
) -> None:
    them.answers = lambda r: SILENCE if r.path == "/versions" else Say()
    for _ in range(3):
        await outcome(calls, partner)
    other = them.partner(sealer, id="p-2", client_token=None)
    async with calls.gates.passage(other.id, 1) as passage:
        passage.answered()
    assert calls.gates.circuits["p-1"].state is CircuitState.OPEN
    assert calls.gates.circuits["p-2"].state is CircuitState.CLOSED


async def test_a_sign_of_life_ends_the_pause(
    calls: PartnerCalls, them: ScriptedPartner, partner: Partner
) -> None:
    them.answers = lambda _: None
    for _ in range(3):
        await outcome(calls, partner)
    them.answers = lambda _: Say()
    calls.gates.woken("p-1")
    calls.gates.woken("somebody never called")
    assert await outcome(calls, partner) is None


@pytest.mark.parametrize(
    ("header", "wait"), [(("Retry-After: 30",), 30), ((), 5)], ids=["its wish", "our guess"]
)
async def test_a_busy_partner_is_left_alone(
    calls: PartnerCalls,
    them: ScriptedPartner,
    partner: Partner,
    clock: FakeClock,
    *,
    header: tuple[str, ...],
    wait: int,
) -> None:
    """429: nothing is sent until the moment it named, a sign of life or not."""
    them.answers = lambda _: Say(http=429, code=2000, headers=header)
    await outcome(calls, partner)
    calls.gates.woken("p-1")
    refused = await outcome(calls, partner)
    assert isinstance(refused, NotTried)
    assert refused.retry_after == timedelta(seconds=wait)
    assert len(them.received) == 1
    them.answers = lambda _: Say()
    clock.set(clock.now() + timedelta(seconds=wait))
    assert await outcome(calls, partner) is None


async def test_only_so_many_exchanges_at_once(clock: FakeClock) -> None:
    """The third waits for a place in its own time, and is turned away when there is none."""
    gates, leave = Gates(clock, RULES), asyncio.Event()

    async def hang() -> None:
        async with gates.passage("p-1", 5) as passage:
            await leave.wait()
            passage.answered()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(hang())
        await asyncio.sleep(0)
        with pytest.raises(GateClosed, match="too many"):
            async with gates.passage("p-1", 0.05):
                pytest.fail("there was no place")
        waiting = tasks.create_task(hang())
        leave.set()
        await waiting
    assert gates.turned_away == 1


async def test_places_are_left_to_who_waits_for_longest(clock: FakeClock) -> None:
    """Whoever was stopped meanwhile is passed over, also when a place was just left to it."""
    gates, order = Gates(clock, GateRules(at_once=1)), list[int]()

    async def go(number: int) -> None:
        async with gates.passage("p-1", 5) as passage:
            order.append(number)
            passage.answered()

    async with asyncio.TaskGroup() as tasks:
        async with gates.passage("p-1", 5) as passage:
            waiting = [tasks.create_task(go(number)) for number in range(4)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            passage.answered()
        waiting[1].cancel()
    assert order == [2, 3]
    async with gates.passage("p-1", 0.05):
        order.append(4)
    assert order == [2, 3, 4]


async def test_a_stopped_probe_does_not_block_the_gate(clock: FakeClock) -> None:
    gates = Gates(clock, GateRules(failures=1))
    async with gates.passage("p-1", 1) as passage:
        passage.failed("silence")
    clock.set(clock.now() + timedelta(seconds=5))
    with pytest.raises(asyncio.CancelledError):
        async with gates.passage("p-1", 1):
            raise asyncio.CancelledError
    async with gates.passage("p-1", 1) as passage:
        passage.answered()
    assert gates.circuits["p-1"] == Circuit()
    gates.forget("p-1")
    assert not gates.circuits
