"""What a message is about, as far as its address says: whose object, and by which id.

At a receiver interface the address names the owner before the object, at a sender interface only
the object. Source: OCPI 2.2.1, Transport and format, Client owned object push.
"""

from dataclasses import dataclass
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from ocpi.hub.messages import HubMessage
from ocpi.wire.documents import NotJson, decode
from ocpi.wire.faults import NotOcpi
from ocpi.wire.mounting import segments_of

_OWNER_PARTS = 2
_WITHOUT_IDS = frozenset({"commands", "bookings"})
"""Modules whose addresses name something else first: a command, a kind of resource."""

_WITHOUT_OWNERS = frozenset({"chargingprofiles"})
"""Modules that name a session by its id alone, on both sides."""


@dataclass(frozen=True, slots=True)
class Named:
    """`owner` and `id` are None where the address has none; `below` is what follows the id."""

    owner: PartyId | None = None
    id: str | None = None
    below: tuple[str, ...] = ()


def named_in(message: HubMessage) -> Named:
    """Read the address of a message."""
    segments = segments_of(message.rest)
    if message.module in _WITHOUT_IDS:
        return Named()
    if message.role is InterfaceRole.SENDER or message.module in _WITHOUT_OWNERS:
        return Named(None, *_id_of(segments))
    if len(segments) < _OWNER_PARTS:
        return Named()
    try:
        owner = PartyId.of(segments[0], segments[1])
    except InvalidInput:
        return Named()
    return Named(owner, *_id_of(segments[_OWNER_PARTS:]))


def _id_of(segments: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    return (segments[0], segments[1:]) if segments else (None, ())


def body_of(message: HubMessage) -> dict[str, Any]:
    """The JSON object of a message, for looking only; raises NotOcpi, InvalidInput."""
    body = message.read.get(message.body)
    if body is None:
        try:
            body = message.read[message.body] = decode(message.body)
        except NotJson as error:
            raise NotOcpi(str(error)) from None
    if not isinstance(body, dict):
        raise InvalidInput("", "a JSON object is needed")
    return body


def party_in(document: Any) -> PartyId | None:
    """The party that an object names as its own; None where it names none of use."""
    if not isinstance(document, dict):
        return None
    country, code = document.get("country_code"), document.get("party_id")
    if not isinstance(country, str) or not isinstance(code, str):
        return None
    try:
        return PartyId.of(country, code)
    except InvalidInput:
        return None


def text_in(document: Any, name: str) -> str:
    """A text of an object; empty where there is none."""
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""
