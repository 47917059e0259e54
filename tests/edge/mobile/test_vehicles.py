"""Vehicles over HTTP: estimates by percent, and plugging in that starts by itself."""

import json
from typing import Any

import pytest

from app.domain.charging import Begun
from app.domain.messages import DataTransferred
from app.domain.stations import AuthorizeAsked, PresentedToken
from app.domain.tokens import Verdict
from app.use_cases.live_stations import LiveStation
from app.use_cases.station_news import StationReports
from app.use_cases.vehicle_reports import reported
from tests.edge.mobile.conftest import CODE, STRANGER, Site, refused
from tests.support.chargers import V201

CAR = {
    "name": "Zoe",
    "plugs": ["IEC_62196_T2", "IEC_62196_T2_COMBO"],
    "battery_kwh": "52",
    "ac_kw": "11",
    "dc_kw": "50",
}
MAC = "AA:BB:CC:DD:EE:01"
SHOWN = PresentedToken(f"VID:{MAC}")
MOST = {"amount": "0.65", "currency": "EUR"}


async def a_car(site: Site, me: dict[str, str]) -> str:
    made = await site.post("/vehicles", CAR, headers=me)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_a_vehicle_is_kept_changed_and_forgotten(site: Site) -> None:
    me = await site.sign_in()
    car = await a_car(site, me)
    (seen,) = (await site.get("/vehicles", headers=me)).json()["vehicles"]
    assert (seen["battery_kwh"], seen["ac_kw"], seen["plugs"]) == ("52", "11", CAR["plugs"])
    assert seen["autocharge"]["registered"] is False
    changed = await site.http.put(f"/vehicles/{car}", json={"name": "Leaf"}, headers=me)
    assert (changed.json()["name"], changed.json()["battery_kwh"]) == ("Leaf", None)
    assert (await site.http.delete(f"/vehicles/{car}", headers=me)).status_code == 204
    refused(await site.get(f"/vehicles/{car}", headers=me), 404, "not_found")


async def test_two_phones_do_not_overwrite_a_vehicle(site: Site) -> None:
    """Issue D1, ETags: whoever changes what another phone changed meanwhile is told so."""
    me = await site.sign_in()
    at = f"/vehicles/{await a_car(site, me)}"
    old = me | {"If-Match": (await site.get(at, headers=me)).headers["etag"]}
    name, switch = {"name": "Leaf"}, {"enabled": False}
    changed = await site.http.put(at, json=name, headers=old)
    assert changed.status_code == 200
    assert changed.headers["etag"] == (await site.get(at, headers=me)).headers["etag"]
    for late in (
        await site.http.put(at, json={"name": "Other"}, headers=old),
        await site.http.put(f"{at}/autocharge", json=switch, headers=old),
        await site.http.delete(at, headers=old),
    ):
        refused(late, 412, "changed")
    read = await site.get(at, headers=me)
    assert read.json()["name"] == "Leaf"
    fresh = me | {"If-Match": read.headers["etag"]}
    assert (await site.http.delete(at, headers=fresh)).status_code == 204
    refused(await site.http.delete(at, headers=me | {"If-Match": "*"}), 404, "not_found")


@pytest.mark.parametrize(
    "wrong",
    [{"plugs": ["<b>"]}, {"battery_kwh": "0"}, {"battery_kwh": "NaN"}, {"name": ""}, {"vid": "x"}],
)
async def test_a_vehicle_that_cannot_be(site: Site, wrong: dict[str, Any]) -> None:
    answer = await site.post("/vehicles", CAR | wrong, headers=await site.sign_in())
    refused(answer, 422, "malformed")


async def test_others_vehicles_do_not_exist(site: Site) -> None:
    car = await a_car(site, await site.sign_in())
    thief = await site.sign_in("thief", STRANGER)
    at = f"/vehicles/{car}"
    refused(await site.get(at, headers=thief), 404, "not_found")
    refused(await site.http.put(at, json=CAR, headers=thief), 404, "not_found")
    refused(await site.http.delete(at, headers=thief), 404, "not_found")
    off = await site.http.put(f"{at}/autocharge", json={"enabled": False}, headers=thief)
    refused(off, 404, "not_found")


async def test_there_is_an_end_to_vehicles(site: Site) -> None:
    me = await site.sign_in()
    for _ in range(20):
        await a_car(site, me)
    refused(await site.post("/vehicles", CAR, headers=me), 409, "conflict")


