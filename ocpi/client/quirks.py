"""What is done differently for a partner that needs it: one small change of the request each.

Only what we send is changed here; what partners send us is read tolerantly, whoever they are.
Addresses that a partner gave us whole (a Link, a response_url) are left as they are. Quirks of
another kind (`no-patch`, `page-size`, `whole-pulls`) are asked for where they matter.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from app.domain.partners import Partner, Quirk
from ocpi.wire.headers import ROUTING

_ROUTING = frozenset(name for pair in ROUTING.values() for name in pair)
_WORDS = frozenset({"authorize", "charging_preferences"})
"""Parts of addresses below an endpoint that are no ids."""

_IDS = frozenset({
    "authorization_reference", "connector_id", "contract_id", "country_code", "evse_id",
    "evse_uid", "evse_uids", "id", "location_id", "parent_session_id", "party_id",
    "reservation_id", "session_id", "tariff_id", "tariff_ids", "uid",
})  # fmt: skip
_FRACTION = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+(Z?)")


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Outgoing:
    """A request to a partner before it is written; `verbatim`: the partner gave this address."""

    partner: Partner
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    verbatim: bool = False


Strategy = Callable[[Outgoing], Outgoing]


def adapted(request: Outgoing) -> Outgoing:
    """The request as this partner needs it."""
    if not request.partner.quirks:
        return request
    for quirk, strategy in STRATEGIES.items():
        if request.partner.has(quirk):
            request = strategy(request)
    return request


def _no_routing_headers(request: Outgoing) -> Outgoing:
    kept = {name: v for name, v in request.headers.items() if name.lower() not in _ROUTING}
    return replace(request, headers=kept)


def _trailing_slash(request: Outgoing) -> Outgoing:
    parts = urlsplit(request.url)
    if request.verbatim or parts.path.endswith("/"):
        return request
    return replace(request, url=urlunsplit(parts._replace(path=f"{parts.path}/")))


def _upper_case_ids(request: Outgoing) -> Outgoing:
    url = request.url if request.verbatim else _upper_below(_endpoint_of(request), request.url)
    return replace(request, url=url, body=_with_ids(request.body, str.upper))


def _endpoint_of(request: Outgoing) -> str:
    """Which of the partner's endpoints is called; the longest that fits."""
    fitting = [e.url.rstrip("/") for e in request.partner.endpoints]
    below = [url for url in fitting if request.url.startswith(f"{url}/")]
    return max(below, key=len, default=request.url)


def _upper_below(endpoint: str, url: str) -> str:
    path, query, rest = url[len(endpoint) :].partition("?")
    parts = [part if part in _WORDS else part.upper() for part in path.split("/")]
    return f"{endpoint}{'/'.join(parts)}{query}{rest}"


def _with_ids(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _changed(child, change) if name in _IDS else _with_ids(child, change)
            for name, child in value.items()
        }
    if isinstance(value, list | tuple):
        return [_with_ids(child, change) for child in value]
    return value


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, list | tuple):
        return [_changed(child, change) for child in value]
    return change(value) if isinstance(value, str) else value


def _whole_seconds(request: Outgoing) -> Outgoing:
    return replace(request, body=_truncated(request.body))


def _truncated(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _truncated(child) for name, child in value.items()}
    if isinstance(value, list | tuple):
        return [_truncated(child) for child in value]
    found = _FRACTION.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]}{found[2]}" if found else value


STRATEGIES: Mapping[Quirk, Strategy] = {
    Quirk.NO_ROUTING_HEADERS: _no_routing_headers,
    Quirk.UPPER_CASE_IDS: _upper_case_ids,
    Quirk.TRAILING_SLASH: _trailing_slash,
    Quirk.WHOLE_SECONDS: _whole_seconds,
}
"""The quirks that are a change of the request."""
