"""OCPI 2.2.1 ⇄ 2.3.0: prices and taxes, what 2.3.0 added, and enumerations it opened."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.domain.errors import InvalidInput
from ocpi.models.common import read_number
from ocpi.versions.rung import (
    Convert,
    Inexpressible,
    Json,
    Kind,
    Rung,
    Surroundings,
    each,
    renamed,
    required_in,
    within,
    without,
)
from ocpi.versions.v221_locations import (
    CONNECTOR_TYPES,
    check_image,
    check_mix,
    companies,
    lift_connector,
    lift_evse,
    lift_location,
    lift_token,
    lower_connector,
    lower_evse,
    lower_image,
    lower_location,
    lower_mix,
    lower_token,
)

_PRICES = (
    "total_cost", "total_fixed_cost", "total_energy_cost", "total_time_cost",
    "total_parking_cost", "total_reservation_cost",
)  # fmt: skip
DIMENSIONS = frozenset({
    "CURRENT", "ENERGY", "ENERGY_EXPORT", "ENERGY_IMPORT", "MAX_CURRENT", "MIN_CURRENT",
    "MAX_POWER", "MIN_POWER", "PARKING_TIME", "POWER", "RESERVATION_TIME", "STATE_OF_CHARGE",
    "TIME",
})  # fmt: skip
_CENT_OF_CENT = Decimal("0.0001")
_INCLUSIVE_NOTE = {"language": "en", "text": "Prices include all taxes."}
_BILLED_CONNECTORS = {"SAE_J3400": "TESLA_S", "MCS": "IEC_62196_T2_COMBO"}
"""A CDR has to name some connector; the nearest relative stands for one 2.2.1 does not know."""


def _decimal(value: object) -> Decimal | None:
    try:
        return read_number(value)
    except ValueError:
        return None


# ---------------------------------------------------------------- prices


def lift_price(price: Json) -> Json:
    """`excl_vat`, `incl_vat` → net and one tax; without `incl_vat` the taxes stay unknown.

    Raises InvalidInput for an `incl_vat` that is no number: it would be lost.
    """
    lifted = without(price, "excl_vat", "incl_vat")
    net, gross = _decimal(price.get("excl_vat")), _decimal(price.get("incl_vat"))
    stated = price.get("incl_vat") is not None and price["incl_vat"] != ""
    if stated and gross is None:
        raise InvalidInput("incl_vat", "no number")
    if "excl_vat" in price:
        lifted["before_taxes"] = price["excl_vat"]
    if net is not None and gross is not None:
        lifted["taxes"] = [{"name": "VAT", "amount": gross - net}]
    return lifted


def lower_price(price: Json) -> Json:
    """Net and taxes → `excl_vat`, and `incl_vat` only where taxes are stated."""
    lowered = without(price, "before_taxes", "taxes")
    net = _decimal(price.get("before_taxes"))
    taxes = price.get("taxes") or []
    lowered["excl_vat"] = price.get("before_taxes")
    amounts = [_decimal(tax.get("amount")) for tax in taxes]
    if net is not None and amounts and None not in amounts:
        lowered["incl_vat"] = net + sum(a for a in amounts if a is not None)
    return lowered


def _lift_limit(limit: Json) -> Json:
    return renamed(limit, {"excl_vat": "before_taxes", "incl_vat": "after_taxes"})


def _lower_limit(limit: Json) -> Json:
    return renamed(limit, {"before_taxes": "excl_vat", "after_taxes": "incl_vat"})


def lift_tariff(tariff: Json) -> Json:
    """Prices of 2.2.1 exclude VAT."""
    lifted = within(within(tariff, "min_price", _lift_limit), "max_price", _lift_limit)
    return {**within(lifted, "energy_mix", check_mix), "tax_included": "NO"}


def lower_tariff(tariff: Json) -> Json:
    """Take the tax out of inclusive prices; where its rate is unknown say so in the alt text."""
    lowered = within(within(tariff, "min_price", _lower_limit), "max_price", _lower_limit)
    lowered = without(lowered, "tax_included", "preauthorize_amount")
    lowered = each(within(lowered, "energy_mix", lower_mix), "elements", _lower_element)
    if lowered.get("elements") == [] != tariff["elements"]:
        raise Inexpressible
    if tariff.get("tax_included") != "YES":
        return lowered
    if any("vat" not in component for component in _components(lowered)):
        notes = lowered.get("tariff_alt_text") or []
        return {**lowered, "tariff_alt_text": [*notes, _INCLUSIVE_NOTE]}
    return each(lowered, "elements", lambda e: each(e, "price_components", _exclude_tax))


def _lower_element(element: Json) -> Json:
    """What is only due for a booking cannot be told to who knows none."""
    if "booking" in (element.get("restrictions") or {}):
        raise Inexpressible
    return element


def _components(tariff: Json) -> list[Json]:
    elements: list[Any] = tariff.get("elements") or []
    return [component for element in elements for component in element["price_components"]]


def _exclude_tax(component: Json) -> Json:
    price, vat = _decimal(component.get("price")), _decimal(component.get("vat"))
    if price is None or vat is None:
        return component
    net = (price / (1 + vat / 100)).quantize(_CENT_OF_CENT, ROUND_HALF_UP)
    return {**component, "price": net}


# ---------------------------------------------------------------- sessions and CDRs


def _lift_dimension(dimension: Json) -> Json:
    required_in(dimension, "type", DIMENSIONS)
    return dimension


def _lift_period(period: Json) -> Json:
    return each(period, "dimensions", _lift_dimension)


def _lower_period(period: Json) -> Json:
    """Leave out dimensions of bookings; a period needs one, and no time is always true."""
    dimensions = period.get("dimensions") or []
    kept = [d for d in dimensions if not isinstance(d, dict) or d.get("type") in DIMENSIONS]
    if len(kept) == len(dimensions):
        return period
    return {**period, "dimensions": kept or [{"type": "TIME", "volume": Decimal(0)}]}


def lift_session(session: Json) -> Json:
    """Token type and price; the text of 2.2.1 once says RESERVED where it means RESERVATION."""
    if session.get("status") == "RESERVED":
        session = {**session, "status": "RESERVATION"}
    lifted = within(within(session, "cdr_token", lift_token), "total_cost", lift_price)
    return each(lifted, "charging_periods", _lift_period)


def lower_session(session: Json) -> Json:
    """Token type and price."""
    lowered = within(within(session, "cdr_token", lower_token), "total_cost", lower_price)
    return each(lowered, "charging_periods", _lower_period)


def _lift_place(place: Json) -> Json:
    required_in(place, "connector_standard", CONNECTOR_TYPES)
    return place


def _lower_place(place: Json) -> Json:
    standard = place.get("connector_standard")
    if not isinstance(standard, str) or standard in CONNECTOR_TYPES:
        return place
    return {**place, "connector_standard": _BILLED_CONNECTORS.get(standard, "IEC_62196_T2")}


def lift_cdr(cdr: Json) -> Json:
    """Token type, connector, prices and embedded tariffs."""
    lifted = within(within(cdr, "cdr_token", lift_token), "cdr_location", _lift_place)
    for name in _PRICES:
        lifted = within(lifted, name, lift_price)
    lifted = each(lifted, "charging_periods", _lift_period)
    return each(lifted, "tariffs", lift_tariff)


def lower_cdr(cdr: Json) -> Json:
    """Token type, connector, prices and embedded tariffs."""
    lowered = within(within(cdr, "cdr_token", lower_token), "cdr_location", _lower_place)
    for name in _PRICES:
        lowered = within(lowered, name, lower_price)
    lowered = each(without(lowered, "booking_id"), "charging_periods", _lower_period)
    return each(lowered, "tariffs", lower_tariff)


# ---------------------------------------------------------------- credentials


def _is_hub(role: object) -> bool:
    return isinstance(role, dict) and role.get("role") == "HUB"


def lift_credentials(credentials: Json) -> Json:
    """Role HUB → `hub_party_id`; a hub without other roles keeps its party as OTHER."""
    roles = credentials.get("roles")
    hub = next((r for r in roles if _is_hub(r)), None) if isinstance(roles, list) else None
    if not isinstance(roles, list) or hub is None:
        return each(credentials, "roles", lambda role: companies(role, check_image))
    others = [role for role in roles if not _is_hub(role)]
    lifted = {**credentials, "roles": others or [{**hub, "role": "OTHER"}]}
    lifted["hub_party_id"] = f"{hub.get('country_code', '')}{hub.get('party_id', '')}"
    return lifted


def lower_credentials(credentials: Json) -> Json:
    """`hub_party_id` → the one role HUB: a 2.2.1 hub names nobody but itself."""
    hub = credentials.get("hub_party_id")
    lowered = without(credentials, "hub_party_id")
    if not isinstance(hub, str) or not hub:
        return each(lowered, "roles", lambda role: companies(role, lower_image))
    country, party = hub[:2], hub[2:]
    roles = credentials.get("roles") or [{}]
    own = (r for r in roles if (r.get("country_code"), r.get("party_id")) == (country, party))
    details = next(own, roles[0]).get("business_details") or {"name": hub}
    role = {"role": "HUB", "business_details": details, "party_id": party}
    return {**lowered, "roles": [{**role, "country_code": country}]}


def _lift_client(client: Json) -> Json:
    if _is_hub(client):
        raise Inexpressible
    return client


def _lift_start(command: Json) -> Json:
    return within(command, "token", lift_token)


def _lower_start(command: Json) -> Json:
    return within(command, "token", lower_token)


def _alone(convert: Callable[[Json], Json]) -> Convert:
    """A conversion that needs no surroundings, in the ladder's signature."""

    def converted(document: Json, _around: Surroundings) -> Json:
        return convert(document)

    return converted


