"""OCPI 2.1.1 ⇄ 2.2.1: no owner in objects, embedded locations, plain costs, one role a connection.

Towards 2.1.1 much cannot be said. Members of lists are left out, scalars take the nearest older
word, and objects that would turn into something else (unpublished locations, credit CDRs, tariffs
for single profiles) are withheld.
"""

from typing import Any

from app.domain.errors import InvalidInput
from ocpi.models.common import NOT_AVAILABLE, read_integer
from ocpi.versions.rung import (
    Inexpressible,
    Json,
    Kind,
    Rung,
    Surroundings,
    each,
    renamed,
    within,
    without,
)
from ocpi.versions.v211_locations import (
    disowned,
    lift_connector,
    lift_evse,
    lift_location,
    lift_mix,
    lower_connector,
    lower_evse,
    lower_location,
    lower_mix,
    owned,
)

DIMENSIONS = frozenset({"ENERGY", "MAX_CURRENT", "MIN_CURRENT", "PARKING_TIME", "TIME"})
TOKEN_TYPES = frozenset({"OTHER", "RFID"})
RESULTS = frozenset({"ACCEPTED", "NOT_SUPPORTED", "REJECTED", "TIMEOUT"})

COMMAND_TIMEOUT_S = 30
"""How long to wait for a result: 2.1.1 does not say, so this is our own patience."""

_CDR_ID_LENGTH = 36
_CDR_TOKEN_FIELDS = ("country_code", "party_id", "uid", "type", "contract_id")
_PLACE_FIELDS = ("id", "name", "address", "city", "postal_code", "country", "coordinates")
_CONNECTOR_KINDS = ("standard", "format", "power_type")
_RECEIVED_FROM_CPO = frozenset({"locations", "sessions", "cdrs", "tariffs"})
_SESSION_TIMES = {"start_datetime": "start_date_time", "end_datetime": "end_date_time"}
_LIMIT_NOTE = "A minimum or maximum price applies to a session."
_ELEMENT_NOTE = "Further prices apply by reservation or current."


# ---------------------------------------------------------------- tokens


def _lift_token(token: Json, around: Surroundings) -> Json:
    return owned(renamed(token, {"auth_id": "contract_id"}), around)


def _lower_token(token: Json) -> Json:
    names = ("group_id", "default_profile_type", "energy_contract")
    lowered = renamed(disowned(token, *names), {"contract_id": "auth_id"})
    if "type" in lowered and lowered["type"] not in TOKEN_TYPES:
        lowered["type"] = "OTHER"
    return lowered


def _cdr_token(auth_id: object, around: Surroundings) -> Json:
    """The token a 2.1.1 session names by its contract only; an unknown one is type OTHER."""
    known = around.token
    if known is not None:
        return {name: known[name] for name in _CDR_TOKEN_FIELDS if name in known}
    contract = {"uid": auth_id, "type": "OTHER", "contract_id": auth_id}
    if around.provider is None:
        return contract
    country, party = around.provider
    return {"country_code": country, "party_id": party, **contract}


# ---------------------------------------------------------------- sessions and CDRs


def _first(document: Json, name: str) -> Json:
    children = document.get(name)
    first = children[0] if isinstance(children, list) and children else None
    return first if isinstance(first, dict) else {}


def _lift_cost(document: Json) -> Json:
    if document.get("total_cost") is None:
        return document
    return {**document, "total_cost": {"excl_vat": document["total_cost"]}}


def _lower_cost(document: Json) -> Json:
    price = document.get("total_cost")
    if not isinstance(price, dict):
        return document
    return {**document, "total_cost": price.get("excl_vat")}


def _lower_driver(document: Json) -> Json:
    """A contract instead of a token; that a command of theirs began it cannot be said."""
    lowered = without(document, "cdr_token", "authorization_reference")
    lowered["auth_id"] = (document.get("cdr_token") or {}).get("contract_id")
    if lowered.get("auth_method") == "COMMAND":
        lowered["auth_method"] = "AUTH_REQUEST"
    return lowered


