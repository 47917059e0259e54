"""Invoice Reconciliation in 2.3.0 (C-278)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.module_objects import ModuleObject, ObjectKind
from ocpi.wire.documents import encode_text
from tests.edge.ocpi.conftest import PUBLIC, TOKEN, Peer, World, answered
from tests.support.clock import NOON
from tests.support.rare_documents import record_document
from tests.support.roaming_objects import CPO, EMSP, a_partner

LIST = "/cpo/2.3.0/invoicereconciliation"
RECEIVER = "/emsp/2.3.0/invoicereconciliation"
ONE = f"{RECEIVER}/DE/TNC/R1"


@pytest.fixture
async def them(peer: Peer, world: World) -> Peer:
    """The partner, on 2.3.0."""
    await world.put_partner(a_partner(version="2.3.0"), TOKEN)
    return peer


async def test_post_get_put_delete(them: Peer) -> None:
    """C-278, C-109, C-018: unknown fields included."""
    answered(await them.post(RECEIVER, record_document(extra={"a": 0.1})), http=201)
    assert answered(await them.get(ONE)) == record_document(extra={"a": Decimal("0.1")})
    answered(await them.post(RECEIVER, record_document(extra={"a": 0.1})))
    answered(await them.put(ONE, record_document(cdrs=["C3"])))
    assert answered(await them.get(f"{RECEIVER}/de/tnc/r1")) == record_document(cdrs=["C3"])
    answered(await them.call("DELETE", ONE))
    answered(await them.get(ONE), 2000, 404)
    answered(await them.call("DELETE", ONE), 2000, 404)


async def test_in_reverse_billing_the_provider_sends(them: Peer) -> None:
    """§4.9: to our operator, who is then the receiver."""
    document = record_document(party_id="TNM")
    to_operator = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "RW1"}
    answered(await them.post(RECEIVER, document, **to_operator), http=201)
    assert answered(await them.get(f"{RECEIVER}/DE/TNM/R1")) == document


async def test_an_older_record_does_not_overwrite(them: Peer) -> None:
    """C-119."""
    answered(await them.put(ONE, record_document()), http=201)
    older = record_document(invoice_id="older", last_updated="2026-01-01T00:00:00Z")
    answered(await them.put(ONE, older))
    assert answered(await them.get(ONE))["invoice_id"] == "2026/17"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"cdrs": []}, "cdrs"), ({"cdrs": None}, "cdrs"), ({"cdrs": ["x" * 37]}, "cdrs.0"),
        ({"invoice_id": "x" * 256}, "invoice_id"), ({"last_updated": None}, "last_updated"),
        ({"party_id": "ABC"}, "party_id"), ({"id": "x" * 37}, "id"), ({"id": 5}, "id"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_by_its_path(
    them: Peer, changes: dict[str, object], where: str
) -> None:
    """C-015, C-016, C-117."""
    response = await them.post(RECEIVER, record_document(**changes))
    answered(response, 2001)
    assert where in response.json()["status_message"]
    answered(await them.get(ONE), 2000, 404)


async def test_the_address_and_the_body_name_the_same(them: Peer) -> None:
    """C-116, C-117."""
    answered(await them.put(ONE, record_document(id="R2")), 2001)
    answered(await them.put(f"{RECEIVER}/FR/XXX/R1", record_document()), 2000, 404)
    answered(await them.get(ONE), 2000, 404)


async def test_what_one_sent_no_other_sees(them: Peer, world: World) -> None:
    """C-283."""
    await world.put_partner(a_partner(id="p-9", name="Else", version="2.3.0"), "other")
    answered(await them.put(ONE, record_document()), http=201)
    other = Peer(them.http, "other")
    answered(await other.get(ONE), 2000, 404)
    answered(await other.call("DELETE", ONE), 2000, 404)
    assert answered(await them.get(ONE)) == record_document()


async def test_our_records_are_listed_page_by_page(them: Peer, world: World) -> None:
    """C-278, C-091, C-105: to the platform that the invoice is for."""
    await world.put_partner(a_partner(id="p-9", name="Else", version="2.3.0"), "other")
    async with world.store.transaction() as tx:
        for number in range(3):
            await tx.module_objects.put(_ours(f"R{number}"))
        await tx.module_objects.put(replace(_ours("R9"), partner_id="p-9"))
        await tx.module_objects.put(replace(_ours("R8"), party=EMSP))
    response = await them.get(f"{LIST}?limit=2")
    assert [record["id"] for record in answered(response)] == ["R0", "R1"]
    assert response.headers["x-total-count"] == "4"
    assert response.headers["link"].startswith(f"<{PUBLIC}/ocpi{LIST}?offset=2")
    to_operator = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "RW1"}
    listed = answered(await them.get(LIST, **to_operator))
    assert [record["id"] for record in listed] == ["R0", "R1", "R2"]
    assert answered(await them.get(f"{LIST}?date_to=2026-05-04T12:00:00Z")) == []
    assert len(answered(await them.get(f"{LIST}?date_from=2026-05-04T12:00:00Z"))) == 4


def _ours(record_id: str) -> ModuleObject:
    document = record_document(country_code="NL", party_id="RW1", id=record_id)
    kind, text = ObjectKind.INVOICE_RECORD, encode_text(document)
    return ModuleObject(kind, CPO, record_id, "p-1", NOON, text, "2.3.0", own=True)


async def test_other_versions_have_no_such_module(peer: Peer) -> None:
    """§6.1."""
    answered(await peer.get(LIST.replace("2.3.0", "2.2.1")), 2000, 404)
