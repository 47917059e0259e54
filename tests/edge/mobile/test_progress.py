"""How far a session is and how it will end, over HTTP: limits, idle clock, curve, cable."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.commands import CommandKind, CommandOutcome, CommandResult
from app.domain.locations import EvseStatus
from app.domain.stations import ConnectorState
from app.domain.tariffs import Dimension, TariffElement
from app.use_cases.live_stations import LiveStation
from tests.edge.mobile.conftest import CODE, Site, refused
from tests.support.chargers import CPO, a_location, an_evse
from tests.support.drive import ME
from tests.support.priced import a_component, a_tariff, energy_at

KEY = "0123456789abcdef-key"


async def charging(site: Site, me: dict[str, str]) -> tuple[LiveStation, str, int]:
    """A session that has charged 5 kWh in twenty minutes; idling costs 0.12 a minute."""
    idle = TariffElement((a_component(Dimension.PARKING_TIME, "6.00"),))
    async with site.drive.store.transaction() as tx:
        await tx.tariffs.put(a_tariff(idle, energy_at("0.50"), party=CPO, id="T1"))
    live = await site.drive.floor.connect()
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    await site.drive.pump()
    session_id: str = quote["id"]
    started = await site.drive.chargings.get(session_id, ME)
    number = await site.drive.plug_in(live, started, 20)
    await site.drive.meter(live, number, 300, 1_000)
    await site.drive.meter(live, number, 500, 2_000)
    return live, session_id, number


async def test_a_session_holds_all_facts(site: Site) -> None:
    """Product §2.4: power, elapsed, cost with its lines, the end, limits, the idle clock."""
    me = await site.sign_in()
    _, session_id, _ = await charging(site, me)
    shown = (await site.get(f"/sessions/{session_id}", headers=me)).json()
    assert (shown["power_kw"], shown["soc"], shown["elapsed_s"]) == ("11", "54", 480)
    assert (shown["cost"]["text"], shown["data_age_s"], shown["interrupted"]) == (
        "1.20 EUR", 0, False,
    )  # fmt: skip
    assert [line["amount"]["minor"] for line in shown["lines"]] == [120]
    assert shown["limits"] == {"energy_kwh": None, "minutes": None, "cost": None, "soc": None}
    assert shown["ahead"]["bound"] == "hold"
    assert shown["estimate"] == shown["ahead"]["cost"]
    assert (shown["idle"]["running"], shown["idle"]["per_minute"]) == (False, "0.12")
    assert shown["idle"]["free_until"] == shown["ahead"]["ends_at"]


async def test_limits_are_changed_one_by_one(site: Site) -> None:
    """What is not named stays, null takes a limit away; the first that is reached stops it."""
    me = await site.sign_in()
    _, session_id, _ = await charging(site, me)
    at = f"/sessions/{session_id}/limits"

    async def change(**limits: Any) -> dict[str, Any]:
        answer = await site.http.patch(at, json=limits, headers=me)
        assert answer.status_code == 200, answer.text
        session: dict[str, Any] = answer.json()
        return session

    first = await change(target_kwh="10", target_soc=80)
    assert (first["limits"]["energy_kwh"], first["limits"]["soc"]) == ("10", "80")
    assert first["ahead"]["bound"] == "energy"
    second = await change(target_soc=None, target_minor=500, target_minutes=90)
    assert second["limits"] == {
        "energy_kwh": "10",
        "minutes": 90,
        "cost": {"minor": 500, "currency": "EUR", "text": "5.00 EUR"},
        "soc": None,
    }
    assert second["ahead"]["bound"] == "cost"
    stopped = await change(target_kwh="1.5")
    assert (stopped["state"], stopped["reason"]) == ("stopping", "limit_reached")
    refused(await site.http.patch(at, json={"target_kwh": "5"}, headers=me), 409, "conflict")


@pytest.mark.parametrize(
    "body", [{"target_kwh": "0"}, {"target_soc": 101}, {"target_minutes": -1}, {"colour": "red"}]
)
async def test_limits_that_make_no_sense(site: Site, body: dict[str, Any]) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    answer = await site.http.patch(f"/sessions/{quote['id']}/limits", json=body, headers=me)
    refused(answer, 422, "malformed")


async def test_the_power_curve(site: Site) -> None:
    me = await site.sign_in()
    _, session_id, _ = await charging(site, me)
    curve = (await site.get(f"/sessions/{session_id}/curve", headers=me)).json()
    assert [point["energy_kwh"] for point in curve["points"]][-2:] == ["1", "2"]
    assert {(point["power_kw"], point["soc"]) for point in curve["points"]} == {("11", "54")}
    refused(await site.get(f"/sessions/{session_id}/curve"), 401, "unauthenticated")


async def test_the_cable_is_asked_for_from_the_app(site: Site) -> None:
    """Product §1.5 cable stuck: a button, and what came of it; one key asks once."""
    me = await site.sign_in()
    live, session_id, number = await charging(site, me)
    at = f"/sessions/{session_id}/unlock"
    refused(await site.post(at, headers=me), 409, "conflict")
    await site.post(f"/sessions/{session_id}/stop", headers=me)
    await site.drive.pump()
    await site.drive.floor.show(live, 510, ConnectorState.FINISHING)
    await site.drive.unplug(live, number, 520, 2_000)
    headers = me | {"Idempotency-Key": KEY}
    for _ in range(2):
        asked = await site.post(at, headers=headers)
        assert (asked.status_code, asked.json()["unlock"]) == (202, "asked")
    site.drive.chargers.outcome = CommandOutcome(CommandResult.FAILED)
    await site.drive.pump()
    assert [c.kind for c in site.drive.chargers.told].count(CommandKind.UNLOCK) == 1
    shown = (await site.get(f"/sessions/{session_id}", headers=me)).json()
    assert (shown["unlock"], shown["idle"]["running"]) == ("failed", True)


async def test_a_charger_without_contact_names_another(site: Site) -> None:
    """Product §1.5: since when it has no contact, and where there is a free one."""
    me = await site.sign_in()
    live = await site.drive.floor.connect()
    await site.drive.floor.stations.disconnect(live)
    free = an_evse(1, status=EvseStatus.AVAILABLE, station_id=None)
    async with site.drive.store.transaction() as tx:
        await tx.locations.put(replace(a_location(free), id="L2", name="Next door"))
    answer = await site.post("/quotes", {"code": CODE}, headers=me)
    problem = refused(answer, 409, "charger_refused")
    assert (problem["reason"], problem["since"]) == ("offline", "2026-05-04T12:00:00+00:00")
    assert problem["elsewhere"]["name"] == "Next door"
    assert problem["elsewhere"]["distance_m"] == 0
