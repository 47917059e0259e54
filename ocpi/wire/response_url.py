"""The `response_url` in a query, however it was written there.

It should be percent-encoded, so that a query of its own survives. The example in the text is not
encoded, and some encode it twice; all of them are read as what was meant (spec: I-50, C-223).
"""

import re
from urllib.parse import unquote, urlsplit

from app.domain.errors import InvalidInput

NAME = "response_url"
_LONGEST = 255
_PLACE = re.compile(r"(?:^|&)response_url=")
_OURS = re.compile(r"&duration=\d+(?=&|$)")
"""The one other parameter of the module: it ends an address that is not encoded."""

_ENCODED = re.compile("%3F|%25", re.IGNORECASE)
_BARE = re.compile(r"https?://", re.IGNORECASE)


def read_response_url(query: str) -> str:
    """The address in a raw query string; raises InvalidInput when there is none of use."""
    found = _PLACE.search(query)
    if found is None:
        raise InvalidInput(NAME, "is required")
    rest = query[found.end() :]
    if _BARE.match(rest) and not _is_partly_encoded(rest):
        end = _OURS.search(rest)
        return check_response_url(rest[: end.start()] if end else rest)
    text = unquote(rest.partition("&")[0])
    if not _BARE.match(text) and _BARE.match(unquote(text)):
        text = unquote(text)
    return check_response_url(text)


def _is_partly_encoded(text: str) -> bool:
    """Some leave `:` and `/` as they are and encode the rest."""
    return "?" not in text and _ENCODED.search(text) is not None


def check_response_url(text: str) -> str:
    """The address, if a result can be sent there; raises InvalidInput."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or len(text) > _LONGEST:
        raise InvalidInput(NAME, "is no absolute http(s) address")
    return text
