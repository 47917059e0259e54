"""Story 6, second half: our driver charges at a partner's charger, we being the eMSP."""

import asyncio
from decimal import ROUND_HALF_UP, Decimal

import pytest

from app.simulators.partner import Partner
from tests.support.driving import Follower, Purse, in_state, pushes, quoted_elsewhere, save_card
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
both_shapes = pytest.mark.parametrize("world", [ONE, THREE], indirect=True)


def _cost(partner: Partner, kwh: str) -> int:
    """What the partner's tariff makes of an energy, with tax, in cents."""
    gross = partner.site.price_per_kwh * Decimal(kwh) * (100 + partner.site.vat)
    return int(gross.quantize(Decimal(1), ROUND_HALF_UP))


@both_shapes
async def test_our_driver_charges_at_a_partners(world: World) -> None:
    async with world.driver() as phone, world.partner("CPO") as partner:
        quote = await quoted_elsewhere(phone, partner.party)
        (line,) = [p for p in quote["prices"] if p["kind"] == "energy"]
        assert (line["amount"], line["unit"]) == ("0.476", "kwh")  # 0.40 and 19 % tax
        await save_card(world, phone)
        purse = Purse(world)
        session_id = (await phone.post("/sessions", {"quote_id": quote["id"]}))["id"]
        screen = Follower(phone, session_id)
        async with screen.following():
            await screen.until(state="charging")
            (theirs,) = partner.sessions.values()
            for kwh in ("3.5", "8"):
                await partner.progress(theirs.id, Decimal(kwh))
                await screen.until(energy_kwh=kwh)
                assert screen.last["cost"]["minor"] == _cost(partner, kwh)
            await phone.post(f"/sessions/{session_id}/stop")
            await until(lambda: screen.ended)
        screen.check_order()

        assert [command for command, _ in partner.executed] == ["START_SESSION", "STOP_SESSION"]
        start = partner.executed[0][1]
        assert start["authorization_reference"] == theirs.reference
        assert start["token"]["type"] == "APP_USER"
        due, held = _cost(partner, "8"), screen.last["hold"]["minor"]
        assert (screen.last["final"], screen.last["cost"]["minor"]) == (True, due)
        assert purse.movements() == [("held", held), ("captured", due), ("released", held - due)]
        receipt = await phone.get(f"/sessions/{session_id}/receipt")
        assert receipt["partner"]
        assert receipt["total"]["minor"] == due
        assert sum(each["amount"]["minor"] for each in receipt["lines"]) == due
        await until(lambda: "receipt.ready" in pushes(world, phone))
        assert partner.failures == []


async def test_the_partner_refuses(world: World) -> None:
    async with world.driver() as phone, world.partner("CPO") as partner:
        quote = await quoted_elsewhere(phone, partner.party)
        await save_card(world, phone)
        purse = Purse(world)
        partner.start_response = "REJECTED"
        session_id = (await phone.post("/sessions", {"quote_id": quote["id"]}))["id"]
        refused = await in_state(phone, session_id, "start_rejected")
        held = refused["hold"]["minor"]
        await until(lambda: purse.movements() == [("held", held), ("released", held)])


async def test_the_partner_bills_while_we_are_dead(world: World) -> None:
    """The partner insists until we are back, and we settle once."""
    async with world.driver() as phone, world.partner("CPO") as partner:
        quote = await quoted_elsewhere(phone, partner.party)
        await save_card(world, phone)
        purse = Purse(world)
        session_id = (await phone.post("/sessions", {"quote_id": quote["id"]}))["id"]
        await in_state(phone, session_id, "charging")
        (theirs,) = partner.sessions.values()
        await world.hub.kill9()
        await asyncio.gather(partner.finish(theirs.id, Decimal("12.345")), world.hub.start())
        done = await in_state(phone, session_id, "completed")
        assert done["cost"]["minor"] == _cost(partner, "12.345")
        assert purse.captured() == [_cost(partner, "12.345")]
        await partner.post_cdr(partner.cdrs[0])  # once more, to the letter: nothing happens
        assert [k for k, _ in purse.movements()].count("captured") == 1
