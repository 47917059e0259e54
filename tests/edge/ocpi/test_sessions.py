"""Sessions: ours of their drivers, theirs of ours (C-141 to C-153)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.identifiers import PartyId
from app.domain.sessions import Session
from app.domain.tariffs import Dimension, PriceComponent, TariffElement
from ocpi.models.sessions import Session as WireSession
from ocpi.versions.registry import V221, Kind
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.roaming_documents import LATER, session_document
from tests.support.roaming_objects import (
    CPO,
    a_location,
    a_partner,
    a_session,
    a_tariff,
    a_token,
    an_evse,
)

LIST = "/cpo/2.2.1/sessions"
THEIRS = "/emsp/2.2.1/sessions/DE/TNC/101"
PREFERENCES = {"profile_type": "GREEN"}


async def _start(world: World, *sessions: Session) -> None:
    async with world.store.transaction() as tx:
        for session in sessions:
            await tx.sessions.put(session)


async def test_a_partner_lists_its_drivers_sessions_only(peer: Peer, world: World) -> None:
    """C-141, C-144, C-106, C-283: also without date_from."""
    ours = replace(a_session("s-2"), token=a_token().ref)
    await _start(world, a_session("s-1"), ours)
    response = await peer.get(LIST)
    (session,) = answered(response)
    assert session["id"] == "s-1"
    assert response.headers["x-total-count"] == "1"
    answered(await peer.get(f"{LIST}?date_from=2026-05-04T10:45:00Z"))


async def test_a_session_says_all_it_knows(peer: Peer, world: World) -> None:
    """C-142, C-143, C-146: 10 kWh at 0.50 and 15 minutes at 3.00 an hour, 19 % VAT."""
    await _start(world, a_session())
    (session,) = answered(await peer.get(LIST))
    WireSession.read(V221.lift(Kind.SESSION, session))
    assert session["cdr_token"]["party_id"] == "TNM"
    assert session["authorization_reference"] == "AUTH-1"
    assert session["kwh"] == 10
    assert session["total_cost"] == {"excl_vat": Decimal("5.75"), "incl_vat": Decimal("6.8425")}
    kinds = [
        {d["type"]: d["volume"] for d in p["dimensions"]} for p in session["charging_periods"]
    ]
    assert kinds[0]["TIME"] == Decimal("0.5")
    assert kinds[1] == {"PARKING_TIME": Decimal("0.25")}
    assert {p["tariff_id"] for p in session["charging_periods"]} == {"T1"}


async def test_an_unknown_price_is_left_out(peer: Peer, world: World) -> None:
    """C-146."""
    await _start(world, a_session(tariff=None))
    (session,) = answered(await peer.get(LIST))
    assert "total_cost" not in session


async def test_what_is_free_costs_nothing(peer: Peer, world: World) -> None:
    """C-146: a price of zero is a price."""
    free = TariffElement((PriceComponent(Dimension.ENERGY, Decimal(0), None, 1),))
    await _start(world, a_session(tariff=a_tariff(elements=(free,))))
    (session,) = answered(await peer.get(LIST))
    assert session["total_cost"]["excl_vat"] == 0


async def test_211_gets_the_location_inside(peer: Peer, world: World) -> None:
    """§6.2: trimmed to the EVSE and connector; a session without a known place is withheld."""
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
    await _start(world, a_session("s-1"), a_session("s-2", location_id="gone"))
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    (session,) = answered(await peer.get("/cpo/2.1.1/sessions"))
    assert session["start_datetime"] == "2026-05-04T10:00:00Z"
    assert [evse["uid"] for evse in session["location"]["evses"]] == ["E1"]
    assert session["total_cost"] == Decimal("5.75")
    assert session["auth_id"] == "DE-TNM-C1"


async def test_preferences_are_answered(peer: Peer, world: World) -> None:
    """C-151, C-152, C-153."""
    async with world.store.transaction() as tx:
        able = an_evse("E2", capabilities=("CHARGING_PREFERENCES_CAPABLE",))
        await tx.locations.put(a_location(evses=(an_evse("E1"), able)))
    await _start(world, a_session("s-1"), a_session("s-2", evse_uid="E2"))
    path = LIST + "/{}/charging_preferences"
    answered(await peer.put(path.format("s-1"), PREFERENCES), 2001, 404)
    answered(await peer.put(path.format("nope"), PREFERENCES), 2000, 404)
    green = answered(await peer.put(path.format("s-2"), PREFERENCES))
    assert green == "PROFILE_TYPE_NOT_SUPPORTED"
    answered(await peer.put(path.format("s-2"), {"profile_type": "WARP"}), 2001)


# ---------------------------------------------------------------- receiver


async def test_sessions_are_put_and_read(peer: Peer, world: World) -> None:
    """C-108, C-109, C-030."""
    answered(await peer.put(THEIRS, session_document()), 1000, 201)
    answered(await peer.put(THEIRS, session_document()))
    response = await peer.get(THEIRS)
    assert b'"kwh":41.1234' in response.content
    data = answered(response)
    assert data["charging_periods"][0]["dimensions"][0]["volume"] == Decimal("12.5")


async def test_patched_periods_are_appended_put_ones_replace(peer: Peer) -> None:
    """C-147, C-148; a period sent twice is one (I-37)."""
    await peer.put(THEIRS, session_document())
    period = {
        "start_date_time": "2026-05-04T09:30:00Z",
        "dimensions": [{"type": "ENERGY", "volume": 3}],
    }
    change = {"charging_periods": [period], "kwh": 44, "last_updated": LATER}
    for _ in range(2):
        answered(await peer.patch(THEIRS, change))
    assert len(answered(await peer.get(THEIRS))["charging_periods"]) == 2
    answered(await peer.patch(THEIRS, {"kwh": 45, "last_updated": LATER}))
    data = answered(await peer.get(THEIRS))
    assert (data["kwh"], len(data["charging_periods"])) == (45, 2)
    whole = session_document(charging_periods=[], last_updated="2026-05-04T11:30:00Z")
    answered(await peer.put(THEIRS, whole))
    assert answered(await peer.get(THEIRS))["charging_periods"] == []


async def test_a_patch_of_nothing_is_404(peer: Peer) -> None:
    """C-113, C-115."""
    answered(await peer.patch(THEIRS, {"kwh": 1, "last_updated": LATER}), 2000, 404)
    answered(await peer.get(THEIRS), 2000, 404)


@pytest.mark.parametrize(
    "changes",
    [
        {"evse_uid": "#NA", "connector_id": "#NA", "status": "RESERVATION"},
        {"status": "RESERVED"},
        {"status": "PENDING"},
        {"cdr_token": {**session_document()["cdr_token"], "uid": "nobody knows"}},
        {"total_cost": None},
    ],
)
async def test_what_is_unusual_is_taken(peer: Peer, changes: dict[str, Any]) -> None:
    """C-149, C-150, I-35."""
    answered(await peer.put(THEIRS, session_document(**changes)), 1000, 201)


@pytest.mark.parametrize(
    "changes",
    [{"id": "102"}, {"status": "SLEEPING"}, {"kwh": None}, {"cdr_token": {"uid": "1"}}],
)
async def test_what_is_wrong_is_2001(peer: Peer, changes: dict[str, Any]) -> None:
    """C-015, C-017, C-022, C-116."""
    answered(await peer.put(THEIRS, session_document(**changes)), 2001)


async def test_a_211_session_is_understood(peer: Peer, world: World) -> None:
    """§6.2: the owner is in the address, the place inside, the driver is ours."""
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    place = {
        "id": "LOC1",
        "type": "ON_STREET",
        "address": "A",
        "city": "B",
        "postal_code": "1",
        "country": "DEU",
        "coordinates": {"latitude": "50.937530", "longitude": "6.960279"},
        "evses": [{"uid": "3256", "connectors": [{"id": "1"}]}],
        "last_updated": LATER,
    }
    document = {
        "id": "101",
        "start_datetime": "2026-05-04T09:00:00Z",
        "kwh": 1.5,
        "auth_id": "NL-RWD-C12345678-X",
        "auth_method": "WHITELIST",
        "location": place,
        "currency": "EUR",
        "total_cost": 0.6,
        "status": "ACTIVE",
        "last_updated": LATER,
    }
    path = THEIRS.replace("2.2.1", "2.1.1")
    answered(await peer.put(path, document), 1000, 201)
    answered(await peer.patch(path, {"total_cost": 0.7}))
    assert answered(await peer.get(path))["total_cost"] == Decimal("0.7")
    async with world.store.reading() as tx:
        kept = await tx.sessions.get_foreign(PartyId("DE", "TNC"), "101")
    assert kept is not None
    assert (kept.location_id, kept.evse_uid, kept.connector_id) == ("LOC1", "3256", "1")
    assert kept.token is not None
    assert kept.token.party == PartyId("NL", "RWD")
    assert kept.total_cost is not None
    assert (kept.total_cost.net.amount, kept.total_cost.taxes) == (Decimal("0.7"), None)
    assert kept.party != CPO
