"""CDRs: ours of their drivers, theirs of ours (C-154 to C-170)."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from ocpi.models.cdrs import CDR, SESSION_ONLY_DIMENSIONS
from ocpi.versions.registry import V221, Kind
from ocpi.wire.documents import decode
from tests.edge.ocpi.conftest import PUBLIC, Peer, World, answered
from tests.support.roaming_documents import cdr_document, tariff_document
from tests.support.roaming_objects import THEIR_CPO, a_cdr, a_partner, a_token

LIST = "/cpo/2.2.1/cdrs"
THEIRS = "/emsp/2.2.1/cdrs"


async def test_a_partner_lists_its_drivers_cdrs_only(peer: Peer, world: World) -> None:
    """C-164, C-170."""
    async with world.store.transaction() as tx:
        await tx.cdrs.add(a_cdr("c-1"))
        await tx.cdrs.add(a_cdr("c-2", token=a_token().ref))
    response = await peer.get(f"{LIST}?date_from=2026-05-04T00:00:00Z")
    (cdr,) = answered(response)
    assert cdr["id"] == "c-1"
    assert response.headers["x-total-count"] == "1"


async def test_a_cdr_explains_itself(peer: Peer, world: World) -> None:
    """C-165 to C-168, C-161: measured quantities, partial totals, the tariff as it was."""
    async with world.store.transaction() as tx:
        await tx.cdrs.add(a_cdr())
    (cdr,) = answered(await peer.get(LIST))
    CDR.read(V221.lift(Kind.CDR, cdr))
    assert (cdr["session_id"], cdr["authorization_reference"]) == ("s-1", "AUTH-1")
    assert cdr["total_cost"] == {"excl_vat": Decimal("5.75"), "incl_vat": Decimal("6.8425")}
    assert cdr["total_energy_cost"] == {"excl_vat": 5, "incl_vat": Decimal("5.95")}
    assert cdr["total_parking_cost"]["excl_vat"] == Decimal("0.75")
    assert "total_fixed_cost" not in cdr
    assert "total_reservation_cost" not in cdr
    assert (cdr["total_energy"], cdr["total_time"]) == (10, Decimal("0.75"))
    assert cdr["total_parking_time"] == Decimal("0.25")
    assert {p["tariff_id"] for p in cdr["charging_periods"]} == {cdr["tariffs"][0]["id"]}
    kinds = {d["type"] for p in cdr["charging_periods"] for d in p["dimensions"]}
    assert not kinds & SESSION_ONLY_DIMENSIONS


async def test_a_posted_cdr_can_be_read_at_its_location(peer: Peer) -> None:
    """C-154, C-155, C-030."""
    document = cdr_document("a/b")
    response = await peer.post(THEIRS, document)
    assert answered(response, 1000, 201) is None
    location = response.headers["location"]
    assert location == f"{PUBLIC}/ocpi{THEIRS}/DE/TNC/a%2Fb"
    stored = await peer.get(urlsplit(location).path.removeprefix("/ocpi"))
    assert b'"total_energy":41.1234' in stored.content
    assert answered(stored) == decode(json.dumps(document))


async def test_nothing_changes_a_cdr(peer: Peer) -> None:
    """C-156."""
    answered(await peer.post(THEIRS, cdr_document()), 1000, 201)
    at = f"{THEIRS}/DE/TNC/9001"
    before = (await peer.get(at)).json()["data"]
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        body = cdr_document(total_energy=1, last_updated="2027-01-01T00:00:00Z")
        answered(await peer.call(method, at, body), 2000, 405)
        assert (await peer.get(at)).json()["data"] == before


async def test_the_same_cdr_twice_is_no_error(peer: Peer) -> None:
    """C-157."""
    first = await peer.post(THEIRS, cdr_document())
    second = await peer.post(THEIRS, cdr_document())
    answered(first, 1000, 201)
    answered(second)
    assert first.headers["location"] == second.headers["location"]
    answered(await peer.post(THEIRS, cdr_document(total_energy=1)), 2001)
    assert answered(await peer.get(f"{THEIRS}/DE/TNC/9001"))["total_energy"] == Decimal("41.1234")


@pytest.mark.parametrize(
    "changes",
    [
        {"credit": True},
        {"charging_periods": []},
        {"charging_periods": [{"start_date_time": "2026-05-04T09:00:00Z", "dimensions": []}]},
        {"total_cost": {"incl_vat": 1}},
        {"id": "x" * 40},
        {"party_id": "XXX"},
        {"cdr_location": {"id": "LOC1"}},
    ],
)
async def test_what_is_wrong_is_2001(peer: Peer, changes: dict[str, Any]) -> None:
    """C-158, C-160, C-015, C-016, C-117."""
    answered(await peer.post(THEIRS, cdr_document(**changes)), 2001)


async def test_a_credit_cdr_is_taken(peer: Peer) -> None:
    """C-159, I-39."""
    await peer.post(THEIRS, cdr_document("x" * 36))
    credit = cdr_document(
        "x" * 36 + "-C1",
        credit=True,
        credit_reference_id="x" * 36,
        total_cost={"excl_vat": -20.56, "incl_vat": -24.47},
    )
    answered(await peer.post(THEIRS, credit), 1000, 201)


async def test_what_does_not_add_up_is_taken_all_the_same(peer: Peer, world: World) -> None:
    """C-161, C-162, I-44: and shown to people."""
    wrong = cdr_document("A", total_cost={"excl_vat": 999}, total_energy=99)
    answered(await peer.post(THEIRS, wrong), 1000, 201)
    period = {
        "start_date_time": "2026-05-04T09:00:00Z",
        "dimensions": [{"type": "STATE_OF_CHARGE", "volume": 80}],
    }
    answered(await peer.post(THEIRS, cdr_document("B", charging_periods=[period])), 1000, 201)
    async with world.store.reading() as tx:
        first, second = [await tx.cdrs.of_party(THEIR_CPO, each) for each in ("A", "B")]
    assert first is not None
    assert {"energy_of_periods_differs", "lines_do_not_add_up"} <= set(first.findings)
    assert second is not None
    assert "dimensions_of_sessions" in second.findings


async def test_a_flat_fee_alone_is_a_bill(peer: Peer, world: World) -> None:
    """C-163, I-40: one period, whose dimension says nothing of the price."""
    component = {"type": "FLAT", "price": 5, "vat": 19, "step_size": 1}
    period = {
        "start_date_time": "2026-05-04T09:00:00Z",
        "dimensions": [{"type": "TIME", "volume": 1.5}],
        "tariff_id": "12",
    }
    flat = cdr_document(
        charging_periods=[period],
        tariffs=[tariff_document(elements=[{"price_components": [component]}])],
        total_cost={"excl_vat": 5, "incl_vat": 5.95},
        total_fixed_cost={"excl_vat": 5, "incl_vat": 5.95},
        total_energy=0,
    )
    del flat["total_energy_cost"]
    answered(await peer.post(THEIRS, flat), 1000, 201)
    async with world.store.reading() as tx:
        kept = await tx.cdrs.of_party(THEIR_CPO, "9001")
    assert kept is not None
    assert kept.findings == ()


async def test_cdrs_of_others_are_not_the_callers(peer: Peer, world: World) -> None:
    """C-283."""
    answered(await peer.post(THEIRS, cdr_document()), 1000, 201)
    roles = a_partner().roles[:1]
    await world.put_partner(a_partner(id="p-3", name="Third", roles=roles), "third-token")
    third = Peer(peer.http, "third-token")
    answered(await third.get(f"{THEIRS}/DE/TNC/9001"), 2000, 404)
    answered(await peer.get(f"{THEIRS}/DE/TNC/nope"), 2000, 404)


async def test_a_211_cdr_is_understood_and_ours_is_sent(peer: Peer, world: World) -> None:
    """§6.2: the owner is the connection's, the cost a number; credit notes are held back."""
    async with world.store.transaction() as tx:
        await tx.cdrs.add(a_cdr("c-1"))
        await tx.cdrs.add(a_cdr("c-1-C", credit_of="c-1"))
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    response = await peer.get("/cpo/2.1.1/cdrs")
    (sent,) = answered(response)
    assert response.headers["x-total-count"] == "1"
    assert (sent["id"], sent["total_cost"]) == ("c-1", Decimal("5.75"))
    assert sent["location"]["evses"][0]["uid"] == "E1"
    path = "/emsp/2.1.1/cdrs"
    answer = await peer.post(path, {**sent, "id": "theirs"})
    answered(answer, 1000, 201)
    assert answer.headers["location"].endswith("/DE/TNC/theirs")
    assert answered(await peer.get(f"{path}/DE/TNC/theirs"))["auth_id"] == "DE-TNM-C1"
