"""Names of addresses that need no row: what each stands for travels inside it, sealed.

So a command waits for no disk on its way out, and its result comes home whatever happened to the
hub meanwhile. OCPI's addresses have 255 characters, so not everything finds room in one.
"""

import os
import zlib
from datetime import UTC, datetime
from struct import Struct
from uuid import UUID

from app.domain.hub_callbacks import CallbackKind, HubCallback, Supplied
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from app.ports.sealing import Sealer

_HEAD = Struct(">4sI16s5s5sBB")
"""Something random, when it ends in epoch seconds, the owner's platform, owner and caller, what it
was given for, the length of the correlation id; that id and the address follow, compressed."""

_EXPECTED = (
    b"0123456789abcdef-DELETE/PUT/GET/chargingprofiles/UNLOCK_CONNECTOR/CANCEL_RESERVATION/"
    b"RESERVE_NOW/STOP_SESSION/START_SESSION/callback/response/results/api/v1/2.3.0/2.1.1/"
    b"cpo/hub/receiver/ocpi/2.2.1/emsp/ocpi/emsp/2.2.1/sender/commands/"
    b".net/.io/.eu/.com/http://https://www.https://api.https://ocpi."
)
"""What addresses are made of, the likeliest last (RFC 1950, preset dictionary)."""

_WINDOW, _MEMORY = -9, 1
"""The smallest there are, of raw deflate: addresses are short."""

_ABOUT = (
    ("commands", "START_SESSION"),
    ("commands", "STOP_SESSION"),
    ("commands", "RESERVE_NOW"),
    ("commands", "CANCEL_RESERVATION"),
    ("commands", "UNLOCK_CONNECTOR"),
    ("chargingprofiles", "GET"),
    ("chargingprofiles", "PUT"),
    ("chargingprofiles", "DELETE"),
)
"""By their places; these are in addresses that are out, so new ones come last."""

_PLACES = {about: place for place, about in enumerate(_ABOUT)}
_RANDOM_BYTES = 4
_LONGEST_CORRELATION = 255


class SealedNames:
    """Makes and reads names of at most `room` characters, for results only."""

    def __init__(self, sealer: Sealer, room: int) -> None:
        self._sealer = sealer
        self._room = room

    def made(self, supplied: Supplied, expires_at: datetime) -> HubCallback | None:
        """An address of this; None where it needs a row."""
        expires_at = expires_at.replace(microsecond=0)
        plain = _packed(supplied, expires_at)
        if plain is None:
            return None
        name = self._sealer.seal_short(plain, _context(supplied.caller_partner))
        if len(name) > self._room:
            return None
        return HubCallback(
            id=name, kind=CallbackKind.RESULT, supplied=supplied, expires_at=expires_at
        )

    def read(self, name: str, partner_id: str) -> HubCallback | None:
        """What a platform was given by this name, expired or not; None for all other names."""
        try:
            plain = self._sealer.open_short(name, _context(partner_id))
        except ValueError:
            return None
        _, until, platform, owner, caller, place, length = _HEAD.unpack_from(plain)
        texts = zlib.decompressobj(_WINDOW, _EXPECTED).decompress(plain[_HEAD.size :])
        correlation_id, url = texts[:length], texts[length:]
        module, about = _ABOUT[place]
        supplied = Supplied(
            url=url.decode(),
            module=module,
            role=InterfaceRole.SENDER,
            owner=_party(owner),
            owner_partner=str(UUID(bytes=platform)),
            caller=_party(caller),
            caller_partner=partner_id,
            about=about,
            correlation_id=correlation_id.decode(),
        )
        return HubCallback(
            id=name,
            kind=CallbackKind.RESULT,
            supplied=supplied,
            expires_at=datetime.fromtimestamp(until, UTC),
        )


def _packed(supplied: Supplied, expires_at: datetime) -> bytes | None:
    place = _PLACES.get((supplied.module, supplied.about))
    platform = _uuid(supplied.owner_partner)
    correlation_id = supplied.correlation_id.encode()
    if place is None or platform is None or len(correlation_id) > _LONGEST_CORRELATION:
        return None
    head = _HEAD.pack(
        os.urandom(_RANDOM_BYTES),
        int(expires_at.timestamp()),
        platform,
        _letters(supplied.owner),
        _letters(supplied.caller),
        place,
        len(correlation_id),
    )
    packing = zlib.compressobj(wbits=_WINDOW, memLevel=_MEMORY, zdict=_EXPECTED)
    return head + packing.compress(correlation_id + supplied.url.encode()) + packing.flush()


def _uuid(text: str) -> bytes | None:
    """Our ids of platforms are UUIDs, which take half the room."""
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value.bytes if str(value) == text else None


def _letters(party: PartyId) -> bytes:
    return (party.country + party.code).encode()


def _party(letters: bytes) -> PartyId:
    text = letters.decode()
    return PartyId(text[:2], text[2:])


def _context(partner_id: str) -> str:
    return f"hub result of {partner_id}"
