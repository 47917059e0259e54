"""Story 4: a driver signs in, pays, charges, follows it live, and gets a receipt that adds up."""

from decimal import Decimal

import pytest

from app.simulators.charger import Charger
from app.simulators.phone import Phone
from tests.support.driving import (
    Follower,
    Purse,
    cdr_of,
    code_of,
    in_state,
    pushes,
    quoted,
    save_card,
    started,
)
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import SPOTS, Spot, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
both_shapes = pytest.mark.parametrize("world", [ONE, THREE], indirect=True)


@both_shapes
@pytest.mark.parametrize("protocol", SPOTS)
async def test_a_driver_charges(world: World, protocol: str) -> None:
    spot = SPOTS[protocol]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone)
        purse = Purse(world)
        session_id = (await started(world, phone, spot))["id"]

        screen = Follower(phone, session_id)
        async with screen.following():
            await screen.until(state="charging")
            assert charger.running() is not None
            for kwh in ("2.5", "5"):
                await charger.meter(energy_kwh=Decimal(kwh), power_kw=Decimal(11), soc=Decimal(55))
                await screen.until(energy_kwh=kwh, power_kw="11", soc="55")
        seen = len(screen.events)
        await charger.meter(energy_kwh=Decimal(10), power_kw=Decimal(11), soc=Decimal(60))

        async with screen.following():  # the phone was in a pocket: it goes on where it was
            await screen.until(energy_kwh="10", soc="60")
            assert len(screen.events) > seen
            await phone.post(f"/sessions/{session_id}/stop")
            await until(lambda: charger.running() is None)
            await charger.unplug()
            await until(lambda: screen.ended)
        screen.check_order()
        await _check_the_bill(world, phone, screen, purse=purse, spot=spot)
        await _check_notifications(world, phone)
        assert _stopped_from_afar(charger)
        assert charger.violations == []


async def _check_the_bill(
    world: World, phone: Phone, screen: Follower, *, purse: Purse, spot: Spot
) -> None:
    """CDR, receipt, last live cost and captured amount are one number, worked out by hand."""
    due = spot.cost("10")
    last = screen.last
    held = last["hold"]["minor"]
    assert (last["state"], last["final"], last["cost"]["minor"]) == ("completed", True, due)
    assert purse.movements() == [("held", held), ("captured", due), ("released", held - due)]

    receipt = await phone.get(f"/sessions/{screen.session_id}/receipt")
    assert receipt["total"]["minor"] == receipt["captured"]["minor"] == due
    assert sum(line["amount"]["minor"] for line in receipt["lines"]) == due
    assert all(line["words"] for line in receipt["lines"])
    assert (receipt["held"]["minor"], receipt["released"]["minor"]) == (held, held - due)
    assert receipt["energy_kwh"] == "10"
    assert receipt["net"]["minor"] + receipt["taxes"]["minor"] == due

    cdr = await cdr_of(world, spot)
    assert round(Decimal(cdr["total"]["gross"]) * 100) == due
    assert Decimal(cdr["energy"]) == 10


async def _check_notifications(world: World, phone: Phone) -> None:
    await until(lambda: "receipt.ready" in pushes(world, phone))
    told = pushes(world, phone)
    assert sorted(told) == sorted(set(told))
    assert told[0] == "session.started"
    shown = world.push.to(phone.push_token)[-1]
    assert shown.title
    assert shown.body


def _stopped_from_afar(charger: Charger) -> bool:
    return [t.stop_reason for t in charger.transactions] == ["Remote"]


async def test_the_price_is_shown_before_it_is_paid(world: World) -> None:
    """The map for everybody, the sheet, the QR code, and the price in the order of the law."""
    spot = SPOTS["ocpp1.6"]
    async with Phone(world.api_url) as stranger:
        pins = (await stranger.get("/map?bbox=52.3,4.8,52.5,5.0"))["pins"]
        assert {"AMS-HARBOUR", "AMS-RING"} <= {pin["id"] for pin in pins}
        sheet = await stranger.get("/locations/NL-RW1/AMS-HARBOUR")
        found = await stranger.get(f"/codes/{await code_of(world, spot)}")
    assert found["station"]["id"] == sheet["id"]
    assert found["evse"]["evse_id"] == spot.evse_id

    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await world.until_status(spot, "AVAILABLE")
        quote = await quoted(world, phone, spot, target_kwh="20")
    groups = ["kwh", "minute", "session", "other"]
    units = [line["unit"] for line in quote["prices"]]
    assert units == sorted(units, key=groups.index)
    assert units[0] == "kwh"
    assert all(line["tax_included"] for line in quote["prices"])
    assert quote["idle_rule"]
    estimate = quote["estimate"]
    assert estimate["total"]["minor"] == spot.cost("20")
    assert sum(line["amount"]["minor"] for line in estimate["lines"]) == spot.cost("20")
    assert quote["hold"]["minor"] >= spot.cost("20")


async def test_the_cable_comes_after_the_start(world: World) -> None:
    spot = SPOTS["ocpp2.0.1"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await world.until_status(spot, "AVAILABLE")
        await save_card(world, phone)
        purse = Purse(world)
        session_id = (await started(world, phone, spot))["id"]
        await in_state(phone, session_id, "awaiting_plug")
        await charger.plug_in()
        await in_state(phone, session_id, "charging")
        await charger.meter(energy_kwh=Decimal(4), power_kw=Decimal(22))
        await charger.unplug()
        await in_state(phone, session_id, "completed")
        assert [m for m in purse.movements() if m[0] == "captured"] == [
            ("captured", spot.cost("4"))
        ]
        assert charger.violations == []


async def test_charging_ends_at_the_drivers_own_limit(world: World) -> None:
    spot = SPOTS["ocpp2.1"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone)
        purse = Purse(world)
        quote = await quoted(world, phone, spot, target_kwh="8")
        session_id = (await phone.post("/sessions", {"quote_id": quote["id"]}))["id"]
        await in_state(phone, session_id, "charging")
        await charger.meter(energy_kwh=Decimal("7.9"), power_kw=Decimal(100))
        await charger.meter(energy_kwh=Decimal("8.1"), power_kw=Decimal(100))
        await until(lambda: charger.running() is None)
        await charger.unplug()
        await in_state(phone, session_id, "completed")
        assert purse.captured() == [spot.cost("8.1")]
        assert "session.limit_reached" in pushes(world, phone)
