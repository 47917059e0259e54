"""The pages of a partner's list: by Link as OCPI says, or counted where a Link leads nowhere.

A Link is followed as it is, but never to a host that the partner has not told us of, since our
token goes with it. Platforms are seen whose Link names another scheme or a path that is not
there; their next page is then asked for by offset, as far as their X-Total-Count goes.
Source: OCPI 2.2.1, Transport and format, Pagination.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from logging import getLogger
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.domain.errors import PartnerUnavailable
from app.domain.partners import Partner
from ocpi.client.exchange import Answer, ExchangeFailed, PartnerCalls, Route, is_at_home

log = getLogger(__name__)

TOTAL = "x-total-count"
MOST_PAGES = 20_000
MOST_BARREN = 20
"""Pages in a row without any object that are followed: filters may empty some, not all."""

_DIGITS = 12
"""No list is longer than what so many digits can say."""


@dataclass(frozen=True, slots=True)
class _Next:
    """Where the next page may be; `counted` is our own idea of it, None without a total."""

    link: str
    counted: str | None


async def pages(
    calls: PartnerCalls, partner: Partner, url: str, route: Route
) -> AsyncIterator[Answer]:
    """Every page from this address on; raises PartnerUnavailable when they break off."""
    answer = await calls.call(partner, "GET", url, route=route)
    seen = {url}
    came = barren = 0
    while True:
        yield answer
        came += len(answer.data) if isinstance(answer.data, list) else 0
        barren = 0 if answer.data else barren + 1
        following = _following(url, answer, came)
        if following is None:
            return
        if following.link in seen or len(seen) >= MOST_PAGES or barren >= MOST_BARREN:
            raise PartnerUnavailable("the list never ends")
        seen.add(following.link)
        answer = await _get(calls, partner, following, route)


async def _get(calls: PartnerCalls, partner: Partner, following: _Next, route: Route) -> Answer:
    link, counted = following.link, following.counted
    if is_at_home(partner, link):
        try:
            return await calls.call(partner, "GET", link, route=route, verbatim=True)
        except ExchangeFailed as failure:
            if counted is None or not failure.is_refusal:
                raise
    if counted is None:
        raise PartnerUnavailable("a Link leads to another host")
    log.info("pull.counted", extra={"partner": partner.id})
    return await calls.call(partner, "GET", counted, route=route)


def _following(first: str, answer: Answer, came: int) -> _Next | None:
    """None when this was the last page."""
    link = answer.next_page
    if link is None:
        return None
    total = count_in(answer.headers, TOTAL)
    if total is None:
        return _Next(link, None)
    if came >= total:
        return _Next(link, None) if answer.data else None
    parts = urlsplit(first)
    query = [(k, v) for k, v in parse_qsl(parts.query) if k != "offset"]
    counted = urlencode([*query, ("offset", str(came))])
    return _Next(link, urlunsplit(parts._replace(query=counted)))


def count_in(headers: Mapping[str, str], name: str) -> int | None:
    """The number in a header, None when there is none."""
    text = headers.get(name, "")
    return int(text[:_DIGITS]) if text.isascii() and text.isdigit() else None
