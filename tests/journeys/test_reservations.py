"""A partner reserves our charger: its driver comes, or does not; exact money either way."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from app.simulators.charger import Charger
from app.simulators.partner import Partner
from tests.support.patience import until
from tests.support.visiting import told
from tests.support.world import CENT, SPOTS, VAT, Spot, World, site_text

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOUR, FEE, NO_SHOW = Decimal("2.00"), Decimal("0.60"), Decimal("1.00")
RESERVING = [
    {
        "time": {"price": float(HOUR), "step_size": 3600},
        "flat": float(FEE),
        "restrictions": {"reservation": "RESERVATION"},
    },
    {"flat": float(NO_SHOW), "restrictions": {"reservation": "RESERVATION_EXPIRES"}},
]


def cents(net: Decimal) -> int:
    """With tax, in cents."""
    return int((net * VAT).quantize(CENT, ROUND_HALF_UP) * 100)


def paid(document: dict[str, Any]) -> int:
    gross = Decimal(str(document["total_cost"]["incl_vat"]))
    return int(gross.quantize(CENT, ROUND_HALF_UP) * 100)


@asynccontextmanager
async def priced(world: World, spot: Spot) -> AsyncIterator[None]:
    """While this lasts, reserving costs something at the spot: the hour begun, and a fee."""
    name = "FAST-DC" if spot.location == "AMS-RING" else "STREET-AC"
    before = next(t for t in json.loads(site_text())["tariffs"] if t["id"] == name)
    changed = {**before, "elements": [*before["elements"], *RESERVING]}
    (await world.operator.put(f"/tariffs/{name}", json=changed)).raise_for_status()
    try:
        yield
    finally:
        (await world.operator.put(f"/tariffs/{name}", json=before)).raise_for_status()


@asynccontextmanager
async def reserved(
    world: World, spot: Spot, *, lasts: timedelta
) -> AsyncIterator[tuple[Partner, Charger, Any]]:
    """A partner whose card the spot's first EVSE is kept free for; the RESERVE_NOW."""
    async with (
        priced(world, spot),
        world.partner("EMSP") as partner,
        world.charger(spot) as charger,
    ):
        await charger.booted()
        await world.until_status(spot, "AVAILABLE")
        uid = (await world.evse(spot))["uid"]
        expires_at = datetime.now(UTC) + lasts
        command = await partner.reserve(spot.location, uid, expires_at=expires_at)
        assert command.response["result"] == "ACCEPTED", command.response
        assert (await partner.result(command))["result"] == "ACCEPTED"
        await world.until_status(spot, "RESERVED")
        yield partner, charger, command
        assert charger.violations == []


def _shown(partner: Partner, spot: Spot) -> set[str]:
    """The statuses the partner was told of the spot's EVSE."""
    locations = [x for x in partner.received.of("locations") if x["id"] == spot.location]
    return {e["status"] for x in locations for e in x["evses"] if e["evse_id"] == spot.evse_id}


@pytest.mark.parametrize("protocol", SPOTS)
async def test_the_partner_s_driver_comes(world: World, protocol: str) -> None:
    """C-198, C-206: reserved, changed, shown to all, refused to others, used, billed exactly."""
    spot = SPOTS[protocol]
    async with reserved(world, spot, lasts=timedelta(minutes=10)) as (partner, charger, first):
        card = next(iter(partner.tokens))
        stands = await told(partner, status="RESERVATION")
        assert stands["authorization_reference"] == first.reference
        await until(lambda: _shown(partner, spot) == {"RESERVED"})

        uid = (await world.evse(spot))["uid"]
        later = datetime.now(UTC) + timedelta(minutes=20)
        again = await partner.reserve(spot.location, uid, expires_at=later)
        assert (await partner.result(again))["result"] == "ACCEPTED"
        kept = charger.outlets[1].reservation
        assert kept is not None
        assert abs(kept.until - later) < timedelta(seconds=1)

        partner.add_token("SOMEBODY-ELSE")
        other = await partner.start_session(spot.location, uid, "1", uid="SOMEBODY-ELSE")
        assert other.response["result"] == "REJECTED"
        assert await charger.present(1, "SOMEBODY-ELSE") == "Reserved"

        await charger.plug_in()
        assert await charger.present(1, card) == "Accepted"
        session = await told(partner, status="ACTIVE")
        assert session["id"] == stands["id"]
        await charger.meter(energy_kwh=Decimal(10), power_kw=Decimal(22))
        await charger.present(1, card)
        await charger.unplug()
        await told(partner, status="COMPLETED")
        (cdr,) = await until(lambda: partner.received.of("cdrs"))
        assert paid(cdr) == cents(spot.kwh_price * 10 + spot.flat + HOUR + FEE)
        assert cdr["start_date_time"] < session["start_date_time"]
        assert round(cdr["total_reservation_cost"]["excl_vat"], 2) == float(HOUR + FEE)
        kinds = [{d["type"] for d in p["dimensions"]} for p in cdr["charging_periods"]]
        assert kinds[0] == {"RESERVATION_TIME"}
        assert all("RESERVATION_TIME" not in kind for kind in kinds[1:])
        assert not again.taken_back.is_set()


