"""A push that is meant for everybody, read: whose object, which part of it, what is said of it.

What is kept is what the owner wrote; a part that is pushed by itself, and a PATCH, are put into
the kept object in the words of the owner's version. The canonical form is for checking, and for
members of other versions. Source: OCPI 2.2.1, Transport and format, Client owned object push.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from app.domain.errors import InvalidInput, NotFound
from app.domain.hub_objects import NOUNS, HubNoun, HubObject, HubRef
from app.domain.identifiers import PartyId
from app.domain.tokens import TokenType
from ocpi.hub.messages import HubMessage
from ocpi.models.common import OcpiObject, read_datetime
from ocpi.models.locations import EVSE, Connector, Location
from ocpi.models.tariffs import Tariff
from ocpi.models.tokens import Token
from ocpi.versions.registry import VERSIONS, Inexpressible, Kind, OcpiVersion, Surroundings
from ocpi.wire.documents import NotJson, decode, encode_text
from ocpi.wire.faults import MethodNotAllowed, NoResource, NotOcpi
from ocpi.wire.merge import child_of, merge, with_child
from ocpi.wire.mounting import segments_of
from ocpi.wire.paging import read_query

Json = dict[str, Any]

METHODS = {
    HubNoun.LOCATION: ("PATCH", "PUT"),
    HubNoun.TARIFF: ("DELETE", "PUT"),
    HubNoun.TOKEN: ("PATCH", "PUT"),
}
"""How each can be told of. DELETE is not named for broadcasts, but tariffs have no other end."""

MODELS: dict[Kind, type[OcpiObject]] = {
    Kind.LOCATION: Location,
    Kind.EVSE: EVSE,
    Kind.CONNECTOR: Connector,
    Kind.TARIFF: Tariff,
    Kind.TOKEN: Token,
}
_LEVELS = (Kind.LOCATION, Kind.EVSE, Kind.CONNECTOR)
_LISTS = ("evses", "connectors")
_OWNER_PARTS = 2
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Push:
    """What a member says: of which object, and below a location of which `part` by its ids."""

    message: HubMessage
    owner: PartyId
    ref: HubRef
    kind: Kind
    part: tuple[str, ...]

    @property
    def version(self) -> OcpiVersion:
        """The version it is said in."""
        return self.message.exchange.ocpi

    @property
    def around(self) -> Surroundings:
        """Whose the object is, for versions that leave it to the address."""
        return Surroundings(owner=(self.owner.country, self.owner.code))

    def document(self) -> Json:
        """The body, which has to be a JSON object; raises NotOcpi, InvalidInput."""
        try:
            document = decode(self.message.body)
        except NotJson as error:
            raise NotOcpi(str(error)) from None
        if not isinstance(document, dict):
            raise InvalidInput("", "a JSON object is needed")
        return document


def read_push(message: HubMessage, sender: PartyId, hub: PartyId) -> Push:
    """Whose object it is and where; raises NoResource, MethodNotAllowed, InvalidInput.

    Some put the hub's own id into the address; then the owner is whoever sends (I-68).
    """
    noun = NOUNS[message.module]
    segments = segments_of(message.rest)
    ids = segments[_OWNER_PARTS:]
    deepest = len(_LEVELS) if noun is HubNoun.LOCATION else 1
    if not 1 <= len(ids) <= deepest:
        raise NoResource("nothing is served at this address")
    if message.method not in METHODS[noun]:
        raise MethodNotAllowed(message.method, METHODS[noun])
    owner = PartyId.of(segments[0], segments[1])
    if owner not in {sender, hub}:
        raise InvalidInput("party_id", f"{owner} in the address is not {sender}, who sends this")
    token_type = _type_of(message) if noun is HubNoun.TOKEN else ""
    ref = HubRef(noun, sender, ids[0], token_type)
    kind = _LEVELS[len(ids) - 1] if noun is HubNoun.LOCATION else Kind(noun.value)
    return Push(message, sender, ref, kind, ids[1:])


def _type_of(message: HubMessage) -> str:
    query = read_query(message.query)
    return query.get(message.exchange.ocpi.token_type_parameter) or TokenType.RFID.value


def whole(push: Push, now: datetime) -> HubObject:
    """The object of a PUT, kept to the byte; raises InvalidInput."""
    document = push.document()
    made = _made(push, document, _text(push.message.body), now)
    if push.ref.noun is not HubNoun.TOKEN:
        return made
    if read_query(push.message.query).get("type") not in {None, "", document.get("type")}:
        raise InvalidInput("type", "is not that of the address")
    return replace(made, ref=replace(push.ref, type=str(document["type"])))


def _text(body: bytes) -> str:
    """The body as it was written; JSON in another encoding is written anew (RFC 8259, 8.1)."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return encode_text(decode(body))
    return encode_text(decode(body)) if text[:1] == "\ufeff" or "\0" in text else text


def edited(push: Push, kept: HubObject, document: Json, now: datetime) -> HubObject | None:
    """The kept object with a part put into it or some fields changed; None when it is older.

    The parents of what changed are as new as it is. Raises InvalidInput, NotFound.
    """
    stored = _in_words_of(push, kept)
    moment, text = _moment(document)
    if moment < _last_updated(part_of(stored, push.part)):
        return None
    if push.message.method == "PATCH":
        changed = _merged(stored, push, document, text)
    else:
        changed = _put_into(stored, push, document, text)
    return _made(push, changed, encode_text(changed), now)


