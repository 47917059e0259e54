"""Objects of the modules that we keep and serve, but that nothing of ours depends on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.identifiers import PartyId


class ObjectKind(StrEnum):
    """Source: OCPI 2.3.0, Invoice Reconciliation, Payments and Bookings modules."""

    INVOICE_RECORD = "invoice_record"
    TERMINAL = "terminal"
    CONFIRMATION = "confirmation"
    BOOKING_LOCATION = "booking_location"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class ModuleObject:
    """One object, verbatim as JSON text in OCPI `version`.

    `party` is whose it is. `partner_id` names the platform that sent it, or for an `own` one the
    platform it is for; only that platform ever gets to see it.
    """

    kind: ObjectKind
    party: PartyId
    id: str
    partner_id: str
    last_updated: datetime
    document: str
    version: str
    own: bool = False
