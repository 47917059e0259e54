"""Bookings in 2.3.0: ours that providers ask for, theirs that operators tell us (C-281)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.bookings import BookingPlace, Slot, Terms
from app.domain.units import Kw
from app.use_cases.bookings import Bookings
from tests.edge.ocpi.conftest import PUBLIC, TOKEN, Peer, World, answered
from tests.support.rare_documents import (
    booking_document,
    calendar_document,
    place_document,
    request_document,
    terms_document,
)
from tests.support.roaming_objects import CPO, a_location, a_partner

SENDER, RECEIVER = "/cpo/2.3.0/bookings", "/emsp/2.3.0/bookings"
PLACES = f"{SENDER}/booking_locations"
MORNING = datetime(2026, 6, 2, 8, tzinfo=UTC)
TERMS = Terms(change_until=timedelta(hours=1), cancel_until=timedelta(minutes=30))


def a_place(place_id: str = "BP1", **changes: Any) -> BookingPlace:
    """E1 in the mornings of two days, with 22 kW."""
    slots = tuple(
        Slot(
            MORNING + timedelta(days=day),
            MORNING + timedelta(days=day, hours=4),
            Kw.from_w(22_000),
        )
        for day in range(2)
    )
    given: dict[str, Any] = {
        "slots": slots,
        "last_updated": MORNING - timedelta(days=40),
        "terms": TERMS,
    }
    given = {"evse_uid": "E1", **given, **changes}
    return BookingPlace(CPO, place_id, "L1", **given)


def canceled() -> dict[str, str]:
    """The driver's car broke down."""
    return {"cancellation_reason": "BROKEN_VEHICLE", "who_canceled": "EMSP"}


def hours(begin: int, end: int) -> dict[str, str]:
    """A period of the first morning."""
    return {
        "start_date_time": f"2026-06-02T{begin:02d}:00:00Z",
        "end_date_time": f"2026-06-02T{end:02d}:00:00Z",
    }


@pytest.fixture
async def them(peer: Peer, world: World) -> Peer:
    """The partner, on 2.3.0, and a location of ours where E1 can be booked."""
    await world.put_partner(a_partner(version="2.3.0"), TOKEN)
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
    await Bookings(world.store, world.clock).offer(a_place())
    return peer


async def ask(them: Peer, **changes: Any) -> dict[str, Any]:
    """The booking that a request leads to."""
    booking: dict[str, Any] = answered(await them.post(SENDER, request_document(**changes)))
    return booking


async def test_offered_time_is_booked(them: Peer) -> None:
    """C-281."""
    booking = await ask(them)
    assert booking["reservation_status"] == "RESERVED"
    assert booking["period"] == hours(9, 10)
    assert booking["booking_option"] == {"evse_uid": "E1"}
    assert (booking["country_code"], booking["party_id"]) == ("NL", "RW1")
    assert booking["booking_terms"] == terms_document()
    (heard,) = booking["booking_requests"]
    assert heard["request_status"] == "ACCEPTED"
    assert heard["booking_request"] == request_document()
    assert answered(await them.get(f"{SENDER}/{booking['id']}")) == booking
    assert await ask(them) == booking


@pytest.mark.parametrize(
    "changes",
    [
        {"period": hours(7, 9)}, {"period": hours(11, 13)}, {"power_required": 50},
        {"booking_location_id": "BP2"}, {"tokens": []}, {"booking_option": {"evse_uid": "E2"}},
        {"period": {"start_date_time": "2026-04-02T09:00:00Z",
                    "end_date_time": "2026-04-02T10:00:00Z"}},
    ],
)  # fmt: skip
async def test_what_is_not_offered_is_rejected(them: Peer, changes: dict[str, Any]) -> None:
    booking = await ask(them, **changes)
    assert booking["reservation_status"] == "REJECTED"
    assert booking["booking_requests"][0]["request_status"] == "DECLINED"