async def test_nobody_comes(world: World) -> None:
    """C-208: at the expiry the partner hears of it and is billed for what was kept free."""
    spot = SPOTS["ocpp2.0.1"]
    async with reserved(world, spot, lasts=timedelta(seconds=3)) as (partner, charger, command):
        await until(command.taken_back.is_set)
        assert [r["result"] for r in command.results] == ["ACCEPTED", "CANCELED_RESERVATION"]
        (cdr,) = await until(lambda: partner.received.of("cdrs"))
        assert paid(cdr) == cents(NO_SHOW + HOUR)
        assert (cdr["total_energy"], cdr["total_time"]) == (0, 0)
        (period,) = cdr["charging_periods"]
        assert [d["type"] for d in period["dimensions"]] == ["RESERVATION_TIME"]
        assert (await told(partner, status="COMPLETED"))["total_cost"] == cdr["total_cost"]
        await world.until_status(spot, "AVAILABLE")
        assert charger.outlets[1].reservation is None


@pytest.mark.parametrize("protocol", SPOTS)
async def test_it_is_given_back(world: World, protocol: str) -> None:
    """C-207: the time until then is paid; a second cancellation knows of nothing."""
    spot = SPOTS[protocol]
    async with reserved(world, spot, lasts=timedelta(minutes=10)) as (partner, charger, command):
        cancel = await partner.cancel_reservation()
        assert cancel.response["result"] == "ACCEPTED"
        assert (await partner.result(cancel))["result"] == "ACCEPTED"
        await world.until_status(spot, "AVAILABLE")
        assert charger.outlets[1].reservation is None
        (cdr,) = await until(lambda: partner.received.of("cdrs"))
        assert paid(cdr) == cents(HOUR + FEE)
        unknown = await partner.cancel_reservation()
        assert unknown.response["result"] == "ACCEPTED"
        assert (await partner.result(unknown))["result"] == "UNKNOWN_RESERVATION"
        assert not command.taken_back.is_set()


async def test_the_charger_loses_it(world: World) -> None:
    """C-208, P-199: a charger that breaks tells it; nobody pays, and the partner hears of it."""
    spot = SPOTS["ocpp2.1"]
    async with reserved(world, spot, lasts=timedelta(minutes=10)) as (partner, charger, command):
        await charger.lose_reservation()
        await until(command.taken_back.is_set)
        await told(partner, status="INVALID")
        assert partner.received.of("cdrs") == []
        await world.until_status(spot, "AVAILABLE")


async def test_a_charger_that_lost_its_power_is_asked_again(world: World) -> None:
    """It comes back without the reservation, and keeps it again."""
    spot = SPOTS["ocpp1.6"]
    async with reserved(world, spot, lasts=timedelta(minutes=10)) as (partner, charger, command):
        await charger.power_cut()
        await charger.reconnect()
        await until(lambda: charger.outlets[1].reservation is not None)
        await world.until_status(spot, "RESERVED")
        assert not command.taken_back.is_set()
        await partner.cancel_reservation()
        await world.until_status(spot, "AVAILABLE")


async def test_our_restart_forgets_nothing(world: World) -> None:
    """The hub is killed; the card that comes afterwards still finds its EVSE kept."""
    spot = SPOTS["ocpp1.6"]
    async with reserved(world, spot, lasts=timedelta(minutes=10)) as (partner, charger, _):
        stands = await told(partner, status="RESERVATION")
        await world.hub.kill9()
        await world.hub.start()
        await charger.booted()
        await charger.plug_in()
        assert await charger.present(1, next(iter(partner.tokens))) == "Accepted"
        assert (await told(partner, status="ACTIVE"))["id"] == stands["id"]
        await charger.present(1, next(iter(partner.tokens)))
        await charger.unplug()
        (cdr,) = await until(lambda: partner.received.of("cdrs"))
        assert paid(cdr) == cents(spot.flat + HOUR + FEE)


async def test_the_operator_takes_it_back(world: World) -> None:
    """C-208: by the operator's API, which shows it too."""
    spot = SPOTS["ocpp2.0.1"]
    async with reserved(world, spot, lasts=timedelta(minutes=10)) as (partner, _, command):
        listed = (await world.operator.get("/reservations")).raise_for_status().json()
        mine = next(r for r in listed if r["state"] == "active")
        assert (mine["location_id"], mine["channel"]) == (spot.location, "partner")
        answer = await world.operator.delete(f"/reservations/{mine['id']}")
        assert answer.status_code == 202
        await until(command.taken_back.is_set)
        await told(partner, status="INVALID")
