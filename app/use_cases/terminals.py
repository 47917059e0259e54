"""Payment terminals that providers told us of, as far as our own charging depends on them."""

import json

from app.domain.module_objects import ModuleObject, ObjectKind
from app.domain.tokens import Token, TokenType
from app.store.transaction import Transaction
from app.use_cases.command_requests import StartRequest

OUR_INVOICE = "CPO"
"""Source: OCPI 2.3.0, Payments, InvoiceCreator enum."""

_PLACES = ("location_ids", "evse_uids")


async def is_invoiced_by_us(tx: Transaction, request: StartRequest, token: Token | None) -> bool:
    """Whether we write the invoice of a session that a payment terminal asks to start.

    That is what the terminal at the location or the EVSE says, whose provider asks for a driver
    without a contract. Source: OCPI 2.3.0, Payments, Terminal object, `invoice_creator`.
    """
    partner_id = request.asker.partner_id
    if partner_id is None or token is None or token.type is not TokenType.AD_HOC_USER:
        return False
    terminals = await tx.module_objects.of_partner(ObjectKind.TERMINAL, partner_id)
    return any(_invoices(terminal, request) for terminal in terminals)


def _invoices(terminal: ModuleObject, request: StartRequest) -> bool:
    said = json.loads(terminal.document)
    served = {key.casefold() for name in _PLACES for key in said.get(name) or ()}
    asked = {request.location_id, request.evse_uid or request.location_id}
    here = not served.isdisjoint(key.casefold() for key in asked)
    return here and said.get("invoice_creator") == OUR_INVOICE
