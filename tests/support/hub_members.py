"""Companies behind our hub, which our own parties are members of as well."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from app.simulators.partner import Partner
from tests.support.patience import until
from tests.support.world import World

OUR_CPO, OUR_EMSP = ("NL", "RW1"), ("NL", "RWM")
_NAMES: Iterator[str] = iter(f"H{number:02}" for number in range(1, 100))


@asynccontextmanager
async def a_member(
    world: World,
    role: str,
    version: str = "2.2.1",
    *,
    meets: tuple[str, str] | None = None,
    **platform: Any,
) -> AsyncIterator[Partner]:
    """A foreign company behind our hub, which knows us by name only.

    One of 2.1.1 joins for the one party that it `meets`, ours unless told.
    """
    party = next(_NAMES)
    ours = OUR_EMSP if role == "CPO" else OUR_CPO
    async with Partner(
        name=f"Member {party}", party=party, roles=(role,), version=version, **platform
    ) as member:
        body: dict[str, Any] = {"name": member.name, "roles": [role], "hub": True}
        if version == "2.1.1":
            body["counterpart"] = "-".join(meets or ours)
        invited = (await world.operator.post("/partners", json=body)).raise_for_status().json()
        await member.register(invited["versions_url"], invited["token"])
        if member.hub is not None:
            member.hub.counterparts = {"CPO": OUR_CPO, "EMSP": OUR_EMSP}
            await until(lambda: member.clients.known)
        yield member
        await member.unregister()
        assert member.violations == []
        assert member.failures == []


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
