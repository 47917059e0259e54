"""CDRs: our bills as partners get them, and partners' bills as we keep them."""

from base64 import b64decode
from collections.abc import Iterator
from decimal import Decimal

from app.domain.bills import Bill, BillLine, BillPeriod, SliceKind
from app.domain.cdr_checks import SESSION_ONLY
from app.domain.cdrs import Cdr, CdrPlace
from app.domain.identifiers import PartyId
from app.domain.money import Price as Amount
from app.domain.signed_meters import SignedMeter, as_base64, as_plain, encoding_of
from app.domain.tariffs import Dimension, Tariff
from app.domain.tokens import AuthMethod
from app.domain.units import Kw, Kwh
from ocpi.models.cdrs import (
    CDR,
    SESSION_ONLY_DIMENSIONS,
    CdrLocation,
    ChargingPeriod,
    SignedData,
)
from ocpi.models.common import Price, write_datetime
from ocpi.translate.sessions import write_period
from ocpi.translate.tariffs import read_tariff, write_tariff
from ocpi.translate.tokens import read_token_ref, write_token_ref
from ocpi.translate.values import (
    Json,
    Verbatim,
    present,
    read_hours,
    read_point,
    read_price,
    wire_hours,
    wire_number,
    write_owner,
    write_point,
    write_price,
)
from ocpi.versions.countries import alpha_3

_KINDS = {"PARKING_TIME": SliceKind.PARKING, "RESERVATION_TIME": SliceKind.RESERVATION}
_UNNAMED = "unknown"
_LONGEST_SIGNATURE = 5000
_LONGEST_KEY = 512


def write_cdr(cdr: Cdr) -> Json:
    """Our CDR in canonical form; totals as OCPI 2.2.1, CDRs, CDR object defines them."""
    bill = cdr.bill
    driving = bill.charging_time + bill.parking_time
    return present(
        {
            **write_owner(cdr.party),
            "id": cdr.id,
            "start_date_time": write_datetime(cdr.started_at),
            "end_date_time": write_datetime(cdr.ended_at),
            "session_id": cdr.session_id,
            "cdr_token": write_token_ref(cdr.token),
            "auth_method": cdr.auth_method.value,
            "authorization_reference": cdr.authorization_reference,
            "cdr_location": _write_place(cdr.place),
            "currency": bill.currency,
            "tariffs": [write_tariff(cdr.tariff)] if cdr.tariff else [],
            "charging_periods": _write_periods(cdr),
            "signed_data": _write_signed(cdr),
            "total_cost": write_price(bill.total),
            **_write_totals(bill),
            "total_energy": wire_number(bill.energy.value),
            "total_time": wire_hours(driving),
            "total_parking_time": wire_hours(bill.parking_time) if bill.parking_time else None,
            "remark": cdr.remark,
            "invoice_reference_id": cdr.invoice_reference,
            "credit": True if cdr.credit_of else None,
            "credit_reference_id": cdr.credit_of,
            "last_updated": write_datetime(cdr.issued_at),
        }
    )


def _write_totals(bill: Bill) -> Json:
    """Partial totals of what was priced at all."""
    parts = {
        "total_fixed_cost": (bill.fixed_cost, SliceKind.CHARGING, Dimension.FLAT),
        "total_energy_cost": (bill.energy_cost, None, Dimension.ENERGY),
        "total_time_cost": (bill.time_cost, SliceKind.CHARGING, Dimension.TIME),
        "total_parking_cost": (bill.parking_cost, SliceKind.PARKING, None),
        "total_reservation_cost": (bill.reservation_cost, SliceKind.RESERVATION, None),
    }
    return {
        name: write_price(cost)
        for name, (cost, kind, dimension) in parts.items()
        if any(
            kind in {None, line.kind} and dimension in {None, line.dimension}
            for line in bill.lines
        )
    }


def _write_periods(cdr: Cdr) -> list[Json]:
    """At least one period: a CDR without any is no CDR."""
    bill = cdr.bill
    whole = BillPeriod(cdr.started_at, cdr.ended_at, SliceKind.CHARGING, bill.energy)
    return [write_period(period, bill.tariff_id) for period in bill.periods or (whole,)]


