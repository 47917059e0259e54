"""The operator's API from outside: keys, isolation between operators, and every verb."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from app.console.faults import STATUSES, problem
from app.domain.errors import DomainError, RateLimited
from app.domain.points import Point
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity, Station
from app.domain.units import NO_ENERGY, Kwh
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from tests.edge.console.conftest import HOUSE, OTHER, TEXT, online, refused
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import a_token


async def test_guessing_keys_is_slowed_down_and_valid_ones_come_in(
    api: httpx.AsyncClient, clock: FakeClock
) -> None:
    guess = {"Authorization": "Bearer rwk_guess"}
    for _ in range(60):
        refused(await api.get("/operator", headers=guess), 401, "unauthenticated")
    answer = await api.get("/operator", headers=guess)
    refused(answer, 429, "rate_limited")
    assert answer.headers["retry-after"] == "61"
    assert (await api.get("/operator")).status_code == 200
    await clock.advance(61)
    refused(await api.get("/operator", headers=guess), 401, "unauthenticated")


async def a_session(store: Store, **fields: Any) -> None:
    session = Session(
        "s1", HOUSE, SessionStatus.ACTIVE, NOON, NOON, "EUR", "Europe/Amsterdam",
        station_id="RW-AMS-01", transaction="7", location_id="AMS-HARBOUR",
        evse_uid="RW-AMS-01-1", connector_id="1", token=a_token().ref,
    )  # fmt: skip
    async with store.transaction() as tx:
        await tx.sessions.put(replace(session, **fields))


async def test_keys(api: httpx.AsyncClient) -> None:
    assert (await api.get("/operator")).json() == {
        "party": "NL-RW1", "name": "House", "website": None,
    }  # fmt: skip
    for wrong in ("", "Basic abc", "Bearer ", "Bearer rwk_wrong"):
        answer = await api.get("/operator", headers={"Authorization": wrong})
        refused(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_import_and_what_it_made(api: httpx.AsyncClient) -> None:
    answer = await api.post("/import", content=TEXT)
    assert answer.json()["chargers"] == ["RW-AMS-01", "RW-AMS-02", "RW-AMS-03"]
    listed = (await api.get("/locations")).json()
    assert [one["id"] for one in listed] == ["AMS-HARBOUR", "AMS-RING"]
    assert listed[0]["evses"][0]["qr_url"].startswith("https://hub.example/q/")
    assert [t["id"] for t in (await api.get("/tariffs")).json()] == ["STREET-AC", "FAST-DC"]
    assert len((await api.get("/stations")).json()) == 3


async def test_a_bad_file_is_refused_with_all_its_lines(api: httpx.AsyncClient) -> None:
    answer = await api.post("/import", content=TEXT.replace('"EUR"', '"euro"'))
    body = refused(answer, 422, "invalid_file")
    assert [p["path"] for p in body["problems"]] == ["tariffs[0].currency", "tariffs[1].currency"]
    assert all(problem["line"] > 1 for problem in body["problems"])
    assert (await api.get("/locations")).json() == []
    body = refused(await api.post("/import", content=b"{\n\xff}"), 422, "invalid_file")
    assert body["problems"] == [{"line": 2, "path": "", "reason": "no UTF-8"}]


async def test_locations_and_tariffs_can_be_read_edited_and_sent_back(
    api: httpx.AsyncClient,
) -> None:
    await api.post("/import", content=TEXT)
    location = (await api.get("/locations/AMS-RING")).json()
    definition = location["definition"] | {"name": "Ring Road"}
    assert (await api.put("/locations/AMS-RING", json=definition)).status_code == 200
    after = (await api.get("/locations/AMS-RING")).json()
    assert after["definition"]["name"] == "Ring Road"
    assert after["evses"] == location["evses"]
    tariff = (await api.get("/tariffs/FAST-DC")).json()["definition"]
    tariff["max_price"] = {"net": "99.5"}
    answer = await api.put("/tariffs/FAST-DC", json=tariff)
    assert answer.json()["definition"]["max_price"] == {"net": "99.5"}


async def test_tariffs_in_use_stay(api: httpx.AsyncClient) -> None:
    await api.post("/import", content=TEXT)
    refused(await api.delete("/tariffs/FAST-DC"), 409, "conflict")
    spare = (await api.get("/tariffs/FAST-DC")).json()["definition"] | {"id": "SPARE"}
    await api.put("/tariffs/SPARE", json=spare)
    assert (await api.delete("/tariffs/SPARE")).status_code == 204
    refused(await api.get("/tariffs/SPARE"), 404, "not_found")


async def test_chargers(api: httpx.AsyncClient, store: Store) -> None:
    await api.post("/import", content=TEXT)
    await online(store, "RW-AMS-01")
    sheet = (await api.get("/stations/RW-AMS-01")).json()
    assert (sheet["connected"], len(sheet["places"])) == (True, 2)
    made = (await api.put("/stations/NEW-1")).json()
    assert len(made["password"]) >= 16
    given = {"password": "sixteen-letters!"}
    assert (await api.put("/stations/NEW-1", json=given)).json() == {"id": "NEW-1"} | given
    refused(await api.put("/stations/NEW-1", json={"password": "no"}), 422, "invalid_input")


async def test_commands(api: httpx.AsyncClient, store: Store) -> None:
    await api.post("/import", content=TEXT)
    where = {"location_id": "AMS-HARBOUR", "evse_uid": "RW-AMS-01-1"}
    body = refused(await api.post("/commands/start", json=where), 409, "charger_refused")
    assert body["reason"] == "offline"
    await online(store, "RW-AMS-01")
    command = await api.post("/commands/start", json=where)
    assert command.status_code == 202
    seen = (await api.get(f"/commands/{command.json()['id']}")).json()
    assert (seen["kind"], seen["state"], seen["result"]) == ("start", "requested", None)
    unlock = await api.post("/commands/unlock", json=where | {"connector_id": "1"})
    reset = await api.post("/commands/reset", json={"station_id": "RW-AMS-01", "hard": True})
    await a_session(store)
    stop = await api.post("/commands/stop", json={"session_id": "s1"})
    assert [answer.status_code for answer in (unlock, reset, stop)] == [202] * 3
    told = (await api.get("/chargers/RW-AMS-01/commands")).json()
    assert {each["kind"] for each in told} == {"start", "unlock", "reset", "stop"}
    assert all(each["asked_by"] for each in told)
    body = refused(await api.post("/commands/stop", json={}), 422, "invalid_input")
    assert body["problems"] == [{"path": "session_id", "reason": "Field required"}]


async def test_sessions_are_paged_from_the_newest(api: httpx.AsyncClient, store: Store) -> None:
    for name in ("s1", "s2", "s3"):
        await a_session(store, id=name)
    await a_session(store, id="s0", status=SessionStatus.COMPLETED)
    await a_session(store, id="x", party=OTHER)
    first = (await api.get("/sessions", params={"limit": 2})).json()
    assert [session["id"] for session in first] == ["s3", "s2"]
    rest = (await api.get("/sessions", params={"after": "s2"})).json()
    assert [session["id"] for session in rest] == ["s1", "s0"]
    ended = (await api.get("/sessions", params={"running": False})).json()
    assert [session["id"] for session in ended] == ["s0"]
    one = (await api.get("/sessions/s1")).json()
    assert (one["energy"], one["contract_id"]) == ("0", "NL-RWD-C12345678-X")
    assert (await api.get("/cdrs")).json() == []
    refused(await api.get("/sessions", params={"limit": 0}), 422, "invalid_input")


async def test_a_session_that_waits_for_a_price_is_billed_by_hand(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    await api.post("/import", content=TEXT)
    hour = timedelta(hours=1)
    line = (
        Point(NOON, NO_ENERGY, Activity.CHARGING),
        Point(NOON + hour, Kwh.of("10"), Activity.IDLE),
    )
    ended = {"ended_at": NOON + hour, "stopped_at": NOON + hour, "timeline": line}
    await a_session(store, status=SessionStatus.COMPLETED, energy=Kwh.of("10"), **ended)
    await a_session(store, id="s2")
    waiting = (await api.get("/sessions", params={"unbilled": True})).json()
    assert [(each["id"], each["cost"]) for each in waiting] == [("s1", None)]
    given = {"tariff_id": "STREET-AC"}
    refused(await api.post("/sessions/s1/bill", json=given, headers=other), 404, "not_found")
    refused(await api.post("/sessions/s1/bill", json={"tariff_id": "X"}), 404, "not_found")
    refused(await api.post("/sessions/s2/bill", json=given), 409, "conflict")
    answer = await api.post("/sessions/s1/bill", json=given)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["session_id"], answer.json()["energy"]) == ("s1", "10")
    assert [each["id"] for each in (await api.get("/cdrs")).json()] == [answer.json()["id"]]
    session = (await api.get("/sessions/s1")).json()
    assert (session["tariff_id"], session["cost"]) == ("STREET-AC", answer.json()["total"])
    refused(await api.post("/sessions/s1/bill", json=given), 409, "conflict")
    assert (await api.get("/sessions", params={"unbilled": True})).json() == []


async def test_operators_do_not_see_each_other(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    await api.post("/import", content=TEXT)
    await online(store, "RW-AMS-01")
    await a_session(store)
    where = {"location_id": "AMS-HARBOUR", "evse_uid": "RW-AMS-01-1", "connector_id": "1"}
    command = (await api.post("/commands/unlock", json=where)).json()
    for path in (
        "/locations/AMS-RING", "/tariffs/FAST-DC", "/stations/RW-AMS-01", "/sessions/s1",
        "/cdrs/c1", f"/commands/{command['id']}",
    ):  # fmt: skip
        refused(await api.get(path, headers=other), 404, "not_found")
    for path in ("/locations", "/tariffs", "/stations", "/sessions", "/cdrs"):
        assert (await api.get(path, headers=other)).json() == []
    for verb, given in (
        ("start", {k: v for k, v in where.items() if k != "connector_id"}),
        ("stop", {"session_id": "s1"}),
        ("unlock", where),
        ("reset", {"station_id": "RW-AMS-01"}),
    ):
        answer = await api.post(f"/commands/{verb}", json=given, headers=other)
        refused(answer, 404, "not_found")
    refused(await api.post("/import", content=TEXT, headers=other), 403, "forbidden")
    answer = await api.put("/stations/RW-AMS-01", headers=other)
    refused(answer, 409, "already_exists")


async def test_partners_are_invited_by_the_platforms_keys(
    api: httpx.AsyncClient, other: dict[str, str]
) -> None:
    given = {"name": "Them", "roles": ["EMSP", "CPO"]}
    invited = await api.post("/partners", json=given)
    assert invited.status_code == 201
    assert invited.json()["versions_url"] == "https://hub.example/ocpi/versions"
    assert invited.json()["versions_url_2_1_1"] == "https://hub.example/ocpi/cpo/versions"
    listed = (await api.get("/partners")).json()
    assert [(p["name"], p["state"]) for p in listed] == [("Them", "invited")]
    refused(await api.post("/partners", json=given, headers=other), 403, "forbidden")
    refused(await api.post("/partners", json=given | {"roles": ["KING"]}), 422, "invalid_input")


async def test_what_is_stuck_can_be_tried_again(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    assert (await api.get("/deliveries/stuck")).json() == []
    delivery = Delivery("partner:1", "s1", Mode.LATEST, "ocpi.session")
    async with store.transaction() as tx:
        await tx.deliveries.add([delivery], NOON)
        lease = await tx.deliveries.lease("w", NOON, NOON)
        assert lease
        await tx.deliveries.back_off(lease, None, "refused", NOON)
    stuck = (await api.get("/deliveries/stuck")).json()
    assert [(s["destination"], s["trouble"], s["pending"]) for s in stuck] == [
        ("partner:1", "refused", 1)
    ]
    given = {"destination": "partner:1"}
    refused(await api.post("/deliveries/retry", json=given, headers=other), 403, "forbidden")
    assert (await api.post("/deliveries/retry", json=given)).status_code == 204
    refused(await api.post("/deliveries/retry", json=given), 404, "not_found")


async def test_unknown_addresses_and_methods(api: httpx.AsyncClient) -> None:
    refused(await api.get("/nothing"), 404, "not_found")
    refused(await api.post("/operator"), 405, "method_not_allowed")


async def test_a_charger_that_is_nobodys(api: httpx.AsyncClient, store: Store) -> None:
    async with store.transaction() as tx:
        await tx.stations.add(Station("X1", OTHER, "x"))
    refused(await api.get("/stations/X1"), 404, "not_found")
    refused(await api.get("/stations/X2"), 404, "not_found")


async def test_a_document_describes_it_all(api: httpx.AsyncClient) -> None:
    paths = (await api.get("/openapi.json")).json()["paths"]
    assert {"/import", "/locations/{location_id}", "/commands/start"} <= set(paths)


def _all(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind}.union(*(_all(sub) for sub in kind.__subclasses__()))


def test_every_refusal_of_the_domain_has_a_status() -> None:
    ours = {k for k in _all(DomainError) if k.__module__ == "app.domain.errors"}
    assert ours - {DomainError} == set(STATUSES)
    said = problem(RateLimited(7))
    assert (said.status, said.headers) == (429, {"Retry-After": "7"})


async def test_platforms_of_211_are_invited_to_meet_one_party(api: httpx.AsyncClient) -> None:
    given = {"name": "Old", "roles": ["EMSP"], "hub": True, "counterpart": "DE-CPA"}
    invited = (await api.post("/partners", json=given)).json()
    assert invited["versions_url"] == "https://hub.example/ocpi/hub/at/DE-CPA/versions"
    assert invited["versions_url_2_1_1"] is None
    assert (await api.get("/partners")).json()[0]["counterpart"] == "DE-CPA"
    for wrong in ({"counterpart": "D1-CPA"}, {"hub": False}, {"roles": ["EMSP", "CPO"]}):
        refused(await api.post("/partners", json=given | wrong), 422, "invalid_input")


async def test_members_that_will_come_are_named_with_their_invitation(
    api: httpx.AsyncClient, store: Store
) -> None:
    """C-270."""
    given = {
        "name": "New", "roles": ["CPO"], "hub": True,
        "planned": [{"role": "CPO", "party": "DE-CPZ"}],
    }  # fmt: skip
    assert (await api.post("/partners", json=given)).status_code == 201
    async with store.reading() as tx:
        (member,) = await tx.hub_members.all()
    assert (str(member.party), member.status) == ("DE-CPZ", "PLANNED")
    strange = [{"role": "EMSP", "party": "DE-CPZ"}]
    for wrong in ({"planned": strange}, {"hub": False}, {"planned": [{"role": "CPO"}]}):
        refused(await api.post("/partners", json=given | wrong), 422, "invalid_input")
