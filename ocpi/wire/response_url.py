"""The `response_url` in a query or a body, however it was written there.

In a query it should be percent-encoded, so that a query of its own survives. The example in the
text is not encoded, and some encode it twice; all of them are read as what was meant (spec: I-50,
C-223). A hub puts its own in the place, and touches nothing else.
"""

import re
from collections.abc import Iterator
from json import JSONDecoder
from urllib.parse import quote, unquote, urlsplit

from app.domain.errors import InvalidInput
from ocpi.wire.addresses import LONGEST_URL
from ocpi.wire.documents import encode_text

NAME = "response_url"
_PLACE = re.compile(r"(?:^|&)response_url=")
_OURS = re.compile(r"&duration=\d+(?=&|$)")
"""The one other parameter of the module: it ends an address that is not encoded."""

_ENCODED = re.compile("%3F|%25", re.IGNORECASE)
_BARE = re.compile(r"https?://", re.IGNORECASE)


def read_response_url(query: str) -> str:
    """The address in a raw query string; raises InvalidInput when there is none of use."""
    start, end = _span_in_query(query)
    text = query[start:end]
    if _is_bare(text):
        return check_response_url(text)
    text = unquote(text)
    if not _BARE.match(text) and _BARE.match(unquote(text)):
        text = unquote(text)
    return check_response_url(text)


def with_response_url(query: str, url: str) -> str:
    """The query with another address in the same place; raises InvalidInput without one."""
    start, end = _span_in_query(query)
    return f"{query[:start]}{quote(url, safe='')}{query[end:]}"


def _span_in_query(query: str) -> tuple[int, int]:
    found = _PLACE.search(query)
    if found is None:
        raise InvalidInput(NAME, "is required")
    start = found.end()
    rest = query[start:]
    if _is_bare(rest):
        end = _OURS.search(rest)
        return start, start + end.start() if end else len(query)
    return start, start + len(rest.partition("&")[0])


def _is_bare(text: str) -> bool:
    return _BARE.match(text) is not None and not _is_partly_encoded(text)


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
    if not good or len(text) > LONGEST_URL:
        raise InvalidInput(NAME, "is no absolute http(s) address")
    return text


# ---------------------------------------------------------------- bodies


def body_with_response_url(body: str, url: str) -> str:
    """A JSON object with another address, else the same to the letter.

    `body` has to be valid, and to have an address.
    """
    if "\\" not in body and body.count(_QUOTED) == 1 and (only := _MEMBER.search(body)):
        start, end = only.span(1)
        return f"{body[:start]}{encode_text(url)}{body[end:]}"
    for start, end in reversed(list(_spans_in_body(body))):
        body = f"{body[:start]}{encode_text(url)}{body[end:]}"
    return body


_READ = JSONDecoder().raw_decode
_QUOTED = f'"{NAME}"'
_MEMBER = re.compile(rf'{_QUOTED}\s*:\s*("[^"]*")')
"""Where these words stand once, and nothing is written otherwise, this is the member."""

_BLANK_OR_COMMA = re.compile(r"[\s,]*")
_COLON = re.compile(r"\s*:\s*")


def _spans_in_body(body: str) -> Iterator[tuple[int, int]]:
    """Where the values of this member are; some write one twice, and readers take either."""
    at = _after(_BLANK_OR_COMMA, body, body.index("{") + 1)
    while body[at] != "}":
        name, at = _READ(body, at)
        start = _after(_COLON, body, at)
        _, end = _READ(body, start)
        if name == NAME:
            yield start, end
        at = _after(_BLANK_OR_COMMA, body, end)


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
