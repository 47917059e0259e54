"""Cards over HTTP: ordered, linked by what is printed, blocked, lost."""

from typing import Any

import pytest

from app.domain.charge_cards import OrderState
from app.domain.events import TokenChanged
from app.domain.stations import PresentedToken
from app.use_cases.card_stock import MadeCard
from tests.edge.mobile.conftest import STRANGER, Site, refused

HOME = {
    "name": "Dana Driver",
    "street": "Lange Viestraat 1",
    "postal_code": "3511",
    "city": "Utrecht",
    "country": "NL",
}
MADE = MadeCard("RW-0001", "04C0FFEE", "SCRATCH9")
CARD = {"visual_number": "rw 0001", "check": "scratch9", "name": "Keys"}


@pytest.fixture
async def me(site: Site) -> dict[str, str]:
    await site.drive.belongings.stock.take_in([MADE])
    return await site.sign_in()


async def test_a_card_is_ordered_made_sent_and_linked(site: Site) -> None:
    """From the wish to a card that charges: nothing charges before it is linked."""
    stock, me = site.drive.belongings.stock, await site.sign_in()
    ordered = await site.post("/card-orders", {"address": HOME, "label": "Dana"}, headers=me)
    assert (ordered.status_code, ordered.json()["state"]) == (201, "ordered")
    (order,) = await stock.orders(OrderState.ORDERED, after=None, limit=5)
    assert order.address is not None
    await stock.take_in([MadeCard("RW-0002", "04AB", "CHECK123", order.id)])
    await stock.move(order.id, OrderState.SENT)
    (seen,) = (await site.get("/card-orders", headers=me)).json()["orders"]
    assert (seen["state"], seen["visual_number"], seen["address"]) == ("sent", "RW-0002", None)
    thief = await site.sign_in("thief", STRANGER)
    body = {"visual_number": "RW-0002", "check": "CHECK123"}
    refused(await site.post("/charge-cards", body, headers=thief), 404, "not_found")
    linked = await site.post("/charge-cards", body, headers=me)
    assert (linked.status_code, linked.json()["state"]) == (201, "linked")
    contract = linked.json()["contract_id"]
    assert contract.startswith("NL-RWM-C")
    assert len(contract) == len("NL-RWM-C00000001-0")


async def test_linking_twice_changes_nothing_and_blocking_is_told(
    site: Site, me: dict[str, str]
) -> None:
    """Every change of the token is an event: local lists and partners follow from it."""
    first = await site.post("/charge-cards", CARD, headers=me)
    again = await site.post("/charge-cards", CARD, headers=me)
    assert first.json() == again.json()
    at = "/charge-cards/RW-0001"
    for verb, state in (("block", "blocked"), ("block", "blocked"), ("unblock", "linked")):
        answer = await site.post(f"{at}/{verb}", headers=me)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    renamed = await site.http.patch(at, json={"name": None}, headers=me)
    assert renamed.json()["name"] is None
    await site.post(f"{at}/lost", headers=me)
    refused(await site.post(f"{at}/unblock", headers=me), 409, "conflict")
    (card,) = (await site.get("/charge-cards", headers=me)).json()["cards"]
    assert card["state"] == "lost"
    changed = [e for e in await site.drive.floor.events() if isinstance(e, TokenChanged)]
    assert len(changed) == 4
    live = await site.drive.floor.connect()
    answer = await site.drive.floor.start(live, token=PresentedToken("04C0FFEE"))
    assert answer.authorization is not None
    assert not answer.authorization.allowed


async def test_guessing_a_code_locks_the_card(site: Site, me: dict[str, str]) -> None:
    """Five wrong codes, whoever gives them, and only the operator can unlock it."""
    for code in ("AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD", "EEEEEE"):
        answer = await site.post("/charge-cards", CARD | {"check": code}, headers=me)
        refused(answer, 404, "not_found")
    refused(await site.post("/charge-cards", CARD, headers=me), 409, "conflict")
    await site.drive.belongings.stock.unlock("RW-0001")
    assert (await site.post("/charge-cards", CARD, headers=me)).status_code == 201


async def test_one_driver_tries_few_cards(site: Site, me: dict[str, str]) -> None:
    for number in range(10):
        body = {"visual_number": f"RW-9{number}", "check": "AAAAAA"}
        refused(await site.post("/charge-cards", body, headers=me), 404, "not_found")
    limited = await site.post("/charge-cards", CARD, headers=me)
    refused(limited, 429, "rate_limited")


OTHERS: list[tuple[str, str, Any]] = [
    ("POST", "/charge-cards/RW-0001/block", None),
    ("POST", "/charge-cards/RW-0001/unblock", None),
    ("POST", "/charge-cards/RW-0001/lost", None),
    ("PATCH", "/charge-cards/RW-0001", {"name": "Mine"}),
    ("DELETE", "/card-orders/nobody", None),
]


async def test_others_cards_do_not_exist(site: Site, me: dict[str, str]) -> None:
    await site.post("/charge-cards", CARD, headers=me)
    thief = await site.sign_in("thief", STRANGER)
    for verb, path, body in OTHERS:
        answer = await site.http.request(verb, path, json=body, headers=thief)
        refused(answer, 404, "not_found")
    refused(await site.post("/charge-cards", CARD, headers=thief), 404, "not_found")


async def test_there_is_an_end_to_ordering(site: Site, me: dict[str, str]) -> None:
    orders = [await site.post("/card-orders", {"address": HOME}, headers=me) for _ in range(4)]
    assert [o.status_code for o in orders] == [201, 201, 201, 409]
    gone = await site.http.delete(f"/card-orders/{orders[0].json()['id']}", headers=me)
    assert (gone.json()["state"], gone.json()["address"]) == ("cancelled", None)
    assert (await site.post("/card-orders", {"address": HOME}, headers=me)).status_code == 201


async def test_a_card_session_is_live_in_the_app(site: Site, me: dict[str, str]) -> None:
    """Started by RFID with the app following: snapshot, cost, receipt (product §1.1, §1.2)."""
    drive = site.drive
    await site.post("/charge-cards", CARD, headers=me)
    live = await drive.floor.connect()
    answer = await drive.floor.start(live, token=PresentedToken("04:C0:FF:EE"))
    await drive.pump()
    await drive.meter(live, answer.number or 0, 600, 10_000)
    me = await site.sign_in()  # the access token has run out by now
    (found,) = (await site.get("/sessions", headers=me)).json()["sessions"]
    seen = (await site.get(f"/sessions/{found['id']}", headers=me)).json()
    assert (seen["state"], seen["energy_kwh"], seen["cost"]["text"]) == (
        "charging", "10", "6.00 EUR",
    )  # fmt: skip
    assert seen["payment"]["state"] == "held"
    stopped = await site.post(f"/sessions/{found['id']}/stop", headers=me)
    assert (stopped.status_code, stopped.json()["state"]) == (202, "stopping")
    await drive.pump()
    await drive.unplug(live, answer.number or 0, 1200, 15_630)
    me = await site.sign_in()
    receipt = (await site.get(f"/sessions/{found['id']}/receipt", headers=me)).json()
    assert receipt["total"]["minor"] == 938
