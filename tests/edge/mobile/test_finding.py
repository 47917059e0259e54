"""The map's filters, search, favourites, the queue for a charger and busy times over the API."""

import json
from dataclasses import replace
from datetime import timedelta

from app.domain.identifiers import PartyId
from app.domain.issues import Rating
from app.domain.locations import EvseStatus, ExceptionalPeriod, OpeningTimes
from app.domain.stations import ConnectorState
from app.domain.tariffs import Dimension, TariffElement
from app.domain.vehicles import Vehicle
from app.use_cases.finding import MOST_FAVOURITES
from mobile_api.schemas.map import MapOut
from tests.edge.mobile.conftest import STRANGER, Site, refused
from tests.support.chargers import CPO, V201, a_location, an_evse
from tests.support.clock import NOON
from tests.support.priced import a_component, a_tariff, energy_at

HERE = {"bbox": "52,5,52.2,5.2"}
THEIRS = PartyId("DE", "ABC")
SHUT = ExceptionalPeriod(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
L1 = "/me/favourites/NL-RW1/L1"


async def shown(site: Site, **asked: object) -> list[str]:
    answer = await site.get("/map", params={**HERE, **asked})
    assert answer.status_code == 200, answer.text
    return [pin.id for pin in MapOut.model_validate_json(answer.content).pins]


async def test_the_map_is_filtered_by_what_is_asked(site: Site) -> None:
    """Issue D1: free now, power, plug, price, operator, open now, roaming or own, my plug."""
    me = await site.sign_in()
    async with site.drive.store.transaction() as tx:
        here = replace(
            a_location(an_evse(1, status=EvseStatus.AVAILABLE)),
            operator_name="Volt & Co",
            facilities=("CAFE",),
        )
        await tx.locations.put(here)
        for name, plug in (("v-1", "IEC_62196_T2"), ("v-2", "CHADEMO")):
            await tx.drivers.vehicles.add(Vehicle(name, "d-1", name, NOON, plugs=(plug,)))
    for asked in (
        {"free": "true", "min_power_kw": "22", "plug": ["CHADEMO", "IEC_62196_T2"]},
        {"max_price": "0.6", "operator": "VOLT & CO", "facility": "CAFE"},
        {"open_now": "true", "own": "true", "zoom": "18", "operator": "nl-rw1"},
    ):
        assert await shown(site, **asked) == ["L1"], asked
    for asked in (
        {"min_power_kw": "50"},
        {"plug": "CHADEMO"},
        {"max_price": "0.59"},
        {"operator": "Others"},
        {"facility": ["CAFE", "WIFI"]},
        {"own": "false"},
    ):
        assert await shown(site, **asked) == [], asked
    for vehicle, there in (("v-1", 1), ("v-2", 0)):
        answer = await site.get("/map", params={**HERE, "vehicle": vehicle}, headers=me)
        assert len(answer.json()["pins"]) == there
    refused(await site.get("/map", params={**HERE, "vehicle": "v-1"}), 404, "not_found")


async def test_places_are_found_by_words_and_evse_ids(site: Site) -> None:
    found = (await site.get("/search", params={"text": "viest", "near": "52.1,5.1"})).json()
    [hit] = found["hits"]
    assert (hit["place"]["name"], hit["city"], hit["distance_m"]) == (
        "Lange Viestraat",
        "Utrecht",
        1289,
    )
    by_id = (await site.get("/search", params={"text": "nl-rw1-ecp1-2"})).json()["hits"][0]
    assert (by_id["evse_uid"], by_id["place"]["id"]) == ("E2", "L1")
    refused(
        await site.get("/search", params={"text": "x" * 2, "near": "91,0"}), 400, "invalid_input"
    )
    refused(await site.get("/search", params={"text": "xx", "near": "a,b"}), 400, "invalid_input")


async def test_favourites_show_how_they_are_now(site: Site) -> None:
    me = await site.sign_in()
    async with site.drive.store.transaction() as tx:
        await tx.locations.put(replace(a_location(), id="L2", evses=()))
    for path in (L1, L1, "/me/favourites/NL-RW1/L2"):
        assert (await site.http.put(path, headers=me)).status_code == 204
        site.drive.clock.set(site.drive.clock.now() + timedelta(seconds=1))
    first = (await site.get("/me/favourites", params={"limit": 1}, headers=me)).json()
    assert first["favourites"][0]["place"] is None
    rest = await site.get("/me/favourites", params={"before": first["next"]}, headers=me)
    [kept] = rest.json()["favourites"]
    assert (kept["location_id"], kept["place"]["total"], rest.json()["next"]) == ("L1", 2, None)
    assert (await site.http.delete(L1, headers=me)).status_code == 204
    assert len((await site.get("/me/favourites", headers=me)).json()["favourites"]) == 1
    refused(await site.http.put("/me/favourites/NL-RW1/L9", headers=me), 404, "not_found")
    refused(await site.get("/me/favourites"), 401, "unauthenticated")


async def test_there_is_an_end_to_favourites(site: Site) -> None:
    me = await site.sign_in()
    driver_id = (await site.get("/me", headers=me)).json()["id"]
    async with site.drive.store.transaction() as tx:
        for number in range(MOST_FAVOURITES - 1):
            await tx.drivers.favourites.add(driver_id, f"DE-ABC/l{number}", NOON)
        await tx.locations.put(replace(a_location(), id="L2", evses=()))
    for _ in range(2):
        assert (await site.http.put(L1, headers=me)).status_code == 204
    refused(await site.http.put("/me/favourites/NL-RW1/L2", headers=me), 409, "conflict")


async def test_a_driver_waits_for_a_charger_that_is_taken(site: Site) -> None:
    """Issue D1: "tell me when one is free"."""
    me, other = await site.sign_in(), await site.sign_in("other", STRANGER)
    place = {"party": "NL-RW1", "location_id": "L1"}
    key = {"Idempotency-Key": "a-key-of-sixteen"}
    made = await site.post("/me/waitings", place, headers={**me, **key})
    assert made.status_code == 201, made.text
    [mine] = (await site.get("/me/waitings", headers=me)).json()["waitings"]
    assert (mine["name"], mine["turn_until"]) == ("Lange Viestraat", None)
    async with site.drive.store.transaction() as tx:
        now = site.drive.clock.now()
        await tx.locations.set_status(CPO, "L1", "E1", EvseStatus.AVAILABLE, now=now)
    await site.deps.finding.tick()
    [mine] = (await site.get("/me/waitings", headers=me)).json()["waitings"]
    assert mine["turn_until"] is not None
    path = f"/me/waitings/{mine['id']}"
    refused(await site.http.delete(path, headers=other), 404, "not_found")
    assert (await site.http.delete(path, headers=me)).status_code == 204
    refused(
        await site.post("/me/waitings", place, headers={**me, "Idempotency-Key": "k" * 16}),
        409,
        "conflict",
    )


async def test_busy_times_are_a_week_of_hours(site: Site) -> None:
    async with site.drive.store.transaction() as tx:
        await tx.locations.put(a_location(an_evse(1, status=EvseStatus.CHARGING)))
    for _ in range(4):
        await site.deps.finding.sample()
    busy = (await site.get("/locations/NL-RW1/L1/busy")).json()
    assert (busy["now"], busy["days"][0][14], busy["time_zone"]) == (100, 100, "Europe/Amsterdam")
    assert [len(day) for day in busy["days"]] == [24] * 7


DOCUMENT = {
    "images": [
        {"url": "https://img.example/1.jpg", "category": "LOCATION", "type": "jpeg", "width": 800},
        {"url": "javascript:alert(1)", "category": "OTHER", "type": "gif"},
        "none",
    ]
}


async def test_a_station_tells_everything_a_driver_decides_by(site: Site) -> None:
    """product §2.3 and §1.4 C1: hours, rating, photos, costs, and what else is free near by."""
    me = await site.sign_in()
    theirs = replace(
        a_location(an_evse(1, station_id=None, status=EvseStatus.AVAILABLE)),
        id="P1",
        party=THEIRS,
        own=False,
        operator_name="Volt & Co",
        document=json.dumps(DOCUMENT),
        facilities=("CAFE",),
        opening_times=OpeningTimes(closings=(SHUT,)),
        directions=(("nl", "Achterom"),),
    )
    async with site.drive.store.transaction() as tx:
        await tx.tariffs.put(replace(a_tariff(energy_at("0.70"), party=THEIRS), own=False))
        await tx.locations.put(theirs)
        await tx.drivers.ratings.put(Rating("d-2", THEIRS, "P1", 4, NOON))
    await site.http.put("/me/favourites/DE-ABC/P1", headers=me)
    asked = {"kwh": "10", "language": "de"}
    station = (await site.get("/locations/DE-ABC/P1", params=asked, headers=me)).json()
    assert (station["open_now"], station["open_until"]) == (False, "2026-05-04T13:00:00Z")
    assert [image["url"] for image in station["images"]] == ["https://img.example/1.jpg"]
    assert station["rating"] == {"count": 1, "average": "4"}
    assert (station["favourite"], station["partner"], station["facilities"]) == (
        True,
        True,
        ["CAFE"],
    )
    assert (station["energy_kwh"], station["cost"]["minor"]) == ("10", 840)
    plug = station["evses"][0]["connectors"][0]
    assert plug["prices"][0]["words"] == "0.84 EUR pro kWh"
    assert plug["price_set_at"] is not None
    mine = (await site.get("/locations/NL-RW1/L1", params=asked)).json()
    assert (mine["favourite"], mine["open_now"], mine["cost"]["minor"]) == (None, None, 600)
    [other] = mine["elsewhere"]
    assert (other["location_id"], other["distance_m"], other["cost"]["minor"]) == ("P1", 0, 840)


async def test_a_quote_says_in_the_drivers_language_what_idling_costs(site: Site) -> None:
    """Issue D1: price before start in AFIR's order, the idle rule, who set it and since when."""
    idle = TariffElement((a_component(Dimension.PARKING_TIME, "12"),))
    made = a_tariff(idle, energy_at("0.50"), party=CPO, id="T1")
    async with site.drive.store.transaction() as tx:
        await tx.tariffs.put(made)
    live = await site.drive.floor.connect(V201)
    await site.drive.floor.show(live, 1, ConnectorState.AVAILABLE)
    quote = await site.quote(await site.sign_in(), language="nl", target_kwh="10")
    assert [line["unit"] for line in quote["prices"]] == ["kwh", "minute"]
    assert quote["prices"][0]["words"] == "0.60 EUR per kWh"
    assert quote["idle_rule"] == "0.24 EUR per minuut stilstaan"
    assert quote["price_set_by"] == "NL-RW1"
    assert quote["price_set_at"] == made.last_updated.isoformat().replace("+00:00", "Z")
    assert quote["estimate"]["total"]["minor"] == 600
