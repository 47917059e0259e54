"""A driver's session over HTTP: quote, start, stop, receipt."""

import asyncio
from typing import Any

import pytest

from app.domain.commands import CommandOutcome, CommandResult
from app.domain.tariffs import Dimension, TariffElement
from tests.edge.mobile.conftest import CODE, STRANGER, Site, refused
from tests.support.chargers import CPO
from tests.support.drive import CARD, ME
from tests.support.priced import a_component, a_tariff, energy_at

PLACE = {"party": "NL-RW1", "location_id": "L1", "evse_uid": "E1"}
KEY = "0123456789abcdef-key"


async def test_a_quote_tells_the_price_in_afirs_order(site: Site) -> None:
    """AFIR, Article 5(4): per kWh, per minute, per session, other; before the start, with tax."""
    tariff = a_tariff(
        TariffElement((a_component(Dimension.FLAT, "1.00"),)),
        TariffElement((a_component(Dimension.PARKING_TIME, "6.00"),)),
        energy_at("0.50"),
        party=CPO,
        id="T1",
    )
    async with site.drive.store.transaction() as tx:
        await tx.tariffs.put(tariff)
    await site.drive.floor.connect()
    quote = await site.quote(await site.sign_in(), target_kwh="10")
    assert [p["kind"] for p in quote["prices"]] == ["energy", "idle", "session"]
    assert [p["words"] for p in quote["prices"]] == [
        "0.60 EUR per kWh",
        "0.12 EUR per minute idle",
        "1.20 EUR per session",
    ]
    assert quote["idle_rule"] == "0.12 EUR per minute idle"
    assert (quote["estimated"]["text"], quote["hold"]["text"]) == ("7.20 EUR", "8.00 EUR")
    estimate = quote["estimate"]
    assert estimate["total"] == quote["estimated"]
    assert sum(line["amount"]["minor"] for line in estimate["lines"]) == 720
    assert (estimate["energy_kwh"], estimate["length_s"]) == ("10", 938)
    assert quote["valid_until"] == "2026-05-04T12:15:00Z"


async def test_a_quote_by_place_and_for_a_time(site: Site) -> None:
    await site.drive.floor.connect()
    me = await site.sign_in()
    answer = await site.post("/quotes", PLACE | {"target_minutes": 60}, headers=me)
    quote = answer.json()
    assert (answer.status_code, quote["evse_uid"]) == (201, "E1")
    assert quote["estimate"]["energy_kwh"] == "38.4"
    assert quote["idle_rule"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"party": "NL-RW1"},
        PLACE | {"code": CODE},
        {"code": CODE, "target_kwh": "-1"},
        {"code": CODE, "target_minutes": 0},
        {"code": CODE, "language": "english"},
        {"code": CODE, "colour": "red"},
        {"code": CODE, "target_kwh": "NaN"},
    ],
)
async def test_a_malformed_quote_is_a_problem(site: Site, body: Any) -> None:
    me = await site.sign_in()
    problem = refused(await site.post("/quotes", body, headers=me), 422, "malformed")
    assert problem["errors"]


async def test_a_charger_without_contact_is_not_quoted(site: Site) -> None:
    answer = await site.post("/quotes", {"code": CODE}, headers=await site.sign_in())
    assert refused(answer, 409, "charger_refused")["reason"] == "offline"


