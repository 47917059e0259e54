"""Partners' bills that do not come, as a person finds them (product, journey C, step C8)."""

from datetime import timedelta

import httpx

from app.domain.charging import ChargingState
from app.store.transaction import Store
from tests.edge.console.conftest import refused
from tests.support.chargings import a_charging
from tests.support.clock import NOON
from tests.support.roaming_objects import THEIR_CPO, a_partner


async def test_overdue_bills_are_listed_for_the_platform(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    """After three days; with whom to ask, without whose session it was."""
    at_partner = {"own": False, "station_id": None, "cpo": THEIR_CPO}
    waits = {**at_partner, "state": ChargingState.SETTLING}
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        for ident, days, known in (
            ("late", 3, waits),
            ("later", 4, waits),
            ("recent", 2, waits),
            ("billed", 9, {**at_partner, "state": ChargingState.COMPLETED}),
            ("own", 9, {"state": ChargingState.SETTLING}),
        ):
            since = NOON - timedelta(days=days)
            await tx.charging.add(
                a_charging(id=ident, created_at=since, state_since=since, **known)
            )
    listed = (await api.get("/roaming/overdue-bills")).json()
    assert [each["session_id"] for each in listed] == ["later", "late"]
    assert listed[0] == {
        "session_id": "later",
        "party": str(THEIR_CPO),
        "location_id": "L1",
        "evse_uid": "E1",
        "started_at": None,
        "waiting_since": (NOON - timedelta(days=4)).isoformat().replace("+00:00", "Z"),
        "energy_kwh": None,
        "expected": None,
        "partners": ["p-1"],
    }
    refused(await api.get("/roaming/overdue-bills", headers=other), 403, "forbidden")
