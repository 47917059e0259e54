"""What people scan or type at a charger: an address of ours, the code on a sticker, an EVSE id.

An address of another domain is refused, whoever scans it: a sticker that was pasted over ours must
not be followed.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.codes import spoken_code
from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import evse_id_key, is_evse_id

FOREIGN = "is not an address of ours: do not pay there"
LONGEST = 200
_CODE = re.compile(r"[0-9A-Z]{4,16}")
_PATH = re.compile(r"/q/([^/?#]+)/?", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was meant, in the order to look it up: codes as stored, then the key of an EVSE id."""

    codes: tuple[str, ...]
    evse_id: str | None = None


def read_scanned(text: str, public_url: str) -> Scanned:
    """Read it tolerantly; raises InvalidInput for foreign addresses, NotFound for nonsense."""
    text = text.strip()[:LONGEST]
    if _SCHEME.match(text) or text.casefold().startswith(_host(public_url) + "/"):
        return read_scanned(_code_of(text, public_url), "")
    plain = re.sub(r"[\s-]", "", text).upper()
    spoken = spoken_code(text)
    codes = tuple(dict.fromkeys(c for c in (plain, spoken) if _CODE.fullmatch(c)))
    evse_id = evse_id_key(plain) if is_evse_id(plain) else None
    if not codes and evse_id is None:
        raise NotFound("code", text[:16])
    return Scanned(codes, evse_id)


def _host(public_url: str) -> str:
    return public_url.partition("://")[2].casefold()


def _code_of(address: str, public_url: str) -> str:
    """The code in an address of ours, whose case does not count (driver, E)."""
    if not _SCHEME.match(address):
        address = f"{public_url.partition('://')[0]}://{address}"
    theirs, ours = urlsplit(address), urlsplit(public_url)
    begins = ours.path.casefold()
    at_home = (theirs.scheme.casefold(), theirs.netloc.casefold()) == (
        ours.scheme.casefold(),
        ours.netloc.casefold(),
    )
    if not public_url or not at_home or not theirs.path.casefold().startswith(begins):
        raise InvalidInput("code", FOREIGN)
    found = _PATH.fullmatch(theirs.path[len(begins) :])
    if found is None:
        raise NotFound("code", theirs.path[:16])
    return found[1]