async def test_the_whole_way_of_a_driver(site: Site) -> None:
    """Live cost, last live cost and receipt are one number (product, broken cases, 14)."""
    drive, me = site.drive, await site.sign_in()
    live = await drive.floor.connect()
    quote = await site.quote(me)
    answer = await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    assert answer.status_code == 202
    session = answer.json()
    assert (session["id"], session["state"]) == (quote["id"], "payment_pending")
    assert session["payment"]["state"] == "hold_requested"
    await drive.pump()
    charging = await drive.chargings.get(quote["id"], ME)
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 1200, 15_000)
    me = await site.sign_in()  # the access token has run out by now
    running = (await site.get(f"/sessions/{quote['id']}", headers=me)).json()
    assert (running["state"], running["energy_kwh"], running["power_kw"]) == (
        "charging", "15", "11",
    )  # fmt: skip
    assert (running["soc"], running["cost"]["text"], running["final"]) == ("54", "9.00 EUR", False)
    assert running["position"] > session["position"]
    refused(await site.get(f"/sessions/{quote['id']}/receipt", headers=me), 404, "not_found")
    stopped = await site.post(f"/sessions/{quote['id']}/stop", headers=me)
    assert (stopped.status_code, stopped.json()["state"]) == (202, "stopping")
    again = await site.post(f"/sessions/{quote['id']}/stop", headers=me)
    assert again.status_code == 202
    await drive.pump()
    await drive.unplug(live, number, 1260, 15_630)
    me = await site.sign_in()
    ended = (await site.get(f"/sessions/{quote['id']}", headers=me)).json()
    assert (ended["state"], ended["over"], ended["final"]) == ("completed", True, True)
    assert ended["cost"]["minor"] == ended["payment"]["captured"]["minor"] == 938
    receipt = (await site.get(f"/sessions/{quote['id']}/receipt", headers=me)).json()
    assert receipt["total"]["minor"] == 938
    assert sum(line["amount"]["minor"] for line in receipt["lines"]) == 938
    assert [line["words"] for line in receipt["lines"]] == [
        "Energy 15.63 kWh x 0.5 EUR plus 20 % VAT"
    ]
    money = ("held", "captured", "released", "owed")
    assert [receipt[name]["minor"] for name in money] == [3000, 938, 2062, 0]
    assert "Charged of it" in receipt["text"]


