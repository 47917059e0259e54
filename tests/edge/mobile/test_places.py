"""The map, sheets and codes: for everybody."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.stations import ConnectorState
from app.domain.tariffs import Dimension, TariffElement, TariffType
from tests.edge.mobile.conftest import CODE, Site, refused
from tests.support.chargers import CPO, V201, a_connector, a_location, an_evse
from tests.support.priced import a_component, a_tariff, energy_at

UTRECHT = "52.0,5.0,52.2,5.2"


async def test_the_map_needs_no_account_and_shows_price_and_status(site: Site) -> None:
    live = await site.drive.floor.connect(V201)
    await site.drive.floor.show(live, 1, ConnectorState.AVAILABLE)
    answer = (await site.get("/map", params={"bbox": UTRECHT})).json()
    assert [p["name"] for p in answer["pins"]] == ["Lange Viestraat"]
    pin = answer["pins"][0]
    assert (pin["free"], pin["total"], pin["status"], pin["partner"]) == (1, 2, "AVAILABLE", False)
    assert (pin["price"]["amount"], pin["price"]["words"]) == ("0.6", "0.60 EUR per kWh")
    assert (pin["max_power_kw"], pin["latitude"]) == ("38.4", 52.0931)


async def test_the_headline_is_the_lowest_price_per_kwh_of_now(site: Site) -> None:
    flat = a_tariff(TariffElement((a_component(Dimension.FLAT, "1"),)), party=CPO, id="T2")
    dear = a_tariff(energy_at("0.70"), party=CPO, id="T3")
    later = a_tariff(
        energy_at("0.10", start_time=(site.drive.clock.now() + timedelta(hours=5)).time()),
        energy_at("0.40"),
        party=CPO,
        id="T4",
    )
    plugs = [a_connector(i, (f"T{i + 1}",)) for i in (1, 2, 3)]
    async with site.drive.store.transaction() as tx:
        for tariff in (flat, dear, later):
            await tx.tariffs.put(tariff)
        await tx.locations.put(a_location(an_evse(1, connectors=tuple(plugs))))
    pin = (await site.get("/map", params={"bbox": UTRECHT})).json()["pins"][0]
    assert pin["price"]["amount"] == "0.48"
    async with site.drive.store.transaction() as tx:
        await tx.locations.put(a_location(an_evse(1, connectors=(plugs[0],))))
    pin = (await site.get("/map", params={"bbox": UTRECHT})).json()["pins"][0]
    assert (pin["price"]["kind"], pin["price"]["amount"]) == ("session", "1.2")
    async with site.drive.store.transaction() as tx:
        await tx.locations.put(a_location(an_evse(1, connectors=(a_connector(1, ()),))))
    assert (await site.get("/map", params={"bbox": UTRECHT})).json()["pins"][0]["price"] is None


async def test_the_view_may_cross_the_date_line(site: Site) -> None:
    assert (await site.get("/map", params={"bbox": "52,6,53,5"})).json()["pins"] == []
    crossing = (await site.get("/map", params={"bbox": "52,170,53,6"})).json()
    assert len(crossing["pins"]) == 1


@pytest.mark.parametrize(
    "bbox",
    ["", "1,2,3", "a,b,c,d", "53,5,52,6", "0,0,91,0", "0,0,0,NaN", "0,-181,1,0", "0,0,0,0,0"],
)
async def test_an_impossible_view_is_a_problem(site: Site, bbox: str) -> None:
    problem = refused(await site.get("/map", params={"bbox": bbox}), 400, "invalid_input")
    assert problem["path"] == "bbox"


async def test_a_sheet_shows_every_evse_with_the_age_of_its_status(site: Site) -> None:
    sheet = (await site.get("/locations/NL-RW1/L1")).json()
    assert (sheet["free"], sheet["total"], sheet["city"]) == (0, 2, "Utrecht")
    first = sheet["evses"][0]
    assert (first["status"], first["label"]) == ("UNKNOWN", "NL*RW1*ECP1*1")
    assert first["updated_at"] < sheet["as_of"]
    plug = first["connectors"][0]
    assert (plug["max_power_kw"], plug["price_known"]) == ("38.4", True)
    assert plug["prices"][0] == {
        "kind": "energy",
        "unit": "kwh",
        "amount": "0.6",
        "currency": "EUR",
        "tax_included": True,
        "applies_now": True,
        "words": "0.60 EUR per kWh",
    }


async def test_what_is_not_published_does_not_exist(site: Site) -> None:
    async with site.drive.store.transaction() as tx:
        await tx.locations.put(replace(a_location(), publish=False))
    refused(await site.get("/locations/NL-RW1/L1"), 404, "not_found")
    refused(await site.get("/locations/NL-RW1/L9"), 404, "not_found")
    refused(await site.get("/locations/elsewhere/L1"), 400, "invalid_input")
    assert (await site.get("/map", params={"bbox": UTRECHT})).json()["pins"] == []


async def test_a_code_leads_to_its_evse_whatever_its_case(site: Site) -> None:
    found = (await site.get(f"/codes/{CODE.lower()}")).json()
    assert (found["evse"]["uid"], found["station"]["id"]) == ("E1", "L1")
    refused(await site.get("/codes/NOTHERE"), 404, "not_found")


async def test_a_guest_sees_the_price_for_guests_and_a_driver_that_of_contracts(
    site: Site,
) -> None:
    guests = a_tariff(energy_at("0.90"), party=CPO, id="T2", type=TariffType.AD_HOC_PAYMENT)
    drivers = a_tariff(energy_at("0.40"), party=CPO, id="T1", type=TariffType.REGULAR)
    evse = an_evse(1, code=CODE, connectors=(a_connector(1, ("T1", "T2")),))
    async with site.drive.store.transaction() as tx:
        await tx.tariffs.put(guests)
        await tx.tariffs.put(drivers)
        await tx.locations.put(a_location(evse))

    async def price(**headers: str) -> str:
        found = (await site.get(f"/codes/{CODE}", headers=headers)).json()
        return str(found["evse"]["connectors"][0]["prices"][0]["amount"])

    me = await site.sign_in()
    assert (await price(), await price(**me)) == ("1.08", "0.48")
    estimate = (await site.get(f"/codes/{CODE}/estimate", params={"kwh": "10"})).json()
    assert (estimate["total"]["minor"], estimate["energy_kwh"]) == (1080, "10")
    theirs = await site.get(f"/codes/{CODE}/estimate", params={"kwh": "10"}, headers=me)
    assert theirs.json()["total"]["text"] == "4.80 EUR"


async def test_an_estimate_needs_a_price_and_a_sensible_amount(site: Site) -> None:
    refused(await site.get(f"/codes/{CODE}/estimate", params={"kwh": "0"}), 422, "malformed")
    unpriced = an_evse(1, code=CODE, connectors=(a_connector(1, ()),))
    async with site.drive.store.transaction() as tx:
        await tx.locations.put(a_location(unpriced))
    problem = refused(await site.get(f"/codes/{CODE}/estimate"), 409, "charger_refused")
    assert problem["reason"] == "price_unknown"


async def test_codes_cannot_be_guessed_in_bulk(site: Site) -> None:
    for _ in range(20):
        await site.get("/codes/AAAAAAAA")
    refused(await site.get("/codes/AAAAAAAA"), 429, "rate_limited")
