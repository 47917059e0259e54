"""Reservations from the phone: what is shown, what is refused, and to whom."""

import pytest

from app.domain.stations import ConnectorState
from app.use_cases.live_stations import LiveStation
from tests.edge.mobile.conftest import CODE, Site, refused
from tests.support.reserving import prices

PLACE = {"party": "NL-RW1", "location_id": "L1", "evse_uid": "E1"}


@pytest.fixture
async def live(site: Site) -> LiveStation:
    """The charger, free."""
    live = await site.drive.floor.connect()
    await site.drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await site.drive.pump()
    return live


@pytest.fixture
async def me(site: Site, live: LiveStation) -> dict[str, str]:
    """The driver, where reserving has a price."""
    async with site.drive.store.transaction() as tx:
        await tx.tariffs.put(prices())
    return await site.sign_in()


async def _reserve(site: Site, me: dict[str, str]) -> str:
    answer = await site.post("/reservations", {**PLACE, "minutes": 30}, headers=me)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def test_a_reservation_with_its_price(site: Site, me: dict[str, str]) -> None:
    """What reserving costs, and what is charged when nobody comes: 4.00 + 3.00, plus 20 %."""
    answer = await site.post("/reservations", {**PLACE, "minutes": 30}, headers=me)
    shown = answer.json()
    assert (answer.status_code, shown["state"]) == (202, "requested")
    assert [p["kind"] for p in shown["prices"]] == [
        "reservation_time",
        "expired_time",
        "expired",
    ]
    assert shown["if_unused"] == {"minor": 840, "currency": "EUR", "text": "8.40 EUR"}
    await site.drive.pump()
    again = (await site.get(f"/reservations/{shown['id']}", headers=me)).json()
    assert (again["state"], again["partner"]) == ("active", False)
    assert again["active_at"] is not None
    listed = (await site.get("/reservations", headers=me)).json()
    assert listed == {"reservations": [again], "next": None}


async def test_the_sticker_s_code_names_the_place(site: Site, me: dict[str, str]) -> None:
    answer = await site.post("/reservations", {"code": CODE}, headers=me)
    assert answer.status_code == 202, answer.text
    assert answer.json()["evse_uid"] == "E1"


async def test_it_is_given_back(site: Site, me: dict[str, str]) -> None:
    """Twice does no harm."""
    reservation_id = await _reserve(site, me)
    await site.drive.pump()
    for state in ("active", "cancelled"):
        answer = await site.http.delete(f"/reservations/{reservation_id}", headers=me)
        assert (answer.status_code, answer.json()["state"]) == (202, state)
        await site.drive.pump()
    shown = (await site.get(f"/reservations/{reservation_id}", headers=me)).json()
    assert (shown["state"], shown["reason"]) == ("cancelled", "given_back")


async def test_one_key_reserves_once(site: Site, me: dict[str, str]) -> None:
    headers = {**me, "Idempotency-Key": "a-key-of-sixteen-letters"}
    first = await site.post("/reservations", PLACE, headers=headers)
    again = await site.post("/reservations", PLACE, headers=headers)
    assert first.json() == again.json()
    refused(await site.post("/reservations", PLACE, headers=me), 409, "conflict")


async def test_what_is_refused(site: Site, live: LiveStation, me: dict[str, str]) -> None:
    refused(await site.post("/reservations", PLACE), 401, "unauthenticated")
    nowhere = {**PLACE, "evse_uid": "nope"}
    refused(await site.post("/reservations", nowhere, headers=me), 404, "not_found")
    for body in ({}, {**PLACE, "code": CODE}, {**PLACE, "minutes": 0}, {**PLACE, "minutes": 241}):
        answer = await site.post("/reservations", body, headers=me)
        assert answer.status_code == 422, answer.text
    await site.drive.floor.show(live, 60, ConnectorState.PREPARING)
    answer = await site.post("/reservations", PLACE, headers=me)
    assert answer.status_code == 409, answer.text


async def test_another_s_reservation_is_not_found(site: Site, me: dict[str, str]) -> None:
    reservation_id = await _reserve(site, me)
    other = await site.sign_in("other")
    path = f"/reservations/{reservation_id}"
    refused(await site.get(path, headers=other), 404, "not_found")
    refused(await site.http.delete(path, headers=other), 404, "not_found")
