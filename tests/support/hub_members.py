"""Companies behind our hub, which our own parties are members of as well."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from app.simulators.partner import Partner
from tests.support.hub_witness import Witness
from tests.support.patience import until
from tests.support.world import World

OUR_CPO, OUR_EMSP = ("NL", "RW1"), ("NL", "RWM")
WITNESS = Witness()
"""Knows whatever any member sent; each is checked by it when it goes, in every test."""

_NAMES: Iterator[str] = iter(f"H{number:02}" for number in range(1, 100))


@asynccontextmanager
async def a_member(
    world: World,
    role: str,
    version: str = "2.2.1",
    *,
    party: str | None = None,
    meets: tuple[str, str] | None = None,
    **platform: Any,
) -> AsyncIterator[Partner]:
    """A foreign company behind our hub, which knows us by name only.

    It addresses the party that it `meets`, ours unless told; one of 2.1.1 joins for that one.
    """
    party = party or next(_NAMES)
    meets = meets or (OUR_EMSP if role == "CPO" else OUR_CPO)
    async with Partner(
        name=f"Member {party}", party=party, roles=(role,), version=version, **platform
    ) as member:
        WITNESS.knows(member)
        body: dict[str, Any] = {"name": member.name, "roles": [role], "hub": True}
        if version == "2.1.1":
            body["counterpart"] = "-".join(meets)
        invited = (await world.operator.post("/partners", json=body)).raise_for_status().json()
        await member.register(invited["versions_url"], invited["token"])
        if member.hub is not None:
            member.hub.counterparts = {"EMSP" if role == "CPO" else "CPO": meets}
            await until(lambda: member.clients.known)
        yield member
        await member.unregister()
        wrong = [*member.violations, *map(str, member.failures), *WITNESS.faults(member)]
        assert not wrong, wrong


@asynccontextmanager
async def a_pair(world: World, *versions: str) -> AsyncIterator[tuple[Partner, Partner]]:
    """A foreign CPO and a foreign eMSP, of which the second was told of the first."""
    newer = "2.2.1"
    of_cpo, of_emsp = versions or (newer, newer)
    cpos, emsps = next(_NAMES), next(_NAMES)
    async with (
        a_member(world, "CPO", of_cpo, party=cpos, meets=("DE", emsps)) as cpo,
        a_member(world, "EMSP", of_emsp, party=emsps, meets=("DE", cpos)) as emsp,
    ):
        await cpo.push_site()
        await until(lambda: knows(emsp, cpo))
        yield cpo, emsp


def hold_results(cpo: Partner) -> asyncio.Event:
    """The CPO tells results of commands only when the event is set."""
    may, report = asyncio.Event(), cpo._report

    async def held(url: str, result: str) -> None:
        await may.wait()
        await report(url, result)

    setattr(cpo, "_report", held)  # noqa: B010 - a member that takes its time
    return may


def knows(emsp: Partner, cpo: Partner, status: str | None = None) -> bool:
    """Whether an eMSP was told of a CPO's location, and that its EVSE has this status."""
    found = [p for p in emsp.received.of("locations") if p["id"] == cpo.site.location_id]
    if status is None:
        return bool(found)
    return any(place["evses"][0]["status"] == status for place in found)
