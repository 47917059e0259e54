"""Which CDRs an invoice between platforms is about. Source: OCPI 2.3.0, Invoice Reconciliation."""

from typing import Annotated

from pydantic import Field, StringConstraints

from ocpi.models.common import (
    CiString2,
    CiString3,
    CiString36,
    DateTime,
    OcpiObject,
    Wire,
)

InvoiceId = Annotated[str, StringConstraints(min_length=1, max_length=255), Wire("CiString")]


class InvoiceReconciliationRecord(OcpiObject):
    """An invoice belongs together with the CDRs it names, not with those of a period."""

    country_code: CiString2
    party_id: CiString3
    id: CiString36
    invoice_id: InvoiceId
    cdrs: list[CiString36] = Field(min_length=1)
    last_updated: DateTime
