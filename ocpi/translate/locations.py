"""Locations, EVSEs and connectors: what we publish, and what partners publish to us."""

from app.domain.identifiers import PartyId
from app.domain.locations import (
    Connector,
    Evse,
    EvseStatus,
    ExceptionalPeriod,
    Location,
    OpeningHours,
    OpeningTimes,
)
from app.domain.units import Kw
from ocpi.models.common import write_datetime
from ocpi.models.locations import EVSE, Hours
from ocpi.models.locations import Connector as WireConnector
from ocpi.models.locations import Location as WireLocation
from ocpi.translate.values import (
    Json,
    Verbatim,
    present,
    read_point,
    read_texts,
    write_owner,
    write_point,
    write_texts,
)
from ocpi.versions.countries import alpha_3


def write_location(location: Location) -> Json:
    """Our location in canonical form."""
    return present(
        {
            **write_owner(location.party),
            "id": location.id,
            "publish": location.publish,
            "name": location.name,
            "address": location.address,
            "city": location.city,
            "postal_code": location.postal_code,
            "state": location.state,
            "country": location.country,
            "coordinates": write_point(location.coordinates),
            "parking_type": location.parking_type,
            "evses": [write_evse(evse) for evse in location.evses],
            "directions": write_texts(location.directions),
            "operator": {"name": location.operator_name} if location.operator_name else None,
            "facilities": list(location.facilities),
            "time_zone": location.time_zone,
            "opening_times": _write_hours(location.opening_times),
            "help_phone": location.help_phone,
            "last_updated": write_datetime(location.last_updated),
        }
    )


def write_evse(evse: Evse) -> Json:
    """One EVSE."""
    return present(
        {
            "uid": evse.uid,
            "evse_id": evse.evse_id,
            "status": evse.status.value,
            "capabilities": list(evse.capabilities),
            "connectors": [write_connector(connector) for connector in evse.connectors],
            "floor_level": evse.floor_level,
            "physical_reference": evse.physical_reference,
            "last_updated": write_datetime(evse.last_updated),
        }
    )


def write_evse_status(evse: Evse) -> Json:
    """The PATCH that tells an EVSE's status."""
    return {"status": evse.status.value, "last_updated": write_datetime(evse.last_updated)}


def write_connector(connector: Connector) -> Json:
    """One connector; its power is stated only where it is not volts times amperes."""
    power = connector.max_power
    return present(
        {
            "id": connector.id,
            "standard": connector.standard,
            "format": connector.format,
            "power_type": connector.power_type,
            "max_voltage": connector.max_voltage,
            "max_amperage": connector.max_amperage,
            "max_electric_power": int(power.w) if power is not None else None,
            "tariff_ids": list(connector.tariff_ids),
            "last_updated": write_datetime(connector.last_updated),
        }
    )


def _write_hours(times: OpeningTimes | None) -> Json | None:
    if times is None:
        return None
    regular = [
        {"weekday": day.weekday, "period_begin": day.begin, "period_end": day.end}
        for day in times.regular
    ]
    return present(
        {
            "twentyfourseven": times.always,
            "regular_hours": [] if times.always else regular,
            "exceptional_openings": [_write_exception(period) for period in times.openings],
            "exceptional_closings": [_write_exception(period) for period in times.closings],
        }
    )


def _write_exception(period: ExceptionalPeriod) -> Json:
    begin, end = write_datetime(period.begin), write_datetime(period.end)
    return {"period_begin": begin, "period_end": end}


def read_location(location: WireLocation, source: Verbatim) -> Location:
    """A partner's location, its own words kept beside what we understand of them."""
    return Location(
        party=PartyId.of(location.country_code, location.party_id),
        id=location.id,
        address=location.address,
        city=location.city,
        country=alpha_3(location.country),
        coordinates=read_point(location.coordinates),
        time_zone=location.time_zone,
        last_updated=location.last_updated,
        evses=tuple(read_evse(evse) for evse in location.evses),
        name=location.name,
        postal_code=location.postal_code,
        state=location.state,
        parking_type=location.parking_type,
        operator_name=location.operator.name if location.operator else None,
        directions=read_texts(location.directions),
        facilities=tuple(location.facilities),
        opening_times=_read_hours(location.opening_times),
        publish=location.publish,
        help_phone=location.help_phone,
        own=False,
        document=source.text,
        version=source.version,
    )


def read_evse(evse: EVSE) -> Evse:
    """One EVSE; what only the document holds stays there."""
    return Evse(
        uid=evse.uid,
        status=EvseStatus(evse.status),
        connectors=tuple(read_connector(connector) for connector in evse.connectors),
        last_updated=evse.last_updated,
        evse_id=evse.evse_id,
        capabilities=tuple(evse.capabilities),
        physical_reference=evse.physical_reference,
        floor_level=evse.floor_level,
    )


def read_connector(connector: WireConnector) -> Connector:
    """One connector of a partner, which has no number of ours."""
    power = connector.max_electric_power
    return Connector(
        id=connector.id,
        standard=connector.standard,
        format=connector.format,
        power_type=connector.power_type,
        max_voltage=connector.max_voltage,
        max_amperage=connector.max_amperage,
        last_updated=connector.last_updated,
        max_power=Kw.from_w(power) if power is not None else None,
        tariff_ids=tuple(connector.tariff_ids),
    )


def _read_hours(hours: Hours | None) -> OpeningTimes | None:
    if hours is None:
        return None
    return OpeningTimes(
        always=hours.twentyfourseven,
        regular=tuple(
            OpeningHours(day.weekday, day.period_begin, day.period_end)
            for day in hours.regular_hours
        ),
        openings=tuple(
            ExceptionalPeriod(period.period_begin, period.period_end)
            for period in hours.exceptional_openings
        ),
        closings=tuple(
            ExceptionalPeriod(period.period_begin, period.period_end)
            for period in hours.exceptional_closings
        ),
    )