async def test_time_is_promised_once(them: Peer, world: World) -> None:
    """By whichever platform it was asked for; what was given up can be had again."""
    mine = await ask(them, period=hours(8, 10))
    taken = await ask(them, request_id="RQ2", period=hours(9, 11))
    assert taken["reservation_status"] == "REJECTED"
    beside = await ask(them, request_id="RQ3", period=hours(10, 11))
    assert beside["reservation_status"] == "RESERVED"
    gone = await ask(them, period=hours(8, 10), canceled=canceled())
    assert gone["id"] == mine["id"]
    again = await ask(them, request_id="RQ4", period=hours(8, 10))
    assert again["reservation_status"] == "RESERVED"


async def test_the_same_request_changes_its_booking(them: Peer) -> None:
    """C-281."""
    first = await ask(them)
    moved = await ask(them, period=hours(9, 12))
    assert moved["id"] == first["id"]
    assert moved["period"] == hours(9, 12)
    assert [heard["request_status"] for heard in moved["booking_requests"]] == ["ACCEPTED"] * 2
    refused = await ask(them, period=hours(9, 13))
    assert refused["reservation_status"] == "RESERVED"
    assert refused["period"] == hours(9, 12)
    assert refused["booking_requests"][-1]["request_status"] == "DECLINED"


async def test_a_cancellation_is_told(them: Peer) -> None:
    """C-281."""
    await ask(them)
    booking = await ask(them, canceled=canceled())
    assert booking["reservation_status"] == "CANCELED"
    assert booking["canceled"] == canceled()
    late = await ask(them, period=hours(10, 11))
    assert late["reservation_status"] == "CANCELED"
    assert late["booking_requests"][-1]["request_status"] == "DECLINED"
    answered(
        await them.post(SENDER, request_document(request_id="RQ9", canceled=canceled())), 2000, 404
    )


async def test_terms_hold(them: Peer, world: World) -> None:
    """Changes until an hour before, cancellations until half an hour before."""
    await ask(them)
    world.clock.set(datetime(2026, 6, 2, 8, 15, tzinfo=UTC))
    assert (await ask(them, period=hours(9, 12)))["period"] == hours(9, 10)
    world.clock.set(datetime(2026, 6, 2, 8, 45, tzinfo=UTC))
    kept = await ask(them, canceled=canceled())
    assert kept["reservation_status"] == "RESERVED"
    assert "canceled" not in kept


async def test_places_are_listed_by_time(them: Peer, world: World) -> None:
    """§4.9, C-091."""
    bookings = Bookings(world.store, world.clock)
    await bookings.offer(a_place("BP2", evse_uid="E2", slots=a_place().slots[1:]))
    response = await them.get(f"{PLACES}?limit=1")
    (place,) = answered(response)
    assert place["id"] == "BP1"
    assert len(place["calendars"][0]["available_timeslots"]) == 2
    assert place["calendars"][0]["available_timeslots"][0]["max_power"] == 22_000
    assert response.headers["x-total-count"] == "2"
    assert response.headers["link"].startswith(f"<{PUBLIC}/ocpi{PLACES}?offset=1")
    window = "timeslot_from=2026-06-02T09:00:00Z&timeslot_to=2026-06-02T10:00:00Z"
    (only,) = answered(await them.get(f"{PLACES}?{window}"))
    assert only["id"] == "BP1"
    assert len(only["calendars"][0]["available_timeslots"]) == 1
    answered(await them.get(f"{PLACES}?timeslot_from=now"), 2001)
    assert answered(await them.get(f"{PLACES}/bp2"))["booking_option"] == {"evse_uid": "E2"}
    calendar = answered(await them.get(f"{PLACES}/BP1/1"))
    assert calendar["begin_from"] == "2026-06-02T08:00:00Z"
    answered(await them.get(f"{PLACES}/BP1/2"), 2000, 404)
    answered(await them.get(f"{PLACES}/BP9"), 2000, 404)


