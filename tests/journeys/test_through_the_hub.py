"""The story of roaming, every message of it through the hub, and again directly.

Our own CPO and eMSP are members of our hub like the foreign ones, which are not connected with us
in any other way. Whoever is behind the hub judges each leg it gets (`app.simulators.partner_hub`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any

import pytest

from app.simulators.partner import Partner
from tests.support.driving import Follower, Purse, quoted_elsewhere, save_card
from tests.support.hub_members import a_member, a_pair
from tests.support.patience import until
from tests.support.visiting import told
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

OLDEST = "2.1.1"
VERSIONS = [OLDEST, "2.2.1", "2.3.0"]


@asynccontextmanager
async def a_neighbour(world: World, role: str, version: str) -> AsyncIterator[Partner]:
    """The same company, connected with us directly."""
    async with world.partner(role, version=version) as partner:
        yield partner


WAYS = {"hub": a_member, "directly": a_neighbour}
both_ways = pytest.mark.parametrize(
    ("way", "version"),
    [pytest.param(WAYS[w], v, id=f"{w}-{v}") for w, v in product(WAYS, VERSIONS)],
)


@both_ways
async def test_our_driver_charges_at_a_foreign_cpo(joined: World, way: Any, version: str) -> None:
    """C-224, C-225, C-240, C-256, C-257, C-261, C-262, C-266."""
    async with joined.driver() as phone, way(joined, "CPO", version) as cpo:
        await cpo.push_site()
        quote = await quoted_elsewhere(phone, cpo.party)
        await save_card(joined, phone)
        purse = Purse(joined)
        session_id = (await phone.post("/sessions", {"quote_id": quote["id"]}))["id"]
        screen = Follower(phone, session_id)
        async with screen.following():
            await screen.until(state="charging")
            (theirs,) = cpo.sessions.values()
            for kwh in ("3.5", "8"):
                await cpo.progress(theirs.id, Decimal(kwh))
                await screen.until(energy_kwh=kwh)
            await phone.post(f"/sessions/{session_id}/stop")
            await until(lambda: screen.ended)
        screen.check_order()
        assert [command for command, _ in cpo.executed] == ["START_SESSION", "STOP_SESSION"]
        assert purse.captured() == [_cost(cpo, "8", taxed=version != OLDEST)]
        assert cpo.failures == []


@both_ways
async def test_a_foreign_driver_charges_at_ours(joined: World, way: Any, version: str) -> None:
    """C-224, C-244, C-254, C-256, C-257, C-261, C-262."""
    spot = SPOTS["ocpp2.0.1"]
    async with way(joined, "EMSP", version) as emsp, joined.charger(spot) as charger:
        if emsp.hub is not None:
            emsp.hub.published = "direct"
        await charger.booted()
        await charger.plug_in()
        places = {place["id"] for place in await emsp.pull("locations", "limit=1")}
        assert spot.location in places
        uid = (await joined.evse(spot))["uid"]
        start = await emsp.start_session(spot.location, uid, "1")
        assert start.response["result"] == "ACCEPTED", start.response
        assert (await emsp.result(start))["result"] == "ACCEPTED"
        session = await told(emsp, status="ACTIVE")
        if version != OLDEST:  # which has no such field
            assert session["authorization_reference"] == start.reference
        await charger.meter(energy_kwh=Decimal("7.5"), power_kw=Decimal(22))
        await told(emsp, kwh=7.5)
        stop = await emsp.stop_session(session["id"])
        assert (await emsp.result(stop))["result"] == "ACCEPTED"
        await until(lambda: charger.running() is None)
        await charger.unplug()
        (cdr,) = await until(lambda: emsp.received.of("cdrs"))
        if version == OLDEST:
            assert cdr["total_cost"]["excl_vat"] == float(
                spot.kwh_price * Decimal("7.5") + spot.flat
            )
        else:
            assert cdr["session_id"] == session["id"]
            gross = Decimal(str(cdr["total_cost"]["incl_vat"]))
            assert round(gross * 100) == spot.cost("7.5")
        assert emsp.received.repeated_cdrs == []


async def test_the_list_of_all_has_what_is_ours(joined: World) -> None:
    """C-250: also where nothing of ours changed since we joined."""
    async with a_member(joined, "CPO") as cpo, a_member(joined, "EMSP") as emsp:
        await cpo.push_site()
        expected = {"AMS-HARBOUR", "AMS-RING", cpo.site.location_id}

        async def listed() -> bool:
            return expected <= {place["id"] for place in await emsp.pull("locations", "limit=2")}

        await until(listed)
        assert {place["party_id"] for place in await emsp.pull("tariffs")} >= {"RW1", cpo.party}
        assert {each["party_id"] for each in await cpo.pull("tokens")} <= {"RWM", emsp.party}


@pytest.mark.parametrize("versions", list(product(VERSIONS, repeat=2)), ids=" to ".join)
async def test_two_foreign_companies_roam_through_us(
    joined: World, versions: tuple[str, str]
) -> None:
    """A foreign driver at a foreign charger, in all mixtures: only the hub is ours."""
    async with a_pair(joined, *versions) as (cpo, emsp):
        start = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid, "1")
        assert start.response["result"] == "ACCEPTED", start.response
        assert (await emsp.result(start))["result"] == "ACCEPTED"
        session = await told(emsp, status="ACTIVE")
        await cpo.progress(session["id"], Decimal(5))
        await told(emsp, kwh=5)
        stop = await emsp.stop_session(session["id"])
        assert (await emsp.result(stop))["result"] == "ACCEPTED"
        (cdr,) = await until(lambda: emsp.received.of("cdrs"))
        assert cdr["total_energy"] == 5
        (card,) = emsp.tokens.values()
        assert cdr["cdr_token"]["contract_id"] == card["contract_id"]
        assert [command for command, _ in cpo.executed] == ["START_SESSION", "STOP_SESSION"]


def _cost(partner: Partner, kwh: str, *, taxed: bool) -> int:
    """What the partner's tariff makes of an energy, in cents; 2.1.1 knows no taxes."""
    cents = partner.site.price_per_kwh * Decimal(kwh) * 100
    gross = cents * (100 + partner.site.vat) / 100 if taxed else cents
    return int(gross.quantize(Decimal(1), ROUND_HALF_UP))
