"""Every typed ask of the operator's API: what it takes, and what is then asked of the charger."""

from typing import Any

import httpx
import pytest

from app.domain.stations import Station
from app.store.transaction import Store
from tests.edge.console.conftest import HOUSE, refused
from tests.support.roaming_objects import a_tariff

FLAT = {"unit": "A", "periods": [{"start_s": 0, "limit": "10.57"}]}
PERIOD = {"start": "PT0S", "limit": "10.5"}
MAX = {"number": 7, "purpose": "max", "profile": FLAT}
CONTROL = {"control_id": "c-1", "control_type": "VoltVar", "is_default": True, "settings": {}}

TAKEN: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("availability", {"operative": True}, "ChangeAvailability", {"operative": True}),
    (
        "profiles/set",
        MAX,
        "SetStationProfile",
        {"number": 7, "purpose": "max", "profile": {"unit": "A", "periods": [PERIOD]}},
    ),
    ("profiles/clear", {"number": 7}, "ClearProfiles", {"number": 7}),
    ("profiles/clear", {"purpose": "default"}, "ClearProfiles", {"purpose": "default"}),
    ("profiles/list", {"source": "EMS"}, "ListProfiles", {"source": "EMS"}),
    (
        "profiles/dynamic",
        {"number": 9, "limit": "11000.5"},
        "UpdateDynamicSchedule",
        {"number": 9, "limit": "11000.5"},
    ),
    (
        "priority",
        {"transaction": "tx-1", "activate": False},
        "UsePriorityCharging",
        {"transaction": "tx-1", "activate": False},
    ),
    (
        "energy-transfer",
        {"transaction": "tx-1", "modes": ["DC_BPT"]},
        "AllowEnergyTransfer",
        {"transaction": "tx-1", "modes": ["DC_BPT"]},
    ),
    ("reserve-signal", {"signal": -3}, "SignalReserve", {"signal": -3}),
    ("der/set", CONTROL, "SetDerControl", CONTROL),
    ("der/list", {}, "ListDerControls", {}),
    ("der/clear", {"is_default": True}, "ClearDerControls", {"is_default": True}),
    (
        "battery-swap",
        {"number": 7, "token": "T1"},
        "RequestBatterySwap",
        {"number": 7, "token": "T1"},
    ),
    ("tariffs/list", {}, "ListTariffs", {}),
    ("event-streams/list", {}, "ListStreams", {}),
    (
        "event-streams/adjust",
        {"number": 4, "interval_s": 60},
        "AdjustStream",
        {"number": 4, "pace": {"interval_s": 60}},
    ),
    ("tariffs/clear", {"tariff_ids": ["T1"]}, "ClearTariffs", {"tariff_ids": ["T1"]}),
    ("web-payment", {"timeout_s": 90, "evse_uid": "E1"}, "AnnounceWebPayment", {"timeout_s": 90}),
]

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("profiles/set", {**MAX, "number": 0}),
    ("profiles/set", {**MAX, "profile": {**FLAT, "periods": []}}),
    ("profiles/set", {**MAX, "purpose": "tx"}),
    ("profiles/dynamic", {"number": 9, "limit": "-1"}),
    ("priority", {"transaction": "x" * 37, "activate": True}),
    ("energy-transfer", {"transaction": "tx-1", "modes": ["AC"]}),
    ("reserve-signal", {"signal": 2**40}),
    ("der/set", {**CONTROL, "control_type": "Volt"}),
    ("der/clear", {}),
    ("battery-swap", {"number": -1, "token": "T1"}),
    ("web-payment", {"timeout_s": 0}),
]


@pytest.fixture
async def charger(store: Store) -> str:
    async with store.transaction() as tx:
        await tx.stations.add(Station("ST-1", HOUSE, "hash", node="here"))
    return "/chargers/ST-1"


async def test_what_is_taken(api: httpx.AsyncClient, charger: str) -> None:
    for path, body, name, expected in TAKEN:
        answer = await api.post(f"{charger}/{path}", json=body)
        assert answer.status_code == 202, (path, answer.text)
        asked = answer.json()["ask"]
        assert asked == {name: expected}, path
    shown = (await api.get(f"{charger}/commands")).json()
    assert [next(iter(one["ask"])) for one in reversed(shown)] == [name for _, _, name, _ in TAKEN]


async def test_a_tariff_of_the_operators_own(
    api: httpx.AsyncClient, store: Store, charger: str
) -> None:
    async with store.transaction() as tx:
        await tx.tariffs.put(a_tariff(party=HOUSE))
    body = {"tariff_id": "T1", "transaction": "tx-1"}
    for path, given in (("default", {"tariff_id": "T1"}), ("session", body)):
        answer = await api.post(f"{charger}/tariffs/{path}", json=given)
        assert answer.status_code == 202, answer.text
        missing = await api.post(f"{charger}/tariffs/{path}", json=given | {"tariff_id": "T2"})
        refused(missing, 404, "not_found")


async def test_what_is_refused(
    api: httpx.AsyncClient, charger: str, other: dict[str, str]
) -> None:
    for path, body in REFUSED:
        refused(await api.post(f"{charger}/{path}", json=body), 422, "invalid_input")
    for path, body, *_ in TAKEN:
        theirs = await api.post(f"{charger}/{path}", json=body, headers=other)
        refused(theirs, 404, "not_found")
    assert (await api.get(f"{charger}/commands")).json() == []


async def test_a_display_is_set_up(api: httpx.AsyncClient, charger: str) -> None:
    """P-221: whoever sets codes up sees how they are made, and never the secret."""
    refused(await api.get(f"{charger}/display-codes"), 404, "not_found")
    refused(
        await api.put(f"{charger}/display-codes", json={"validity_s": 5}), 422, "invalid_input"
    )
    told = await api.put(f"{charger}/display-codes", json={"validity_s": 45})
    assert told.status_code == 202, told.text
    assert told.json()["ask"]["SetUpWebPayment"].keys().isdisjoint({"secret"})
    shown = (await api.get(f"{charger}/display-codes")).json()
    template = "https://hub.example/q/d/{chargingstationid}/{evse}?t={totp}&v={version}"
    assert (shown["url_template"], shown["validity_s"], shown["state"]) == (
        template,
        45,
        "requested",
    )
    assert (await api.delete(f"{charger}/display-codes")).status_code == 204
    refused(await api.get(f"{charger}/display-codes"), 404, "not_found")
