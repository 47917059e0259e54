"""What becomes of an exchange: the partner's answer, or why there is none that helps.

Source: OCPI 2.2.1, Transport and format; Status codes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from app.domain.errors import InvalidInput, PartnerUnavailable
from app.ports.http import HttpAnswer
from ocpi.client.gate import Passage
from ocpi.client.wording import reason_of, said
from ocpi.models.common import read_datetime
from ocpi.wire.documents import NotJson, decode
from ocpi.wire.envelope import Envelope, open_envelope

_LONGEST_WAIT = timedelta(hours=24)
_SUCCESSES = range(200, 300)
_REFUSALS = range(400, 500)
_CLIENT_ERRORS = range(2000, 3000)
UNAUTHORIZED = frozenset({401, 403})
_PASSING = frozenset({401, 403, 408, 425, 429})
_BUSY = 429
_NOBODY_THERE = frozenset({502, 503, 504})
_REST = timedelta(seconds=5)
"""How long a partner is left alone that is asked too much and does not say for how long."""

_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*?\brel\s*=\s*"?next"?', re.IGNORECASE)


class ExchangeFailed(PartnerUnavailable):
    """The partner did not answer, or refused.

    `http` and `status` are None where there was no such thing; `sent` tells whether the request
    may have arrived; `retry_after` is the partner's wish and `said` its own words.
    """

    code = "partner_unavailable"

    def __init__(
        self,
        reason: str,
        *,
        http: int | None = None,
        status: int | None = None,
        sent: bool = True,
        retry_after: timedelta | None = None,
        said: str = "",
    ) -> None:
        super().__init__(reason)
        self.said = said
        self.http = http
        self.status = status
        self.sent = sent
        self.retry_after = retry_after

    @property
    def is_refusal(self) -> bool:
        """Whether the partner understood and said no: asking again would change nothing."""
        if self.http in _SUCCESSES:
            return self.status in _CLIENT_ERRORS
        return self.http in _REFUSALS and self.http not in _PASSING

    @property
    def is_unauthorized(self) -> bool:
        """Whether our token was not taken."""
        return self.http in UNAUTHORIZED


class NotTried(ExchangeFailed):
    """Nothing was sent: the partner is gone, busy, or asked to be left alone for now."""

    def __init__(self, reason: str, after: timedelta) -> None:
        super().__init__(reason, sent=False, retry_after=after)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner answered; `at` is when by its own clock, None when it did not say."""

    http: int
    data: Any
    headers: Mapping[str, str]
    at: datetime | None = None

    @property
    def single(self) -> Any:
        """The data where one object is due, also when it came as a list of one (I-15)."""
        if isinstance(self.data, list) and len(self.data) == 1:
            return self.data[0]
        return self.data

    @property
    def next_page(self) -> str | None:
        """Where the next page of a list is."""
        return next_page(self.headers.get("link", ""))


def next_page(link: str) -> str | None:
    """Where a Link header says that the next page of a list is."""
    found = _NEXT.search(link)
    return found[1] if found else None


def read_answer(
    where: str, method: str, answer: HttpAnswer, *, hidden: set[str], now: datetime
) -> Answer:
    """What a partner answered, `hidden` words taken out of its own; raises ExchangeFailed."""
    good = answer.status in _SUCCESSES
    if good and not answer.body.strip() and method != "GET":
        return Answer(answer.status, None, answer.headers)
    envelope = _envelope(answer.body)
    if good and envelope is not None and envelope.is_success:
        return Answer(answer.status, envelope.data, answer.headers, _moment(envelope))
    words = said(envelope, hidden)
    raise ExchangeFailed(
        reason_of(where, answer, envelope, words),
        said=words,
        http=answer.status,
        status=envelope.status_code if envelope else None,
        retry_after=retry_after(answer.headers.get("retry-after"), now),
    )


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """How long a partner wants to be left alone: seconds or a date (RFC 9110, Retry-After)."""
    if text is None:
        return None
    if text.isascii() and text.strip().isdigit():
        return min(timedelta(seconds=int(text.strip()[:9])), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(text) - now
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def note(passage: Passage, http: int | None, why: str, wish: timedelta | None) -> None:
    """Tell a gate what an outcome says of whether the partner is there, and wants a rest."""
    if http is None:
        passage.failed(why)
    elif http in _NOBODY_THERE:
        passage.failed(why, wish)
    else:
        passage.answered((wish or _REST) if http == _BUSY else None)


def _envelope(body: bytes) -> Envelope | None:
    try:
        return open_envelope(decode(body))
    except (NotJson, InvalidInput):
        return None


def _moment(envelope: Envelope) -> datetime | None:
    try:
        return read_datetime(envelope.timestamp)
    except ValueError:
        return None
