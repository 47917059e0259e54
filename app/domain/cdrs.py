"""CDRs: the immutable bill of one session between CPO and eMSP, and credit notes."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.bills import Bill
from app.domain.errors import Conflict
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace, GeoPoint
from app.domain.sessions import Session
from app.domain.signed_meters import SignedMeter
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
class Cdr:
    """One billed session; never changed once issued, corrected by a credit note and a new CDR.

    `bill` is computed by us for own CDRs and read from the document for a partner's.
    `document` is a partner's CDR verbatim in OCPI `version`, `findings` are what our own check of
    it found, for people. `invoice_reference` names the invoice if we write one. `signed_url` is
    where a driver can check the signed values.
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
    findings: tuple[str, ...] = ()
    invoice_reference: str | None = None
    signed_url: str | None = None


# Stands for an EVSE that has no eMI3 id. Source: OCPI 2.2.1, CDRs, CdrLocation class.
NO_EVSE_ID = "#NA"


def assemble(
    session: Session,
    bill: Bill,
    place: EvsePlace,
    *,
    cdr_id: str,
    issued_at: datetime,
) -> Cdr:
    """The CDR of an ended session, with token, tariff and place as they were at its start.

    `place` is the one kept from the start of the session. It begins with the reservation if there
    was one. Source: OCPI 2.2.1, CDRs, CDR object, `start_date_time`. Raises Conflict while the
    session runs, and for one that no token is known for, since nobody can be billed.
    """
    if session.ended_at is None:
        raise Conflict(f"session {session.id} has not ended")
    if session.token is None:
        raise Conflict(f"session {session.id} has no token to bill")
    return Cdr(
        id=cdr_id,
        party=session.party,
        session_id=session.id,
        started_at=session.reserved_at or session.started_at,
        ended_at=session.ended_at,
        token=session.token,
        auth_method=session.auth_method,
        place=place_of(place, session.zone),
        bill=bill,
        issued_at=issued_at,
        authorization_reference=session.authorization_reference,
        charging_id=session.charging_id,
        tariff=session.tariff,
        signed=session.signed,
        partner_id=session.partner_id,
        invoice_reference=cdr_id if session.invoiced else None,
    )


def place_of(place: EvsePlace, zone: str) -> CdrPlace:
    """What a CDR keeps of a location, its EVSE and connector."""
    location, evse, connector = place.location, place.evse, place.connector
    return CdrPlace(
        location_id=location.id,
        name=location.name,
        address=location.address,
        city=location.city,
        postal_code=location.postal_code,
        state=location.state,
        country=location.country,
        coordinates=location.coordinates,
        zone=zone,
        evse_uid=evse.uid,
        evse_id=evse.evse_id or NO_EVSE_ID,
        connector_id=connector.id,
        connector_standard=connector.standard,
        connector_format=connector.format,
        connector_power_type=connector.power_type,
    )


def credit_note(cdr: Cdr, *, issued_at: datetime, cdr_id: str | None = None) -> Cdr:
    """Takes a CDR back: everything copied, only the total negated; its id is the CDR's with `-C`.

    Raises Conflict for a credit note. Source: OCPI 2.2.1, CDRs, Credit CDRs.
    """
    if cdr.credit_of is not None:
        raise Conflict(f"CDR {cdr.id} is a credit note already")
    return replace(
        cdr,
        id=cdr_id or f"{cdr.id}-C",
        bill=replace(cdr.bill, total=-cdr.bill.total),
        issued_at=issued_at,
        credit_of=cdr.id,
    )