async def test_an_estimate_is_for_a_part_of_the_battery(site: Site) -> None:
    """From 30 to 80 percent of 52 kWh are 26 kWh: 15.60, at the 11 kW that the vehicle takes."""
    await site.drive.floor.connect()
    me = await site.sign_in()
    car = await a_car(site, me)
    percent = {"vehicle_id": car, "from_percent": 30, "target_percent": 80}
    quote = await site.quote(me, **percent)
    estimate = quote["estimate"]
    assert (estimate["energy_kwh"], estimate["total"]["minor"]) == ("26", 1560)
    assert (quote["estimated"]["minor"], estimate["length_s"]) == (1560, 8510)
    less = await site.quote(me, **percent, target_kwh="10")
    assert less["estimate"]["energy_kwh"] == "10"
    bare = await site.post("/vehicles", {"name": "Bare"}, headers=me)
    unknown = {"code": CODE, **percent, "vehicle_id": bare.json()["id"]}
    refused(await site.post("/quotes", unknown, headers=me), 400, "invalid_input")
    for wrong in ({"vehicle_id": car, "target_percent": 80}, percent | {"from_percent": 80}):
        answer = await site.post("/quotes", {"code": CODE, **wrong}, headers=me)
        refused(answer, 422, "malformed")
    thief = await site.sign_in("thief", STRANGER)
    refused(await site.post("/quotes", {"code": CODE, **percent}, headers=thief), 404, "not_found")


async def plug_in(site: Site, live: LiveStation, shown: PresentedToken = SHOWN) -> Any:
    """The vehicle is plugged in, and the charger asks about it by its id."""
    return await site.drive.floor.authorize.ask(live, AuthorizeAsked(shown))


async def first_session(site: Site, live: LiveStation, me: dict[str, str]) -> str:
    """The vehicle is reported and refused, its driver starts in the app and unplugs."""
    asked = await plug_in(site, live)
    assert asked.verdict is Verdict.UNKNOWN
    charging = await site.drive.started()
    number = await site.drive.plug_in(live, charging, 20)
    await site.drive.unplug(live, number, 60, 1_000)
    return charging.id


async def switch(site: Site, me: dict[str, str], car: str, **body: Any) -> Any:
    return await site.http.put(f"/vehicles/{car}/autocharge", json=body, headers=me)


async def test_plugging_in_starts_by_itself_after_a_first_session(site: Site) -> None:
    """Autocharge in 1.6: the id tag is `VID:` and the vehicle's id."""
    live, me = await site.drive.floor.connect(), await site.sign_in()
    car = await a_car(site, me)
    session = await first_session(site, live, me)
    made = await switch(site, me, car, enabled=True, session_id=session, most_per_kwh=MOST)
    assert made.status_code == 200, made.text
    assert made.json()["autocharge"]["enabled"] is True
    answer = await site.drive.floor.start(live, 120, token=SHOWN)
    assert answer.authorization is not None
    assert answer.authorization.allowed
    await site.drive.pump()
    (charging, *_) = await mine(site)
    assert (charging.begun_by, charging.state) == (Begun.AUTOCHARGE, "charging")
    await site.drive.unplug(live, answer.number or 0, 600, 5_000)
    (charging, *_) = await mine(site)
    assert (charging.state, charging.total and charging.total.minor) == ("completed", 300)


async def test_a_mac_address_of_ocpp_2_is_the_same_vehicle(site: Site) -> None:
    """OCPP 2.0.1: an idToken of type MacAddress, whatever its separators."""
    live, me = await site.drive.floor.connect(), await site.sign_in()
    car = await a_car(site, me)
    session = await first_session(site, live, me)
    await switch(site, me, car, enabled=True, session_id=session, most_per_kwh=MOST)
    live = await site.drive.floor.connect(V201)
    shown = PresentedToken("aabbccddee01", "MacAddress")
    assert (await plug_in(site, live, shown)).allowed
    await switch(site, me, car, enabled=False)
    assert (await plug_in(site, live, shown)).verdict is Verdict.BLOCKED
    await switch(site, me, car, enabled=True)
    assert (await plug_in(site, live, shown)).allowed
    await site.http.delete(f"/vehicles/{car}", headers=me)
    assert not (await plug_in(site, live, shown)).allowed