def check_part(push: Push, document: Json) -> None:
    """That the EVSE or connector of a PUT is one, and that of the address; raises InvalidInput."""
    lifted = push.version.lift(push.kind, document, push.around)
    MODELS[push.kind].read(lifted)
    name = "uid" if push.kind is Kind.EVSE else "id"
    _same(name, lifted[name], push.part[-1])


def _made(push: Push, document: Json, sent: str, now: datetime) -> HubObject:
    kind = Kind(push.ref.noun.value)
    lifted = push.version.lift(kind, document, push.around)
    MODELS[kind].read(lifted)
    _same("country_code", lifted.get("country_code"), push.owner.country)
    _same("party_id", lifted.get("party_id"), push.owner.code)
    name = "uid" if kind is Kind.TOKEN else "id"
    _same(name, lifted[name], push.ref.id)
    return HubObject(
        ref=push.ref,
        partner_id=push.message.exchange.partner.id,
        version=push.version.number,
        sent=sent,
        last_updated=_moment(lifted)[0],
        touched=now,
        canonical=None if lifted == document else encode_text(lifted),
        public=lifted.get("publish") is not False,
        unsaid=tuple(v.number for v in _READERS if not _can_say(v, push, lifted)),
    )


_READERS = tuple(v for v in VERSIONS.values() if v.has_routing_headers)
"""The versions in which lists of all are read."""


def _can_say(version: OcpiVersion, push: Push, lifted: Json) -> bool:
    if version is push.version:
        return True
    try:
        version.lower(Kind(push.ref.noun.value), lifted, push.around)
    except Inexpressible:
        return False
    return True


def _in_words_of(push: Push, kept: HubObject) -> Json:
    """The kept object in the version of the push; raises NotFound where it has no words there."""
    document: Json = decode(kept.sent)
    if kept.version == push.version.number:
        return document
    kind = Kind(push.ref.noun.value)
    lifted = decode(kept.canonical) if kept.canonical else document
    try:
        return push.version.lower(kind, lifted, push.around)
    except Inexpressible:
        raise NotFound(kind.value, push.ref.id) from None


def _put_into(stored: Json, push: Push, document: Json, moment: str) -> Json:
    if push.kind is Kind.EVSE:
        return _with(stored, _LISTS[0], document, moment)
    evse = _with(_child(stored, push.part[:1]), _LISTS[1], document, moment)
    return _with(stored, _LISTS[0], evse, moment)


def _with(parent: Json, name: str, child: Json, moment: str) -> Json:
    """The child in its parent, which is as new as the child, or newer if it was so before."""
    newer = _last_updated(parent) > read_datetime(moment)
    return with_child(parent, name, child, parent["last_updated"] if newer else moment)


def _merged(stored: Json, push: Push, patch: Json, moment: str) -> Json:
    if not push.part:
        return merge(stored, patch, also_fixed=("type",) if push.kind is Kind.TOKEN else ())
    child = merge(_child(stored, push.part), patch)
    return _put_into(stored, push, child, moment)


def _child(location: Json, part: tuple[str, ...]) -> Json:
    """An EVSE or connector of a location; raises NotFound."""
    found = location
    for name, key, kind in zip(_LISTS, part, _LEVELS[1:], strict=False):
        child = child_of(found, name, key)
        if child is None:
            raise NotFound(kind.value, key)
        found = child
    return found


def part_of(location: Json, part: tuple[str, ...]) -> Json | None:
    """An EVSE or connector of a location, or None."""
    try:
        return _child(location, part)
    except NotFound:
        return None


def _last_updated(found: Json | None) -> datetime:
    """When something was changed last: an older push must not overwrite it (C-119)."""
    try:
        return read_datetime(found.get("last_updated")) if found else _NEVER
    except ValueError:
        return _NEVER


def _moment(document: Json) -> tuple[datetime, str]:
    """When a change was made, which it has to say (C-112); raises InvalidInput."""
    text = document.get("last_updated")
    if not isinstance(text, str):
        raise InvalidInput("last_updated", "is required")
    try:
        return read_datetime(text), text
    except ValueError as error:
        raise InvalidInput("last_updated", str(error)) from None


def _same(name: str, given: Any, wanted: str) -> None:
    if str(given).casefold() != wanted.casefold():
        raise InvalidInput(name, f"{given!r} is not {wanted!r} as in the address")


def lowered(kept: HubObject, version: OcpiVersion) -> bytes:
    """A kept object in a member's version: to the byte as it was sent, where that is the same.

    Raises Inexpressible.
    """
    if kept.version == version.number:
        return kept.sent.encode()
    return encode_text(lowered_document(kept, version)).encode()


def lowered_document(kept: HubObject, version: OcpiVersion) -> Json:
    """The same as a document."""
    if kept.version == version.number:
        return decode(kept.sent)  # type: ignore[no-any-return]
    party = kept.ref.party
    around = Surroundings(owner=(party.country, party.code))
    document: Json = decode(kept.canonical or kept.sent)
    return version.lower(Kind(kept.ref.noun.value), document, around)
