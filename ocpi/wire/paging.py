"""Pages of lists: which one is asked for, and the headers that lead to the next.

Source: OCPI 2.2.1, Transport and format, Pagination. Objects come in the order of their creation,
so an update during a crawl moves nothing.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, quote

from app.domain.errors import InvalidInput
from app.queries.pages import PAGE_CAP, Page
from ocpi.models.common import read_datetime

_LARGEST_OFFSET = 2**62
_PLACE = re.compile(r"[0-9A-Za-z._:-]{1,80}")

AFTER = "after"
"""The parameter of our own in a Link: the place of the page's last object.

With it the next page begins behind that object, whatever left or entered the list before it.
"""


_FILTERS = ("date_from", "date_to", "timeslot_from", "timeslot_to")
"""What makes a list another list, so that its next page is asked for with it."""


def read_query(query: str) -> dict[str, str]:
    """The first value of each query parameter; a `+` in a date is read by `read_moment`."""
    pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    return first


def read_page(query: Mapping[str, str]) -> Page:
    """The page a query asks for; raises InvalidInput with the parameter's name."""
    limit = _count(query, "limit", PAGE_CAP)
    if limit == 0:
        raise InvalidInput("limit", "has to be at least 1")
    return Page(
        offset=_count(query, "offset", 0),
        limit=min(limit, PAGE_CAP),
        changed_from=read_moment(query, "date_from"),
        changed_before=read_moment(query, "date_to"),
        after=_place(query),
    )


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < len(str(_LARGEST_OFFSET))):
        raise InvalidInput(name, "is no whole number from 0 on")
    return int(text)


def _place(query: Mapping[str, str]) -> str | None:
    text = query.get(AFTER, "")
    if not text:
        return None
    if not _PLACE.fullmatch(text):
        raise InvalidInput(AFTER, "is no place in a list")
    return text


def read_moment(query: Mapping[str, str], name: str) -> datetime | None:
    """The time in a query parameter; raises InvalidInput with the parameter's name."""
    text = query.get(name, "").strip()
    if not text:
        return None
    date, blank, zone = text.rpartition(" ")
    if blank and "T" in date:
        text = f"{date}+{zone}"  # an offset whose plus sign was not escaped
    try:
        return read_datetime(text)
    except ValueError as error:
        raise InvalidInput(name, str(error)) from None


def page_headers(
    url: str,
    query: Mapping[str, str],
    page: Page,
    total: int,
    *,
    last: str | None = None,
    more: bool | None = None,
) -> dict[str, str]:
    """The paging headers; `url` is the absolute public address of the list.

    `last` is the place of the page's last object, `more` whether others follow it; without it the
    offset tells.
    """
    headers = {"x-total-count": str(total), "x-limit": str(PAGE_CAP)}
    following = page.offset + page.limit
    if following < total if more is None else more:
        filters = {name: query[name] for name in _FILTERS if query.get(name)}
        parameters = {**filters, "offset": str(following), "limit": str(page.limit)}
        if last is not None:
            parameters[AFTER] = last
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        headers["link"] = f'<{url}?{text}>; rel="next"'
    return headers
