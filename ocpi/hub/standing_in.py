"""What the hub says in place of a member whose version cannot: refusals, numbers, older words.

Source: OCPI 2.1.1 and 2.2.1, Commands, Tokens, Status codes; the losses are listed in
`docs/hub-versions.md`.
"""

from hashlib import sha256
from urllib.parse import quote, unquote

from app.domain.partners import InterfaceRole
from ocpi.hub.messages import HubMessage
from ocpi.hub.shapes import Shape
from ocpi.versions.registry import OcpiVersion
from ocpi.versions.rung import Json, Kind
from ocpi.wire.envelope import CLIENT_ERROR, HUB_ERROR, SERVER_ERROR, UNKNOWN_TOKEN
from ocpi.wire.faults import MethodNotAllowed, NoResource, WireFault

_TYPE_NAMES = frozenset({"type", "token_type"})
_RFID = "RFID"
_HALF = 2**30
_LARGEST = 2**31 - 1
_PROFILES = "chargingprofiles"
NOT_SUPPORTED: Json = {"result": "NOT_SUPPORTED", "timeout": 0}


class Untold(WireFault):
    """The receiver's version has no words for the message, so it was not sent."""

    code = "untold"
    status_code = CLIENT_ERROR + 1


class NotSupportedThere(Exception):
    """The receiver's version does not know what it is asked to do; that is an answer, too."""


def check_spoken(message: HubMessage, shape: Shape, target: OcpiVersion) -> None:
    """Whether the receiver's version has such a request at all.

    Raises NotSupportedThere for what has NOT_SUPPORTED as an answer, NoResource and
    MethodNotAllowed for the rest.
    """
    if message.module == _PROFILES and message.module not in target.modules:
        if message.role is InterfaceRole.RECEIVER:
            raise NotSupportedThere
        raise NoResource("the receiver's version has no charging profiles")
    unknown = shape.word is not None and shape.body is None
    if unknown or (shape.body is Kind.CANCEL_RESERVATION and not target.has_routing_headers):
        raise NotSupportedThere
    if shape.body is Kind.CHARGING_PREFERENCES and not target.has_preferences:
        raise NoResource("the receiver's version has no charging preferences")
    patched = shape.partial and shape.body is Kind.TARIFF
    if patched and not target.patches_tariffs:
        raise MethodNotAllowed("PATCH", ("DELETE", "GET", "PUT"))


def reservation_number(sender: str, reservation_id: object) -> str:
    """A reservation's id where ids are numbers of 31 bits: the same one for the same id.

    Ids that are no such number get one of the upper half, made from the id and whose it is.
    """
    text = str(reservation_id)
    if text.isascii() and text.isdigit() and int(text) <= _LARGEST:
        return text
    digest = sha256(f"{sender}/{text}".encode()).digest()
    return str(_HALF + int.from_bytes(digest[:4], "big") % _HALF)


def status_in(version: OcpiVersion, status_code: int) -> int:
    """A status code in a version; 2.1.1 has no hubs and no code for unknown tokens."""
    if version.has_routing_headers:
        return status_code
    if status_code >= HUB_ERROR:
        return SERVER_ERROR
    return CLIENT_ERROR if status_code == UNKNOWN_TOKEN else status_code


def wanted_type(query: str) -> str | None:
    """The token type that a query names."""
    found = (part.partition("=") for part in query.split("&"))
    return next((unquote(value) for name, _, value in found if name in _TYPE_NAMES), None)


def query_in(target: OcpiVersion, message: HubMessage, known_type: str | None) -> str:
    """The query in the receiver's words: only the type of a token is called differently.

    The receiver interface of 2.1.1 has no types; a sender that said none gets the `known_type`.
    """
    if message.module != "tokens":
        return message.query
    said = wanted_type(message.query) or (None if known_type == _RFID else known_type)
    if said is None:
        return message.query
    kept = [p for p in message.query.split("&") if p and p.partition("=")[0] not in _TYPE_NAMES]
    if target.has_interface_roles or message.role is InterfaceRole.SENDER:
        name = target.token_type_parameter
        lowered = target.lower(Kind.TOKEN, {"type": said})["type"]
        kept.append(f"{name}={quote(str(lowered), safe='')}")
    return "&".join(kept)
