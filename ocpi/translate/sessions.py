"""Sessions: ours as partners see them, and partners' as we keep them."""

from app.domain.bills import Bill, BillPeriod, SliceKind
from app.domain.identifiers import PartyId
from app.domain.pricing import price
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.timeline import slices
from app.domain.tokens import AuthMethod
from app.domain.units import Kwh
from ocpi.models.common import NOT_AVAILABLE, write_datetime
from ocpi.models.sessions import Session as WireSession
from ocpi.translate.tokens import read_token_ref, write_token_ref
from ocpi.translate.values import (
    Json,
    Verbatim,
    present,
    read_price,
    wire_hours,
    wire_number,
    write_owner,
    write_price,
)

_TIMES = {
    SliceKind.CHARGING: "TIME",
    SliceKind.PARKING: "PARKING_TIME",
    SliceKind.WAIVED: "PARKING_TIME",
    SliceKind.RESERVATION: "RESERVATION_TIME",
}


def write_period(period: BillPeriod, tariff_id: str | None) -> Json:
    """A charging period: energy, time of its kind and the highest power where it is known."""
    dimensions = [
        {"type": "ENERGY", "volume": wire_number(period.energy.value)},
        {"type": _TIMES[period.kind], "volume": wire_hours(period.end - period.start)},
    ]
    if period.kind is not SliceKind.CHARGING:
        dimensions = dimensions[1:] if not period.energy else dimensions
    if period.max_power is not None:
        power = wire_number(period.max_power.value)
        dimensions.append({"type": "MAX_POWER", "volume": power})
    return present(
        {
            "start_date_time": write_datetime(period.start),
            "dimensions": dimensions,
            "tariff_id": tariff_id,
        }
    )


def bill_of(session: Session) -> Bill:
    """What the session costs as of its `last_updated`, by the one price function.

    Not as of now: the same `last_updated` has to mean the same content to whoever reads it twice.
    """
    until = session.last_updated
    return price(
        slices(session, until),
        session.tariff,
        zone=session.zone,
        currency=session.currency,
        reservation_expired=session.reservation_expired,
    )


def write_session(session: Session) -> Json:
    """Our session as it is, for PUT and GET."""
    if session.token is None:
        raise ValueError(f"session {session.id} has no token, so no partner may see it")
    bill = bill_of(session)
    return present(
        {
            **write_owner(session.party),
            "id": session.id,
            "start_date_time": write_datetime(session.started_at),
            "end_date_time": write_datetime(session.ended_at) if session.ended_at else None,
            "kwh": wire_number(session.energy.value),
            "cdr_token": write_token_ref(session.token),
            "auth_method": session.auth_method.value,
            "authorization_reference": session.authorization_reference,
            "location_id": session.location_id or NOT_AVAILABLE,
            "evse_uid": session.evse_uid or NOT_AVAILABLE,
            "connector_id": session.connector_id or NOT_AVAILABLE,
            "currency": session.currency,
            "charging_periods": [write_period(p, bill.tariff_id) for p in bill.periods],
            "total_cost": write_price(bill.total) if bill.is_priced else None,
            "status": session.status.value,
            "last_updated": write_datetime(session.last_updated),
        }
    )


def write_progress(session: Session) -> Json:
    """The PATCH that tells how far a session is; periods are left to PUT, which replaces them.

    Source: OCPI 2.2.1, Sessions, PATCH method: periods in a PATCH are appended, so a repeated
    one would double them.
    """
    bill = bill_of(session)
    return present(
        {
            "kwh": wire_number(session.energy.value),
            "total_cost": write_price(bill.total) if bill.is_priced else None,
            "status": session.status.value,
            "last_updated": write_datetime(session.last_updated),
        }
    )


def read_session(
    session: WireSession, source: Verbatim, *, partner_id: str, zone: str = "UTC"
) -> Session:
    """A partner's session of our driver. `zone` is that of its location, when we know it."""
    party = PartyId.of(session.country_code, session.party_id)
    currency = session.currency.upper()
    total = read_price(session.total_cost, currency) if session.total_cost else None
    return Session(
        id=session.id,
        party=party,
        status=SessionStatus(session.status),
        started_at=session.start_date_time,
        last_updated=session.last_updated,
        currency=currency,
        zone=zone,
        location_id=session.location_id,
        evse_uid=session.evse_uid,
        connector_id=session.connector_id,
        token=read_token_ref(session.cdr_token),
        auth_method=AuthMethod(session.auth_method),
        authorization_reference=session.authorization_reference,
        partner_id=partner_id,
        ended_at=session.end_date_time,
        energy=Kwh(session.kwh),
        activity=_activity(session),
        total_cost=total,
        own=False,
        document=source.text,
        version=source.version,
    )


def _activity(session: WireSession) -> Activity:
    """What the vehicle does, as far as the last charging period tells."""
    if session.status != "ACTIVE":
        return Activity.IDLE if session.end_date_time else Activity.CONNECTED
    last = max(session.charging_periods, key=lambda p: p.start_date_time, default=None)
    kinds = {dimension.type for dimension in last.dimensions} if last else set()
    return Activity.SUSPENDED_EV if "PARKING_TIME" in kinds else Activity.CHARGING
