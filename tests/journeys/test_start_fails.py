"""Starts that fail: refused, offline, declined, late. Nothing stays blocked on anybody's card."""

from decimal import Decimal

import pytest

from app.simulators.phone import CallFailedError
from tests.support.driving import (
    DECLINED_LATER,
    Purse,
    code_of,
    in_state,
    pushes,
    quoted,
    save_card,
    start_requests,
    started,
)
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
both_shapes = pytest.mark.parametrize("world", [ONE, THREE], indirect=True)

STARTS = {
    "ocpp1.6": "RemoteStartTransaction",
    "ocpp2.0.1": "RequestStartTransaction",
    "ocpp2.1": "RequestStartTransaction",
}


@both_shapes
@pytest.mark.parametrize("protocol", SPOTS)
async def test_a_refused_start_releases_the_hold_once(world: World, protocol: str) -> None:
    """P-131."""
    spot = SPOTS[protocol]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        charger.script[STARTS[protocol]] = {"status": "Rejected"}
        await save_card(world, phone)
        purse = Purse(world)
        session = await started(world, phone, spot)
        failed = await in_state(phone, session["id"], "start_rejected")
        assert failed["reason"]
        held = failed["hold"]["minor"]
        await until(lambda: len(purse.movements()) > 1)
        await until(lambda: "session.start_failed" in pushes(world, phone))
        assert purse.movements() == [("held", held), ("released", held)]
        told = pushes(world, phone)
        assert sorted(told) == sorted(set(told))
        assert charger.transactions == []
        assert charger.violations == []


async def test_a_charger_that_is_away_is_refused_before_payment(world: World) -> None:
    spot = SPOTS["ocpp2.0.1"]
    async with world.driver() as phone:
        async with world.charger(spot) as charger:
            await charger.booted()
            await world.until_status(spot, "AVAILABLE")

        async def gone() -> bool:
            return not (await world.operator.get(f"/stations/{spot.station}")).json()["connected"]

        await until(gone)
        await save_card(world, phone)
        purse = Purse(world)
        with pytest.raises(CallFailedError) as refused:
            await quoted(world, phone, spot)
        assert refused.value.status == 409
        assert refused.value.problem["reason"] == "offline"
        assert purse.payments == []
        sheet = await phone.get(f"/codes/{await code_of(world, spot)}")
        assert sheet["evse"]["evse_id"] == spot.evse_id


async def test_a_declined_card_starts_nothing(world: World) -> None:
    spot = SPOTS["ocpp1.6"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone, DECLINED_LATER)
        purse = Purse(world)
        session = await started(world, phone, spot)
        declined = await in_state(phone, session["id"], "payment_declined")
        assert declined["payment"]["state"] == "declined"
        assert purse.movements() == []
        asked = [asked.action for asked in charger.journal.asked]
        assert "RemoteStartTransaction" not in asked

        # Another card, another try.
        saved = await save_card(world, phone)
        quote = await quoted(world, phone, spot)
        body = {"quote_id": quote["id"], "payment_method_id": saved["id"]}
        again = await phone.post("/sessions", body)
        await in_state(phone, again["id"], "charging")
        await charger.stop()
        await charger.unplug()
        await in_state(phone, again["id"], "completed")
        assert charger.violations == []


@both_shapes
async def test_nobody_waits_for_a_plug_for_ever(world: World) -> None:
    """Cancelled before the cable is in: the hold is released, and a late cable starts nothing."""
    spot = SPOTS["ocpp2.1"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await world.until_status(spot, "AVAILABLE")
        await save_card(world, phone)
        purse = Purse(world)
        session = await started(world, phone, spot)
        waiting = await in_state(phone, session["id"], "awaiting_plug")
        held = waiting["hold"]["minor"]
        await phone.post(f"/sessions/{session['id']}/cancel")
        await in_state(phone, session["id"], "cancelled")
        await until(lambda: purse.movements() == [("held", held), ("released", held)])

        await charger.plug_in()  # the charger still remembers the start
        await until(lambda: charger.running() is None)
        await charger.unplug()
        assert [kind for kind, _ in purse.movements()].count("captured") == 0
        assert charger.violations == []


async def test_a_start_that_comes_late_is_adopted(world: World) -> None:
    """The charger answers after everybody has stopped waiting for it, and then it starts."""
    spot = SPOTS["ocpp2.0.1"]
    async with world.driver() as phone, world.charger(spot, answer_delay_s=31.0) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone)
        purse = Purse(world)
        session = await started(world, phone, spot)
        unsure = await in_state(phone, session["id"], "start_unconfirmed", timeout_s=40)
        assert unsure["reason"] == "no_answer"
        held = unsure["hold"]["minor"]
        assert purse.movements() == [("held", held)]
        await in_state(phone, session["id"], "charging")
        await charger.meter(energy_kwh=Decimal(3), power_kw=Decimal(11))
        await charger.unplug()
        await in_state(phone, session["id"], "completed")
        due = spot.cost("3")
        assert purse.movements() == [("held", held), ("captured", due), ("released", held - due)]
        assert len(start_requests(charger)) == len(charger.transactions) == 1
        assert charger.violations == []
