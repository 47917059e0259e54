"""Locations: ours as partners list them, theirs as they push them (C-108 to C-140)."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from ocpi.models.common import write_datetime
from ocpi.models.locations import Location as WireLocation
from ocpi.versions.registry import V221, Kind
from tests.edge.ocpi.conftest import OURS, PUBLIC, Peer, World, answered
from tests.support.roaming_documents import (
    LATER,
    connector_document,
    evse_document,
    location_document,
)
from tests.support.roaming_objects import (
    AN_OPERATOR,
    CPO,
    EARLIER,
    NOON,
    a_connector,
    a_location,
    a_partner,
    an_evse,
)

LIST = "/cpo/2.2.1/locations"
THEIRS = "/emsp/2.2.1/locations/DE/TNC/LOC1"


async def _publish(world: World, *locations: Any) -> None:
    async with world.store.transaction() as tx:
        for location in locations:
            await tx.locations.put(location)


async def _kept(world: World) -> Any:
    async with world.store.reading() as tx:
        return await tx.locations.need(PartyId("DE", "TNC"), "LOC1")


# ---------------------------------------------------------------- sender


async def test_our_locations_are_listed_whole(peer: Peer, world: World) -> None:
    """C-123, C-138: all required fields, valid in 2.2.1."""
    await _publish(world, a_location())
    response = await peer.get(LIST, **OURS)
    (location,) = answered(response)
    WireLocation.read(V221.lift(Kind.LOCATION, location))
    assert location["country"] == "DEU"
    assert location["coordinates"] == {"latitude": "50.937531", "longitude": "6.960279"}
    assert "help_phone" not in location
    assert [evse["uid"] for evse in location["evses"]] == ["E1", "E2"]
    assert "link" not in response.headers


async def test_only_the_addressed_operator_is_listed(peer: Peer, world: World) -> None:
    """C-123."""
    other = PartyId("NL", "RW2")
    async with world.store.transaction() as tx:
        await tx.operators.put(type(AN_OPERATOR)(other, "Second", EARLIER))
    await _publish(world, a_location("L1"), a_location("L2", party=other))
    assert [loc["id"] for loc in answered(await peer.get(LIST))] == ["L1", "L2"]
    assert [loc["id"] for loc in answered(await peer.get(LIST, **OURS))] == ["L1"]


async def test_pages_together_are_the_list(peer: Peer, world: World) -> None:
    """C-091, C-092, C-093, C-094, C-095, C-096, C-097."""
    ids = [f"L{number:02}" for number in range(7)]
    await _publish(world, *(a_location(name, evses=()) for name in ids))
    seen: list[str] = []
    path = f"{LIST}?limit=3&date_from=2026-01-01T00:00:00Z"
    while path:
        response = await peer.get(path)
        seen += [location["id"] for location in answered(response)]
        assert response.headers["x-total-count"] == "7"
        assert response.headers["x-limit"] == "100"
        link = response.links.get("next", {}).get("url", "")
        assert link.startswith(f"{PUBLIC}/ocpi{LIST}?") or not link
        assert "date_from=2026-01-01T00%3A00%3A00Z" in link or not link
        path = link.removeprefix(f"{PUBLIC}/ocpi")
    assert seen == ids
    beyond = await peer.get(f"{LIST}?offset=7")
    assert answered(beyond) == []
    assert "link" not in beyond.headers
    assert (await peer.get(f"{LIST}?limit=5000")).headers["x-limit"] == "100"


async def test_an_update_during_a_crawl_moves_nothing(peer: Peer, world: World) -> None:
    """C-099."""
    await _publish(world, *(a_location(name, evses=()) for name in ("A", "B", "C")))
    await _publish(world, a_location("A", evses=(), last_updated=NOON, name="Renamed"))
    assert [loc["id"] for loc in answered(await peer.get(LIST))] == ["A", "B", "C"]


async def test_dates_include_from_and_exclude_to(peer: Peer, world: World) -> None:
    """C-098, C-107."""
    second = EARLIER + timedelta(seconds=1)
    await _publish(
        world, a_location("A", evses=()), a_location("B", evses=(), last_updated=second)
    )
    at, after = write_datetime(EARLIER), write_datetime(second)

    async def listed(query: str) -> list[str]:
        return [loc["id"] for loc in answered(await peer.get(f"{LIST}?{query}"))]

    assert await listed(f"date_from={at}") == ["A", "B"]
    assert await listed(f"date_from={after}") == ["B"]
    assert await listed(f"date_to={after}") == ["A"]
    assert await listed(f"date_from={write_datetime(NOON)}") == []
    assert await listed("date_from=2026-05-04T12:00:00+02:00") == ["A", "B"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=x", "offset=-1", "offset=1.5", "date_from=yesterday"]
)
async def test_bad_parameters_are_2001(peer: Peer, query: str) -> None:
    """C-100, §10.7."""
    answered(await peer.get(f"{LIST}?{query}"), 2001)


async def test_parts_of_a_location_can_be_read(peer: Peer, world: World) -> None:
    """C-124, C-024, C-125."""
    await _publish(world, a_location())
    assert answered(await peer.get(f"{LIST}/l1"))["id"] == "L1"
    assert answered(await peer.get(f"{LIST}/L1/e1"))["uid"] == "E1"
    assert answered(await peer.get(f"{LIST}/L1/E1/1"))["id"] == "1"
    for path in ("/nope", "/L1/nope", "/L1/E1/nope"):
        answered(await peer.get(LIST + path), 2003, 404)


async def test_a_status_change_is_seen_by_a_delta_pull(peer: Peer, world: World) -> None:
    """C-126, C-128."""
    await _publish(world, a_location())
    async with world.store.transaction() as tx:
        await tx.locations.set_status(CPO, "L1", "E1", EvseStatus.REMOVED, now=NOON)
    (location,) = answered(await peer.get(f"{LIST}?date_from={write_datetime(NOON)}"))
    assert (
        location["last_updated"] == location["evses"][0]["last_updated"] == "2026-05-04T12:00:00Z"
    )
    assert location["evses"][0]["status"] == "REMOVED"


async def test_230_and_211_get_their_own_words(peer: Peer, world: World) -> None:
    """One route serves every version."""
    await _publish(world, a_location())
    await world.put_partner(a_partner(version="2.3.0"), peer.token)
    (newest,) = answered(await peer.get("/cpo/2.3.0/locations"))
    assert newest["help_phone"] == "+49221123456"
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    response = await peer.get("/cpo/2.1.1/locations")
    (oldest,) = answered(response)
    assert oldest["type"] == "ON_STREET"
    assert oldest["evses"][0]["connectors"][0]["voltage"] == 230
    assert "party_id" not in oldest
    assert response.headers["x-total-count"] == "1"


async def test_what_211_cannot_say_is_not_counted(peer: Peer, world: World) -> None:
    """C-105: totals count only what survives."""
    chaoji = an_evse(connectors=(a_connector(standard="MCS"),))
    await _publish(world, a_location("A", evses=(chaoji,)), a_location("B"))
    (first, second) = answered(await peer.get(LIST))
    assert first["evses"] == []
    assert len(second["evses"]) == 2
    answered(await peer.get(f"{LIST}/A/E1"), 2003, 404)


# ---------------------------------------------------------------- receiver


async def test_a_put_creates_and_the_next_updates(peer: Peer) -> None:
    """C-108, C-109, C-122, C-140."""
    document = location_document()
    answered(await peer.put(THEIRS, document), 1000, 201)
    answered(await peer.put(THEIRS, document))
    assert answered(await peer.get(THEIRS)) == document


async def test_a_put_without_a_field_removes_it(peer: Peer) -> None:
    """C-110, §10.11."""
    await peer.put(THEIRS, location_document())
    document = location_document(last_updated=LATER)
    del document["name"]
    answered(await peer.put(THEIRS, document))
    assert "name" not in answered(await peer.get(THEIRS))


async def test_a_patch_changes_what_it_names(peer: Peer, world: World) -> None:
    """C-111."""
    await peer.put(THEIRS, location_document())
    answered(await peer.patch(THEIRS, {"name": "Zuid", "last_updated": LATER}))
    data = answered(await peer.get(THEIRS))
    assert (data["name"], data["last_updated"], len(data["evses"])) == ("Zuid", LATER, 2)
    assert (await _kept(world)).name == "Zuid"


async def test_a_patch_needs_its_time(peer: Peer, world: World) -> None:
    """C-112: but not in 2.1.1."""
    await peer.put(THEIRS, location_document())
    answered(await peer.patch(THEIRS, {"name": "Zuid"}), 2001)
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    old = THEIRS.replace("2.2.1", "2.1.1")
    answered(await peer.patch(old, {"name": "Süd"}))
    assert answered(await peer.get(old))["name"] == "Süd"


async def test_a_patch_of_nothing_is_404(peer: Peer) -> None:
    """C-113, C-115."""
    answered(await peer.patch(THEIRS, {"name": "Zuid", "last_updated": LATER}), 2003, 404)
    answered(await peer.get(THEIRS), 2003, 404)
    await peer.put(THEIRS, location_document())
    nobody = {"status": "CHARGING", "last_updated": LATER}
    answered(await peer.patch(f"{THEIRS}/nope", nobody), 2003, 404)
    answered(await peer.get(f"{THEIRS}/nope"), 2003, 404)
    answered(await peer.get(f"{THEIRS}/3256/nope"), 2003, 404)


async def test_a_status_patch_leaves_the_rest(peer: Peer, world: World) -> None:
    """C-132."""
    await peer.put(THEIRS, location_document())
    answered(await peer.patch(f"{THEIRS}/3256", {"status": "CHARGING", "last_updated": LATER}))
    data = answered(await peer.get(THEIRS))
    assert [evse["status"] for evse in data["evses"]] == ["CHARGING", "AVAILABLE"]
    assert data["evses"][0]["connectors"] == [connector_document()]
    assert data["last_updated"] == data["evses"][0]["last_updated"] == LATER
    assert data["evses"][1]["last_updated"] != LATER
    kept = (await _kept(world)).evse("3256")
    assert kept.status is EvseStatus.CHARGING


async def test_evses_and_connectors_can_be_put(peer: Peer) -> None:
    """C-131."""
    await peer.put(THEIRS, location_document())
    answered(await peer.put(f"{THEIRS}/3258", evse_document("3258", last_updated=LATER)))
    plug = connector_document(id="2", last_updated=LATER)
    answered(await peer.put(f"{THEIRS}/3258/2", plug))
    answered(await peer.patch(f"{THEIRS}/3258/2", {"max_amperage": 63, "last_updated": LATER}))
    data = answered(await peer.get(f"{THEIRS}/3258"))
    assert [(p["id"], p["max_amperage"]) for p in data["connectors"]] == [("1", 125), ("2", 63)]
    assert answered(await peer.get(f"{THEIRS}/3258/2"))["id"] == "2"
    assert len(answered(await peer.get(THEIRS))["evses"]) == 3


async def test_half_objects_are_not_made(peer: Peer) -> None:
    """C-133."""
    answered(await peer.put(f"{THEIRS}/3256/1", connector_document()), 2003, 404)
    answered(await peer.put(f"{THEIRS}/3256", evse_document()), 2003, 404)
    await peer.put(THEIRS, location_document())
    answered(await peer.put(f"{THEIRS}/9/1", connector_document(last_updated=LATER)), 2003, 404)


async def test_a_patch_with_evses_removes_none(peer: Peer) -> None:
    """C-134, I-25."""
    await peer.put(THEIRS, location_document())
    evse = {"uid": "3256", "status": "BLOCKED", "last_updated": LATER}
    answered(await peer.patch(THEIRS, {"evses": [evse], "last_updated": LATER}))
    data = answered(await peer.get(THEIRS))
    assert [e["status"] for e in data["evses"]] == ["BLOCKED", "AVAILABLE"]


async def test_an_older_push_does_not_overwrite(peer: Peer) -> None:
    """C-119."""
    await peer.put(THEIRS, location_document(last_updated=LATER))
    answered(await peer.put(THEIRS, location_document(name="Old")))
    patch = {"status": "CHARGING", "last_updated": "2026-05-04T09:00:00Z"}
    answered(await peer.patch(f"{THEIRS}/3256", patch))
    data = answered(await peer.get(THEIRS))
    assert (data["name"], data["evses"][0]["status"]) == ("Gent Zuid", "AVAILABLE")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "OTHER"},
        {"party_id": "XXX"},
        {"country_code": "FR"},
        {"id": "x" * 37},
        {"id": None},
        {"publish": "yes"},
        {"coordinates": {"latitude": "50.9", "longitude": "6.960279"}},
        {"coordinates": {"latitude": "50,93753", "longitude": "6.960279"}},
        {"opening_times": {"twentyfourseven": False}},
        {"evses": [{"uid": "1"}]},
        {"evses": [evse_document(status="SLEEPING")]},
        {"evses": [evse_document(connectors=[])]},
        {"evses": [evse_document(connectors=[connector_document(standard="WIRELESS")])]},
        {"evses": [evse_document(connectors=[connector_document(max_voltage=True)])]},
        {"last_updated": "yesterday"},
    ],
)
async def test_what_is_wrong_is_2001_and_stores_nothing(
    peer: Peer, changes: dict[str, Any]
) -> None:
    """C-015, C-016, C-017, C-022, C-116, C-136, C-137, §10.9: nor is anything changed."""
    answered(await peer.put(THEIRS, location_document(**changes)), 2001)
    answered(await peer.get(THEIRS), 2003, 404)
    answered(await peer.put(THEIRS, location_document()), http=201)
    wrong = location_document(**{"last_updated": LATER, **changes})
    answered(await peer.put(THEIRS, wrong), 2001)
    assert answered(await peer.get(THEIRS)) == location_document()


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "a" * 255, "state": "s" * 45},
        {"coordinates": {"latitude": "50.9375312", "longitude": "-6.9602791"}},
        {"name": None, "images": [], "owner": None},
        {"evses": []},
        {"evses": [evse_document(capabilities=["RFID_READER", "TELEPATHY"])]},
        {"facilities": ["CAFE", "HOLODECK"]},
        {"last_updated": "2026-05-04T10:00:00"},
        {"last_updated": "2026-05-04T10:00:00.123456Z"},
        {"last_updated": "2026-05-04T12:00:00+02:00"},
        {"something_new": {"of": ["the", "partner"]}},
        {
            "opening_times": {
                "twentyfourseven": True,
                "exceptional_closings": [
                    {"period_begin": "2026-12-24T20:00:00Z", "period_end": "2026-12-26T00:00:00Z"}
                ],
            }
        },
    ],
)
async def test_what_is_unusual_is_taken(peer: Peer, changes: dict[str, Any]) -> None:
    """C-018, C-019, C-021, C-027, C-028, C-136, C-137, C-139, §10.10."""
    document = location_document(**changes)
    answered(await peer.put(THEIRS, document), 1000, 201)
    assert answered(await peer.get(THEIRS)) == document


async def test_objects_of_others_are_not_the_callers(peer: Peer, world: World) -> None:
    """C-117, C-283: 404, also for our own."""
    foreign = location_document(country_code="FR", party_id="XXX")
    path = "/emsp/2.2.1/locations/FR/XXX/LOC1"
    answered(await peer.put(path, foreign), 2000, 404)
    await _publish(world, a_location())
    answered(await peer.get("/emsp/2.2.1/locations/NL/RW1/L1"), 2000, 404)


async def test_owners_may_use_the_same_id(peer: Peer, world: World) -> None:
    """C-118."""
    roles = a_partner().roles
    more = type(roles[1])(roles[1].role, PartyId("DE", "TN2"), "Second")
    await world.put_partner(a_partner(roles=(*roles, more)), peer.token)
    await peer.put(THEIRS, location_document())
    second = location_document(party_id="TN2", name="Another")
    answered(await peer.put(THEIRS.replace("TNC", "TN2"), second), 1000, 201)
    assert answered(await peer.get(THEIRS))["name"] == "Gent Zuid"


async def test_identity_cannot_be_patched(peer: Peer) -> None:
    """C-120."""
    await peer.put(THEIRS, location_document())
    answered(await peer.patch(THEIRS, {"id": "LOC2", "last_updated": LATER}), 2001)
    answered(await peer.patch(THEIRS, {"id": "loc1", "last_updated": LATER}))
    assert answered(await peer.get(THEIRS))["id"] == "LOC1"


async def test_230_keeps_what_nobody_knows_yet(peer: Peer, world: World) -> None:
    """C-018, C-020, §10.10, §10.13."""
    await world.put_partner(a_partner(version="2.3.0"), peer.token)
    path = THEIRS.replace("2.2.1", "2.3.0")
    plug = connector_document(standard="MCS2", capabilities=["ISO_15118_30"])
    document = location_document(evses=[evse_document(connectors=[plug])], parking_type="ORBIT")
    answered(await peer.put(path, document), 1000, 201)
    assert answered(await peer.get(path)) == document


async def test_a_partner_that_changed_its_version_reads_its_objects_in_it(
    peer: Peer, world: World
) -> None:
    await peer.put(THEIRS, location_document())
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    data = answered(await peer.get(THEIRS.replace("2.2.1", "2.1.1")))
    assert data["evses"][0]["connectors"][0]["voltage"] == 400
    assert "party_id" not in data
