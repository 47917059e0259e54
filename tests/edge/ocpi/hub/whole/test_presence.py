"""Members come and go while the machine runs, and each of the others ends up knowing it."""

from collections.abc import AsyncIterator

import pytest

from app.adapters.clock_system import SystemClock
from app.adapters.sealing_fernet import FernetSealer
from app.simulators.partner import Partner
from app.store.transaction import Store
from ocpi.hub.liveness import Liveness
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub, a_machine, a_whole_hub
from tests.support.patience import until

PLACE = "sender/locations"


@pytest.fixture
async def brisk(store: Store, sealer: FernetSealer) -> AsyncIterator[WholeHub]:
    """The hub at work, which does not wait long before it asks a silent member again."""
    async with a_whole_hub(store, sealer) as made:
        hub, house = made.hub, made.house
        assert hub is not None
        hub.liveness = Liveness(house.calls, house.partners, SystemClock(), again_s=0.05)
        async with a_machine(store, hub) as planner:
            made.planner = planner
            yield made
        for member in made.members:
            assert member.violations == []


async def knows(reader: Partner, other: Partner, status: str) -> None:
    """Wait until it was told."""

    async def told() -> bool:
        found = reader.clients.of((other.country, other.party))
        return bool(found) and {each["status"] for each in found} == {status}

    await until(told)


async def test_members_of_two_versions_learn_of_each_other(brisk: WholeHub) -> None:
    """C-266, C-270: whoever comes is told to those who were there, and they to it."""
    first = await brisk.join("CPA", "CPO", version="2.3.0")
    second = await brisk.join("EMA", "EMSP")
    third = await brisk.join("BTH", "CPO", "EMSP")
    for reader, other in (
        (first, second), (second, first), (first, third), (second, third), (third, first),
        (third, second),
    ):  # fmt: skip
        await knows(reader, other, "CONNECTED")
    await third.unregister()
    await knows(first, third, "SUSPENDED")
    await knows(second, third, "SUSPENDED")


async def test_a_member_that_dies_is_missed_and_found_again(brisk: WholeHub) -> None:
    """C-267, C-268, C-231: the first to miss it has it checked; its own word brings it back."""
    cpo, emsp = await brisk.join("CPA", "CPO"), await brisk.join("EMA", "EMSP")
    await knows(emsp, cpo, "CONNECTED")
    for _ in range(2):
        cpo.down()
        failed = await brisk.ask(emsp, "GET", PLACE, **to("CPA"), **by("EMA"))
        assert failed.json()["status_code"] == 4003
        await knows(emsp, cpo, "OFFLINE")
        refused = await brisk.ask(emsp, "GET", PLACE, **to("CPA"), **by("EMA"))
        assert "OFFLINE" in refused.json()["status_message"]
        await cpo.up()
        hub = brisk.hub
        assert hub is not None
        await hub.members.look()
        await knows(emsp, cpo, "CONNECTED")
        passed = await brisk.ask(emsp, "GET", PLACE, **to("CPA"), **by("EMA"))
        assert passed.json()["status_code"] == 1000
    stamps = [each["last_updated"] for each in emsp.clients.history]
    assert stamps == sorted(stamps)


async def test_who_is_away_learns_only_how_things_stand(brisk: WholeHub) -> None:
    """§3.7: whatever happened meanwhile, one state of each party is told, the newest."""
    emsp, cpo = await brisk.join("EMA", "EMSP"), await brisk.join("CPA", "CPO")
    await knows(emsp, cpo, "CONNECTED")
    partners = brisk.house.partners
    away = await partners.need_by_name(emsp.name)
    told = len(emsp.clients.history)
    await partners.missed(away.id)
    other = await brisk.join("CPB", "CPO")
    await cpo.unregister()
    await brisk.quiet()
    assert len(emsp.clients.history) == told
    await partners.reached(away.id)
    await knows(emsp, other, "CONNECTED")
    await knows(emsp, cpo, "SUSPENDED")
    await brisk.quiet()
    assert len(emsp.clients.history) == told + 2


async def test_a_member_that_lost_its_memory_is_told_again(brisk: WholeHub) -> None:
    """What a person's resync brings, besides the objects."""
    emsp, cpo = await brisk.join("EMA", "EMSP"), await brisk.join("CPA", "CPO")
    await knows(emsp, cpo, "CONNECTED")
    await brisk.quiet()
    emsp.clients.known.clear()
    hub, known = brisk.hub, await brisk.house.partners.need_by_name(emsp.name)
    assert hub is not None
    await hub.objects.resync(known.id)
    await knows(emsp, cpo, "CONNECTED")
