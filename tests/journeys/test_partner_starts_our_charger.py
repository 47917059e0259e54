"""Story 6, first half: a partner's driver starts, follows and stops one of our chargers."""

import json
from decimal import Decimal

import pytest

from app.simulators.partner_client import ExchangeFailedError
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.visiting import told
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
both_shapes = pytest.mark.parametrize("world", [ONE, THREE], indirect=True)


@both_shapes
@pytest.mark.parametrize("protocol", SPOTS)
async def test_a_partner_starts_our_charger(world: World, protocol: str) -> None:
    spot = SPOTS[protocol]
    async with world.partner("EMSP") as partner, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        uid = (await world.evse(spot))["uid"]

        start = await partner.start_session(spot.location, uid, "1")
        assert start.response["result"] == "ACCEPTED", start.response
        assert (await partner.result(start))["result"] == "ACCEPTED"
        session = await told(partner, status="ACTIVE")
        assert session["authorization_reference"] == start.reference
        assert session["auth_method"] == "COMMAND"
        assert (session["location_id"], session["evse_uid"]) == (spot.location, uid)
        assert len(charger.transactions) == 1
        assert charger.transactions[0].token != partner.site.party

        for kwh in ("2.5", "5", "10"):
            await charger.meter(energy_kwh=Decimal(kwh), power_kw=Decimal(22))
            await told(partner, kwh=float(kwh))

        stop = await partner.stop_session(session["id"])
        assert stop.response["result"] == "ACCEPTED"
        assert (await partner.result(stop))["result"] == "ACCEPTED"
        await until(lambda: charger.running() is None)
        await charger.unplug()
        ended = await told(partner, status="COMPLETED")
        (cdr,) = await until(lambda: partner.received.of("cdrs"))
        assert cdr["session_id"] == session["id"]
        assert cdr["authorization_reference"] == start.reference
        assert cdr["cdr_token"] == session["cdr_token"]
        assert cdr["total_energy"] == ended["kwh"] == 10
        assert cdr["total_cost"] == ended["total_cost"]
        assert round(Decimal(str(cdr["total_cost"]["incl_vat"])) * 100) == spot.cost("10")
        assert partner.received.repeated_cdrs == []
        # What the partner pulls is what it was told, to the letter.
        (pulled,) = await partner.pull("cdrs")
        assert json.loads(json.dumps(pulled, default=float)) == cdr
        assert charger.violations == []


async def test_a_charger_that_refuses(world: World) -> None:
    spot = SPOTS["ocpp2.0.1"]
    async with world.partner("EMSP") as partner, world.charger(spot) as charger:
        await charger.booted()
        uid = (await world.evse(spot))["uid"]
        charger.script["RequestStartTransaction"] = {"status": "Rejected"}
        start = await partner.start_session(spot.location, uid, "1")
        assert start.response["result"] == "ACCEPTED", start.response
        assert (await partner.result(start))["result"] == "REJECTED"
        assert charger.transactions == []
        assert charger.violations == []


async def test_what_cannot_be_started_is_refused_at_once(world: World) -> None:
    """An unknown location, a session nobody knows, and a charger that has just gone."""
    spot = SPOTS["ocpp2.1"]
    async with world.partner("EMSP") as partner:
        with pytest.raises(ExchangeFailedError) as nowhere:
            await partner.start_session("NO-SUCH-PLACE")
        assert nowhere.value.ocpi == 2003  # unknown location
        unknown = await partner.stop_session("no-such-session")
        assert unknown.response["result"] == "UNKNOWN_SESSION"
        async with world.charger(spot) as charger:
            await charger.booted()
            await world.until_status(spot, "AVAILABLE")
        uid = (await world.evse(spot))["uid"]
        away = await partner.start_session(spot.location, uid, "1")
        if away.response["result"] == "ACCEPTED":
            assert (await partner.result(away))["result"] in {"FAILED", "EVSE_INOPERATIVE"}
        else:
            assert away.response["result"] == "REJECTED"
