"""Fills the journal of exchanges with partners, at next to no cost for those who wait for answers.

While an exchange goes on only references and the beginnings of its bodies are held. About once a
second what has gathered is redacted and written in few transactions. So at a sudden end the last
second's exchanges are not in the journal, which is for people and not the truth about anything.

It is bounded. In one round of a second, lists that were read well are no news any more beyond
`CROWD` exchanges: whoever pulls a thousand pages a second neither pays for a journal of it nor
fills our disk. Bodies beyond `MOST_BYTES` are left out, and nothing at all is kept beyond
`MOST_WAITING`. What is not kept is counted. Plain secrets are in memory for that second only.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from logging import getLogger
from typing import Final
from urllib.parse import urlsplit

from app.domain.exchanges import Direction, Exchange, Pushed, Side
from app.domain.partners import Endpoint, Partner
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Mode
from app.ports.http import HttpAnswer, HttpFailure
from app.store.ids import new_id
from ocpi.versions.registry import VERSIONS
from ocpi.wire.access import candidates
from ocpi.wire.envelope import SUCCESS
from ocpi.wire.headers import CORRELATION_ID, REQUEST_ID, ROUTING
from ocpi.wire.redaction import (
    named_by,
    named_in,
    printable,
    shown_body,
    shown_headers,
    shown_url,
    spans_in,
    tokens_among,
    without,
)

log = getLogger(__name__)

EVERY_S: Final = 1.0
AT_ONCE: Final = 100
"""Exchanges in one transaction."""
IN_A_TURN: Final = 20
"""Exchanges that are redacted before others have their turn."""
CROWD: Final = 200
MOST_WAITING: Final = 2_000
MOST_BYTES: Final = 2 * 1024 * 1024
BODY_BYTES: Final = 16 * 1024
LONGEST_ID: Final = 255
LONGEST_FAILURE: Final = 500
LONGEST_METHOD: Final = 16
LONGEST_MODULE: Final = 40
LONGEST_PARTY: Final = 12

_STATUS = re.compile(rb'"status_code"\s*:\s*"?(\d{4})\b')
_FINE = 200
_NEAR = 400
"""An envelope's own fields are this near to its beginning or its end."""
_MODULES = frozenset({"versions", "credentials"}).union(*(v.modules for v in VERSIONS.values()))

delivery_under_way: ContextVar[Delivery | None] = ContextVar("delivery_under_way", default=None)
"""What is being told to a partner, for messages that tell it."""


@contextmanager
def telling(delivery: Delivery) -> Iterator[None]:
    """Whatever is sent meanwhile tells of this delivery."""
    before = delivery_under_way.set(delivery)
    try:
        yield
    finally:
        delivery_under_way.reset(before)