def _lift_period(period: Json) -> Json:
    dimensions = period.get("dimensions")
    if not isinstance(dimensions, list) or not dimensions:
        return period
    kept = [d for d in dimensions if not isinstance(d, dict) or d.get("type") != "FLAT"]
    return {**period, "dimensions": kept or [{"type": "TIME", "volume": 0}]}


def _lower_period(period: Json) -> Json:
    dimensions = [d for d in period.get("dimensions") or [] if d.get("type") in DIMENSIONS]
    lowered = without(period, "tariff_id")
    return {**lowered, "dimensions": dimensions or [{"type": "TIME", "volume": 0}]}


def _lift_session(session: Json, around: Surroundings) -> Json:
    lifted = owned(renamed(_lift_cost(session), _SESSION_TIMES), around)
    place, contract = lifted.pop("location", None), lifted.pop("auth_id", None)
    if isinstance(place, dict):
        evse = _first(place, "evses")
        named = {"evse_uid": evse.get("uid"), "connector_id": _first(evse, "connectors").get("id")}
        lifted["location_id"] = place.get("id")
        for name, value in named.items():
            lifted[name] = value or lifted.get(name) or NOT_AVAILABLE
    if contract is not None:
        lifted["cdr_token"] = _cdr_token(contract, around)
    return each(lifted, "charging_periods", _lift_period)


def _lower_session(session: Json, around: Surroundings) -> Json:
    names = {new: old for old, new in _SESSION_TIMES.items()}
    place = ("location_id", "evse_uid", "connector_id")
    lowered = renamed(disowned(_lower_driver(_lower_cost(session)), *place), names)
    lowered["location"] = _embedded(session, around)
    if lowered.get("status") == "RESERVATION":
        lowered["status"] = "PENDING"
    return each(lowered, "charging_periods", _lower_period)


def _embedded(session: Json, around: Surroundings) -> Json:
    """The session's location with only the EVSE and the connector in use."""
    if around.location is None:
        raise Inexpressible

    def used(children: Any, name: str, wanted: object) -> list[Any]:
        return [child for child in children or [] if child.get(name) == wanted]

    evses = [
        {**evse, "connectors": used(evse.get("connectors"), "id", session.get("connector_id"))}
        for evse in used(around.location.get("evses"), "uid", session.get("evse_uid"))
    ]
    return lower_location({**around.location, "publish": True, "evses": evses})


def _lift_cdr(cdr: Json, around: Surroundings) -> Json:
    lifted = owned(renamed(_lift_cost(cdr), {"stop_date_time": "end_date_time"}), around)
    place, contract = lifted.pop("location", None), lifted.pop("auth_id", None)
    if isinstance(place, dict):
        lifted["cdr_location"] = _cdr_location(place)
    if contract is not None:
        lifted["cdr_token"] = _cdr_token(contract, around)
    lifted = each(lifted, "tariffs", lambda tariff: _lift_tariff(tariff, around))
    return each(lifted, "charging_periods", _lift_period)


def _cdr_location(place: Json) -> Json:
    """Of the EVSE inside, or of 2.2.1's flat fields, which some platforms send instead."""
    evse = _first(place, "evses")
    connector = _first(evse, "connectors")
    inside = {
        "evse_uid": evse.get("uid"),
        "evse_id": evse.get("evse_id"),
        "connector_id": connector.get("id"),
        **{f"connector_{name}": connector.get(name) for name in _CONNECTOR_KINDS},
    }
    unknown = dict.fromkeys(("evse_uid", "evse_id", "connector_id"), NOT_AVAILABLE)
    return {
        **{name: place[name] for name in _PLACE_FIELDS if name in place},
        **{name: value or place.get(name) or unknown.get(name) for name, value in inside.items()},
    }


_CDR_ADDITIONS = (
    "cdr_location", "session_id", "signed_data", "total_fixed_cost", "total_energy_cost",
    "total_time_cost", "total_parking_cost", "total_reservation_cost", "invoice_reference_id",
    "credit", "credit_reference_id", "home_charging_compensation",
)  # fmt: skip


