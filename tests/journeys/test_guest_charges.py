"""Story 5: a guest charges from the QR code, without an account."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from app.simulators.phone import CallFailedError, Phone
from tests.support.driving import Follower, Purse, code_of, in_state, pay_on_page
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
both_shapes = pytest.mark.parametrize("world", [ONE, THREE], indirect=True)


@both_shapes
async def test_a_guest_charges(world: World) -> None:
    spot = SPOTS["ocpp2.0.1"]
    async with Phone(world.api_url) as guest, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        purse = Purse(world)
        code = await code_of(world, spot)
        email = "guest@example.com"
        quote = await guest.post("/guest/quotes", {"code": code, "email": email})
        assert quote["prices"][0]["unit"] == "kwh"
        guest.access_token = quote["secret"]
        body = {"quote_id": quote["id"], "method": "pm_card_visa"}
        session = await guest.post("/guest/sessions", body)
        screen = Follower(guest, session["id"])
        async with screen.following():
            await screen.until(state="charging")
            await charger.meter(energy_kwh=Decimal("4.2"), power_kw=Decimal(11))
            await screen.until(energy_kwh="4.2")
            await _comes_back_elsewhere(world, quote["way_back"], session["id"])
            await until(lambda: charger.running() is None)
            await charger.unplug()
            await until(lambda: screen.ended)
        due, held = spot.cost("4.2"), screen.last["hold"]["minor"]
        assert purse.movements() == [("held", held), ("captured", due), ("released", held - due)]
        receipt = await guest.get(f"/sessions/{session['id']}/receipt")
        assert receipt["total"]["minor"] == due
        assert (receipt["held"]["minor"], receipt["released"]["minor"]) == (held, held - due)
        mailed = f"receipt:{session['id']}"
        await until(lambda: [x for x in world.hub.log_lines() if x.get("key") == mailed])
        assert charger.violations == []


async def _comes_back_elsewhere(world: World, way_back: str, session_id: str) -> None:
    """The phone's battery is empty: the link opens the session on another one, and stops it."""
    secret = parse_qs(urlsplit(way_back).query)["key"][0]
    async with Phone(world.api_url) as other:
        with pytest.raises(CallFailedError) as refused:
            await other.get(f"/sessions/{session_id}")
        assert refused.value.status in {401, 404}
        other.access_token = "not-the-secret"
        with pytest.raises(CallFailedError) as refused:
            await other.post(f"/sessions/{session_id}/stop")
        assert refused.value.status in {401, 404}
        other.access_token = secret
        await other.post(f"/sessions/{session_id}/stop")


async def _page(guest: Phone, session_id: str) -> str:
    """The provider's page, once the session names it."""

    async def asked() -> str | None:
        shown = await guest.get(f"/sessions/{session_id}")
        return shown["payment"]["action_url"] if shown["payment"] else None

    return str(await until(asked))


async def test_the_bank_asks_the_guest_first(world: World) -> None:
    """Nothing starts before the card's owner has confirmed; then it starts by itself."""
    spot = SPOTS["ocpp1.6"]
    async with Phone(world.api_url) as guest, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        purse = Purse(world)
        quote = await guest.post("/guest/quotes", {"code": await code_of(world, spot)})
        guest.access_token = quote["secret"]
        body = {"quote_id": quote["id"], "method": "pm_card_authenticationRequired"}
        session_id = (await guest.post("/guest/sessions", body))["id"]
        page = await _page(guest, session_id)
        assert purse.movements() == []
        assert charger.transactions == []
        assert await pay_on_page(page, "confirm") == 303
        await in_state(guest, session_id, "charging")
        await charger.meter(energy_kwh=Decimal(1), power_kw=Decimal(11))
        await charger.unplug()
        await in_state(guest, session_id, "completed")
        assert purse.captured() == [spot.cost("1")]
        assert charger.violations == []


async def test_a_guest_types_the_card_on_the_providers_page(world: World) -> None:
    spot = SPOTS["ocpp2.1"]
    async with Phone(world.api_url) as guest, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        purse = Purse(world)
        quote = await guest.post("/guest/quotes", {"code": await code_of(world, spot)})
        guest.access_token = quote["secret"]
        session_id = (await guest.post("/guest/sessions", {"quote_id": quote["id"]}))["id"]
        page = await _page(guest, session_id)
        assert await pay_on_page(page, "pay", number="4000000000000002") == 200
        assert await pay_on_page(page, "pay", number="4242424242424242") == 303
        await in_state(guest, session_id, "charging")
        await charger.unplug()
        done = await in_state(guest, session_id, "completed")
        assert done["cost"]["minor"] == done["payment"]["captured"]["minor"]
        assert [kind for kind, _ in purse.movements()][:2] == ["held", "captured"]
        assert charger.violations == []
