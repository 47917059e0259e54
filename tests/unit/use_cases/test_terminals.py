"""Who writes the invoice of what a payment terminal starts (C-280)."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.commands import CommandChannel
from app.domain.identifiers import PartyId
from app.domain.module_objects import ModuleObject, ObjectKind
from app.domain.tokens import TokenType
from app.store.transaction import Store
from app.use_cases.command_requests import Asker, StartRequest
from app.use_cases.terminals import is_invoiced_by_us
from ocpi.translate.cdrs import write_cdr
from ocpi.wire.documents import encode_text
from tests.support.chargers import CPO, Floor, a_token
from tests.support.clock import NOON
from tests.support.rare_documents import terminal_document
from tests.support.roaming_objects import a_partner
from tests.support.transactions import VIRTUAL, a_command, stop

PROVIDER = Asker(channel=CommandChannel.PARTNER, partner_id="p-1", emsp=PartyId("DE", "TNM"))
GUEST = replace(a_token(), type=TokenType.AD_HOC_USER)


def a_start(**changes: Any) -> StartRequest:
    """The provider's terminal asks for a guest."""
    start = StartRequest(asker=PROVIDER, party=CPO, location_id="L1", token=GUEST, evse_uid="E1")
    return replace(start, **changes)


async def _told(store: Store, **terminal: Any) -> None:
    document = terminal_document(**terminal)
    kind, text = ObjectKind.TERMINAL, encode_text(document)
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        await tx.module_objects.put(
            ModuleObject(kind, PartyId("DE", "TNM"), "T1", "p-1", NOON, text, "2.3.0")
        )


@pytest.mark.parametrize(
    ("terminal", "start", "ours"),
    [
        ({}, {}, True),
        ({"location_ids": ["l1"]}, {}, True),
        ({"location_ids": [], "evse_uids": ["E1"]}, {}, True),
        ({"location_ids": [], "evse_uids": ["E2"]}, {}, False),
        ({"location_ids": None}, {}, False),
        ({"invoice_creator": "PTP"}, {}, False),
        ({"invoice_creator": None}, {}, False),
        ({}, {"location_id": "L2", "evse_uid": None}, False),
        ({}, {"token": a_token()}, False),
        ({}, {"asker": Asker(channel=CommandChannel.PARTNER, partner_id="p-9")}, False),
        ({}, {"asker": Asker(channel=CommandChannel.OPERATOR)}, False),
    ],
)
async def test_the_terminal_says_who_writes_the_invoice(
    store: Store, terminal: dict[str, Any], start: dict[str, Any], *, ours: bool
) -> None:
    """C-280."""
    await _told(store, **terminal)
    request = a_start(**start)
    async with store.reading() as tx:
        assert await is_invoiced_by_us(tx, request, request.token) is ours


@pytest.mark.parametrize("invoiced", [True, False])
async def test_our_invoice_is_named_in_the_bill(floor: Floor, *, invoiced: bool) -> None:
    """C-280: with the reference of the start, which ties it to the capture."""
    await floor.furnish()
    async with floor.store.transaction() as tx:
        await tx.commands.add(a_command(invoiced=invoiced))
    live = await floor.connect()
    answer = await floor.start(live, remote_start=77, token=None)
    await stop(floor, live, answer.number, 3_600, wh=6_000)
    session = await floor.session(live, str(answer.number))
    assert session.authorization_reference == "REF-1"
    (cdr,) = await floor.cdrs(session)
    written = write_cdr(cdr)
    assert written["authorization_reference"] == "REF-1"
    assert written.get("invoice_reference_id") == (cdr.id if invoiced else None)
    assert VIRTUAL not in str(written)
