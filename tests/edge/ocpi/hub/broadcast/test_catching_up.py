"""A member that was away is told what it missed, as that is now, and nobody else waits for it."""

import json
from dataclasses import replace

import pytest

from app.adapters.clock_system import SystemClock
from app.domain.errors import NotFound
from app.domain.hub_objects import HubNoun, HubRef
from app.domain.identifiers import PartyId
from app.simulators.partner import Partner
from app.use_cases.hub_objects import PORTION
from app.use_cases.suspensions import Suspensions
from tests.edge.ocpi.hub.broadcast.conftest import Telling
from tests.support.patience import until

LATER = "2027-03-01T10:00:00Z"
LATEST = "2027-03-01T11:00:00Z"


def a_place(member: Partner, ident: str) -> str:
    return f"locations/DE/{member.party}/{ident}"


async def put(hub: Telling, cpo: Partner, ident: str, **changes: object) -> None:
    body = {**cpo.site.location(), "id": ident, **changes}
    answer = await hub.tell(cpo, "PUT", a_place(cpo, ident), body)
    assert answer.json()["status_code"] == 1000, answer.text


async def away(hub: Telling, member: Partner) -> None:
    member.down()
    await hub.house.partners.missed(await hub.id_of(member))


async def back(hub: Telling, member: Partner) -> None:
    await member.up()
    await hub.house.partners.reached(await hub.id_of(member))
    await hub.plan()


async def test_what_was_missed_is_told_as_it_is_now(hub: Telling) -> None:
    """C-242, C-260: changed, changed again, deleted; once each, and nothing that is old news."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    tariff = f"tariffs/DE/CPA/{cpo.site.tariff_id}"
    await hub.tell(cpo, "PUT", tariff, cpo.site.tariff())
    await put(hub, cpo, "KNOWN")
    await hub.quiet()
    known = len(emsp.requests)
    await away(hub, emsp)
    await put(hub, cpo, "L1")
    await put(hub, cpo, "L2")
    await put(hub, cpo, "L1", name="Second", last_updated=LATER)
    evse = f"{a_place(cpo, 'L1')}/{cpo.site.evse_uid}"
    await hub.tell(cpo, "PATCH", evse, {"status": "CHARGING", "last_updated": LATEST})
    await hub.tell(cpo, "DELETE", tariff)
    await hub.quiet()
    assert await hub.objects.gap(await hub.id_of(emsp)) is not None
    await back(hub, emsp)
    await hub.quiet()
    missed = [(r.method, r.target.split("/receiver/")[1]) for r in emsp.requests[known:]]
    assert missed == [
        ("DELETE", tariff),
        ("PUT", a_place(cpo, "L1")),
        ("PUT", a_place(cpo, "L2")),
    ]
    first = next(o for o in emsp.received.of("locations") if o["id"] == "L1")
    assert (first["name"], first["evses"][0]["status"]) == ("Second", "CHARGING")
    assert await hub.objects.gap(await hub.id_of(emsp)) is None
    await back(hub, emsp)
    await hub.quiet()
    assert len(emsp.requests) == known + 3


async def test_who_goes_again_goes_on_later(hub: Telling) -> None:
    """Away while it is caught up with: what was not told yet is missed again."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    await away(hub, emsp)
    for number in range(3):
        await put(hub, cpo, f"L{number}")
    await hub.quiet()
    began = await hub.objects.gap(await hub.id_of(emsp))
    await hub.house.partners.reached(await hub.id_of(emsp))
    await hub.plan()  # it calls, but cannot be called

    await until(lambda: hub.doubted(emsp))
    await hub.house.partners.missed(await hub.id_of(emsp))
    await hub.quiet()
    assert await hub.objects.gap(await hub.id_of(emsp)) == began
    await back(hub, emsp)
    await hub.quiet()
    assert sorted(o["id"] for o in emsp.received.of("locations")) == ["L0", "L1", "L2"]


async def test_a_long_gap_is_closed_in_portions(hub: Telling) -> None:
    """Whatever is new meanwhile waits for one portion, not for the whole gap."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    await away(hub, emsp)
    await put(hub, cpo, "L0")
    await hub.quiet()
    first = await hub.objects.find(HubRef(HubNoun.LOCATION, PartyId("DE", "CPA"), "L0"))
    assert first is not None
    async with hub.store.transaction() as tx:
        for number in range(1, PORTION + 5):
            ref = replace(first.ref, id=f"L{number}")
            body = {**cpo.site.location(), "id": ref.id}
            await tx.hub_objects.put(replace(first, ref=ref, sent=json.dumps(body)))
    await back(hub, emsp)
    await hub.quiet()
    told = [o["id"] for o in emsp.received.of("locations")]
    assert told == [f"L{number}" for number in range(PORTION + 5)]


async def test_by_hand(hub: Telling) -> None:
    """Everything again, because a person says so; also to who missed nothing."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    for number in range(3):
        await put(hub, cpo, f"L{number}")
    await hub.quiet()
    known = len(emsp.requests)
    await hub.objects.resync(await hub.id_of(emsp))
    await hub.plan()
    await hub.quiet()
    assert len(emsp.requests) == known + 3
    with pytest.raises(NotFound):
        await hub.objects.resync("nobody")


async def test_who_is_stopped_for_a_while_catches_up(hub: Telling) -> None:
    """With what waited for it, and with what was told meanwhile."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    suspensions = Suspensions(hub.store, SystemClock())
    await put(hub, cpo, "L0")
    await hub.quiet()
    known = await hub.id_of(emsp)
    emsp.fault("unavailable", path="/receiver/locations")
    await put(hub, cpo, "L1")
    await suspensions.suspend(known)
    await put(hub, cpo, "L2")
    await hub.quiet()
    await suspensions.resume(known)
    await hub.plan()
    await hub.quiet()
    assert sorted(o["id"] for o in emsp.received.of("locations")) == ["L0", "L1", "L2"]
