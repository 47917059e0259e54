"""Story 1 and 2: a site is imported, its chargers connect, and everybody sees what is free."""

import json

import pytest

from app.simulators.charger import Charger
from app.simulators.charger_link import HandshakeRefusedError
from app.simulators.partner import Partner
from app.simulators.phone import Phone
from tests.support.hub import VerbFailed
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import PARTY, SPOTS, Spot, World, site_text

pytestmark = pytest.mark.asyncio(loop_scope="session")
both_shapes = pytest.mark.parametrize("world", [ONE, THREE], indirect=True)


@both_shapes
@pytest.mark.parametrize("protocol", SPOTS)
async def test_a_charger_connects_and_everybody_sees_it(world: World, protocol: str) -> None:
    spot = SPOTS[protocol]
    async with (
        world.partner("EMSP") as partner,
        Phone(world.api_url) as phone,
        world.charger(spot) as charger,
    ):
        await charger.booted()
        await world.until_status(spot, "AVAILABLE")
        station = (await world.operator.get(f"/stations/{spot.station}")).json()
        assert (station["connected"], station["protocol"]) == (True, protocol)
        assert (station["vendor"], station["state"]) == ("Roamwatt", "registered")
        assert await _in_ocpi(partner, spot) == await _on_map(phone, spot) == "AVAILABLE"

        await charger.plug_in()
        await world.until_status(spot, "CHARGING")
        assert await _in_ocpi(partner, spot) == await _on_map(phone, spot) == "CHARGING"
        await charger.fault()
        await world.until_status(spot, "OUTOFORDER")
        await charger.clear_fault()
        await charger.unplug()
        await world.until_status(spot, "AVAILABLE")
        assert charger.violations == []


async def _in_ocpi(partner: Partner, spot: Spot) -> str:
    locations = await partner.pull("locations")
    (found,) = [
        evse
        for location in locations
        for evse in location["evses"]
        if evse["evse_id"] == spot.evse_id
    ]
    return str(found["status"])


async def _on_map(phone: Phone, spot: Spot) -> str:
    """The status on the sheet, whose pin counts the free ones alike."""
    sheet = await phone.get(f"/locations/{PARTY}/{spot.location}")
    pins = {pin["id"]: pin for pin in (await phone.get("/map?bbox=52.3,4.8,52.5,5.0"))["pins"]}
    states = {evse["evse_id"]: str(evse["status"]) for evse in sheet["evses"]}
    assert pins[spot.location]["free"] == sheet["free"]
    assert sheet["free"] == list(states.values()).count("AVAILABLE")
    return states[spot.evse_id]


async def test_the_site_is_what_the_file_says(world: World) -> None:
    async with world.partner("EMSP") as partner:
        locations = {each["id"]: each for each in await partner.pull("locations")}
        tariffs = {each["id"]: each for each in await partner.pull("tariffs")}
    assert set(locations) == {"AMS-HARBOUR", "AMS-RING"}
    assert set(tariffs) == {"STREET-AC", "FAST-DC"}
    harbour = locations["AMS-HARBOUR"]
    assert harbour["coordinates"] == {"latitude": "52.37591", "longitude": "4.90134"}
    assert harbour["operator"]["name"] == "Roamwatt Example Charging"
    assert len(harbour["evses"]) == 3
    assert len(harbour["opening_times"]["regular_hours"]) == 7
    components = [c for e in tariffs["STREET-AC"]["elements"] for c in e["price_components"]]
    assert sorted((c["type"], str(c["price"]), c["vat"]) for c in components) == [
        ("ENERGY", "0.29", 21),
        ("ENERGY", "0.39", 21),
        ("FLAT", "0.35", 21),
        ("PARKING_TIME", "6", 21),
    ]


async def test_an_unknown_charger_is_turned_away(world: World) -> None:
    url = world.hub.ocpp_url
    async with Charger(url, "NOBODY-KNOWS", "x" * 20) as stranger:
        with pytest.raises(HandshakeRefusedError) as refused:
            await stranger.booted()
    assert refused.value.status == 404
    async with Charger(url, SPOTS["ocpp1.6"].station, "not-the-password-") as impostor:
        with pytest.raises(HandshakeRefusedError) as refused:
            await impostor.booted()
    assert refused.value.status == 401
    lines = [line for line in world.hub.log_lines() if line.get("station") == "NOBODY-KNOWS"]
    assert lines, "a refused handshake is logged"


async def test_a_charger_added_by_hand_may_connect(world: World) -> None:
    said = await world.hub.verb("charger", "add", "BY-HAND", "--operator", PARTY, "--json")
    password = json.loads(said)["password"]
    async with Charger(world.hub.ocpp_url, "BY-HAND", password, protocol="ocpp2.1") as charger:
        await charger.booted()

        async def connected() -> bool:
            return bool((await world.operator.get("/stations/BY-HAND")).json()["connected"])

        await until(connected)
        assert charger.violations == []


async def test_a_file_with_a_bad_line_changes_nothing_and_names_it(world: World) -> None:
    before = (await world.operator.get("/locations")).json()
    text = site_text().replace("Harbour Square", "Renamed Square")
    text = text.replace('"format": "SOCKET"', '"format": "SOKET"', 1)
    bad_line = text[: text.index("SOKET")].count("\n") + 1

    answer = await world.operator.post("/import", content=text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_file")
    assert [problem["line"] for problem in answer.json()["problems"]] == [bad_line]

    file = world.hub.folder / "bad.json"
    file.write_text(text)
    with pytest.raises(VerbFailed) as failed:
        await world.hub.verb("import", str(file))
    assert failed.value.code == 2
    assert f"line {bad_line}" in failed.value.said
    assert (await world.operator.get("/locations")).json() == before
