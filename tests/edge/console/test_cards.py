"""Charge cards and drivers' reports in the operator's API."""

from dataclasses import replace

import httpx
import pytest

from app.console.api.access import OperatorServices
from app.domain.charge_cards import Address, CardState
from app.domain.drivers import Driver
from app.domain.errors import Conflict
from app.domain.issues import IssueKind
from app.store.transaction import Store
from app.use_cases.issues import Complaint
from tests.edge.console.conftest import HOUSE, TEXT, refused
from tests.support.clock import NOON
from tests.support.roaming_objects import THEIR_CPO, a_location

HOME = Address("=Dana", "Lange Viestraat 1", "3511", "Utrecht", "NL")
LIST = "visual_number,uid,check,order_id\r\nRW-0001,04C0FFEE,SCRATCH9,\r\n"


@pytest.fixture
async def driver(store: Store) -> str:
    async with store.transaction() as tx:
        await tx.drivers.add(Driver("d-1", NOON, email="driver@example.com"))
    return "d-1"


async def test_orders_go_out_and_cards_come_in(
    api: httpx.AsyncClient, services: OperatorServices, driver: str
) -> None:
    """ordered -> produced -> sent, by lists."""
    order = await services.belongings.charge_cards.order(driver, HOME, None)
    (listed,) = (await api.get("/card-orders")).json()
    assert (listed["id"], listed["address"]["city"]) == (order.id, "Utrecht")
    exported = await api.get("/card-orders.csv")
    assert exported.headers["content-type"].startswith("text/csv")
    assert exported.text.splitlines()[1].startswith(f"{order.id},,'=Dana,Lange Viestraat 1")
    made = f"{LIST}RW-0002,04AB,CHECK123,{order.id}\r\n"
    taken = await api.post("/charge-cards.csv", content=made)
    assert (taken.status_code, taken.json()["new"]) == (201, 2)
    assert (await api.post("/charge-cards.csv", content=LIST)).json()["new"] == 0
    (produced,) = (await api.get("/card-orders", params={"state": "produced"})).json()
    assert produced["visual_number"] == "RW-0002"
    sent = await api.put(f"/card-orders/{order.id}", json={"state": "sent"})
    assert (sent.json()["state"], sent.json()["address"]) == ("sent", None)
    back = await api.put(f"/card-orders/{order.id}", json={"state": "ordered"})
    refused(back, 409, "conflict")
    cards = (await api.get("/charge-cards")).json()
    assert [(c["visual_number"], c["state"]) for c in cards] == [
        ("RW-0001", "free"), ("RW-0002", "free"),
    ]  # fmt: skip
    assert "SCRATCH9" not in (await api.get("/charge-cards")).text


@pytest.mark.parametrize(
    ("card", "status", "code"),
    [
        ({"uid": "04C0FFEE"}, 409, "already_exists"),
        ({"visual_number": "rw0001", "uid": "04FF"}, 409, "already_exists"),
        ({"check": "12345"}, 422, "invalid_input"),
        ({"uid": "\u00e9\u00e9"}, 422, "invalid_input"),
        ({"order_id": "nobody"}, 404, "not_found"),
        ({"colour": "red"}, 422, "invalid_input"),
    ],
)
async def test_a_list_is_taken_in_whole_or_not_at_all(
    api: httpx.AsyncClient, card: dict[str, str], status: int, code: str
) -> None:
    await api.post("/charge-cards.csv", content=LIST)
    good = {"visual_number": "RW-0009", "uid": "0409", "check": "SCRATCH9"}
    bad = {"visual_number": "RW-0010", "uid": "0410", "check": "SCRATCH9"} | card
    refused(await api.post("/charge-cards", json={"cards": [good, bad]}), status, code)
    assert len((await api.get("/charge-cards")).json()) == 1


async def test_a_list_of_other_columns_is_none(api: httpx.AsyncClient) -> None:
    refused(await api.post("/charge-cards.csv", content="uid,check\r\n"), 422, "invalid_file")
    ragged = "visual_number,uid,check,order_id\r\nRW-1\r\n"
    refused(await api.post("/charge-cards.csv", content=ragged), 422, "invalid_file")


