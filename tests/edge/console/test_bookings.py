"""Operators let EVSEs be booked ahead, and see what was."""

import httpx
import pytest

from app.console.api.access import OperatorServices
from app.domain.identifiers import PartyId
from tests.support.roaming_objects import CPO, a_location

SLOT = {"begins": "2026-06-02T08:00:00Z", "ends": "2026-06-02T12:00:00Z", "power_kw": "22"}
PLACE = {"location_id": "L1", "evse_uid": "E1", "slots": [SLOT], "cancel_until_minutes": 30}


@pytest.fixture
async def key(services: OperatorServices) -> dict[str, str]:
    """The operator of a published location."""
    async with services.bookings._store.transaction() as tx:
        await tx.locations.put(a_location())
    secret = (await services.operators.add(CPO, "Roamwatt Charging")).secret
    return {"Authorization": f"Bearer {secret}"}


async def test_an_operator_offers_times(
    api: httpx.AsyncClient, services: OperatorServices, key: dict[str, str]
) -> None:
    """And nobody else sees them there."""
    other = (await services.operators.add(PartyId("NL", "RW9"), "Another")).secret
    theirs = {"Authorization": f"Bearer {other}"}
    answer = await api.put("/booking-places/BP1", json=PLACE, headers=key)
    assert answer.status_code == 200, answer.text
    place = answer.json()
    assert (place["id"], place["change_until_minutes"]) == ("BP1", "60")
    assert (await api.get("/booking-places", headers=key)).json() == [place]
    assert (await api.get("/booking-places", headers=theirs)).json() == []
    assert (await api.get("/bookings", headers=key)).json() == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"evse_uid": "E9"}, 404), ({"location_id": "L9"}, 404), ({"slots": [SLOT, SLOT]}, 422),
        ({"slots": [{**SLOT, "begins": "2026-06-02T08:00:00"}]}, 422), ({"more": 1}, 422),
        ({"slots": [{**SLOT, "power_kw": -1}]}, 422), ({"cancel_until_minutes": -1}, 422),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_told(
    api: httpx.AsyncClient, key: dict[str, str], changes: dict[str, object], status: int
) -> None:
    answer = await api.put("/booking-places/BP1", json={**PLACE, **changes}, headers=key)
    assert answer.status_code == status, answer.text
    assert (await api.get("/booking-places", headers=key)).json() == []