Keep = Callable[[Sequence[Exchange]], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Talk:
    """An exchange as it went over the wire, secrets and all; bodies are beginnings."""

    direction: Direction
    at: datetime
    began: float
    method: str
    url: str
    headers: Mapping[str, str]
    partner: Partner | None = None
    request_id: str
    correlation_id: str
    version: str | None = None
    module: str | None = None
    body: bytes = b""
    size: int = 0
    http: int | None = None
    status: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer: bytes = b""
    answer_size: int = 0
    took: timedelta = timedelta()
    failure: str | None = None
    delivery: Delivery | None = None
    bodies_left_out: bool = False

    def answered(self, answer: HttpAnswer) -> None:
        """The partner's answer."""
        self.http, self.answer_headers = answer.status, answer.headers
        self.answer, self.answer_size = answer.body, len(answer.body)


class Recorder:
    """Gathers exchanges and hands them on; without `keep` it hears nothing."""

    def __init__(
        self, clock: Clock, keep: Keep | None = None, *, body_bytes: int = BODY_BYTES
    ) -> None:
        self._clock = clock
        self._keep = keep
        self.body_bytes = body_bytes if keep is not None else 0
        self._waiting: list[Talk] = []
        self._bytes = 0
        self.lost = 0

    def outgoing(  # noqa: PLR0917 - the parts of a request in their usual order
        self,
        partner: Partner | None,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> "Sending":
        """A request of ours, to be entered for as long as it goes on."""
        talk = Talk(
            direction=Direction.OUT,
            at=self._clock.now(),
            began=self._clock.monotonic(),
            method=method,
            url=url,
            headers=headers,
            partner=partner,
            request_id=headers.get(REQUEST_ID, ""),
            correlation_id=headers.get(CORRELATION_ID, ""),
            version=partner.version if partner else None,
            body=body,
            size=len(body),
            delivery=delivery_under_way.get(),
        )
        return Sending(self, talk)

    def has_room(self, talk: Talk) -> bool:
        """Whether it can be kept, as far as its answer's numbers tell; counts what cannot."""
        if self._keep is None:
            return False
        if len(self._waiting) < (CROWD if _is_no_news(talk) else MOST_WAITING):
            return True
        self.lost += 1
        return False

    def add(self, talk: Talk) -> None:
        """Take down an exchange that is over."""
        if talk.status is None and talk.direction is Direction.OUT:
            talk.status = _status_in(talk.answer)
        if self.has_room(talk):
            self.take_down(talk)

    def take_down(self, talk: Talk) -> None:
        """The same, where there is room for it."""
        talk.took = timedelta(seconds=self._clock.monotonic() - talk.began)
        talk.body, talk.answer = talk.body[: self.body_bytes], talk.answer[: self.body_bytes]
        held = len(talk.body) + len(talk.answer)
        if self._bytes + held > MOST_BYTES:
            talk.body = talk.answer = b""
            talk.bodies_left_out = True
            held = 0
        self._bytes += held
        self._waiting.append(talk)

    async def run(self) -> None:
        """Write what gathers until cancelled; then what is left."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write down what has gathered; what the database does not take is given up."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        for place in range(0, len(waiting), AT_ONCE):
            talks = waiting[place : place + AT_ONCE]
            try:
                if self._keep is not None:
                    await self._keep(await _in_turns(talks))
            except Exception:  # a journal that cannot be written must not stop the work
                self.lost += len(talks)
                log.exception("exchanges.lost", extra={"count": len(talks)})


class Sending:
    """A request of ours while it goes on: the answer is to be given to the talk."""

    __slots__ = ("_recorder", "_talk")

    def __init__(self, recorder: Recorder, talk: Talk) -> None:
        self._recorder = recorder
        self._talk = talk

    def __enter__(self) -> Talk:
        """It goes out now."""
        return self._talk

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        """It is over, with an answer or without."""
        talk = self._talk
        if isinstance(error, HttpFailure):
            talk.failure = error.reason
        elif talk.http is None:
            talk.failure = "given up before an answer came"
        self._recorder.add(talk)


async def _in_turns(talks: Sequence[Talk]) -> list[Exchange]:
    """Redact some, and let others have their turn before the next."""
    done: list[Exchange] = []
    for place, talk in enumerate(talks):
        if place % IN_A_TURN == 0:
            await asyncio.sleep(0)
        done.append(redacted(talk))
    return done


def redacted(talk: Talk) -> Exchange:
    """The exchange as it may be kept and shown."""
    endpoints = talk.partner.endpoints if talk.partner else ()
    out = talk.direction is Direction.OUT
    module = talk.module or _module_of(talk.url, endpoints)
    tokens = tokens_among(talk.url, endpoints) if out else None
    asked, said = _text(talk.body), _text(talk.answer)
    found = spans_in(asked)
    secrets = {
        *candidates(talk.headers.get("authorization") or talk.headers.get("Authorization")),
        *named_by(talk.url, tokens),
        *named_in(asked, found),
    }
    request = shown_body(asked, module, ours=out, found=found)
    answer = without(shown_body(said, module, ours=not out), secrets)
    url, failure = shown_url(talk.url, tokens), talk.failure
    return Exchange(
        id=new_id(),
        direction=talk.direction,
        at=talk.at,
        method=printable(talk.method)[:LONGEST_METHOD],
        url=without(url, secrets),
        request=_request_of(talk, request),
        request_id=printable(talk.request_id)[:LONGEST_ID],
        correlation_id=printable(talk.correlation_id)[:LONGEST_ID],
        partner_id=talk.partner.id if talk.partner else None,
        version=talk.version,
        module=module and printable(module)[:LONGEST_MODULE],
        sender=_party(talk.headers, "from"),
        receiver=_party(talk.headers, "to"),
        http=talk.http,
        status=talk.status,
        duration=talk.took,
        answer=None if talk.http is None else _answer_of(talk, answer),
        failure=failure and printable(without(failure, secrets))[:LONGEST_FAILURE],
        pushed=_pushed(talk.delivery),
    )


def _is_no_news(talk: Talk) -> bool:
    return talk.method == "GET" and talk.http == _FINE and talk.status == SUCCESS


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _request_of(talk: Talk, body: str) -> Side:
    shown = _as_far_as_kept(body, talk, held=len(talk.body), size=talk.size)
    return Side(shown_headers(talk.headers), shown, talk.size)


def _answer_of(talk: Talk, body: str) -> Side:
    shown = _as_far_as_kept(body, talk, held=len(talk.answer), size=talk.answer_size)
    return Side(shown_headers(talk.answer_headers), shown, talk.answer_size)


def _as_far_as_kept(body: str, talk: Talk, *, held: int, size: int) -> str:
    if talk.bodies_left_out and size:
        return f"({size} bytes, left out: too much was going on)"
    if size > held:
        return f"{body}… ({size - held} of {size} bytes are not kept)"
    return body


def _pushed(delivery: Delivery | None) -> Pushed | None:
    if delivery is None or not delivery.kind.startswith("ocpi."):
        return None
    return Pushed(delivery.kind, delivery.subject, delivery.mode is Mode.EVERY)


def _party(headers: Mapping[str, str], side: str) -> str | None:
    of_country, of_party = ROUTING[side]
    country, party = headers.get(of_country, ""), headers.get(of_party, "")
    return printable(f"{country}-{party}")[:LONGEST_PARTY].upper() if country or party else None


def _status_in(body: bytes) -> int | None:
    found = _STATUS.search(body[-_NEAR:]) or _STATUS.search(body[:_NEAR])
    return int(found[1]) if found else None


def _module_of(url: str, endpoints: Sequence[Endpoint]) -> str | None:
    """The module whose endpoint a URL is at or below, else one that its path names."""
    homes = [e for e in endpoints if url.startswith(e.url)]
    if homes:
        return max(homes, key=lambda e: len(e.url)).module
    segments = reversed(urlsplit(url).path.split("/"))
    return next((s.lower() for s in segments if s.lower() in _MODULES), None)
