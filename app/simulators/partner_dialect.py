"""The words of 2.1.1 and 2.3.0 for a partner that thinks in 2.2.1.

Written by the specification's tables, apart from our product's own translation, so that two
readings of them meet in the tests. `lift` reads what came (whole objects and parts of them),
`lower` writes what is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Document = dict[str, Any]
_FROM_CPO = frozenset({"locations", "sessions", "cdrs", "tariffs"})
_PLACE = ("id", "name", "address", "city", "postal_code", "country", "coordinates")
_PLACES, _SHORTER, _LONGER = ("location_id", "evse_uid"), 36, 39


@dataclass(frozen=True)
class Around:
    """What 2.1.1's objects do not say: whose they are, whose driver, which token and place."""

    owner: tuple[str, str] | None = None
    tokens: Mapping[str, Document] = field(default_factory=dict)
    provider: tuple[str, str] | None = None
    location: Document | None = None
    theirs: str = "CPO"


Convert = Callable[[Document, Around], Document]


@dataclass(frozen=True)
class Dialect:
    """One version; kinds that are not listed are the same as in 2.2.1."""

    number: str
    up: Mapping[str, Convert] = field(default_factory=dict)
    down: Mapping[str, Convert] = field(default_factory=dict)
    is_encoded: bool = True
    is_routed: bool = True

    def lift(self, kind: str, document: Any, around: Around) -> Any:
        """What came, in 2.2.1; lists item by item."""
        return _each(self.up.get(kind), document, around)

    def lower(self, kind: str, document: Any, around: Around) -> Any:
        """A 2.2.1 object as this version writes it."""
        return _each(self.down.get(kind), document, around)

    def tabled(self, command: Any) -> Any:
        """A command as the tables of 2.2.1 can judge it: 2.1.1 has longer ids of places."""
        if self.is_routed or not isinstance(command, dict):
            return command
        return {
            name: value[:_SHORTER] if name in _PLACES and len(value) <= _LONGER else value
            for name, value in command.items()
        }


def kind_of(module: str, ids: int) -> str:
    """The class of an object below an endpoint, by how many ids lead to it from its owner."""
    if module == "locations":
        return {2: "EVSE", 3: "Connector"}.get(ids, "Location")
    return {"cdrs": "CDR"}.get(module, module.removesuffix("s").capitalize())


def _each(convert: Convert | None, value: Any, around: Around) -> Any:
    if convert is None:
        return value
    if isinstance(value, list):
        return [convert(each, around) if isinstance(each, dict) else each for each in value]
    return convert(value, around) if isinstance(value, dict) else value


def _within(document: Document, name: str, convert: Convert, around: Around) -> Document:
    if name not in document:
        return document
    return {**document, name: _each(convert, document[name], around)}


def _renamed(document: Document, names: Mapping[str, str]) -> Document:
    return {names.get(name, name): value for name, value in document.items()}


def _without(document: Document, *names: str) -> Document:
    return {name: value for name, value in document.items() if name not in names}


def _back(names: Mapping[str, str]) -> dict[str, str]:
    return {new: old for old, new in names.items()}


# ---------------------------------------------------------------- 2.3.0: prices with taxes


