"""CDRs: the immutable bill of one session between CPO and eMSP, and credit notes."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.identifiers import PartyId
from app.domain.locations import GeoPoint
from app.domain.pricing import Bill
from app.domain.tariffs import Tariff
from app.domain.tokens import AuthMethod, TokenRef


@dataclass(frozen=True, slots=True)
class CdrPlace:
    """Where the session took place, as it was then.

    Source: OCPI 2.2.1, CDRs, CdrLocation class.
    """

    location_id: str
    name: str | None
    address: str
    city: str
    postal_code: str | None
    state: str | None
    country: str
    coordinates: GeoPoint
    zone: str
    evse_uid: str
    evse_id: str
    connector_id: str
    connector_standard: str
    connector_format: str
    connector_power_type: str


@dataclass(frozen=True, slots=True)
class SignedMeter:
    """A signed meter value, byte for byte; `nature` is Start, Intermediate or End."""

    nature: str
    data: str


@dataclass(frozen=True, slots=True)
class Cdr:
    """One billed session; never changed once issued, corrected by a credit note and a new CDR.

    `bill` is computed by us for own CDRs and read from the document for a partner's.
    `document` is a partner's CDR verbatim in OCPI `version`.
    """

    id: str
    party: PartyId
    session_id: str | None
    started_at: datetime
    ended_at: datetime
    token: TokenRef
    auth_method: AuthMethod
    place: CdrPlace
    bill: Bill
    issued_at: datetime
    authorization_reference: str | None = None
    charging_id: str | None = None
    tariff: Tariff | None = None
    signed: tuple[SignedMeter, ...] = ()
    credit_of: str | None = None
    remark: str | None = None
    partner_id: str | None = None
    own: bool = True
    document: str | None = None
    version: str | None = None