RUNG = Rung(
    lift={
        Kind.LOCATION: _alone(lift_location),
        Kind.EVSE: _alone(lift_evse),
        Kind.CONNECTOR: _alone(lift_connector),
        Kind.SESSION: _alone(lift_session),
        Kind.CDR: _alone(lift_cdr),
        Kind.TARIFF: _alone(lift_tariff),
        Kind.TOKEN: _alone(lift_token),
        Kind.AUTHORIZATION_INFO: _alone(_lift_start),
        Kind.START_SESSION: _alone(_lift_start),
        Kind.RESERVE_NOW: _alone(_lift_start),
        Kind.CREDENTIALS: _alone(lift_credentials),
        Kind.CLIENT_INFO: _alone(_lift_client),
    },
    lower={
        Kind.LOCATION: _alone(lower_location),
        Kind.EVSE: _alone(lower_evse),
        Kind.CONNECTOR: _alone(lower_connector),
        Kind.SESSION: _alone(lower_session),
        Kind.CDR: _alone(lower_cdr),
        Kind.TARIFF: _alone(lower_tariff),
        Kind.TOKEN: _alone(lower_token),
        Kind.AUTHORIZATION_INFO: _alone(_lower_start),
        Kind.START_SESSION: _alone(_lower_start),
        Kind.RESERVE_NOW: _alone(_lower_start),
        Kind.CREDENTIALS: _alone(lower_credentials),
    },
)
