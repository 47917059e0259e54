"""Our driver reserves from the phone: at a charger of ours, and at a partner's."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.simulators.partner import Partner
from app.simulators.phone import Phone
from tests.journeys.test_our_driver_roams import _cost
from tests.journeys.test_reservations import FEE, HOUR, cents, priced
from tests.support.driving import Purse, in_state, quoted_elsewhere, save_card
from tests.support.patience import until
from tests.support.world import PARTY, SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _becomes(phone: Phone, reservation_id: str, state: str) -> dict[str, Any]:
    """The reservation once it is in this state."""

    async def there() -> dict[str, Any] | None:
        found: dict[str, Any] = await phone.get(f"/reservations/{reservation_id}")
        return found if found["state"] == state else None

    found: dict[str, Any] = await until(there)
    return found


async def test_at_our_charger(world: World) -> None:
    """Nothing is held for the reservation; the session's bill has it."""
    spot = SPOTS["ocpp2.0.1"]
    async with priced(world, spot), world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await world.until_status(spot, "AVAILABLE")
        await save_card(world, phone)
        purse = Purse(world)
        uid = (await world.evse(spot))["uid"]
        place = {"party": PARTY, "location_id": spot.location, "evse_uid": uid}
        asked = await phone.post("/reservations", {**place, "minutes": 20})
        assert {p["kind"] for p in asked["prices"]} == {
            "reservation_time",
            "reservation",
            "expired",
        }
        assert asked["if_unused"]["minor"] > 0
        await _becomes(phone, asked["id"], "active")
        await world.until_status(spot, "RESERVED")
        assert purse.movements() == []

        async with world.driver("Somebody") as other:
            with pytest.raises(Exception, match="reserved"):
                await other.post("/quotes", place)
        quote = await phone.post("/quotes", place)
        session_id = (await phone.post("/sessions", {"quote_id": quote["id"]}))["id"]
        await in_state(phone, session_id, "awaiting_plug")
        await charger.plug_in()
        await in_state(phone, session_id, "charging")
        assert (await phone.get(f"/reservations/{asked['id']}"))["state"] == "used"
        await charger.meter(energy_kwh=Decimal(10), power_kw=Decimal(22))
        await phone.post(f"/sessions/{session_id}/stop")
        await charger.unplug()
        done = await in_state(phone, session_id, "completed")
        assert done["cost"]["minor"] == cents(spot.kwh_price * 10 + spot.flat + HOUR + FEE)
        receipt = await phone.get(f"/sessions/{session_id}/receipt")
        assert receipt["total"]["minor"] == done["cost"]["minor"]
        assert charger.violations == []


async def test_it_is_given_back(world: World) -> None:
    """The fee goes from the card, with a receipt."""
    spot = SPOTS["ocpp1.6"]
    async with priced(world, spot), world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await world.until_status(spot, "AVAILABLE")
        await save_card(world, phone)
        purse = Purse(world)
        uid = (await world.evse(spot))["uid"]
        place = {"party": PARTY, "location_id": spot.location, "evse_uid": uid}
        asked = await phone.post("/reservations", place)
        await _becomes(phone, asked["id"], "active")
        await phone.delete(f"/reservations/{asked['id']}")
        gone = await _becomes(phone, asked["id"], "cancelled")
        assert gone["reason"] == "given_back"
        await until(lambda: ("captured", cents(HOUR + FEE)) in purse.movements())
        (fee,) = (await phone.get("/sessions"))["sessions"]
        assert (await in_state(phone, fee["id"], "completed"))["cost"]["minor"] == cents(
            HOUR + FEE
        )
        receipt = await phone.get(f"/sessions/{fee['id']}/receipt")
        assert receipt["total"]["minor"] == cents(HOUR + FEE)


async def test_at_a_partners_charger(world: World) -> None:
    """RESERVE_NOW to the partner, the start with the same token, the bill from the partner."""
    async with world.driver() as phone, world.partner("CPO") as partner:
        quote = await quoted_elsewhere(phone, partner.party)
        await save_card(world, phone)
        place = {name: quote[name] for name in ("party", "location_id", "evse_uid")}
        asked = await phone.post("/reservations", {**place, "minutes": 15})
        assert asked["partner"]
        await _becomes(phone, asked["id"], "active")
        (kept,) = partner.reserved.values()
        until_then = datetime.fromisoformat(kept["expiry_date"]) - datetime.now(UTC)
        assert timedelta(minutes=14) < until_then <= timedelta(minutes=15)
        again = await phone.post("/quotes", place)
        session_id = (await phone.post("/sessions", {"quote_id": again["id"]}))["id"]
        await in_state(phone, session_id, "charging")
        (theirs,) = partner.sessions.values()
        assert theirs.token["uid"] == kept["token"]["uid"]
        await _becomes(phone, asked["id"], "used")
        await partner.finish(theirs.id, Decimal(5))
        done = await in_state(phone, session_id, "completed")
        assert done["cost"]["minor"] == _cost(partner, "5")
        assert [name for name, _ in partner.executed] == ["RESERVE_NOW", "START_SESSION"]
        assert partner.failures == []


async def _reserved(phone: Phone, partner: Partner) -> dict[str, Any]:
    quote = await quoted_elsewhere(phone, partner.party)
    place = {name: quote[name] for name in ("party", "location_id", "evse_uid")}
    asked: dict[str, Any] = await phone.post("/reservations", place)
    return asked


async def test_a_partner_says_no_or_takes_its_yes_back(world: World) -> None:
    """C-208, C-212: and a cancellation of ours goes there."""
    async with world.driver() as phone, world.partner("CPO") as partner:
        partner.reserve_result = "EVSE_OCCUPIED"
        asked = await _reserved(phone, partner)
        refused = await _becomes(phone, asked["id"], "refused")
        assert refused["reason"] == "evse_occupied"
        partner.reserve_result = "ACCEPTED"
        asked = await _reserved(phone, partner)
        await _becomes(phone, asked["id"], "active")
        await partner.take_back(next(iter(partner.reserved)))
        assert (await _becomes(phone, asked["id"], "cancelled"))["reason"] == "lost"
        asked = await _reserved(phone, partner)
        await _becomes(phone, asked["id"], "active")
        await phone.delete(f"/reservations/{asked['id']}")
        await _becomes(phone, asked["id"], "cancelled")
        assert partner.reserved == {}
        listed = (await phone.get("/reservations"))["reservations"]
        assert [r["state"] for r in listed] == ["cancelled", "cancelled", "refused"]