def _lower_cdr(cdr: Json, around: Surroundings) -> Json:
    """Raises Inexpressible for credit CDRs: 2.1.1 would bill them a second time."""
    if cdr.get("credit") or len(str(cdr.get("id", ""))) > _CDR_ID_LENGTH:
        raise Inexpressible
    names = {"end_date_time": "stop_date_time"}
    lowered = renamed(disowned(_lower_driver(_lower_cost(cdr)), *_CDR_ADDITIONS), names)
    lowered["location"] = _charged_at(cdr, around)
    lowered = each(lowered, "tariffs", _lower_tariff)
    return each(lowered, "charging_periods", _lower_period)


def _charged_at(cdr: Json, around: Surroundings) -> Json:
    """The whole location while it is there, else what the CDR kept of it."""
    place = cdr["cdr_location"]
    if around.location is not None:
        known = _embedded(place, around)
        if known.get("evses") and known["evses"][0].get("connectors"):
            return known
    return _location_of(cdr)


def _location_of(cdr: Json) -> Json:
    """A Location built from what a CDR kept of it; times are those of the CDR."""
    place, moment = cdr["cdr_location"], cdr["last_updated"]
    connector = {
        "id": place["connector_id"],
        "standard": place["connector_standard"],
        "format": place["connector_format"],
        "power_type": place["connector_power_type"],
        "max_voltage": 0,
        "max_amperage": 0,
        "last_updated": moment,
    }
    evse = {
        "uid": place["evse_uid"],
        "evse_id": place["evse_id"],
        "status": "UNKNOWN",
        "connectors": [connector],
        "last_updated": moment,
    }
    kept = {name: place[name] for name in _PLACE_FIELDS if name in place}
    return lower_location({**kept, "evses": [evse], "last_updated": moment})


# ---------------------------------------------------------------- tariffs


def _lift_tariff(tariff: Json, around: Surroundings) -> Json:
    return within(owned(tariff, around), "energy_mix", lift_mix)


def _lower_tariff(tariff: Json) -> Json:
    """Raises Inexpressible when it is meant for one profile, or no element can be said."""
    if tariff.get("type", "REGULAR") != "REGULAR":
        raise Inexpressible
    names = ("type", "min_price", "max_price", "start_date_time", "end_date_time")
    lowered = each(disowned(tariff, *names), "elements", _lower_element)
    if not lowered.get("elements"):
        raise Inexpressible
    notes = list(lowered.get("tariff_alt_text") or [])
    if tariff.get("min_price") or tariff.get("max_price"):
        notes.append({"language": "en", "text": _LIMIT_NOTE})
    if len(lowered["elements"]) < len(tariff["elements"]):
        notes.append({"language": "en", "text": _ELEMENT_NOTE})
    if notes:
        lowered["tariff_alt_text"] = notes
    return within(lowered, "energy_mix", lower_mix)


def _lower_element(element: Json) -> Json:
    restrictions = element.get("restrictions") or {}
    if {"reservation", "min_current", "max_current"} & restrictions.keys():
        raise Inexpressible
    return each(element, "price_components", lambda component: without(component, "vat"))


# ---------------------------------------------------------------- commands, credentials


def _lift_start(command: Json, around: Surroundings) -> Json:
    return within(command, "token", lambda token: _lift_token(token, around))


def _lift_reservation(command: Json, around: Surroundings) -> Json:
    """2.1.1 counts reservations."""
    number = command.get("reservation_id")
    try:
        counted = number if number is None else str(read_integer(number))
    except ValueError as error:
        raise InvalidInput("reservation_id", str(error)) from None
    return {**_lift_start(command, around), "reservation_id": counted}


def _lower_start(command: Json, _around: Surroundings) -> Json:
    lowered = without(command, "connector_id", "authorization_reference")
    return within(lowered, "token", _lower_token)


def _lower_reservation(command: Json, around: Surroundings) -> Json:
    """2.1.1 counts reservations; ids that are no number have to be mapped by the caller."""
    lowered = _lower_start(command, around)
    text = str(lowered.get("reservation_id", ""))
    if not text.isascii() or not text.isdigit():
        raise Inexpressible
    return {**lowered, "reservation_id": int(text)}


def _lift_cancel(_command: Json, _around: Surroundings) -> Json:
    raise InvalidInput("command", "OCPI 2.1.1 has no CANCEL_RESERVATION")


