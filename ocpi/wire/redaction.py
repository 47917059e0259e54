"""Blacks out, in exchanges that are kept for people, what lets somebody in or names a driver.

What is kept: every header's name, and the values of headers that OCPI and HTTP use; addresses;
bodies as they were sent, with the sender's own spelling and order, as far as they are kept at all.

What is not: the Authorization header but for its scheme; in bodies and queries the values of the
fields in `_NAMES` (credentials tokens; a driver's uid, contract, visual number and group, which
open a charger; card data of payment terminals; the code or licence plate that opens a barrier);
in addresses everything below the tokens module; user and password of a URL. `uid` is kept in the
locations module only, where it is an EVSE's. A value that is hidden in a request is also hidden
where the answer repeats it in its own words.

Bodies are cut before they come here, so nothing may depend on their being whole or even JSON.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import unquote, urlsplit

from pydantic_core import from_json

from app.domain.partners import Endpoint
from ocpi.wire.addresses import shown_path

HIDDEN: Final = "•••"
LONGEST_URL: Final = 1_000
LONGEST_HEADER: Final = 300
MOST_HEADERS: Final = 40
SHORTEST_ECHO: Final = 4
"""Shorter values are not looked for in free text: they would black out half of it."""

_UID, _TOKEN = "uid", "token"
_NAMES = frozenset({
    _TOKEN, _UID, "accesstoken", "refreshtoken", "bearertoken", "tokenuid", "rfiduid", "carduid",
    "authid", "contractid", "emaid", "visualnumber", "groupid", "idtag", "eftdata",
    "accessinformation", "apikey", "secret", "clientsecret", "password", "authorization",
})  # fmt: skip
"""Without case, `_` and `-`."""

_NAMES_OF_LOCATIONS = _NAMES - {_UID}

_HINTS = (
    "token", "auth", "contract", "emaid", "visual", "group", "tag", "eft", "access", "key",
    "secret", "password",
)  # fmt: skip
"""Where a text has none of these, nor `uid`, there is nothing to look for: each name has one."""

_VOLTAGE: Final = "voltage"
"""In every connector, with a hint inside that means nothing there."""

_DASHES = str.maketrans("", "", "_-")

_STRING = r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)'
_FIELD = re.compile(r'"([\w-]{3,30})"\s*:\s*')
_ANY_FIELD = re.compile(r'("(?:[^"\\]|\\.)*")\s*:\s*', re.DOTALL)
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)
_TEXT = re.compile(_STRING, re.DOTALL)
_BARE = re.compile(r"[^\s,}\]]*")
_HARMLESS = frozenset({"null", "true", "false", ""})
_LOOSE = re.compile(
    r"""(?<![\w-])(?<!</)(?P<name>[\w-]{3,30})(?P<between>["']?\s*[:=>]\s*)"""
    r"""(?P<value>"[^"]*"?|'[^']*'?|[^\s"'<>,;&{}\[\]]+)"""
)
_QUERY = re.compile(r"([?&;])([^=&;#]*)=([^&;#]*)")
_USER = re.compile(r'(://)[^/\s"@?#]*@')
_SCHEMES = frozenset({"token", "bearer", "basic"})

_SHOWN_HEADERS = frozenset({
    "accept", "accept-encoding", "allow", "connection", "content-encoding", "content-length",
    "content-type", "date", "host", "link", "location", "ocpi-from-country-code",
    "ocpi-from-party-id", "ocpi-to-country-code", "ocpi-to-party-id", "retry-after", "server",
    "transfer-encoding", "user-agent", "via", "www-authenticate", "x-correlation-id", "x-limit",
    "x-request-id", "x-total-count",
})  # fmt: skip
_HARMLESS_HEADERS = _SHOWN_HEADERS - {"link", "location"}


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Every name, the values of those that are known to be harmless, and at most so many."""
    shown = {}
    for name, value in islice(headers.items(), MOST_HEADERS):
        lower = name if name in _HARMLESS_HEADERS else _name_of(name)
        if lower in _HARMLESS_HEADERS and value.isprintable():
            shown[lower] = value[:LONGEST_HEADER]
        else:
            shown[lower] = _header(lower, value)
    return shown


@lru_cache(maxsize=1_000)
def _name_of(header: str) -> str:
    return printable(header)[:LONGEST_HEADER].lower()


def _header(name: str, value: str) -> str:
    if name in _HARMLESS_HEADERS:
        return printable(value)[:LONGEST_HEADER]
    if name == "authorization":
        scheme, blank, rest = value.strip().partition(" ")
        return f"{scheme} {HIDDEN}" if rest and scheme.lower() in _SCHEMES and blank else HIDDEN
    if name in {"link", "location"}:
        return shown_url(value)[:LONGEST_HEADER]
    return HIDDEN


def shown_url(url: str, tokens_endpoint: str | None = None) -> str:
    """An address or path without tokens; `tokens_endpoint` is where a partner has its tokens."""
    if tokens_endpoint and url.startswith(tokens_endpoint):
        below, question, query = url.removeprefix(tokens_endpoint).partition("?")
        url = tokens_endpoint + ("/…" if below.strip("/") else below) + question + query
    path, question, query = url.partition("?")
    shown = _without_user(shown_path(path))
    if question:
        shown += _QUERY.sub(_pair, question + query)
    return printable(shown)[:LONGEST_URL]


def _without_user(text: str) -> str:
    return _USER.sub(rf"\1{HIDDEN}@", text) if "@" in text else text


def _pair(match: re.Match[str]) -> str:
    hidden = _plain(unquote(match[2])) in _NAMES
    return f"{match[1]}{match[2]}={HIDDEN}" if hidden else match[0]


Spans = Sequence[tuple[int, int]]
"""Where values begin and end in a text."""


def spans_in(text: str) -> Spans:
    """The values of all hidden fields of a body's text."""
    return list(_found(text, _NAMES)) if _may_hold(text, _NAMES) else []


def shown_body(text: str, module: str | None, *, ours: bool, found: Spans | None = None) -> str:
    """A body's text, or its beginning, blacked out; `ours` are known to be JSON.

    `found` is what `spans_in` says of the text, where that is known already.
    """
    names = _NAMES
    if module == "locations":
        names, found = _NAMES_OF_LOCATIONS, None
    if found or _may_hold(text, names):
        shown = _redact_fields(text, _found(text, names) if found is None else found)
        text = shown if ours or _is_json(text) else _redact_loosely(shown, names)
    return printable(_without_user(text))


def _may_hold(text: str, names: Collection[str]) -> bool:
    """Most pages of most lists hold nothing that is to be hidden, which is soon seen."""
    if not text:
        return False
    if "\\u" in text:
        return True
    # As `_plain` does; a table takes six times as long here, for each short body.
    plain = text.casefold().replace("_", "").replace("-", "").replace(_VOLTAGE, "")
    if _UID in names and _UID in plain:
        return True
    for hint in _HINTS:  # noqa: SIM110 - a generator takes twice as long, for each body
        if hint in plain:
            return True
    return False


def named_in(text: str, found: Spans | None = None) -> Iterator[str]:
    """The values that a body's text names by one of the hidden fields, as they would be read."""
    for start, end in spans_in(text) if found is None else found:
        for match in _TEXT.finditer(text, start, end):
            yield match[0].strip('"')
            yield _read(match[0])
        if text[start : start + 1] not in {'"', "[", "{"}:
            yield text[start:end]


def tokens_among(url: str, endpoints: Iterable[Endpoint]) -> str | None:
    """The tokens endpoint of a partner that a URL is at or below, without a final slash."""
    homes = [e.url.rstrip("/") for e in endpoints if e.module == "tokens"]
    return max([home for home in homes if url.startswith(home)], key=len, default=None)


def named_by(url: str, tokens_endpoint: str | None = None) -> Iterator[str]:
    """The token that an address names."""
    if not tokens_endpoint and "%" not in url and "tokens/" not in url.lower():
        return
    path = urlsplit(url).path if "://" in url else url.partition("?")[0]
    if tokens_endpoint and url.startswith(tokens_endpoint):
        rest = url.removeprefix(tokens_endpoint).partition("?")[0]
    elif shown_path(path) != path:
        rest = path.removeprefix(shown_path(path).removesuffix("…"))
    else:
        return
    for segment in rest.split("/"):
        if segment != "authorize":
            yield segment
            yield unquote(segment)


def without(text: str, secrets: Collection[str]) -> str:
    """The text without these values, wherever they stand."""
    found = [each for each in secrets if len(each) >= SHORTEST_ECHO and each in text]
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def printable(text: str) -> str:
    """The text without what a database does not keep: NUL, and halves of characters."""
    if text.isprintable():
        return text
    return text.replace("\0", "�").encode("utf-8", "replace").decode()


def _redact_fields(text: str, found: Iterable[tuple[int, int]]) -> str:
    out: list[str] = []
    at = 0
    for start, end in found:
        out += (text[at:start], f'"{HIDDEN}"')
        at = end
    out.append(text[at:])
    return "".join(out)


def _found(text: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where the values of these fields begin and end.

    Names may be written with escapes; then they are read first, which takes longer.
    """
    escaped = "\\u" in text
    past = 0
    for match in (_ANY_FIELD if escaped else _FIELD).finditer(text):
        name = _plain(_read(match[1]) if escaped else match[1])
        if name not in names or match.start() < past:
            continue
        start = match.end()
        if name == _TOKEN and text.startswith("{", start):
            continue
        end = past = _end_of_value(text, start)
        if text[start:end] not in _HARMLESS:
            yield start, end


@lru_cache(maxsize=2_000)
def _plain(name: str) -> str:
    return name.casefold().translate(_DASHES)


def _end_of_value(text: str, start: int) -> int:
    """Where the JSON value ends that begins here, or the text, if it was cut."""
    if text[start : start + 1] == '"':
        match = _TEXT.match(text, start)
        return match.end() if match else len(text)
    if text[start : start + 1] in {"[", "{"}:
        depth = 0
        for match in _BRACKETS.finditer(text, start):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
            if depth == 0:
                return match.end()
        return len(text)
    bare = _BARE.match(text, start)
    return bare.end() if bare else start


def _read(literal: str) -> str:
    if "\\" not in literal:
        return literal.strip('"')
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal.strip('"')


def _is_json(text: str) -> bool:
    try:
        from_json(text, cache_strings=False)
    except ValueError:
        return False
    return True


def _redact_loosely(text: str, names: Collection[str]) -> str:
    """What was cut, or is no JSON: names in any quotes or none, as in forms and XML."""

    def hide(match: re.Match[str]) -> str:
        harmless = match["value"].strip("\"'") in {HIDDEN, *_HARMLESS}
        if harmless or _plain(match["name"]) not in names:
            return match[0]
        return f"{match['name']}{match['between']}{HIDDEN}"

    return _LOOSE.sub(hide, text)
