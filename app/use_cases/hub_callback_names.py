"""Names of addresses that need no row: what each stands for travels inside it, sealed.

So a command waits for no disk on its way out, and its result comes home whatever happened to the
hub meanwhile. OCPI's addresses have 255 characters, so not everything finds room in one.
"""

import zlib
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from secrets import randbits
from struct import Struct
from uuid import UUID

from app.domain.hub_callbacks import CallbackKind, HubCallback, Supplied
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from app.ports.sealing import Sealer

_HEAD = Struct(">II16s5s5sBB")
"""A number of its own, when it ends in epoch seconds, the owner's platform, owner and caller, what
it was given for, the length of the correlation id; that id and the address follow."""

_NUMBERS = count(randbits(32))

_COMPRESSED = 0x80
"""Added to what it was given for, where the texts that follow have room only compressed."""

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

_EXPECTED = (
    b"0123456789abcdef-DELETE/PUT/GET/chargingprofiles/UNLOCK_CONNECTOR/CANCEL_RESERVATION/"
    b"RESERVE_NOW/STOP_SESSION/START_SESSION/callback/response/results/api/v1/2.3.0/2.1.1/"
    b"cpo/hub/receiver/ocpi/2.2.1/emsp/ocpi/emsp/2.2.1/sender/commands/"
    b".net/.io/.eu/.com/http://https://www.https://api.https://ocpi."
)
"""What addresses are made of, the likeliest last (RFC 1950, preset dictionary); for good."""

_WINDOW, _MEMORY = -9, 1
"""The smallest there are, of raw deflate: addresses are short."""

_PLACES = {about: place for place, about in enumerate(_ABOUT)}
_LONGEST_CORRELATION = 255


class SealedNames:
    """Makes and reads names of at most `room` characters, for results only."""

    def __init__(self, sealer: Sealer, room: int) -> None:
        self._sealer = sealer
        self._room = room

    def made(self, supplied: Supplied, expires_at: datetime) -> HubCallback | None:
        """An address of this; None where it needs a row."""
        expires_at = expires_at.replace(microsecond=0)
        for compressed in (False, True):
            plain = _packed(supplied, expires_at, compressed=compressed)
            if plain is None:
                return None
            name = self._sealer.seal_short(plain, _context(supplied.caller_partner))
            if len(name) <= self._room:
                return _callback(name, supplied, expires_at)
        return None

    def read(self, name: str, partner_id: str) -> HubCallback | None:
        """What a platform was given by this name, expired or not; None for all other names."""
        try:
            plain = self._sealer.open_short(name, _context(partner_id))
        except ValueError:
            return None
        _, until, platform, owner, caller, place, length = _HEAD.unpack_from(plain)
        texts = plain[_HEAD.size :]
        if place & _COMPRESSED:
            texts = zlib.decompressobj(_WINDOW, _EXPECTED).decompress(texts)
        given_for = place & ~_COMPRESSED
        if given_for >= len(_ABOUT):  # by a newer process
            return None
        module, about = _ABOUT[given_for]
        supplied = Supplied(
            url=texts[length:].decode(),
            module=module,
            role=InterfaceRole.SENDER,
            owner=_party(owner),
            owner_partner=str(UUID(bytes=platform)),
            caller=_party(caller),
            caller_partner=partner_id,
            about=about,
            correlation_id=texts[:length].decode(),
        )
        return _callback(name, supplied, datetime.fromtimestamp(until, UTC))


def _callback(name: str, supplied: Supplied, expires_at: datetime) -> HubCallback:
    return HubCallback(id=name, kind=CallbackKind.RESULT, supplied=supplied, expires_at=expires_at)


def _packed(supplied: Supplied, expires_at: datetime, *, compressed: bool) -> bytes | None:
    """What is to be sealed; None where this cannot be said in so few bytes."""
    place = _PLACES.get((supplied.module, supplied.about))
    platform = _uuid(supplied.owner_partner)
    correlation_id = supplied.correlation_id.encode()
    if place is None or platform is None or len(correlation_id) > _LONGEST_CORRELATION:
        return None
    head = _HEAD.pack(
        next(_NUMBERS) & 0xFFFFFFFF,
        int(expires_at.timestamp()),
        platform,
        _letters(supplied.owner),
        _letters(supplied.caller),
        place | _COMPRESSED if compressed else place,
        len(correlation_id),
    )
    texts = correlation_id + supplied.url.encode()
    return head + (_deflated(texts) if compressed else texts)


def _deflated(texts: bytes) -> bytes:
    packing = zlib.compressobj(wbits=_WINDOW, memLevel=_MEMORY, zdict=_EXPECTED)
    return packing.compress(texts) + packing.flush()


@lru_cache(maxsize=2_000)
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
