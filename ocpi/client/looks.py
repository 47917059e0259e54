"""Looks at one answer of a partner as OCPI's transport rules have it, and notes what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.partners import Partner, Quirk
from app.ports.clock import Clock
from ocpi.client.exchange import ExchangeFailed, Looked, PartnerCalls, Route, version_of
from ocpi.client.findings import Report
from ocpi.models.common import read_datetime
from ocpi.wire.documents import NotJson, decode
from ocpi.wire.envelope import Envelope, open_envelope
from ocpi.wire.headers import CORRELATION_ID, REQUEST_ID, ROUTING

CLOCKS_DIFFER = timedelta(minutes=5)
LONGEST_TIME = 25
_OK = range(200, 300)
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer taken apart: HTTP status, headers, and the envelope if it is one."""

    http: int
    headers: Mapping[str, str]
    envelope: Envelope | None
    seconds: float

    @property
    def ok(self) -> bool:
        """Success in HTTP and in OCPI."""
        return self.http in _OK and self.envelope is not None and self.envelope.is_success

    @property
    def is_empty_list(self) -> bool:
        """Success, and nothing on the list."""
        return self.ok and self.data == []

    @property
    def redirects(self) -> bool:
        """Whether it points elsewhere."""
        return self.http in _REDIRECTS

    @property
    def data(self) -> Any:
        """What is in the envelope."""
        return self.envelope.data if self.envelope is not None else None

    @property
    def status(self) -> int | None:
        """OCPI's status."""
        return self.envelope.status_code if self.envelope is not None else None

    @property
    def words(self) -> str:
        """Both statuses, for people."""
        status = "no envelope" if self.envelope is None else f"OCPI {self.envelope.status_code}"
        return f"HTTP {self.http}, {status}"


class Lookout:
    """Asks one partner, and judges the transport of every answer."""

    def __init__(
        self, calls: PartnerCalls, partner: Partner, report: Report, clock: Clock
    ) -> None:
        self._calls = calls
        self._partner = partner
        self._report = report
        self._clock = clock

    async def get(
        self,
        where: str,
        url: str,
        *,
        route: Route | None = None,
        token: str | None = None,
        verbatim: bool = False,
    ) -> Seen | None:
        """One GET; None when nothing came back, which is noted too."""
        try:
            looked = await self._calls.look(
                self._partner, url, route=route, token=token, verbatim=verbatim
            )
        except ExchangeFailed as failure:
            self._report.note(where, "reachable", ok=False, said=str(failure))
            return None
        self._report.note(where, "reachable", ok=True)
        seen = _seen(looked)
        if not seen.redirects:
            self._judge(where, looked, seen, functional=route is not None)
        return seen

    def _judge(self, where: str, looked: Looked, seen: Seen, *, functional: bool) -> None:
        note, kind = self._report.note, seen.headers.get("content-type", "none")
        is_json = kind.partition(";")[0].strip().lower() == "application/json"
        note(where, "C-009", ok=is_json, said=kind)
        note(where, "C-010", ok=seen.envelope is not None, said=seen.words)
        if seen.envelope is not None:
            self._judge_time(where, seen.envelope.timestamp)
        if not version_of(self._partner).has_routing_headers:
            return
        for check, name in (("C-037", REQUEST_ID), ("C-038", CORRELATION_ID)):
            came = seen.headers.get(name)
            note(where, check, ok=came == looked.sent[name], said=f"{name} came back as {came}")
        if functional and seen.ok and not self._partner.has(Quirk.NO_ROUTING_HEADERS):
            self._judge_routing(where, looked, seen)

    def _judge_time(self, where: str, timestamp: str | None) -> None:
        moment = moment_of(timestamp)
        near = moment is not None and abs(moment - self._clock.now()) <= CLOCKS_DIFFER
        said = f"timestamp {timestamp}"
        self._report.note(where, "C-011", ok=near, said=said)
        if timestamp is not None:
            self._report.note(where, "C-029", ok=is_plain(timestamp), said=said)

    def _judge_routing(self, where: str, looked: Looked, seen: Seen) -> None:
        sent, came = looked.sent, seen.headers
        for ours, theirs in ((ROUTING["from"], ROUTING["to"]), (ROUTING["to"], ROUTING["from"])):
            for asked, answered in zip(ours, theirs, strict=True):
                if asked in sent:
                    same = came.get(answered, "").casefold() == sent[asked].casefold()
                    said = f"{answered} came back as {came.get(answered)}"
                    self._report.note(where, "C-042", ok=same, said=said)


def moment_of(text: object) -> datetime | None:
    """A time of OCPI, None when it is none."""
    try:
        return read_datetime(text)
    except ValueError:
        return None


def is_plain(text: str) -> bool:
    """Whether a time is written as OCPI wants it: short, UTC, no offset."""
    date, _, time = text.partition("T")
    return len(text) <= LONGEST_TIME and bool(date) and "+" not in time and "-" not in time


def _seen(looked: Looked) -> Seen:
    answer = looked.answer
    try:
        envelope: Envelope | None = open_envelope(decode(answer.body))
    except (NotJson, InvalidInput):
        envelope = None
    if envelope is not None and envelope.timestamp is None:
        envelope = None
    return Seen(answer.status, answer.headers, envelope, looked.seconds)
