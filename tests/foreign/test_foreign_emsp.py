"""Foreign software as eMSP: it registers, pulls, is told, is asked, and starts our charger."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.foreign.conftest import Arrive, join
from tests.foreign.counterparts import COUNTERPARTS, Counterpart
from tests.foreign.foreign_partner import Document, ForeignFailed, ForeignPartner
from tests.support.patience import until
from tests.support.world import SPOTS, Spot, World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
counterparts = pytest.mark.parametrize("counterpart", COUNTERPARTS, ids=str)
directions = pytest.mark.parametrize("direction", ["they-register", "we-register"])

HERE = SPOTS["ocpp2.0.1"]


async def _held(partner: ForeignPartner, module: str, **wanted: Any) -> Document:
    """The object it holds of ours that has these values, once there is one."""

    async def there() -> Document | None:
        for each in await partner.received(module):
            if all(each.get(name) == value for name, value in wanted.items()):
                return each
        return None

    found: Document = await until(there)
    return found


def _status_of(partner: ForeignPartner, spot: Spot, uid: str) -> Callable[[], Awaitable[Any]]:
    async def status() -> str | None:
        for location in await partner.received("locations"):
            for evse in location["evses"]:
                if evse["uid"].upper() == uid.upper():
                    return str(evse["status"])
        return None

    return status


async def _told_status(partner: ForeignPartner, spot: Spot, uid: str, wanted: str) -> None:
    status = _status_of(partner, spot, uid)

    async def fits() -> bool:
        return await status() == wanted

    await until(fits)


@counterparts
@directions
async def test_it_pulls_is_told_and_starts_our_charger(
    world: World, arrive: Arrive, counterpart: Counterpart, direction: str
) -> None:
    """C-060..C-066, C-129, C-141, C-164, C-198: registration, full pull, pushes, commands."""
    partner = await arrive(counterpart, "EMSP")
    await join(world, partner, direction)
    async with world.charger(HERE) as charger:
        await charger.booted()

        # Pull: every page, each object as the foreign schemas read it.
        locations = await partner.do("pull", module="locations")
        assert {each["id"].upper() for each in locations} == {"AMS-HARBOUR", "AMS-RING"}
        assert len(await partner.do("pull", module="tariffs")) == 2
        assert await partner.do("pull", module="cdrs") == []

        # Push: status, then a session that it starts, and its bill.
        await charger.plug_in()
        uid = (await world.evse(HERE))["uid"]
        await _told_status(partner, HERE, uid, "CHARGING")
        start = await partner.do(
            "start", location_id=HERE.location, evse_uid=uid, uid=f"{partner.party}-CARD-1"
        )
        assert start["result"] == "ACCEPTED", start
        assert (await _result(partner, start))["result"] == "ACCEPTED"
        session = await _held(partner, "sessions", status="ACTIVE")
        await charger.meter(energy_kwh=Decimal("5.5"), power_kw=Decimal(11))
        await _held(partner, "sessions", kwh=5.5)

        stop = await partner.do("stop", session_id=session["id"])
        assert stop["result"] == "ACCEPTED", stop
        assert (await _result(partner, stop))["result"] == "ACCEPTED"
        await until(lambda: charger.running() is None)
        await charger.unplug()
        await _held(partner, "sessions", status="COMPLETED")
        bill = await _held(partner, "cdrs", total_energy=5.5)
        cost = bill["total_cost"]
        assert (cost["excl_vat"] if isinstance(cost, dict) else cost) == 2.495
        assert [each["id"] for each in await partner.do("pull", module="cdrs")] == [bill["id"]]
        assert len(await partner.do("pull", module="sessions")) == 1
        await _told_status(partner, HERE, uid, "AVAILABLE")
        assert charger.violations == []


async def _result(partner: ForeignPartner, command: Document) -> Document:
    async def arrived() -> Document:
        found: Document = await partner.do("result", ident=command["id"])
        return found

    found: Document = await until(arrived)
    return found


@counterparts
async def test_its_cards_charge_here(
    world: World, arrive: Arrive, counterpart: Counterpart
) -> None:
    """Tokens by pull and by push; one that may only be used when asked about is asked about."""
    partner = await arrive(counterpart, "EMSP")
    await join(world, partner, "they-register")
    known, asked = f"{partner.party}-CARD-2", f"{partner.party}-CARD-NEW"
    async with world.charger(HERE) as charger:
        await charger.booted()
        await charger.plug_in()
        await partner.do("card", uid=asked, whitelist="NEVER")

        async def accepted() -> bool:
            return await charger.present(1, known) == "Accepted"

        await until(accepted)
        await _held(partner, "sessions", status="ACTIVE")
        await charger.stop()
        await charger.unplug()
        await _held(partner, "sessions", status="COMPLETED")
        assert await partner.do("asked") == []

        await charger.plug_in()
        assert await charger.present(1, asked) == "Accepted"
        assert [uid.upper() for uid in await partner.do("asked")] == [asked]
        await charger.stop()
        await charger.unplug()

        async def both() -> bool:
            return len(await partner.received("cdrs")) == 2

        await until(both)
        assert charger.violations == []


@counterparts
async def test_tokens_rotate_and_leaving_ends_everything(
    world: World, arrive: Arrive, counterpart: Counterpart
) -> None:
    """C-078, C-080, C-082 by foreign hands."""
    partner = await arrive(counterpart, "EMSP")
    await join(world, partner, "they-register")
    for _ in range(2):
        await partner.do("renew")
        assert len(await partner.do("pull", module="tariffs")) == 2
    await partner.do("leave")
    said = await world.hub.verb("partner", "list", "--json")
    assert f'"{partner.name}"' in said
    with pytest.raises(ForeignFailed):
        await partner.do("pull", module="tariffs")
