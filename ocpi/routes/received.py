"""Objects that partners own and push to us: checked against their address, kept verbatim.

The stored text is what the partner sent, in its version, so a partner gets back what it gave. A
PATCH is merged in that version's own words; only a partner that changed its version since has its
stored object converted first. Source: OCPI 2.2.1, Transport and format, Client owned object push.
"""

from datetime import datetime
from typing import Any

from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.partners import Role
from app.use_cases.tokens import owned_by
from ocpi.models.common import read_datetime, write_datetime
from ocpi.translate.values import Verbatim
from ocpi.versions.registry import VERSIONS, Inexpressible, Kind, Surroundings
from ocpi.wire.calls import CREATED, Answer, Call
from ocpi.wire.documents import decode, encode_text

Json = dict[str, Any]


def verbatim(call: Call, document: Json | None = None) -> Verbatim:
    """The body (or what became of it) as text, and the version it is in."""
    text = call.text() if document is None else encode_text(document)
    return Verbatim(text, call.version.number)


def owner_of(call: Call, role: Role) -> PartyId:
    """Whose object the address names, which has to be a party of the caller's.

    Raises NotFound: OCPI lets a server answer 404 to claims on other parties' objects.
    """
    party = call.owner()
    owned_by(call.partner, party, role)
    return party


def check_address(call: Call, document: Json, **ids: str) -> None:
    """Owner and ids in the body have to be those of the address (C-116); raises InvalidInput.

    `ids` maps the body's field to the segment's name; `document` is canonical.
    """
    expected = {"country_code": call.path["country"], "party_id": call.path["party"]}
    expected |= {name: call.path[segment] for name, segment in ids.items()}
    for name, wanted in expected.items():
        given = document.get(name)
        if isinstance(given, str) and given.casefold() != wanted.casefold():
            raise InvalidInput(name, f"{given!r} is not {wanted!r} as in the address")


def stored_document(call: Call, kind: Kind, kept: Any) -> Json:
    """A kept object in the version of the call: verbatim when it came in that version.

    `kept` is a domain object with `party`, `document` and `version`. Raises NotFound when it has
    no words in this version.
    """
    document: Json = decode(kept.document)
    version = VERSIONS[kept.version]
    if version.number == call.version.number:
        return document
    around = Surroundings(owner=(kept.party.country, kept.party.code))
    try:
        return call.version.lower(kind, version.lift(kind, document, around), around)
    except Inexpressible:
        raise NotFound(kind.value, "in this version") from None


def patch_of(call: Call, now: datetime) -> Json:
    """The body of a PATCH, which has to say when the change was made (C-112).

    Where the version does not ask for it, it is made at this moment.
    """
    patch = call.document()
    if patch.get("last_updated") is not None:
        changed_at(patch)
        return patch
    if call.version.patch_needs_last_updated:
        raise InvalidInput("last_updated", "is required in a PATCH")
    return {**patch, "last_updated": write_datetime(now)}


def changed_at(document: Json) -> datetime:
    """The `last_updated` of an object or a PATCH; raises InvalidInput."""
    try:
        return read_datetime(document.get("last_updated"))
    except ValueError as error:
        raise InvalidInput("last_updated", str(error)) from None


def stored(*, created: bool) -> Answer:
    """The answer to a PUT: 201 for a new object, 200 for a known one."""
    return Answer(http=CREATED) if created else Answer()


def connection_of(call: Call, role: Role) -> Surroundings:
    """What versions without owners leave to the connection: whose the objects are.

    `role` is what the caller is; the other side of a session or CDR is our first party meant.
    """
    sender = call.exchange.sender
    parties = call.partner.parties(role)
    owner = sender or (parties[0] if parties else None)
    ours = call.ours[0] if call.ours else None
    return Surroundings(
        owner=(owner.country, owner.code) if owner else None,
        provider=(ours.country, ours.code) if ours else None,
    )
