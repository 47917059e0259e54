"""Reservations by an operator's own systems: at its chargers, and the platform's at partners'."""

from dataclasses import replace
from datetime import timedelta

import httpx

from app.console.api.access import OperatorServices
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.identifiers import PartyId
from app.store.transaction import Store
from tests.edge.console.conftest import TEXT, online, refused
from tests.support.clock import NOON
from tests.support.roaming_objects import THEIR_CPO, a_location, a_token

UNTIL = (NOON + timedelta(minutes=30)).isoformat()
WHERE = {"location_id": "AMS-HARBOUR", "evse_uid": "RW-AMS-01-1", "expires_at": UNTIL}


async def agree(services: OperatorServices, store: Store, command_id: str) -> None:
    await services.commands.settle(command_id, CommandOutcome(CommandResult.ACCEPTED))


async def test_an_operator_reserves_and_takes_it_back(
    api: httpx.AsyncClient, services: OperatorServices, store: Store
) -> None:
    await api.post("/import", content=TEXT)
    body = refused(await api.post("/reservations", json=WHERE), 409, "charger_refused")
    assert body["reason"] == "offline"
    await online(store, "RW-AMS-01")
    made = await api.post("/reservations", json=WHERE)
    assert made.status_code == 202, made.text
    shown = made.json()
    assert (shown["state"], shown["number"], shown["token_uid"]) == ("requested", 1, "OPERATOR")
    assert (shown["station_id"], shown["channel"]) == ("RW-AMS-01", "operator")
    await agree(services, store, shown["command_id"])
    path = f"/reservations/{shown['id']}"
    assert (await api.get(path)).json()["state"] == "active"
    (listed,) = (await api.get("/reservations")).json()
    assert listed["id"] == shown["id"]
    assert (await api.delete(path)).status_code == 202
    again = await api.post("/reservations", json=WHERE)
    assert refused(again, 409, "charger_refused")["reason"] == "reserved"


async def test_what_is_no_reservation(api: httpx.AsyncClient, store: Store) -> None:
    await api.post("/import", content=TEXT)
    await online(store, "RW-AMS-01")
    naive = {**WHERE, "expires_at": "2027-01-01T00:00:00"}
    refused(await api.post("/reservations", json=naive), 422, "invalid_input")
    past = {**WHERE, "expires_at": "2020-01-01T00:00:00Z"}
    refused(await api.post("/reservations", json=past), 422, "invalid_input")
    refused(await api.post("/reservations", json={}), 422, "invalid_input")
    nobody = {**WHERE, "token_uid": "NOBODY"}
    refused(await api.post("/reservations", json=nobody), 404, "not_found")


async def test_operators_do_not_see_each_others(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    await api.post("/import", content=TEXT)
    await online(store, "RW-AMS-01")
    made = (await api.post("/reservations", json=WHERE)).json()
    path = f"/reservations/{made['id']}"
    refused(await api.get(path, headers=other), 404, "not_found")
    refused(await api.delete(path, headers=other), 404, "not_found")
    refused(await api.post("/reservations", json=WHERE, headers=other), 404, "not_found")
    assert (await api.get("/reservations", headers=other)).json() == []


async def test_the_platform_reserves_at_a_partner_s(
    api: httpx.AsyncClient, services: OperatorServices, store: Store, other: dict[str, str]
) -> None:
    """With a card of ours; for the platform's keys only."""
    async with store.transaction() as tx:
        await tx.locations.put(a_location("T1", party=THEIR_CPO, own=False))
        await tx.tokens.put(a_token())
    given = {"location_id": "T1", "evse_uid": "E1", "expires_at": UNTIL}
    theirs = f"/roaming/{THEIR_CPO}/reservations"
    refused(await api.post(theirs, json=given), 422, "invalid_input")
    given["token_uid"] = a_token().uid
    refused(await api.post(theirs, json=given, headers=other), 403, "forbidden")
    made = (await api.post(theirs, json=given)).json()
    assert (made["state"], made["party"]) == ("requested", str(THEIR_CPO))
    await agree(services, store, made["command_id"])
    assert (await api.get(f"{theirs}/{made['id']}")).json()["state"] == "active"
    nobody = PartyId("FR", "XXX")
    refused(await api.get(f"/roaming/{nobody}/reservations/{made['id']}"), 404, "not_found")
    assert (await api.delete(f"{theirs}/{made['id']}")).status_code == 202
    async with store.reading() as tx:
        kept = await tx.reservations.need(made["id"])
        assert replace(kept, version=0).remote_party == THEIR_CPO