def _write_place(place: CdrPlace) -> Json:
    return present(
        {
            "id": place.location_id,
            "name": place.name,
            "address": place.address,
            "city": place.city,
            "postal_code": place.postal_code,
            "state": place.state,
            "country": place.country,
            "coordinates": write_point(place.coordinates),
            "evse_uid": place.evse_uid,
            "evse_id": place.evse_id,
            "connector_id": place.connector_id,
            "connector_standard": place.connector_standard,
            "connector_format": place.connector_format,
            "connector_power_type": place.connector_power_type,
        }
    )


def _write_signed(cdr: Cdr) -> Json | None:
    """Signed meter values: as text, and in Base64 as OCPI 2.2.1, CDRs, SignedValue wants them.

    One key is named, that of all whose key is known, if they have the same one: a charger may send
    it along with the end only.
    """
    encoded = [(value, as_plain(value), as_base64(value)) for value in cdr.signed]
    fitting = [each for each in encoded if len(each[2]) <= _LONGEST_SIGNATURE]
    if not fitting:
        return None
    methods = {encoding_of(value) for value, _, _ in fitting}
    keys = {value.public_key for value, _, _ in fitting if value.public_key}
    key = keys.pop() if len(keys) == 1 else ""
    return present(
        {
            "encoding_method": methods.pop() if len(methods) == 1 else _UNNAMED,
            "public_key": key if 0 < len(key) <= _LONGEST_KEY else None,
            "url": cdr.signed_url,
            "signed_values": [
                {"nature": value.nature, "plain_data": plain, "signed_data": blob}
                for value, plain, blob in fitting
            ],
        }
    )


def _read_signed(given: SignedData | None) -> tuple[SignedMeter, ...]:
    if given is None:
        return ()
    method, key = given.encoding_method, given.public_key or ""
    return tuple(
        SignedMeter(value.nature, _signed_text(value.signed_data), method, key)
        for value in given.signed_values
    )


def _signed_text(blob: str) -> str:
    """The signed text inside the Base64; a blob that holds no text stays as it is."""
    try:
        return b64decode(blob, validate=True).decode()
    except ValueError:
        return blob


def read_cdr(cdr: CDR, source: Verbatim, *, partner_id: str, zone: str = "UTC") -> Cdr:
    """A partner's CDR. `zone` is that of its location, when we know it."""
    tariff = _tariff_of(cdr)
    return Cdr(
        id=cdr.id,
        party=PartyId.of(cdr.country_code, cdr.party_id),
        session_id=cdr.session_id,
        started_at=cdr.start_date_time,
        ended_at=cdr.end_date_time,
        token=read_token_ref(cdr.cdr_token),
        auth_method=AuthMethod(cdr.auth_method),
        place=_read_place(cdr.cdr_location, zone),
        bill=_read_bill(cdr, tariff),
        issued_at=cdr.last_updated,
        authorization_reference=cdr.authorization_reference,
        invoice_reference=cdr.invoice_reference_id,
        tariff=tariff,
        signed=_read_signed(cdr.signed_data),
        signed_url=cdr.signed_data.url if cdr.signed_data else None,
        credit_of=cdr.credit_reference_id if cdr.credit else None,
        remark=cdr.remark,
        partner_id=partner_id,
        own=False,
        document=source.text,
        version=source.version,
        findings=tuple(_odd_words(cdr)),
    )


def _odd_words(cdr: CDR) -> Iterator[str]:
    """Source: OCPI 2.2.1, CDRs, CdrDimensionType enum, column Session Only (C-161)."""
    if any(d.type in SESSION_ONLY_DIMENSIONS for p in cdr.charging_periods for d in p.dimensions):
        yield SESSION_ONLY