def _taxed(value: Any) -> Any:
    if isinstance(value, list):
        return [_taxed(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "excl_vat" not in value:
        return {name: _taxed(each) for name, each in value.items()}
    net = value["excl_vat"]
    if "incl_vat" not in value:
        return {"before_taxes": net}
    amount = _plain(Decimal(str(value["incl_vat"])) - Decimal(str(net)))
    return {"before_taxes": net, "taxes": [{"name": "VAT", "amount": amount}]}


def _untaxed(value: Any) -> Any:
    if isinstance(value, list):
        return [_untaxed(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "before_taxes" not in value:
        return {name: _untaxed(each) for name, each in value.items()}
    net, taxes = value["before_taxes"], value.get("taxes") or []
    if not taxes:
        return {"excl_vat": net}
    gross = Decimal(str(net)) + sum(Decimal(str(tax["amount"])) for tax in taxes)
    return {"excl_vat": net, "incl_vat": _plain(gross)}


def _plain(value: Decimal) -> float:
    return float(value.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def _tariff_230(tariff: Document, _: Around) -> Document:
    return {**_taxed(tariff), "tax_included": "NO"}


def _from_tariff_230(tariff: Document, _: Around) -> Document:
    return _without(_untaxed(tariff), "tax_included")


def _bill_230(bill: Document, around: Around) -> Document:
    return _within(_taxed(bill), "tariffs", _tariff_230, around)


def _from_bill_230(bill: Document, around: Around) -> Document:
    return _within(_untaxed(bill), "tariffs", _from_tariff_230, around)


_LATER = ("help_phone", "parking_places")
_LATER_EVSE = ("parking", "accepted_service_providers")


def _from_evse_230(evse: Document, _: Around) -> Document:
    return _without(evse, *_LATER_EVSE)


def _from_location_230(location: Document, around: Around) -> Document:
    """Without what 2.2.1 has no tables for."""
    return _within(_without(location, *_LATER), "evses", _from_evse_230, around)


D230 = Dialect(
    "2.3.0",
    up={
        "Location": _from_location_230,
        "EVSE": _from_evse_230,
        "Tariff": _from_tariff_230,
        "CDR": _from_bill_230,
        "Session": lambda session, _: _untaxed(session),
    },
    down={
        "Tariff": _tariff_230,
        "CDR": _bill_230,
        "Session": lambda session, _: _taxed(session),
    },
)
D221 = Dialect("2.2.1")

# ---------------------------------------------------------------- 2.1.1

_CONNECTOR = {"voltage": "max_voltage", "amperage": "max_amperage"}
_TIMES = {"start_datetime": "start_date_time", "end_datetime": "end_date_time"}
_STOP = {"stop_date_time": "end_date_time"}
_CONTRACT = {"auth_id": "contract_id"}


def _owned(document: Document, around: Around) -> Document:
    if around.owner is None:
        return document
    return {"country_code": around.owner[0], "party_id": around.owner[1], **document}


def _up_connector(connector: Document, _: Around) -> Document:
    lifted = _renamed(_without(connector, "tariff_id"), _CONNECTOR)
    tariff = connector.get("tariff_id")
    return {**lifted, "tariff_ids": [tariff]} if tariff else lifted


def _down_connector(connector: Document, _: Around) -> Document:
    lowered = _renamed(_without(connector, "tariff_ids", "max_electric_power"), _back(_CONNECTOR))
    tariffs = connector.get("tariff_ids")
    return {**lowered, "tariff_id": tariffs[0]} if tariffs else lowered


def _up_evse(evse: Document, around: Around) -> Document:
    return _within(evse, "connectors", _up_connector, around)


def _down_evse(evse: Document, around: Around) -> Document:
    return _within(evse, "connectors", _down_connector, around)


def _up_location(location: Document, around: Around) -> Document:
    lifted = _owned(_without(location, "type"), around)
    if "id" in location:
        lifted["publish"] = True
    hours = lifted.get("opening_times")
    if hours is not None:
        lifted["opening_times"] = {"twentyfourseven": False, **hours}
    return _within(lifted, "evses", _up_evse, around)


def _down_location(location: Document, around: Around) -> Document:
    lowered = _without(location, "country_code", "party_id", "publish", "parking_type", "state")
    return _within({**lowered, "type": "ON_STREET"}, "evses", _down_evse, around)


def _up_token(token: Document, around: Around) -> Document:
    return _owned(_renamed(token, _CONTRACT), around)


def _down_token(token: Document, _: Around) -> Document:
    lowered = _renamed(_without(token, "country_code", "party_id", "group_id"), _back(_CONTRACT))
    kind = lowered.get("type", "RFID")
    return {**lowered, "type": kind if kind in {"RFID", "OTHER"} else "OTHER"}


def _up_driver(document: Document, around: Around) -> Document:
    """`auth_id` names a contract of ours; which card it is, only we can know."""
    contract = document.get("auth_id")
    if contract is None:
        return document
    known = [t for t in around.tokens.values() if t["contract_id"] == contract]
    card = {"uid": known[0]["uid"], "type": known[0]["type"]} if known else None
    country, party = around.provider or ("", "")
    token = {"country_code": country, "party_id": party, "contract_id": contract}
    token |= card or {"uid": contract, "type": "OTHER"}
    return {**_without(document, "auth_id"), "cdr_token": token}


def _down_driver(document: Document) -> Document:
    token = document.get("cdr_token")
    lowered = _without(
        document, "cdr_token", "authorization_reference", "country_code", "party_id"
    )
    if lowered.get("auth_method") == "COMMAND":
        lowered["auth_method"] = "AUTH_REQUEST"
    return {**lowered, "auth_id": token["contract_id"]} if token else lowered


def _up_cost(document: Document) -> Document:
    cost = document.get("total_cost")
    return document if cost is None else {**document, "total_cost": {"excl_vat": cost}}


def _down_cost(document: Document) -> Document:
    cost = document.get("total_cost")
    lowered = document if cost is None else {**document, "total_cost": cost["excl_vat"]}
    return _within(lowered, "charging_periods", lambda p, _: _without(p, "tariff_id"), Around())


def _in_use(place: Document) -> tuple[Document, Document]:
    """The one EVSE and connector that a session's or bill's location shows."""
    (evse,) = place["evses"]
    (connector,) = evse["connectors"]
    return evse, connector


def _up_session(session: Document, around: Around) -> Document:
    lifted = _owned(_up_driver(_up_cost(_renamed(session, _TIMES)), around), around)
    place = lifted.pop("location", None)
    if place is not None:
        evse, connector = _in_use(place)
        lifted |= {"location_id": place["id"], "evse_uid": evse["uid"]}
        lifted["connector_id"] = connector["id"]
    return lifted


def _down_session(session: Document, around: Around) -> Document:
    lowered = _down_driver(_down_cost(_renamed(session, _back(_TIMES))))
    is_whole = "location_id" in lowered
    lowered = _without(lowered, "location_id", "evse_uid", "connector_id")
    place = _down_location(around.location or {}, around)
    return {**lowered, "location": place} if is_whole else lowered


def _up_cdr(cdr: Document, around: Around) -> Document:
    lifted = _owned(_up_driver(_up_cost(cdr), around), around)
    lifted = _renamed(lifted, _STOP)
    place = lifted.pop("location")
    evse, connector = _in_use(place)
    kinds = {f"connector_{n}": connector[n] for n in ("standard", "format", "power_type")}
    kept = {name: place[name] for name in _PLACE if name in place}
    named = {"evse_uid": evse["uid"], "evse_id": evse["evse_id"], "connector_id": connector["id"]}
    return _within({**lifted, "cdr_location": kept | named | kinds}, "tariffs", _owned, around)


def _down_cdr(cdr: Document, around: Around) -> Document:
    dropped = ("cdr_location", "session_id", "total_energy_cost")
    lowered = _renamed(_down_driver(_without(cdr, *dropped)), _back(_STOP))
    lowered = _within(_down_cost(lowered), "tariffs", _down_tariff, around)
    return {**lowered, "location": _down_location(around.location or {}, around)}


def _down_tariff(tariff: Document, _: Around) -> Document:
    elements = [
        {**e, "price_components": [_without(c, "vat") for c in e["price_components"]]}
        for e in tariff["elements"]
    ]
    return {**_without(tariff, "country_code", "party_id"), "elements": elements}


def _up_start(command: Document, around: Around) -> Document:
    return _within(command, "token", _up_token, around)


def _down_start(command: Document, around: Around) -> Document:
    lowered = _without(command, "connector_id", "authorization_reference")
    return _within(lowered, "token", _down_token, around)


def _up_credentials(credentials: Document, around: Around) -> Document:
    names = ("business_details", "party_id", "country_code")
    role = {"role": around.theirs} | {name: credentials[name] for name in names}
    return {**_without(credentials, *names), "roles": [role]}


def _down_credentials(credentials: Document, _: Around) -> Document:
    return {**_without(credentials, "roles"), **_without(credentials["roles"][0], "role")}


def _up_details(details: Document, around: Around) -> Document:
    def side(endpoint: Document) -> Document:
        from_cpo = endpoint["identifier"] in _FROM_CPO
        sends = endpoint["identifier"] == "credentials" or from_cpo == (around.theirs == "CPO")
        return {**endpoint, "role": "SENDER" if sends else "RECEIVER"}

    return {**details, "endpoints": [side(each) for each in details["endpoints"]]}


def _down_details(details: Document, _: Around) -> Document:
    return {**details, "endpoints": [_without(e, "role") for e in details["endpoints"]]}


D211 = Dialect(
    "2.1.1",
    up={
        "Location": _up_location, "EVSE": _up_evse, "Connector": _up_connector,
        "Session": _up_session, "CDR": _up_cdr, "Tariff": _owned, "Token": _up_token,
        "START_SESSION": _up_start, "Credentials": _up_credentials, "VersionDetails": _up_details,
        "CommandResponse": lambda response, _: {"timeout": 30, **response},
    },
    down={
        "Location": _down_location, "EVSE": _down_evse, "Connector": _down_connector,
        "Session": _down_session, "CDR": _down_cdr, "Tariff": _down_tariff, "Token": _down_token,
        "START_SESSION": _down_start, "Credentials": _down_credentials,
        "VersionDetails": _down_details,
        "CommandResponse": lambda response, _: _without(response, "timeout"),
        "AuthorizationInfo": lambda i, _: _without(i, "token", "authorization_reference"),
    },
    is_encoded=False,
    is_routed=False,
)  # fmt: skip

DIALECTS = {dialect.number: dialect for dialect in (D211, D221, D230)}