async def test_the_operator_blocks_and_unlocks(
    api: httpx.AsyncClient, services: OperatorServices, driver: str
) -> None:
    await api.post("/charge-cards.csv", content=LIST)
    refused(await api.post("/charge-cards/RW-0001/block"), 409, "conflict")
    await services.belongings.charge_cards.link(driver, "RW-0001", "SCRATCH9")
    cards = services.belongings.charge_cards
    for _ in range(2):
        assert (await api.post("/charge-cards/RW-0001/block")).json()["state"] == "suspended"
    for asked in (cards.unblock, cards.block):
        with pytest.raises(Conflict):
            await asked(driver, "RW-0001")
    assert (await api.post("/charge-cards/RW-0001/unlock")).json()["state"] == "linked"
    await cards.block(driver, "RW-0001")
    assert (await api.post("/charge-cards/RW-0001/block")).json()["state"] == "suspended"
    assert (await cards.lose(driver, "RW-0001")).state is CardState.LOST
    refused(await api.post("/charge-cards/RW-0001/unlock"), 409, "conflict")
    refused(await api.post("/charge-cards/RW-0404/unlock"), 404, "not_found")
    refused(await api.delete("/autocharge/AABBCCDDEEFF"), 404, "not_found")


async def test_cards_are_the_platforms(api: httpx.AsyncClient, other: dict[str, str]) -> None:
    for path in ("/charge-cards", "/card-orders", "/card-orders.csv", "/roaming/reports"):
        refused(await api.get(path, headers=other), 403, "forbidden")


async def test_reports_are_answered_by_who_runs_the_charger(
    api: httpx.AsyncClient, services: OperatorServices, driver: str, *, other: dict[str, str]
) -> None:
    await api.post("/import", content=TEXT)
    place = (HOUSE, "AMS-HARBOUR", "RW-AMS-01-1")
    complaint = Complaint(kind=IssueKind.CABLE_STUCK, text="It is stuck", place=place)
    issue = await services.belongings.issues.report(driver, complaint)
    (listed,) = (await api.get("/reports", params={"state": "open"})).json()
    assert (listed["id"], listed["remarks"][0]["text"]) == (issue.id, "It is stuck")
    at = f"/reports/{issue.id}"
    for verb, path, body in (
        ("GET", at, None),
        ("POST", f"{at}/answers", {"text": "No"}),
        ("POST", f"{at}/close", None),
    ):
        refused(await api.request(verb, path, json=body, headers=other), 404, "not_found")
    assert (await api.get("/reports", headers=other)).json() == []
    said = await api.post(f"{at}/answers", json={"text": "Freed it"})
    assert (said.json()["state"], len(said.json()["remarks"])) == ("answered", 2)
    assert (await api.post(f"{at}/close")).json()["state"] == "closed"
    refused(await api.post(f"{at}/answers", json={"text": "And"}), 409, "conflict")
    ratings = (await api.get("/locations/AMS-HARBOUR/ratings")).json()
    assert ratings == {"count": 0, "average": None, "kinds": {}}


async def test_reports_about_partners_are_the_platforms(
    api: httpx.AsyncClient, services: OperatorServices, store: Store, *, driver: str
) -> None:
    async with store.transaction() as tx:
        theirs = replace(a_location(), party=THEIR_CPO, own=False)
        await tx.locations.put(theirs)
    place = (theirs.party, theirs.id, theirs.evses[0].uid)
    complaint = Complaint(kind=IssueKind.TOO_SLOW, place=place)
    issue = await services.belongings.issues.report(driver, complaint)
    assert [r["id"] for r in (await api.get("/roaming/reports")).json()] == [issue.id]
    said = await api.post(f"/roaming/reports/{issue.id}/answers", json={"text": "We ask them"})
    assert said.json()["state"] == "answered"
    refused(await api.get(f"/reports/{issue.id}"), 404, "not_found")