async def test_starting_the_same_quote_twice_starts_once(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    body = {"quote_id": quote["id"], "payment_method_id": CARD.id}
    answers = await asyncio.gather(*(site.post("/sessions", body, headers=me) for _ in range(4)))
    assert {a.status_code for a in answers} == {202}
    await site.drive.pump()
    later = await site.post("/sessions", body, headers=me)
    assert (later.status_code, later.json()["state"]) == (202, "awaiting_plug")
    assert len(site.drive.chargers.told) == len(site.drive.bank.books.intents) == 1
    await site.post(f"/sessions/{quote['id']}/cancel", headers=me)
    refused(await site.post("/sessions", body, headers=me), 409, "conflict")


async def test_a_session_given_up_before_energy_flows(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    await site.drive.pump()
    cancelled = await site.post(f"/sessions/{quote['id']}/cancel", headers=me)
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    await site.drive.pump()
    ended = (await site.get(f"/sessions/{quote['id']}", headers=me)).json()
    assert ended["payment"]["state"] == "released"


async def test_a_refused_start_tells_why(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    site.drive.chargers.outcome = CommandOutcome(CommandResult.REJECTED)
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    await site.drive.pump()
    ended = (await site.get(f"/sessions/{quote['id']}", headers=me)).json()
    assert (ended["state"], ended["reason"]) == ("start_rejected", "charger_refused")
    assert ended["over"]


async def test_a_quote_that_is_too_old(site: Site) -> None:
    await site.drive.floor.connect()
    me = await site.sign_in()
    quote = await site.quote(me)
    await site.drive.clock.advance(16 * 60)
    me = await site.sign_in()
    answer = await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    refused(answer, 409, "conflict")


async def test_others_sessions_do_not_exist(site: Site) -> None:
    me, thief = await site.sign_in(), await site.sign_in("thief", STRANGER)
    await site.drive.floor.connect()
    quote = await site.quote(me)
    at = f"/sessions/{quote['id']}"
    for path in (at, f"{at}/receipt", f"{at}/events"):
        refused(await site.get(path, headers=thief), 404, "not_found")
        refused(await site.get(path), 401, "unauthenticated")
    for path in (f"{at}/stop", f"{at}/cancel", f"{at}/confirmed", f"{at}/pay"):
        refused(await site.post(path, headers=thief), 404, "not_found")
    start = {"quote_id": quote["id"]}
    refused(await site.post("/sessions", start, headers=thief), 404, "not_found")
    secret = {"Authorization": "Bearer guessed"}
    refused(await site.get(at, headers=secret), 404, "not_found")


async def test_only_own_cards_pay(site: Site) -> None:
    thief = await site.sign_in("thief", STRANGER)
    await site.drive.floor.connect()
    quote = await site.quote(thief)
    body = {"quote_id": quote["id"]}
    without = await site.post("/sessions", body, headers=thief)
    assert refused(without, 402, "payment_declined")["reason"] == "no_payment_method"
    stolen = await site.post("/sessions", body | {"payment_method_id": CARD.id}, headers=thief)
    refused(stolen, 404, "not_found")


async def test_history_is_paged_from_the_newest(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    ids = []
    for _ in range(3):
        quote = await site.quote(me)
        await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
        await site.post(f"/sessions/{quote['id']}/cancel", headers=me)
        ids.append(quote["id"])
        await site.drive.clock.advance(5)
    first = (await site.get("/sessions", params={"limit": 2}, headers=me)).json()
    assert [s["id"] for s in first["sessions"]] == ids[:0:-1]
    rest = await site.get("/sessions", params={"limit": 2, "before": first["next"]}, headers=me)
    assert [s["id"] for s in rest.json()["sessions"]] == ids[:1]
    assert rest.json()["next"] is None
    bad = await site.get("/sessions", params={"before": "yesterday"}, headers=me)
    refused(bad, 400, "invalid_input")


async def test_sessions_of_one_moment_are_on_one_page_or_the_next(site: Site) -> None:
    """No cursor loses what has the same time."""
    me = await site.sign_in()
    await site.drive.floor.connect()
    ids = set()
    for _ in range(3):
        quote = await site.quote(me)
        await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
        await site.post(f"/sessions/{quote['id']}/cancel", headers=me)
        ids.add(quote["id"])
    seen, before = [], {}
    for _ in range(3):
        page = await site.get("/sessions", params={"limit": 1, **before}, headers=me)
        seen += [s["id"] for s in page.json()["sessions"]]
        before = {"before": page.json()["next"]}
    assert before == {"before": None}
    assert (set(seen), len(seen)) == (ids, 3)


async def test_a_key_makes_a_quote_once(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    headers = me | {"Idempotency-Key": KEY}
    first = await site.post("/quotes", {"code": CODE}, headers=headers)
    second = await site.post("/quotes", {"code": CODE}, headers=headers)
    assert (second.status_code, second.json()) == (201, first.json())
    other = await site.post("/quotes", {"code": CODE, "target_kwh": "5"}, headers=headers)
    assert refused(other, 400, "invalid_input")["path"] == "Idempotency-Key"
    theirs = await site.sign_in("thief", STRANGER) | {"Idempotency-Key": KEY}
    third = await site.post("/quotes", {"code": CODE}, headers=theirs)
    assert third.json()["id"] != first.json()["id"]
    short = await site.post("/quotes", {"code": CODE}, headers=me | {"Idempotency-Key": "1"})
    refused(short, 422, "malformed")


async def test_a_key_is_told_its_quote_though_it_would_be_refused_now(site: Site) -> None:
    """The phone lost the answer, and the charger its contact: the promise was made, and holds."""
    me = await site.sign_in()
    live = await site.drive.floor.connect()
    headers = me | {"Idempotency-Key": KEY}
    first = await site.post("/quotes", {"code": CODE}, headers=headers)
    await site.drive.floor.stations.disconnect(live)
    refused(await site.post("/quotes", {"code": CODE}, headers=me), 409, "charger_refused")
    again = await site.post("/quotes", {"code": CODE}, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_simultaneous_requests_of_one_key_get_one_answer(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    headers = me | {"Idempotency-Key": KEY}
    asked = (site.post("/quotes", {"code": CODE}, headers=headers) for _ in range(5))
    answers = await asyncio.gather(*asked)
    assert len({a.json()["id"] for a in answers}) == 1


async def test_a_refusal_is_not_kept(site: Site) -> None:
    me = await site.sign_in()
    headers = me | {"Idempotency-Key": KEY}
    refused(await site.post("/quotes", {"code": CODE}, headers=headers), 409, "charger_refused")
    await site.drive.floor.connect()
    assert (await site.post("/quotes", {"code": CODE}, headers=headers)).status_code == 201
