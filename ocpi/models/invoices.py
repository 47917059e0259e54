"""Which CDRs an invoice between platforms is about. Source: OCPI 2.3.0, Invoice Reconciliation."""

from pydantic import Field

from ocpi.models.common import (
    CiString2,
    CiString3,
    CiString36,
    CiString255,
    DateTime,
    OcpiObject,
)


class InvoiceReconciliationRecord(OcpiObject):
    """An invoice belongs together with the CDRs it names, not with those of a period."""

    country_code: CiString2
    party_id: CiString3
    id: CiString36
    invoice_id: CiString255
    cdrs: list[CiString36] = Field(min_length=1)
    last_updated: DateTime