async def test_each_platform_sees_its_own_bookings(them: Peer, world: World) -> None:
    """C-283, C-105."""
    await world.put_partner(a_partner(id="p-9", name="Else", version="2.3.0"), "other")
    booking = await ask(them)
    assert answered(await them.get(SENDER)) == [booking]
    other = Peer(them.http, "other")
    assert answered(await other.get(SENDER)) == []
    answered(await other.get(f"{SENDER}/{booking['id']}"), 2000, 404)
    twin = await ask(other, period=hours(11, 12))
    assert twin["id"] != booking["id"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"party_id": "ABC"}, "party_id"), ({"period": hours(10, 9)}, "period"),
        ({"authorization_reference": None}, "authorization_reference"),
        ({"canceled": {"cancellation_reason": "BORED", "who_canceled": "EMSP"}}, "canceled.canc"),
        ({"canceled": {"cancellation_reason": "FULL", "who_canceled": "HUB"}}, "canceled.who"),
        ({"power_required": 1.5}, "power_required"), ({"request_id": "x" * 37}, "request_id"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_by_its_path(
    them: Peer, changes: dict[str, Any], where: str
) -> None:
    """C-015, C-016, C-017, C-117."""
    response = await them.post(SENDER, request_document(**changes))
    answered(response, 2001)
    assert where in response.json()["status_message"]
    assert answered(await them.get(SENDER)) == []


async def test_an_unknown_location_is_told(them: Peer) -> None:
    answered(await them.post(SENDER, request_document(location_id="L9")), 2003, 404)


# ---------------------------------------------------------------- receiver


async def test_an_operator_tells_of_a_booking(them: Peer) -> None:
    """§4.9, C-109, C-111, C-112."""
    one = f"{RECEIVER}/DE/TNC/B1"
    answered(await them.put(one, booking_document()), http=201)
    assert answered(await them.get(one)) == booking_document()
    later = {"reservation_status": "FULFILLED", "last_updated": "2026-06-02T11:00:00Z"}
    answered(await them.patch(one, later))
    assert answered(await them.get(one)) == booking_document(**later)
    answered(await them.patch(one, {"reservation_status": "NO_SHOW"}), 2001)
    answered(await them.patch(one, {**later, "reservation_status": "GONE"}), 2001)
    answered(await them.patch(one, {**later, "id": "B2"}), 2001)
    assert answered(await them.get(one)) == booking_document(**later)


async def test_an_operator_tells_what_can_be_booked(them: Peer) -> None:
    """§4.9."""
    one = f"{RECEIVER}/DE/TNC/booking_locations/BL1"
    answered(await them.put(one, place_document()), http=201)
    assert answered(await them.get(one)) == place_document()
    assert answered(await them.get(f"{one}/cal1")) == calendar_document()
    new = calendar_document(id="CAL2", last_updated="2026-06-01T13:00:00Z")
    answered(await them.put(f"{one}/CAL2", new), http=201)
    shorter = {"end_before": "2026-06-02T13:00:00Z", "last_updated": "2026-06-01T14:00:00Z"}
    answered(await them.patch(f"{one}/CAL2", shorter))
    place = answered(await them.get(one))
    assert place["calendars"] == [calendar_document(), {**new, **shorter}]
    assert place["last_updated"] == shorter["last_updated"]
    answered(await them.put(f"{one}/CAL2", new))
    assert answered(await them.get(f"{one}/CAL2")) == {**new, **shorter}, "that was older"
    answered(await them.put(f"{one}/CAL3", new), 2001)
    answered(await them.patch(f"{one}/CAL3", shorter), 2000, 404)
    answered(await them.patch(f"{one}/CAL2", {**shorter, "available_timeslots": []}), 2001)


@pytest.mark.parametrize("path", ["DE/TNM/B1", "FR/XXX/B1", "NL/RW1/B1"])
async def test_only_for_its_own_operators(them: Peer, path: str) -> None:
    """C-117."""
    answered(await them.put(f"{RECEIVER}/{path}", booking_document()), 2000, 404)
