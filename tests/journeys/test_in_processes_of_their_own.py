"""Simulated companies, each in a process of its own: through the hub, and directly.

What they need of each other they find out by OCPI; all we know of them is what they tell.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from app.simulators.partner_process import PartnerOptions, run_partner
from tests.support.driving import Purse, in_state, quoted_elsewhere, save_card
from tests.support.patience import until
from tests.support.programs import start
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def play(options: dict[str, Any]) -> None:
    """What `simulate partner` does."""
    asyncio.run(run_partner(PartnerOptions(**options), partial(print, flush=True)))


@asynccontextmanager
async def a_company(
    world: World, party: str, role: str, version: str, *, start_at: str = "", **invitation: Any
) -> AsyncIterator[Callable[[], list[str]]]:
    """A company that we invited and that has registered; gives what it tells, line by line."""
    body = {"name": f"Company {party}", "roles": [role], **invitation}
    invited = (await world.operator.post("/partners", json=body)).raise_for_status().json()
    older = version == "2.1.1" and not invitation
    options = {
        "versions_url": invited["versions_url_2_1_1" if older else "versions_url"],
        "token": invited["token"],
        "name": body["name"],
        "party": party,
        "roles": [role],
        "version": version,
        "start_at": start_at,
        "charge_for_s": 0.3,
    }
    said = world.hub.folder / f"{party}.log"
    process = start(play, options, out=said)

    def lines() -> list[str]:
        return said.read_text().splitlines() if said.exists() else []

    try:
        await until(lambda: _tells(lines(), "registered with"))
        yield lines
    except BaseException as failure:
        failure.add_note("\n".join(lines()))
        raise
    finally:
        process.kill()
        await process.wait()
    assert [line for line in lines() if "VIOLATION" in line] == []
    (await world.operator.post(f"/partners/{invited['id']}/suspend")).raise_for_status()


def _tells(lines: Sequence[str], *wanted: str) -> bool:
    return all(any(each in line for line in lines) for each in wanted)


STARTED, STOPPED = "START_SESSION answered ACCEPTED", "STOP_SESSION answered ACCEPTED"


THEY_STARTED, THEY_STOPPED = "asked to START_SESSION", "asked to STOP_SESSION"


async def test_two_companies_through_the_hub(joined: World) -> None:
    """A driver of 2.3.0 at a charger of 2.1.1; three processes, and nobody knows of the others."""
    at = "OC1-LOC1/OC1-EVSE1/1"
    async with (
        a_company(joined, "OE1", "EMSP", "2.3.0", start_at=at, hub=True) as emsp,
        a_company(joined, "OC1", "CPO", "2.1.1", hub=True, counterpart="DE-OE1") as cpo,
    ):
        await until(lambda: _tells(emsp(), STARTED, STOPPED, "was told POST cdrs"))
        assert _tells(cpo(), "pushed its own", THEY_STARTED, THEY_STOPPED)


@pytest.mark.parametrize(
    ("party", "version", "invitation"),
    [
        ("OE2", "2.1.1", {}),
        ("OE3", "2.2.1", {"hub": True}),
        ("OE4", "2.3.0", {"hub": True}),
        ("OE5", "2.3.0", {}),
    ],
    ids=["directly-2.1.1", "hub-2.2.1", "hub-2.3.0", "directly-2.3.0"],
)
async def test_their_driver_at_our_charger(
    joined: World, party: str, version: str, invitation: dict[str, Any]
) -> None:
    """The charger of our CPO party, which is a member of our hub like everybody."""
    spot = SPOTS["ocpp1.6"]
    async with joined.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        uid = (await joined.evse(spot))["uid"]
        at = f"{spot.location}/{uid}/1"
        async with a_company(joined, party, "EMSP", version, start_at=at, **invitation) as emsp:
            await until(lambda: _tells(emsp(), STARTED, STOPPED))
            await until(lambda: charger.running() is None)
            await charger.unplug()
            await until(lambda: _tells(emsp(), "was told POST cdrs"))


@pytest.mark.parametrize(
    ("party", "version", "invitation"),
    [
        ("OC2", "2.2.1", {}),
        ("OC3", "2.1.1", {"hub": True, "counterpart": "NL-RWM"}),
        ("OC4", "2.3.0", {"hub": True}),
    ],
    ids=["directly-2.2.1", "hub-2.1.1", "hub-2.3.0"],
)
async def test_our_driver_at_their_charger(
    joined: World, party: str, version: str, invitation: dict[str, Any]
) -> None:
    """Our eMSP party's driver, who pays what the bill of their process says."""
    async with (
        a_company(joined, party, "CPO", version, **invitation) as cpo,
        joined.driver() as phone,
    ):
        quote = await quoted_elsewhere(phone, party)
        await save_card(joined, phone)
        purse = Purse(joined)
        session_id = (await phone.post("/sessions", {"quote_id": quote["id"]}))["id"]

        async def flows() -> bool:
            cost = (await phone.get(f"/sessions/{session_id}"))["cost"]
            return bool(cost and cost["minor"])

        await until(flows)
        await phone.post(f"/sessions/{session_id}/stop")
        ended = await in_state(phone, session_id, "completed")
        assert _tells(cpo(), THEY_STARTED, THEY_STOPPED)
        assert ended["final"]
        assert purse.captured() == [ended["cost"]["minor"]]
