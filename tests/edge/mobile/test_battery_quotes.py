"""Estimates by percent for a battery that is told for this once: guests have no saved vehicle."""

from typing import Any

import pytest

from app.domain.units import Kwh
from app.use_cases.quotes import Caller
from tests.edge.mobile.conftest import CODE, Site, refused

HALF = {"battery_kwh": "52", "from_percent": 30, "target_percent": 80}


async def test_a_guest_asks_for_a_part_of_the_battery(site: Site) -> None:
    """Issue D1, target %: 26 of 52 kWh at 0.60 EUR; the session stops there, too."""
    await site.drive.floor.connect()
    answer = await site.post("/guest/quotes", {"code": CODE, **HALF})
    quote = answer.json()
    assert answer.status_code == 201, answer.text
    assert quote["estimate"]["energy_kwh"] == "26"
    assert quote["estimated"]["minor"] == 1_560
    charging = await site.drive.chargings.get(quote["id"], Caller(secret=quote["secret"]))
    assert (charging.target_soc, charging.battery) == (80, Kwh.of("52"))
    less = await site.post("/guest/quotes", {"code": CODE, **HALF, "target_kwh": "10"})
    assert less.json()["estimate"]["energy_kwh"] == "10"


async def test_a_driver_tells_a_battery_without_a_vehicle_or_of_one(site: Site) -> None:
    """What is told for this once goes before what is saved."""
    await site.drive.floor.connect()
    me = await site.sign_in()
    assert (await site.quote(me, **HALF))["estimate"]["energy_kwh"] == "26"
    bare = (await site.post("/vehicles", {"name": "Bare", "ac_kw": "11"}, headers=me)).json()
    quote = await site.quote(me, **HALF, vehicle_id=bare["id"])
    assert (quote["estimate"]["energy_kwh"], quote["estimate"]["length_s"]) == ("26", 8_510)


@pytest.mark.parametrize(
    "wrong",
    [
        {"battery_kwh": "52"},
        {"from_percent": 30, "target_percent": 80},
        {"battery_kwh": "52", "target_percent": 80},
        HALF | {"from_percent": 80},
        HALF | {"battery_kwh": "0"},
        HALF | {"battery_kwh": "NaN"},
        HALF | {"vehicle_id": "somebody-elses"},
    ],
)
async def test_parts_of_no_battery(site: Site, wrong: dict[str, Any]) -> None:
    answer = await site.post("/guest/quotes", {"code": CODE, **wrong})
    refused(answer, 422, "malformed")
