"""The Authorization header, both ways: which token is meant, in all the forms seen in the field.

2.2.1 wants Base64 of the token, 2.1.1 the token itself, and peers mix them up (with a newline
inside the Base64, unpadded, URL-safe, encoded twice). The literal value is tried first, so a raw
token that happens to be valid Base64 still works. Source: OCPI 2.2.1, Transport and format,
Authorization.
"""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

from app.domain.errors import Unauthenticated
from app.domain.partners import Partner

_HEADER = re.compile(r"^token +(\S+)\s*$", re.IGNORECASE)
_TOKEN = re.compile(r"[!-~]{1,64}")
_LONGEST = 256
_REMEMBERED = 1_000
"""Who calls once calls again, with the same header."""


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Caller:
    """Who sent a request. `invited`: by the one-time token, good for registering only."""

    partner: Partner
    token: str
    invited: bool


Recognise = Callable[[str], Awaitable[tuple[Partner, bool] | None]]
"""Look a plain token up: the partner and whether the token is its invitation; None if unknown."""


@lru_cache(maxsize=_REMEMBERED)
def candidates(header: str | None) -> tuple[str, ...]:
    """The tokens that an Authorization header may mean, likeliest first."""
    match = _HEADER.match(header or "")
    if match is None or len(match[1]) > _LONGEST:
        return ()
    once = _decoded(match[1])
    forms = (match[1], once, _decoded(once or ""))
    return tuple(dict.fromkeys(form for form in forms if form and _TOKEN.fullmatch(form)))


def _decoded(text: str) -> str | None:
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        plain = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return plain.rstrip("\r\n\t ")


@lru_cache(maxsize=_REMEMBERED)
def authorization(token: str, *, base64_encoded: bool) -> str:
    """The header's value for a token of ours."""
    value = base64.b64encode(token.encode()).decode() if base64_encoded else token
    return f"Token {value}"


async def authenticate(header: str | None, recognise: Recognise) -> Caller:
    """The caller behind an Authorization header; raises Unauthenticated."""
    for token in candidates(header):
        known = await recognise(token)
        if known is not None:
            partner, invited = known
            return Caller(partner, token, invited)
    raise Unauthenticated("no valid credentials token")
