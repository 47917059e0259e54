"""Payments in 2.3.0: terminals and what was captured at them (C-279)."""

from dataclasses import replace

import pytest

from app.domain.module_objects import ModuleObject, ObjectKind
from ocpi.wire.documents import encode_text
from tests.edge.ocpi.conftest import PUBLIC, TOKEN, Peer, World, answered
from tests.support.clock import NOON
from tests.support.rare_documents import confirmation_document, terminal_document
from tests.support.roaming_objects import EMSP, a_partner

RECEIVER, SENDER = "/cpo/2.3.0/payments", "/emsp/2.3.0/payments"
CONFIRMATIONS = "financial-advice-confirmations"


@pytest.fixture
async def them(peer: Peer, world: World) -> Peer:
    """The partner, on 2.3.0."""
    await world.put_partner(a_partner(version="2.3.0"), TOKEN)
    return peer


async def test_a_provider_tells_of_its_terminals(them: Peer) -> None:
    """C-279, C-109."""
    answered(await them.post(f"{RECEIVER}/terminals", terminal_document()), http=201)
    assert answered(await them.get(f"{RECEIVER}/terminals/t1")) == terminal_document()
    answered(await them.post(f"{RECEIVER}/terminals", terminal_document(city="Bonn")))
    assert answered(await them.get(f"{RECEIVER}/terminals/T1"))["city"] == "Bonn"
    answered(await them.get(f"{RECEIVER}/terminals/T2"), 2000, 404)


async def test_a_provider_tells_what_it_captured(them: Peer) -> None:
    """C-279, C-030."""
    url = f"{RECEIVER}/{CONFIRMATIONS}"
    answered(await them.post(url, confirmation_document()), http=201)
    assert answered(await them.get(f"{url}/F1")) == confirmation_document()
    answered(await them.post(url, confirmation_document()))
    failed = confirmation_document(id="F2", capture_status_code="FAILED")
    answered(await them.post(url, failed), http=201)
    assert answered(await them.get(f"{url}/F2"))["capture_status_code"] == "FAILED"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"eft_data": []}, "eft_data"), ({"eft_data": None}, "eft_data"),
        ({"eft_data": ["x" * 256]}, "eft_data.0"), ({"capture_status_code": "OK"}, "capture"),
        ({"total_costs": {"excl_vat": 4}}, "total_costs.before_taxes"),
        ({"currency": "EURO"}, "currency"), ({"authorization_reference": None}, "authorization"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_by_its_path(
    them: Peer, changes: dict[str, object], where: str
) -> None:
    """C-015, C-016, C-017."""
    url = f"{RECEIVER}/{CONFIRMATIONS}"
    response = await them.post(url, confirmation_document(**changes))
    answered(response, 2001)
    assert where in response.json()["status_message"]
    answered(await them.get(f"{url}/F1"), 2000, 404)


async def test_an_operator_activates_assigns_and_gives_back(them: Peer) -> None:
    """C-279: the terminal gets an id if it has none, and serves locations and EVSEs."""
    wish = {"reference": "SN-17", "location_ids": ["LOC1"]}
    terminal = answered(await them.post(f"{SENDER}/terminals/activate", wish), http=201)
    one = f"{SENDER}/terminals/{terminal['terminal_id']}"
    assert answered(await them.get(one)) == {**wish, **terminal}
    answered(await them.patch(one, {"evse_uids": ["3256"]}))
    assigned = answered(await them.get(one))
    assert (assigned["location_ids"], assigned["evse_uids"]) == (["LOC1"], ["3256"])
    update = {"customer_reference": "Them", "last_updated": "2027-01-01T00:00:00Z"}
    answered(await them.put(one, update))
    changed = answered(await them.get(one))
    assert changed == {"terminal_id": terminal["terminal_id"], **update}
    answered(await them.patch(one, {"city": "x", "last_updated": "2026-01-01T00:00:00Z"}))
    assert answered(await them.get(one)) == changed
    answered(await them.post(f"{one}/deactivate"))
    answered(await them.get(one), 2000, 404)
    answered(await them.post(f"{one}/deactivate"), 2000, 404)


async def test_only_what_was_activated_can_be_changed(them: Peer) -> None:
    """C-113, C-116, C-120."""
    one = f"{SENDER}/terminals/T1"
    answered(await them.put(one, terminal_document()), 2000, 404)
    answered(await them.patch(one, {"city": "Bonn"}), 2000, 404)
    answered(await them.post(f"{SENDER}/terminals/activate", terminal_document()), http=201)
    answered(await them.put(one, terminal_document(terminal_id="T2")), 2001)
    answered(await them.patch(one, {"terminal_id": "T2"}), 2001)
    answered(await them.patch(one, {"state": "x" * 21}), 2001)
    answered(await them.patch(one, {"last_updated": "now"}), 2001)
    assert answered(await them.get(one)) == terminal_document()


async def test_terminals_are_listed_page_by_page(them: Peer, world: World) -> None:
    """C-279, C-091, C-105, C-283: each platform sees its own."""
    await world.put_partner(a_partner(id="p-9", name="Else", version="2.3.0"), "other")
    other = Peer(them.http, "other")
    url = f"{SENDER}/terminals"
    for number in range(3):
        document = terminal_document(terminal_id=f"T{number}")
        answered(await them.post(f"{url}/activate", document), http=201)
    answered(await other.post(f"{url}/activate", terminal_document()), http=201)
    response = await them.get(f"{url}?limit=2")
    assert [terminal["terminal_id"] for terminal in answered(response)] == ["T0", "T1"]
    assert response.headers["x-total-count"] == "3"
    assert response.headers["link"].startswith(f"<{PUBLIC}/ocpi{url}?offset=2")
    assert len(answered(await other.get(url))) == 1


async def test_captures_are_listed_for_whom_they_concern(them: Peer, world: World) -> None:
    """C-279, C-283."""
    text = encode_text(confirmation_document())
    kind = ObjectKind.CONFIRMATION
    ours = ModuleObject(kind, EMSP, "F1", "p-1", NOON, text, "2.3.0", own=True)
    await world.put_partner(a_partner(id="p-9", name="Else", version="2.3.0"), "other")
    async with world.store.transaction() as tx:
        await tx.module_objects.put(ours)
        await tx.module_objects.put(replace(ours, id="F9", partner_id="p-9"))
    url = f"{SENDER}/{CONFIRMATIONS}"
    assert answered(await them.get(url)) == [confirmation_document()]
    assert answered(await them.get(f"{url}/F1")) == confirmation_document()
    answered(await them.get(f"{url}/F9"), 2000, 404)


async def test_what_one_sent_no_other_sees(them: Peer, world: World) -> None:
    """C-283."""
    await world.put_partner(a_partner(id="p-9", name="Else", version="2.3.0"), "other")
    answered(await them.post(f"{RECEIVER}/terminals", terminal_document()), http=201)
    other = Peer(them.http, "other")
    answered(await other.get(f"{RECEIVER}/terminals/T1"), 2000, 404)
    answered(await them.get(f"{SENDER}/terminals/T1"), 2000, 404)
