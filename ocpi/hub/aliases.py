"""Ids that newer versions have no room for: an alias in their place, and the way back.

Locations and EVSEs of 2.1.1 have ids of up to 39 characters, those of later versions 36. A longer
one is passed on as its beginning and a digest, always the same, and kept; where others use that
alias towards the same member, its own id is put back. Source: OCPI 2.1.1 and 2.2.1, Locations,
Location object and EVSE object.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

from app.domain.hub_index import Kind as IndexKind
from app.domain.hub_index import Known, id_name
from app.domain.partners import InterfaceRole, Partner, Role
from app.use_cases.hub_aliases import HubAliases
from app.use_cases.hub_index import HubIndex
from ocpi.client.exchange import version_of
from ocpi.hub.messages import HubMessage
from ocpi.versions.registry import VERSIONS
from ocpi.versions.rung import Json, Kind

LONGEST = 36
_DIGITS = 12
_ALIAS = re.compile(r".{23}~[0-9a-f]{12}", re.DOTALL | re.IGNORECASE)

_ID = None
_PLACE = {"location_id": _ID, "evse_uid": _ID}
_REFERENCES = {"location_id": _ID, "evse_uids": _ID}
_WHERE: dict[Kind, Mapping[str, Any]] = {
    Kind.LOCATION: {"id": _ID, "evses": {"uid": _ID}},
    Kind.EVSE: {"uid": _ID},
    Kind.SESSION: _PLACE,
    Kind.CDR: {"cdr_location": {"id": _ID, "evse_uid": _ID}},
    Kind.START_SESSION: _PLACE,
    Kind.RESERVE_NOW: _PLACE,
    Kind.UNLOCK_CONNECTOR: _PLACE,
    Kind.LOCATION_REFERENCES: _REFERENCES,
    Kind.AUTHORIZATION_INFO: {"location": _REFERENCES},
}
"""Where canonical objects, also parts of them, hold the ids of locations and EVSEs."""

_OWNER, _PLACES = 2, 2
"""Segments of an address: the owner, at the receiver interface only; a location and an EVSE."""

Rename = Callable[[AbstractSet[str]], Awaitable[Mapping[str, str]]]
"""Of some ids those that are others for somebody, each with what it is then."""


def alias_of(name: str) -> str:
    """What stands for an id that is too long: 36 characters, the same for the same id."""
    digest = sha256(name.casefold().encode()).hexdigest()[:_DIGITS]
    return f"{name[: LONGEST - _DIGITS - 1]}~{digest}"


class Aliases:
    """Takes long ids out of what a member says, and puts them into what it is told."""

    def __init__(self, book: HubAliases, index: HubIndex) -> None:
        self._book = book
        self._index = index

    async def shortened(self, kind: Kind, said: Json, by: Partner | None) -> Json:
        """A canonical object as others can take it."""
        if by is None or not _has_longer(by):
            return said
        short = await _renamed(kind, said, self._shortening(by))
        if kind is Kind.LOCATION and short.get("id") != said.get("id"):
            await self._note(by, str(short["id"]))
        return short

    async def restored(self, kind: Kind, told: Json, to: Partner | None) -> Json:
        """A canonical object with the ids that the member itself has."""
        if to is None or not _has_longer(to):
            return told
        return await _renamed(kind, told, self._restoring(to))

    async def in_address(self, message: HubMessage, by: Partner | None, to: Partner | None) -> str:
        """What follows the endpoint, by the receiver's ids; the same text where none changes."""
        if message.module != "locations":
            return message.rest
        rest = message.rest
        for partner, renaming in ((by, self._shortening), (to, self._restoring)):
            if partner is not None and _has_longer(partner):
                rest = await _address(rest, message.role, renaming(partner))
        return rest

    def _shortening(self, by: Partner) -> Rename:
        async def rename(names: AbstractSet[str]) -> dict[str, str]:
            aliases = {name: alias_of(name) for name in names if len(name) > LONGEST}
            await self._book.keep(by.id, {alias: name for name, alias in aliases.items()})
            return aliases

        return rename

    def _restoring(self, to: Partner) -> Rename:
        async def rename(names: AbstractSet[str]) -> dict[str, str]:
            aliases = [name for name in names if _ALIAS.fullmatch(name)]
            found = {alias: await self._book.named(to.id, alias) for alias in aliases}
            return {alias: name for alias, name in found.items() if name is not None}

        return rename

    async def _note(self, owner: Partner, alias: str) -> None:
        """Let messages find their way by it that name no receiver."""
        name = id_name(alias)
        if name is not None:
            parties = owner.parties(Role.CPO)
            await self._index.note(Known(IndexKind.LOCATION, name, each) for each in parties)


async def _renamed(kind: Kind, document: Json, rename: Rename) -> Json:
    where = _WHERE.get(kind, {})
    names = await rename(set(_found(document, where)))
    return _replaced(document, where, names) if names else document


def _has_longer(partner: Partner) -> bool:
    return partner.version in VERSIONS and version_of(partner).has_longer_ids


def _found(value: Any, where: Mapping[str, Any] | None) -> Iterator[str]:
    """The ids in a part of an object."""
    if isinstance(value, list):
        for each in value:
            yield from _found(each, where)
    elif where is None:
        if isinstance(value, str):
            yield value
    elif isinstance(value, dict):
        for name in where.keys() & value.keys():
            yield from _found(value[name], where[name])


def _replaced(value: Any, where: Mapping[str, Any] | None, names: Mapping[str, str]) -> Any:
    """The same part with other ids."""
    if isinstance(value, list):
        return [_replaced(each, where, names) for each in value]
    if where is None:
        return names.get(value, value) if isinstance(value, str) else value
    if not isinstance(value, dict):
        return value
    return {
        name: _replaced(each, where[name], names) if name in where else each
        for name, each in value.items()
    }


async def _address(rest: str, role: InterfaceRole, rename: Rename) -> str:
    parts = rest.split("/")
    first = 0 if role is InterfaceRole.SENDER else _OWNER
    places = range(first, min(first + _PLACES, len(parts)))
    names = await rename({unquote(parts[index]) for index in places})
    for index in places:
        if (name := unquote(parts[index])) in names:
            parts[index] = quote(names[name], safe="")
    return "/".join(parts)
