"""Operators limit sessions: at their own chargers, and the platform's drivers' at partners'."""

from typing import Any

import httpx

from app.domain.commands import CommandKind
from app.domain.profiles import RateUnit
from app.domain.stations import Station
from app.store.transaction import Store
from tests.edge.console.conftest import HOUSE, refused
from tests.support.roaming_objects import THEIR_CPO, a_location, a_session, a_token, an_evse

PROFILE: dict[str, Any] = {
    "unit": "W",
    "periods": [{"start_s": 0, "limit": "4000.19"}, {"start_s": 60, "limit": 0}],
    "duration_s": 3600,
}
OWN = "/sessions/s-1/profile"
THEIRS = f"/roaming/{THEIR_CPO}/sessions/101/profile"


async def _charge(store: Store, *capabilities: str) -> None:
    evse = an_evse("E1", capabilities=capabilities)
    own = a_session("s-1", station_id="ST-1", transaction="12", token=a_token().ref)
    async with store.transaction() as tx:
        await tx.locations.put(a_location(evses=(evse,)))
        await tx.stations.add(Station("ST-1", HOUSE, "hash", node="here"))
        await tx.sessions.put(own)
        await tx.sessions.put_foreign(a_session("101", party=THEIR_CPO, own=False))


async def test_a_session_at_an_own_charger(api: httpx.AsyncClient, store: Store) -> None:
    await _charge(store, "CHARGING_PROFILE_CAPABLE")
    empty = (await api.get(OWN)).json()
    assert (empty["profile"], empty["active"], empty["preferences"]) == (None, None, None)
    answers = [
        await api.put(OWN, json=PROFILE),
        await api.post(f"{OWN}/refresh"),
        await api.delete(OWN),
    ]
    assert [a.status_code for a in answers] == [202] * 3
    kinds = [(await api.get(f"/commands/{a.json()['id']}")).json()["kind"] for a in answers]
    assert kinds == ["limit", "schedule", "unlimit"]
    async with store.reading() as tx:
        command = await tx.commands.need(answers[0].json()["id"])
    assert command.profile is not None
    assert command.profile.unit is RateUnit.WATT
    assert [str(period.limit) for period in command.profile.periods] == ["4000.1", "0.0"]


async def test_what_cannot_be_limited(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    await _charge(store)
    body = refused(await api.put(OWN, json=PROFILE), 409, "charger_refused")
    assert body["reason"] == "not_capable"
    refused(await api.put(OWN, json=PROFILE, headers=other), 404, "not_found")
    refused(await api.get(OWN, headers=other), 404, "not_found")
    for wrong in (
        {"periods": []},
        {"unit": "kW"},
        {"duration_s": 0},
        {"start": "2026-05-04T12:00:00"},
        {"periods": [{"start_s": 0, "limit": "-1"}]},
    ):
        refused(await api.put(OWN, json=PROFILE | wrong), 422, "invalid_input")


async def test_our_drivers_session_at_a_partners_charger(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    await _charge(store)
    assert (await api.get(THEIRS)).json()["session_id"] == "101"
    answers = [
        await api.put(THEIRS, json=PROFILE),
        await api.post(f"{THEIRS}/refresh"),
        await api.delete(THEIRS),
    ]
    assert [a.status_code for a in answers] == [202] * 3
    for answer in answers:
        shown = (await api.get(f"/roaming/profile-commands/{answer.json()['id']}")).json()
        assert (shown["session_id"], shown["state"]) == ("101", "requested")
    async with store.reading() as tx:
        command = await tx.commands.need(answers[0].json()["id"])
    assert (command.kind, command.remote_party) == (CommandKind.LIMIT, THEIR_CPO)
    for method in ("GET", "PUT", "DELETE"):
        answer = await api.request(method, THEIRS, json=PROFILE, headers=other)
        refused(answer, 403, "forbidden")
    refused(await api.put("/roaming/XX/sessions/101/profile", json=PROFILE), 422, "invalid_input")
    nowhere = f"/roaming/{THEIR_CPO}/sessions/102/profile"
    refused(await api.put(nowhere, json=PROFILE), 404, "not_found")
    own = await api.post("/commands/reset", json={"station_id": "ST-1"})
    path = f"/roaming/profile-commands/{own.json()['id']}"
    refused(await api.get(path), 404, "not_found")
