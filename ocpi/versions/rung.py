"""What a rung of the version ladder is, and how conversions walk through an object.

A rung is two tables from the kind of an object to a pure function on its JSON. Functions keep
every field they do not know, so nothing a partner says is lost on the way. A value that the
newer version refuses is reported by its path in the sender's own words.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.errors import InvalidInput

Json = dict[str, Any]


class Kind(StrEnum):
    """The objects that cross the wire on their own."""

    LOCATION = "location"
    EVSE = "evse"
    CONNECTOR = "connector"
    SESSION = "session"
    CHARGING_PREFERENCES = "charging_preferences"
    CDR = "cdr"
    TARIFF = "tariff"
    TOKEN = "token"  # noqa: S105 - the noun
    AUTHORIZATION_INFO = "authorization_info"
    LOCATION_REFERENCES = "location_references"
    START_SESSION = "start_session"
    STOP_SESSION = "stop_session"
    RESERVE_NOW = "reserve_now"
    CANCEL_RESERVATION = "cancel_reservation"
    UNLOCK_CONNECTOR = "unlock_connector"
    COMMAND_RESPONSE = "command_response"
    COMMAND_RESULT = "command_result"
    CREDENTIALS = "credentials"
    VERSION_DETAILS = "version_details"
    CLIENT_INFO = "client_info"
    INVOICE_RECORD = "invoice_record"
    TERMINAL = "terminal"
    CONFIRMATION = "confirmation"
    BOOKING = "booking"
    BOOKING_LOCATION = "booking_location"


class Inexpressible(Exception):
    """The older version has no words for the object; it must be withheld, never bent."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an object does not say itself in some versions; None is unknown.

    `owner`: country code and party id, which 2.1.1 has only in the address.
    `provider`: the same of the eMSP that a session or CDR is for.
    `role`: CPO or EMSP, the part the sender of 2.1.1 credentials plays.
    `location`: the location of a session, `token`: the token it names, both canonical.
    """

    owner: tuple[str, str] | None = None
    provider: tuple[str, str] | None = None
    role: str | None = None
    location: Json | None = None
    token: Json | None = None


NOWHERE = Surroundings()

Convert = Callable[[Json, Surroundings], Json]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder; kinds that are not listed are the same in both versions."""

    lift: Mapping[Kind, Convert] = field(default_factory=dict)
    lower: Mapping[Kind, Convert] = field(default_factory=dict)


def without(document: Json, *names: str) -> Json:
    """The document without these fields."""
    return {key: value for key, value in document.items() if key not in names}


def renamed(document: Json, names: Mapping[str, str]) -> Json:
    """The document with fields renamed, in place and order kept."""
    return {names.get(key, key): value for key, value in document.items()}


def within(document: Json, name: str, convert: Callable[[Json], Json]) -> Json:
    """Convert one child object, if it is there and an object."""
    child = document.get(name)
    if not isinstance(child, dict):
        return document
    try:
        return {**document, name: convert(child)}
    except InvalidInput as error:
        raise InvalidInput(f"{name}.{error.path}", error.reason) from None


def each(document: Json, name: str, convert: Callable[[Json], Json]) -> Json:
    """Convert every object in a child list; what the other version cannot say is left out."""
    children = document.get(name)
    if not isinstance(children, list):
        return document
    kept: list[Any] = []
    for index, child in enumerate(children):
        try:
            kept.append(convert(child) if isinstance(child, dict) else child)
        except Inexpressible:
            continue
        except InvalidInput as error:
            raise InvalidInput(f"{name}.{index}.{error.path}", error.reason) from None
    return {**document, name: kept}


def only(document: Json, name: str, known: Collection[str]) -> Json:
    """Leave out members of a list that the other version does not know."""
    members = document.get(name)
    if not isinstance(members, list):
        return document
    return {**document, name: [m for m in members if not isinstance(m, str) or m in known]}


def required_in(document: Json, name: str, known: Collection[str]) -> None:
    """Refuse an unknown value of an enumeration that is closed in this version."""
    value = document.get(name)
    if isinstance(value, str) and value not in known:
        raise InvalidInput(name, f"{value[:40]!r} is not defined in this version")
