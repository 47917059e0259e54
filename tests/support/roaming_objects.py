"""Objects of a small roaming world, valid by default: an operator, its site, a partner."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.cdrs import Cdr, assemble
from app.domain.identifiers import PartyId
from app.domain.locations import (
    Connector,
    Evse,
    EvsePlace,
    EvseStatus,
    GeoPoint,
    Location,
    OpeningTimes,
)
from app.domain.operators import Operator
from app.domain.partners import Partner, PartnerRole, PartnerState, Role
from app.domain.points import Point
from app.domain.pricing import price
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.tariffs import Dimension, PriceComponent, Tariff, TariffElement
from app.domain.timeline import slices
from app.domain.tokens import Token, TokenType, Whitelist
from app.domain.units import Kw, Kwh

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
EARLIER = NOON - timedelta(hours=2)

CPO = PartyId("NL", "RW1")
EMSP = PartyId("NL", "RWD")
THEIR_EMSP = PartyId("DE", "TNM")
THEIR_CPO = PartyId("DE", "TNC")

AN_OPERATOR = Operator(CPO, "Roamwatt Charging", EARLIER, website="https://cpo.example")


def a_partner(**changes: Any) -> Partner:
    """A registered platform that is CPO and eMSP, on 2.2.1."""
    roles = (
        PartnerRole(Role.EMSP, THEIR_EMSP, "Their Drivers"),
        PartnerRole(Role.CPO, THEIR_CPO, "Their Chargers"),
    )
    partner = Partner("p-1", "Them", PartnerState.CONNECTED, EARLIER, roles=roles, version="2.2.1")
    return replace(partner, **changes)


def a_connector(**changes: Any) -> Connector:
    """A 22 kW socket."""
    connector = Connector(
        "1", "IEC_62196_T2", "SOCKET", "AC_3_PHASE", 230, 32, EARLIER, tariff_ids=("T1",), number=1
    )
    return replace(connector, **changes)


def an_evse(uid: str = "E1", **changes: Any) -> Evse:
    """An available EVSE."""
    evse = Evse(
        uid,
        EvseStatus.AVAILABLE,
        (a_connector(),),
        EARLIER,
        evse_id=f"NL*RW1*{uid}*1",
        capabilities=("REMOTE_START_STOP_CAPABLE", "RFID_READER"),
        physical_reference="A",
        floor_level="-1",
        station_id="ST-1",
        number=1,
    )
    return replace(evse, **changes)


def a_location(location_id: str = "L1", **changes: Any) -> Location:
    """A published location with two EVSEs."""
    location = Location(
        CPO,
        location_id,
        "Hauptstraße 1",
        "Köln",
        "DEU",
        GeoPoint(Decimal("50.937531"), Decimal("6.960279")),
        "Europe/Berlin",
        EARLIER,
        evses=(an_evse("E1"), an_evse("E2", number=2)),
        name="Roamwatt Köln",
        postal_code="50667",
        parking_type="ON_STREET",
        operator_name="Roamwatt Charging",
        facilities=("CAFE",),
        opening_times=OpeningTimes(),
        help_phone="+49221123456",
        directions=(("de", "Rechts hinter dem Tor"),),
    )
    return replace(location, **changes)


def a_tariff(tariff_id: str = "T1", **changes: Any) -> Tariff:
    """0.50 per kWh and 3.00 per hour of parking, 19 % VAT."""
    elements = (
        TariffElement((PriceComponent(Dimension.ENERGY, Decimal("0.50"), Decimal(19), 1),)),
        TariffElement((PriceComponent(Dimension.PARKING_TIME, Decimal("3.00"), Decimal(19), 60),)),
    )
    return replace(Tariff(CPO, tariff_id, "EUR", elements, EARLIER), **changes)


def a_token(uid: str = "04AABBCC", **changes: Any) -> Token:
    """A card of our own driver."""
    token = Token(
        EMSP,
        uid,
        TokenType.RFID,
        "NL-RWD-C12345678-X",
        "Roamwatt Drive",
        valid=True,
        whitelist=Whitelist.ALLOWED,
        last_updated=EARLIER,
        visual_number="1234-5678",
    )
    return replace(token, **changes)


def a_foreign_token(uid: str = "DEADBEEF", **changes: Any) -> Token:
    """A card of a partner's driver."""
    return a_token(uid, party=THEIR_EMSP, contract_id="DE-TNM-C1", own=False, **changes)


def a_session(session_id: str = "s-1", **changes: Any) -> Session:
    """A partner's driver: 30 minutes, 10 kWh, then 15 minutes parked, still plugged in."""
    parked = EARLIER + timedelta(minutes=30)
    now = EARLIER + timedelta(minutes=45)
    timeline = (
        Point(EARLIER, Kwh.of(0), Activity.CHARGING, Kw.of("20")),
        Point(parked, Kwh.of("10"), Activity.SUSPENDED_EV),
        Point(now, Kwh.of("10"), Activity.SUSPENDED_EV),
    )
    session = Session(
        session_id,
        CPO,
        SessionStatus.ACTIVE,
        EARLIER,
        now,
        "EUR",
        "Europe/Berlin",
        location_id="L1",
        evse_uid="E1",
        connector_id="1",
        token=a_foreign_token().ref,
        authorization_reference="AUTH-1",
        partner_id="p-1",
        tariff=a_tariff(),
        energy=Kwh.of("10"),
        activity=Activity.SUSPENDED_EV,
        timeline=timeline,
    )
    return replace(session, **changes)


def a_cdr(cdr_id: str = "c-1", **changes: Any) -> Cdr:
    """The bill of `a_session`, ended."""
    session = a_session()
    ended = replace(session, status=SessionStatus.COMPLETED, ended_at=session.last_updated)
    place = EvsePlace(a_location(), an_evse(), a_connector())
    bill = price(
        slices(ended, ended.last_updated), ended.tariff, zone=ended.zone, currency=ended.currency
    )
    cdr = assemble(ended, bill, place, cdr_id=cdr_id, issued_at=ended.last_updated)
    return replace(cdr, **changes)