def _tariff_of(cdr: CDR) -> Tariff | None:
    """The tariff that the charging periods name, else the only one there is."""
    named = {p.tariff_id.casefold() for p in cdr.charging_periods if p.tariff_id}
    fitting = [t for t in cdr.tariffs if not named or t.id.casefold() in named]
    return read_tariff(fitting[0]) if fitting else None


def _read_place(place: CdrLocation, zone: str) -> CdrPlace:
    return CdrPlace(
        location_id=place.id,
        name=place.name,
        address=place.address,
        city=place.city,
        postal_code=place.postal_code,
        state=place.state,
        country=alpha_3(place.country),
        coordinates=read_point(place.coordinates),
        zone=zone,
        evse_uid=place.evse_uid,
        evse_id=place.evse_id,
        connector_id=place.connector_id,
        connector_standard=place.connector_standard,
        connector_format=place.connector_format,
        connector_power_type=place.connector_power_type,
    )


def _read_bill(cdr: CDR, tariff: Tariff | None) -> Bill:
    """The partner's own figures: nothing is computed anew, so a dispute sees what was billed."""
    currency = cdr.currency.upper()
    parking = cdr.total_parking_time or Decimal(0)
    return Bill(
        currency=currency,
        tariff_id=tariff.id if tariff else None,
        lines=_read_lines(cdr, currency),
        periods=_read_periods(cdr),
        total=read_price(cdr.total_cost, currency),
        energy=Kwh(cdr.total_energy),
        charging_time=read_hours(cdr.total_time - parking),
        parking_time=read_hours(parking),
        reservation_time=read_hours(_volume(cdr.charging_periods, "RESERVATION_TIME")),
    )


def _read_lines(cdr: CDR, currency: str) -> tuple[BillLine, ...]:
    """One line for each partial total; the unit price is the average paid."""
    parking = cdr.total_parking_time or Decimal(0)
    reserved = _volume(cdr.charging_periods, "RESERVATION_TIME")
    one, charging = Decimal(1), SliceKind.CHARGING
    parts: tuple[tuple[Dimension, SliceKind, Decimal, Price | None], ...] = (
        (Dimension.FLAT, charging, one, cdr.total_fixed_cost),
        (Dimension.ENERGY, charging, cdr.total_energy, cdr.total_energy_cost),
        (Dimension.TIME, charging, cdr.total_time - parking, cdr.total_time_cost),
        (Dimension.PARKING_TIME, SliceKind.PARKING, parking, cdr.total_parking_cost),
        (Dimension.TIME, SliceKind.RESERVATION, reserved, cdr.total_reservation_cost),
    )
    return tuple(
        _line(dimension, kind, volume, read_price(cost, currency))
        for dimension, kind, volume, cost in parts
        if cost is not None
    )


def _line(dimension: Dimension, kind: SliceKind, volume: Decimal, cost: Amount) -> BillLine:
    unit = wire_number(cost.net.amount / volume) if volume else Decimal(0)
    return BillLine(dimension, kind, volume, volume, unit, None, cost)


def _read_periods(cdr: CDR) -> tuple[BillPeriod, ...]:
    periods = sorted(cdr.charging_periods, key=lambda p: p.start_date_time)
    ends = [*(p.start_date_time for p in periods[1:]), cdr.end_date_time]
    return tuple(
        BillPeriod(
            start=period.start_date_time,
            end=max(end, period.start_date_time),
            kind=_kind_of(period),
            energy=Kwh(_volume([period], "ENERGY")),
            max_power=_power(period),
        )
        for period, end in zip(periods, ends, strict=True)
    )


def _kind_of(period: ChargingPeriod) -> SliceKind:
    types = {dimension.type for dimension in period.dimensions}
    return next((kind for name, kind in _KINDS.items() if name in types), SliceKind.CHARGING)


def _power(period: ChargingPeriod) -> Kw | None:
    powers = [d.volume for d in period.dimensions if d.type == "MAX_POWER"]
    return Kw(max(powers)) if powers else None


def _volume(periods: list[ChargingPeriod], name: str) -> Decimal:
    volumes = [d.volume for p in periods for d in p.dimensions if d.type == name]
    return sum(volumes, Decimal(0))
