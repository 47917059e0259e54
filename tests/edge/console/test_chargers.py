"""Operators ask chargers for what is not charging, and see what came of it."""

import httpx

from app.console.api.services import OperatorServices
from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.station_news import AvailabilityChanged, CacheCleared
from app.domain.stations import Address, ConnectorState, Station
from app.store.batch import apply
from app.store.documents import pack_one
from app.store.stations import Reported, shown
from app.store.transaction import Store
from tests.edge.console.conftest import HOUSE, Nobody, refused
from tests.support.roaming_objects import a_location, an_evse

CHARGER = "/chargers/ST-1"
OUT = AvailabilityChanged(operative=False, scheduled=True, evse_uid="E1", connector_id="1")


async def _connect(store: Store, node: str | None = "here") -> None:
    async with store.transaction() as tx:
        await tx.stations.add(Station("ST-1", HOUSE, "hash", node=node))


async def test_an_ask_is_shown_with_its_answer_and_its_effect(
    api: httpx.AsyncClient, store: Store, services: OperatorServices
) -> None:
    await _connect(store)
    asked = await api.post(f"{CHARGER}/availability", json={"operative": False, "evse_uid": "E1"})
    assert asked.status_code == 202
    body = asked.json()
    assert (body["state"], body["answer"]) == ("requested", None)
    assert body["ask"] == {"ChangeAvailability": {"operative": False}}
    assert body["asked_by"]
    news = (pack_one(OUT), pack_one(CacheCleared()))
    told = CommandOutcome(CommandResult.ACCEPTED, answer='{"status":"Scheduled"}', news=news)
    await services.commands.settle(body["id"], told)
    [shown] = (await api.get(f"{CHARGER}/commands")).json()
    assert (shown["result"], shown["answer"]) == ("ACCEPTED", {"status": "Scheduled"})
    facts = (await api.get(f"{CHARGER}/facts")).json()
    assert [(fact["topic"], fact["name"]) for fact in facts] == [
        ("availability", "E1/1"),
        ("cache_cleared", ""),
    ]
    assert facts[0]["value"]["scheduled"] is True


async def test_availability_is_followed_to_its_end(
    api: httpx.AsyncClient, store: Store, services: OperatorServices
) -> None:
    """P-137: what was scheduled is done once the charger shows it."""
    await _connect(store)
    async with store.transaction() as tx:
        evses = tuple(an_evse(f"E{n}", station_id="ST-1", number=n) for n in (1, 2))
        await tx.locations.put(a_location(evses=evses, party=HOUSE))

    async def show(number: int, state: ConnectorState) -> None:
        reported = Reported(Address(number, 1), state, services.clock.now())
        async with store.transaction() as tx:
            await apply(tx.connection, [shown("ST-1", reported)])

    async def done() -> list[tuple[str | None, bool]]:
        parts = (await api.get(f"{CHARGER}/availability")).json()
        return [(part["evse_uid"], part["done"]) for part in parts]

    asked = (await api.post(f"{CHARGER}/availability", json={"operative": False})).json()
    news = tuple(
        pack_one(AvailabilityChanged(False, True, uid))  # noqa: FBT003
        for uid in (None, "E1", "E2")
    )
    told = CommandOutcome(CommandResult.ACCEPTED, news=news)
    await services.commands.settle(asked["id"], told)
    assert await done() == [(None, False), ("E1", False), ("E2", False)]
    await show(1, ConnectorState.UNAVAILABLE)
    await show(2, ConnectorState.CHARGING)
    assert await done() == [(None, False), ("E1", True), ("E2", False)]
    await show(2, ConnectorState.UNAVAILABLE)
    assert await done() == [(None, True), ("E1", True), ("E2", True)]


async def test_an_answer_after_the_deadline_still_has_its_effect(
    api: httpx.AsyncClient, store: Store, services: OperatorServices
) -> None:
    await _connect(store)
    asked = (await api.post(f"{CHARGER}/clear-cache")).json()
    await services.commands.settle(asked["id"], CommandOutcome(CommandResult.TIMEOUT))
    late = CommandOutcome(CommandResult.ACCEPTED, news=(pack_one(CacheCleared()),))
    assert (await services.commands.settle(asked["id"], late)).outcome == CommandOutcome(
        CommandResult.TIMEOUT
    )
    assert [f["topic"] for f in (await api.get(f"{CHARGER}/facts")).json()] == ["cache_cleared"]


async def test_a_raw_call_answers_with_the_chargers_payload(
    api: httpx.AsyncClient, store: Store, nobody: Nobody
) -> None:
    await _connect(store)
    seen: list[Command] = []

    async def execute(command: Command) -> CommandOutcome:
        seen.append(command)
        return CommandOutcome(CommandResult.ACCEPTED, answer='{"status":"Rejected"}')

    nobody.execute = execute  # type: ignore[method-assign]
    secret = {"key": "AuthorizationKey", "value": "hunter22"}
    said = await api.post(
        f"{CHARGER}/call", json={"action": "ChangeConfiguration", "payload": secret}
    )
    assert said.status_code == 200
    assert (said.json()["state"], said.json()["answer"]) == ("settled", {"status": "Rejected"})
    assert said.json()["ask"] == {"RawAsk": {"action": "ChangeConfiguration"}}
    assert seen[0].ask is not None
    assert "hunter22" not in seen[0].ask.document
    assert len((await api.get(f"{CHARGER}/security")).json()["new_passwords"]) == 1
    assert "hunter22" not in (await api.get(f"{CHARGER}/commands")).text


async def test_whose_charger_it_is_and_whether_it_is_there(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    await _connect(store, node=None)
    body = refused(await api.post(f"{CHARGER}/clear-cache"), 409, "charger_refused")
    assert body["reason"] == "offline"
    for path in ("commands", "facts"):
        refused(await api.get(f"{CHARGER}/{path}", headers=other), 404, "not_found")
    raw = {"action": "Reset", "payload": {}}
    refused(await api.post(f"{CHARGER}/call", json=raw, headers=other), 404, "not_found")
    refused(await api.post("/chargers/NONE/clear-cache"), 404, "not_found")
    for wrong in ({}, {"operative": "no"}, {"operative": True, "evse": 1}):
        refused(await api.post(f"{CHARGER}/availability", json=wrong), 422, "invalid_input")
