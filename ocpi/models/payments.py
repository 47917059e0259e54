"""Payment terminals and what became of captures. Source: OCPI 2.3.0, Payments module."""

from typing import Annotated, Literal

from pydantic import Field

from ocpi.models.common import (
    CiString2,
    CiString3,
    CiString10,
    CiString20,
    CiString36,
    CiString45,
    CiString255,
    DateTime,
    OcpiObject,
    Price,
    Url,
    Wire,
)
from ocpi.models.locations import GeoLocation

CaptureStatusCode = Annotated[
    Literal["SUCCESS", "PARTIAL_SUCCESS", "FAILED"], Wire("CaptureStatusCode")
]
InvoiceCreator = Annotated[Literal["CPO", "PTP"], Wire("InvoiceCreator")]


class Terminal(OcpiObject):
    """A payment terminal; it serves the EVSEs of its locations and those named besides."""

    terminal_id: CiString36
    last_updated: DateTime
    customer_reference: CiString36 | None = None
    party_id: CiString3 | None = None
    country_code: CiString2 | None = None
    address: CiString45 | None = None
    city: CiString45 | None = None
    postal_code: CiString10 | None = None
    state: CiString20 | None = None
    country: CiString3 | None = None
    coordinates: GeoLocation | None = None
    invoice_base_url: Url | None = None
    invoice_creator: InvoiceCreator | None = None
    reference: CiString36 | None = None
    location_ids: list[CiString36] = []
    evse_uids: list[CiString36] = []


class FinancialAdviceConfirmation(OcpiObject):
    """What the terminal's provider captured for a session, and what its receipt has to say."""

    id: CiString36
    authorization_reference: CiString36
    total_costs: Price
    currency: CiString3
    eft_data: list[CiString255] = Field(min_length=1)
    capture_status_code: CaptureStatusCode
    last_updated: DateTime
    capture_status_message: CiString255 | None = None