def _lower_cancel(_command: Json, _around: Surroundings) -> Json:
    """A reservation cannot be given back in 2.1.1."""
    raise Inexpressible


def _lift_response(response: Json, _around: Surroundings) -> Json:
    result = response.get("result")
    result = "REJECTED" if result == "TIMEOUT" else result
    return {"timeout": COMMAND_TIMEOUT_S, **response, "result": result}


def _lift_result(result: Json, _around: Surroundings) -> Json:
    if result.get("result") == "UNKNOWN_SESSION":
        return {**result, "result": "FAILED"}
    return result


def _lower_result(result: Json, _around: Surroundings) -> Json:
    word = result.get("result")
    return {**without(result, "message"), "result": word if word in RESULTS else "REJECTED"}


def _lift_credentials(credentials: Json, around: Surroundings) -> Json:
    names = ("business_details", "party_id", "country_code")
    role = {name: credentials[name] for name in names if name in credentials}
    return {**without(credentials, *names), "roles": [{"role": around.role or "OTHER", **role}]}


def _lower_credentials(credentials: Json, around: Surroundings) -> Json:
    """The role this connection stands for; raises Inexpressible when there is none."""
    roles = credentials.get("roles") or []
    fitting = [role for role in roles if around.role in {None, role.get("role")}]
    if not fitting:
        raise Inexpressible
    return {**without(credentials, "roles"), **without(fitting[0], "role")}


def _lift_details(details: Json, around: Surroundings) -> Json:
    """Endpoints have no role: it follows from the module and the part their server plays."""

    def lift(endpoint: Json) -> Json:
        module = str(endpoint.get("identifier"))
        from_cpo = module in _RECEIVED_FROM_CPO
        sends = from_cpo == (around.role == "CPO") or module == "credentials"
        return {**endpoint, "role": "SENDER" if sends else "RECEIVER"}

    return each(details, "endpoints", lift)


def _lower_details(details: Json, _around: Surroundings) -> Json:
    return each(details, "endpoints", lambda endpoint: without(endpoint, "role"))


RUNG = Rung(
    lift={
        Kind.LOCATION: lift_location,
        Kind.EVSE: lambda evse, _: lift_evse(evse),
        Kind.CONNECTOR: lambda connector, _: lift_connector(connector),
        Kind.SESSION: _lift_session,
        Kind.CDR: _lift_cdr,
        Kind.TARIFF: _lift_tariff,
        Kind.TOKEN: _lift_token,
        Kind.AUTHORIZATION_INFO: lambda info, around: {"token": around.token, **info},
        Kind.LOCATION_REFERENCES: lambda place, _: without(place, "connector_ids"),
        Kind.START_SESSION: _lift_start,
        Kind.RESERVE_NOW: _lift_reservation,
        Kind.CANCEL_RESERVATION: _lift_cancel,
        Kind.COMMAND_RESPONSE: _lift_response,
        Kind.COMMAND_RESULT: _lift_result,
        Kind.CREDENTIALS: _lift_credentials,
        Kind.VERSION_DETAILS: _lift_details,
    },
    lower={
        Kind.LOCATION: lambda location, _: lower_location(location),
        Kind.EVSE: lambda evse, _: lower_evse(evse),
        Kind.CONNECTOR: lambda connector, _: lower_connector(connector),
        Kind.SESSION: _lower_session,
        Kind.CDR: _lower_cdr,
        Kind.TARIFF: lambda tariff, _: _lower_tariff(tariff),
        Kind.TOKEN: lambda token, _: _lower_token(token),
        Kind.AUTHORIZATION_INFO: lambda info, _: without(info, "token", "authorization_reference"),
        Kind.START_SESSION: _lower_start,
        Kind.RESERVE_NOW: _lower_reservation,
        Kind.CANCEL_RESERVATION: _lower_cancel,
        Kind.COMMAND_RESPONSE: lambda response, _: without(response, "timeout", "message"),
        Kind.COMMAND_RESULT: _lower_result,
        Kind.CREDENTIALS: _lower_credentials,
        Kind.VERSION_DETAILS: _lower_details,
    },
)
