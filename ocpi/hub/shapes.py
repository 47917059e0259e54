"""What kind of object a routed message carries, and what kind comes back.

Only the modules whose objects differ between versions are listed; whatever else passes is the
same in every version that has it. Source: OCPI 2.2.1, the interfaces of each module.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from ocpi.versions.rung import Kind

_SENDER, _RECEIVER = InterfaceRole.SENDER, InterfaceRole.RECEIVER

_NESTED = (Kind.LOCATION, Kind.EVSE, Kind.CONNECTOR)
"""The objects of a location's address, by how many ids it has."""

_FLAT = {"sessions": Kind.SESSION, "tariffs": Kind.TARIFF, "tokens": Kind.TOKEN}
_LISTED = {**_FLAT, "locations": Kind.LOCATION, "cdrs": Kind.CDR}
_COMMANDS = {
    "CANCEL_RESERVATION": Kind.CANCEL_RESERVATION,
    "RESERVE_NOW": Kind.RESERVE_NOW,
    "START_SESSION": Kind.START_SESSION,
    "STOP_SESSION": Kind.STOP_SESSION,
    "UNLOCK_CONNECTOR": Kind.UNLOCK_CONNECTOR,
}
_OWNER_PARTS = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """The kinds of a message's body and of the data of its answer; None is nothing to convert.

    `partial`: the body holds some fields of the object only. `owner`: whose object the address
    names. `keys`: the ids in the address, decoded. `word`: the command.
    """

    body: Kind | None = None
    answer: Kind | None = None
    partial: bool = False
    owner: PartyId | None = None
    keys: tuple[str, ...] = ()
    word: str | None = None


PLAIN = Shape()


def shape_of(module: str, role: InterfaceRole, method: str, rest: str) -> Shape:
    """What a request to this side of a module carries; raises InvalidInput for a bad owner."""
    parts = tuple(unquote(part) for part in rest.split("/") if part)
    if module == "commands":
        return _command(role, method, parts)
    if module not in _LISTED:
        return PLAIN
    if role is _SENDER:
        return _owners_side(module, method, parts)
    if module == "cdrs":
        return Shape(Kind.CDR) if method == "POST" else Shape(answer=Kind.CDR)
    return _others_side(module, method, parts)


def _others_side(module: str, method: str, parts: tuple[str, ...]) -> Shape:
    if len(parts) <= _OWNER_PARTS:
        return PLAIN
    owner, keys = PartyId.of(parts[0], parts[1]), parts[_OWNER_PARTS:]
    kind = _kind(module, len(keys))
    if method in {"PUT", "PATCH"}:
        return Shape(kind, partial=method == "PATCH", owner=owner, keys=keys)
    return Shape(answer=kind if method == "GET" else None, owner=owner, keys=keys)


def _owners_side(module: str, method: str, parts: tuple[str, ...]) -> Shape:
    if method == "GET":
        return Shape(answer=_kind(module, max(len(parts), 1)), keys=parts)
    if module == "tokens":
        return Shape(Kind.LOCATION_REFERENCES, Kind.AUTHORIZATION_INFO, keys=parts[:1])
    preferences = module == "sessions" and method == "PUT"
    return Shape(Kind.CHARGING_PREFERENCES if preferences else None, keys=parts)


def _command(role: InterfaceRole, method: str, parts: tuple[str, ...]) -> Shape:
    if method != "POST":
        return PLAIN
    if role is _SENDER:
        return Shape(Kind.COMMAND_RESULT)
    word = parts[0].upper() if parts else None
    return Shape(_COMMANDS.get(word or ""), Kind.COMMAND_RESPONSE, word=word)


def _kind(module: str, ids: int) -> Kind | None:
    if module != "locations":
        return _LISTED[module]
    return _NESTED[ids - 1] if ids <= len(_NESTED) else None


__all__ = ["PLAIN", "Shape", "shape_of"]
