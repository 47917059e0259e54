"""Operators see what signed meter values prove, and keep the keys of their meters."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.console.api.services import OperatorServices
from app.domain.metering import Reading, ReadingContext
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Phase, Station, TransactionReported
from app.domain.units import Kwh
from app.store.batch import apply
from app.store.meters import belonging_to, unclaimed
from app.store.transaction import Store
from app.use_cases.live_stations import Layout, LiveStation
from tests.edge.console.conftest import HOUSE, online, refused
from tests.support.clock import NOON
from tests.support.signing import SigningMeter

METER = SigningMeter(serial="Z-7")
KEYS = "/chargers/ST-1/meter-keys"
SESSION = Session(
    "s1", HOUSE, SessionStatus.COMPLETED, NOON, NOON, "EUR", "UTC",
    station_id="ST-1", transaction="7", energy=Kwh.of("1.5"), ended_at=NOON,
    missing=frozenset({4, 3}), stop_reason="Local",
)  # fmt: skip


@pytest.fixture
async def texts(services: OperatorServices, store: Store) -> list[str]:
    """What the session s1 of the charger ST-1 was signed with."""
    station = Station("ST-1", HOUSE, "hash")
    texts = [METER.v2(METER.signs(("B", "1"))), METER.v2(METER.signs(("E", "2.5")))]
    texts = [text._replace(public_key="") for text in texts]
    contexts = (ReadingContext.BEGIN, ReadingContext.END)
    readings = tuple(
        Reading(NOON, Kwh.of(1), context=context, signed=(text,))
        for context, text in zip(contexts, texts, strict=True)
    )
    live = LiveStation(station, "ocpp1.6", "here", Layout(), NOON)
    message = TransactionReported(Phase.ENDED, NOON, '{"transactionId":7}', readings=readings)
    judged = await services.chargers.signed.judged(live, message)
    rows = unclaimed("ST-1", judged.readings, judged.raw, judged.at)
    async with store.transaction() as tx:
        await tx.stations.add(station)
        await tx.sessions.put(SESSION)
        await apply(tx.connection, belonging_to(SESSION, rows))
    return [text.data for text in texts]


async def proof(api: httpx.AsyncClient) -> Any:
    return (await api.get("/sessions/s1/signed")).json()


async def test_a_sessions_proof(api: httpx.AsyncClient, texts: list[str]) -> None:
    """P-118: shown byte for byte, as valid, invalid, of an unknown key."""
    before = await proof(api)
    assert [value["data"] for value in before["values"]] == texts
    assert (before["verdict"], before["trust"]) == ("unknown_key", None)
    assert (before["energy"], before["agrees"]) == ("1.5", True)
    given = {"public_key": METER.pem, "meter": "Z-7"}
    made = await api.post(KEYS, json=given)
    assert made.status_code == 201
    assert made.json()["curve"] == "secp256r1"
    after = await proof(api)
    assert (after["verdict"], after["trust"]) == ("valid", "registered")
    assert {v["key_id"] for v in after["values"]} == {made.json()["id"]}
    assert (await api.get("/sessions/s1")).json()["signed"] == "valid"
    assert [s["signed"] for s in (await api.get("/sessions")).json()] == ["valid"]
    assert (await api.delete(f"{KEYS}/{made.json()['id']}")).status_code == 204
    await api.post(KEYS, json={"public_key": SigningMeter().oca})
    assert (await proof(api))["verdict"] == "invalid"
    listed = (await api.get(KEYS)).json()
    assert [key["revoked_at"] is None for key in listed] == [False, True]
    page = (await api.get("/chargers/ST-1/signed", params={"limit": 1})).json()
    assert [value["data"] for value in page] == texts[1:]
    rest = await api.get("/chargers/ST-1/signed", params={"after": page[0]["id"]})
    assert [value["data"] for value in rest.json()] == texts[:1]


async def test_an_unsigned_session(api: httpx.AsyncClient, store: Store) -> None:
    async with store.transaction() as tx:
        await tx.sessions.put(replace(SESSION, id="s2"))
    shown = (await api.get("/sessions/s2/signed")).json()
    assert (shown["verdict"], shown["values"]) == ("unsigned", [])


@pytest.mark.usefixtures("texts")
async def test_what_a_charger_said_of_a_session(api: httpx.AsyncClient) -> None:
    """P-182: with the numbers of the messages that never came."""
    assert (await api.get("/sessions/s1/messages")).json() == [{"transactionId": 7}]
    shown = (await api.get("/sessions/s1")).json()
    assert (shown["transaction"], shown["missing"]) == ("7", [3, 4])
    assert shown["stop_reason"] == "Local"


@pytest.mark.usefixtures("texts")
async def test_what_is_refused(api: httpx.AsyncClient, other: dict[str, str]) -> None:
    refused(await api.post(KEYS, json={"public_key": "none"}), 422, "invalid_input")
    refused(await api.delete(f"{KEYS}/none"), 404, "not_found")
    for path in ("/sessions/s1/signed", "/sessions/s1/messages", KEYS, "/chargers/ST-1/signed"):
        refused(await api.get(path, headers=other), 404, "not_found")
    given = {"public_key": METER.key}
    refused(await api.post(KEYS, json=given, headers=other), 404, "not_found")
    refused(await api.delete(f"{KEYS}/x", headers=other), 404, "not_found")


@pytest.mark.usefixtures("texts")
async def test_a_session_is_asked_about(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    """P-197: the answer is among the charger's facts."""
    await online(store, "ST-1")
    asked = await api.post("/sessions/s1/ask")
    assert asked.status_code == 202
    assert asked.json()["ask"] == {"AskTransactionStatus": {"transaction": "7"}}
    refused(await api.post("/sessions/s1/ask", headers=other), 404, "not_found")
    async with store.transaction() as tx:
        await tx.sessions.put(replace(SESSION, id="s2", station_id=None))
    refused(await api.post("/sessions/s2/ask"), 409, "conflict")