async def test_nothing_starts_above_the_price_that_was_accepted(site: Site) -> None:
    """Never without consent to the price: 0.60 a kWh here is more than 0.59."""
    live, me = await site.drive.floor.connect(), await site.sign_in()
    car = await a_car(site, me)
    session = await first_session(site, live, me)
    missing = await switch(site, me, car, enabled=True, session_id=session)
    refused(missing, 400, "invalid_input")
    less = {"amount": "0.59", "currency": "EUR"}
    await switch(site, me, car, enabled=True, session_id=session, most_per_kwh=less)
    asked = await plug_in(site, live)
    assert (asked.verdict, asked.info) == (Verdict.NOT_ALLOWED, "price_above_consent")
    async with site.drive.store.reading() as tx:
        told = await tx.drivers.driver_notices.of_driver("d-1")
    assert "autocharge.refused" in {notice.kind.value for notice in told}


async def test_an_id_is_proven_by_the_charger_and_is_one_drivers(site: Site) -> None:
    """Knowing an id proves nothing; it must have been reported at the driver's own session."""
    live, me = await site.drive.floor.connect(), await site.sign_in()
    car = await a_car(site, me)
    charging = await site.drive.started()
    number = await site.drive.plug_in(live, charging, 20)
    await site.drive.unplug(live, number, 60, 1_000)
    body = {"enabled": True, "session_id": charging.id, "most_per_kwh": MOST}
    refused(await switch(site, me, car, **body), 409, "conflict")
    refused(await switch(site, me, car, enabled=True, most_per_kwh=MOST), 409, "conflict")
    await plug_in(site, live)
    other = PresentedToken("VID:AABBCCDDEE02")
    await plug_in(site, live, other)
    body["session_id"] = (await first_session_again(site, live)).id
    refused(await switch(site, me, car, **body), 409, "conflict")


async def first_session_again(site: Site, live: LiveStation) -> Any:
    charging = await site.drive.started()
    number = await site.drive.plug_in(live, charging, 80)
    await site.drive.unplug(live, number, 90, 1_500)
    return charging


async def test_a_vehicle_is_not_registered_twice(site: Site) -> None:
    live, me = await site.drive.floor.connect(), await site.sign_in()
    one, two = await a_car(site, me), await a_car(site, me)
    body = {"enabled": True, "session_id": await first_session(site, live, me)}
    assert (await switch(site, me, one, **body, most_per_kwh=MOST)).status_code == 200
    refused(await switch(site, me, two, **body, most_per_kwh=MOST), 409, "conflict")
    await site.drive.belongings.vehicles.release("AABBCCDDEE01")
    assert (await switch(site, me, two, **body, most_per_kwh=MOST)).status_code == 200


async def told(site: Site, **data: Any) -> None:
    """The charger's maker has a message of its own for a vehicle that is plugged in."""
    news = DataTransferred("com.maker", "PluggedIn", json.dumps(data), "UnknownVendorId")
    reports = StationReports(site.drive.store, site.drive.clock)
    await reports.hear("CP1", news)
    await site.drive.pump()


async def test_a_makers_message_starts_the_vehicle(site: Site) -> None:
    """OCPP 1.6, DataTransfer: reported, registered, then started by a remote start, once."""
    live, me = await site.drive.floor.connect(), await site.sign_in()
    car = await a_car(site, me)
    await told(site, evccId="AA-BB-CC-DD-EE-01", connectorId=1)
    charging = await site.drive.started()
    number = await site.drive.plug_in(live, charging, 20)
    await site.drive.unplug(live, number, 60, 1_000)
    body = {"enabled": True, "session_id": charging.id, "most_per_kwh": MOST}
    assert (await switch(site, me, car, **body)).status_code == 200
    await told(site, evccId=MAC, connectorId=1)
    assert len(site.drive.chargers.told) == 1
    await site.drive.clock.advance(700)
    for _ in range(2):
        await told(site, evccId=MAC, connectorId=1)
    assert len(site.drive.chargers.told) == 2
    (found, *_) = await mine(site)
    assert (found.begun_by, (await site.drive.payment(found)).off_session) == (
        Begun.AUTOCHARGE, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "data", [None, "", "no json", "[1]", "{}", '{"evccid": 5}', '{"vid": "short"}']
)
def test_what_tells_of_no_vehicle(data: str | None) -> None:
    assert reported(DataTransferred("maker", None, data, "Accepted")) is None


async def mine(site: Site) -> list[Any]:
    async with site.drive.store.reading() as tx:
        return await tx.charging.of_driver("d-1")
