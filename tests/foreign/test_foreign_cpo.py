"""Foreign software as CPO: we pull its sites, our driver charges there, and it bills us."""

from typing import Any

import pytest

from app.simulators.phone import CallFailedError, Phone
from tests.foreign.conftest import Arrive, join
from tests.foreign.counterparts import COUNTERPARTS, Counterpart
from tests.foreign.foreign_partner import ForeignPartner
from tests.support.driving import Follower, Purse, save_card
from tests.support.patience import until
from tests.support.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
counterparts = pytest.mark.parametrize("counterpart", COUNTERPARTS, ids=str)
directions = pytest.mark.parametrize("direction", ["they-register", "we-register"])


async def _places(phone: Phone, partner: ForeignPartner) -> int:
    """How many of its locations are on the map, where nobody else has any."""
    latitude = 40 + int(partner.party[1:]) / 2
    view = await phone.get(f"/map?bbox={latitude - 0.1},6.8,{latitude + 0.1},7.2")
    return len(view["pins"]) + sum(cluster["places"] for cluster in view["clusters"])


async def _sheet(phone: Phone, partner: ForeignPartner) -> dict[str, Any]:
    """The first of its locations as our driver sees it, once it is there with its price."""

    async def shown() -> dict[str, Any] | None:
        try:
            sheet: dict[str, Any] = await phone.get(
                f"/locations/DE-{partner.party}/{partner.party}-L1"
            )
        except CallFailedError:
            return None
        return sheet if sheet["evses"][0]["connectors"][0]["price_known"] else None

    found: dict[str, Any] = await until(shown)
    return found


@counterparts
@directions
async def test_our_driver_charges_there(
    world: World, arrive: Arrive, counterpart: Counterpart, direction: str
) -> None:
    """Full pull of more than a page, pushes, a command with its result, session and bill."""
    partner = await arrive(counterpart, "CPO")
    await join(world, partner, direction)
    async with world.driver() as phone:
        sheet = await _sheet(phone, partner)

        async def all_there() -> bool:
            return await _places(phone, partner) == 120

        await until(all_there)

        # A status is pushed.
        await partner.do("status", value="OUTOFORDER")

        async def status() -> str:
            fresh = await phone.get(f"/locations/DE-{partner.party}/{sheet['id']}")
            return str(fresh["evses"][0]["status"])

        async def blocked() -> bool:
            return (await status()).upper() in {"OUTOFORDER", "OUT_OF_ORDER"}

        await until(blocked)
        await partner.do("status", value="AVAILABLE")

        # Our driver starts, follows and stops.
        party, uid = f"DE-{partner.party}", sheet["evses"][0]["uid"]
        wish = {"party": party, "location_id": sheet["id"], "evse_uid": uid}
        quote = await phone.post("/quotes", wish)
        await save_card(world, phone)
        purse = Purse(world)
        session_id = (await phone.post("/sessions", {"quote_id": quote["id"]}))["id"]
        screen = Follower(phone, session_id)
        async with screen.following():
            await screen.until(state="charging")
            (theirs,) = await partner.do("sessions")
            await partner.do("progress", ident=theirs, kwh=8.0)
            await screen.until(energy_kwh="8")
            await phone.post(f"/sessions/{session_id}/stop")
            await until(lambda: screen.ended)
        screen.check_order()
        commands = [name for name, _ in await partner.do("executed")]
        assert commands == ["START_SESSION", "STOP_SESSION"]
        assert screen.last["final"]
        assert purse.captured() == [screen.last["cost"]["minor"]]
        assert purse.captured()[0] >= 320  # 8 kWh at 0.40, and tax as far as the version tells it


@counterparts
async def test_we_renew_and_leave(world: World, arrive: Arrive, counterpart: Counterpart) -> None:
    """C-078, C-082: our half, at a foreign server."""
    partner = await arrive(counterpart, "CPO")
    await join(world, partner, "we-register")
    for _ in range(2):
        await world.hub.verb("partner", "renew", partner.name)
        await partner.do("status", value="BLOCKED")
    await world.hub.verb("partner", "leave", partner.name)
    said = await world.hub.verb("partner", "list", "--json")
    assert f'"{partner.name}"' in said
