"""The hub is killed and its members come and go in the middle of things: all of it converges.

Each member judges what it is told: nothing older after something newer, no leg that is not its
own, and nothing of another pair's (`app.simulators.partner_hub`, `Records`).
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import pytest

from app.simulators.partner import Partner
from tests.support.hub_members import a_member, a_pair, hold_results, knows
from tests.support.patience import until
from tests.support.visiting import told
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_hub_dies_in_the_middle_of_a_fan_out(joined: World) -> None:
    """C-241, C-260: who was not told yet is told by the next process, the newest state only."""
    async with AsyncExitStack() as stack:
        cpo = await stack.enter_async_context(a_member(joined, "CPO"))
        emsps = [await stack.enter_async_context(a_member(joined, "EMSP")) for _ in range(4)]
        await cpo.push_site()
        for emsp in emsps:
            await until(lambda emsp=emsp: knows(emsp, cpo))
        for slow in emsps[1:]:
            slow.fault("slow", times=20, path="/receiver/locations", seconds=0.7)
        for status in ("BLOCKED", "CHARGING"):
            await cpo.set_status(status)
        await joined.hub.kill9()
        # The CPO insists until it is heard, as it does with everybody.
        await asyncio.gather(cpo.set_status("OUTOFORDER"), joined.hub.start())
        for emsp in emsps:
            emsp.clear_faults()
            await until(lambda emsp=emsp: knows(emsp, cpo, "OUTOFORDER"))


async def test_the_hub_dies_in_the_middle_of_a_command(joined: World) -> None:
    """C-257: the result finds its way though the hub that promised it is dead."""
    async with a_pair(joined) as (cpo, emsp):
        may = hold_results(cpo)
        start = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid, "1")
        assert start.response["result"] == "ACCEPTED"
        await joined.hub.kill9()
        await joined.hub.start()
        may.set()
        assert (await emsp.result(start))["result"] == "ACCEPTED"
        session = await told(emsp, status="ACTIVE")
        stop = await emsp.stop_session(session["id"])
        assert (await emsp.result(stop))["result"] == "ACCEPTED"
        await until(lambda: emsp.received.of("cdrs"))


async def test_pairs_never_hear_of_each_other(joined: World) -> None:
    """C-244: also where both are at it at once and the hub dies between."""
    async with a_pair(joined) as one, a_pair(joined) as other:
        sessions = await asyncio.gather(_begun(*one), _begun(*other))
        for (cpo, emsp), session in zip((one, other), sessions, strict=True):
            await cpo.progress(session["id"], Decimal(3))
            await told(emsp, kwh=3)
        await joined.hub.kill9()
        endings = [cpo.finish(s["id"], Decimal(7)) for (cpo, _), s in _with(one, other, sessions)]
        await asyncio.gather(joined.hub.start(), *endings)
        for (cpo, emsp), session in _with(one, other, sessions):
            (cdr,) = await until(lambda emsp=emsp: emsp.received.of("cdrs"))
            assert (cdr["party_id"], cdr["session_id"]) == (cpo.party, session["id"])
            assert [s["id"] for s in emsp.received.of("sessions")] == [session["id"]]


def _with(*pairs: Any) -> list[Any]:
    *both, sessions = pairs
    return list(zip(both, sessions, strict=True))


async def _begun(cpo: Partner, emsp: Partner) -> dict[str, Any]:
    start = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid, "1")
    assert (await emsp.result(start))["result"] == "ACCEPTED"
    return await told(emsp, status="ACTIVE")


async def test_a_member_comes_and_goes(joined: World) -> None:
    """C-240, C-267, C-268: in the end it knows what is true, and never went back in time."""
    async with a_pair(joined) as (cpo, emsp), a_member(joined, "EMSP") as other:
        for number in range(6):
            if number % 2:
                await emsp.up()
            else:
                emsp.down()
            status = "BLOCKED" if number % 2 else "CHARGING"
            await cpo.set_status(status)
            # Who is there is not kept waiting by who is not.
            await until(_is_told(other, cpo, status))
        emsp.down()
        await cpo.set_status("OUTOFORDER")
        await until(_is_told(other, cpo, "OUTOFORDER"))
        await emsp.up()
        assert emsp.hub is not None
        emsp.hub.published = "direct"
        await emsp.pull("locations")  # a sign of life
        await until(_is_told(emsp, cpo, "OUTOFORDER"))


def _is_told(emsp: Partner, cpo: Partner, status: str) -> Callable[[], bool]:
    return lambda: knows(emsp, cpo, status)
