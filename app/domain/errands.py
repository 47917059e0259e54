"""What a charger is asked for that takes it a while: firmware to install, files to send.

It says by steps how far it is, in OCPP 1.6 without saying of which errand; how it ends is in the
words of the steps. Source: OCPP 2.0.1, L01 to L03 and N01; OCPP 1.6, 4.3, 4.5 and 6.9.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.commands import Packed


class ErrandKind(StrEnum):
    """What it is about; PUBLISH makes firmware available to chargers behind a local one."""

    FIRMWARE = "firmware"
    PUBLISH = "publish"
    DIAGNOSTICS = "diagnostics"
    LOG = "log"


class ErrandState(StrEnum):
    """ASKED → RUNNING → DONE, FAILED or CANCELED; REFUSED when the charger would not do it."""

    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUSED = "refused"


OPEN = frozenset({ErrandState.ASKED, ErrandState.RUNNING})
IDLE = "Idle"
NO_FILE = "NoFile"
"""Our word for a charger that has nothing to send (OCPP 1.6, 5.9 Get Diagnostics)."""
BOOTED = "Booted"
"""Our word for a charger that is back with other firmware, whatever it said before."""

_ENDS = {
    "Installed": ErrandState.DONE,
    BOOTED: ErrandState.DONE,
    "Published": ErrandState.DONE,
    "Uploaded": ErrandState.DONE,
    "AcceptedCanceled": ErrandState.CANCELED,
    **dict.fromkeys(
        (
            "DownloadFailed", "InstallationFailed", "InstallVerificationFailed",
            "InvalidSignature", "InvalidChecksum", "PublishFailed", "UploadFailed",
            "UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation",
        ),
        ErrandState.FAILED,
    ),
}  # fmt: skip
_TAKEN = frozenset({"Accepted", "AcceptedCanceled"})
UNASKED = 0
"""The number of an errand of which the charger told without one, before its answer came to us."""
OVERTAKES_WITHIN = timedelta(minutes=1)
MOST_STEPS = 50
"""Steps of one errand that are kept; a download may tell a lot of them."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a charger said of an errand, and when it came to us."""

    at: datetime
    status: str
    info: str | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """One errand; `ask` is what was asked, None when it was not asked by us.

    `status` is the charger's last word. `locations` is where published firmware can be had.
    """

    request_id: int
    kind: ErrandKind
    state: ErrandState
    status: str
    at: datetime
    ask: Packed | None = None
    command_id: str | None = None
    filename: str | None = None
    info: str | None = None
    locations: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether more is to come."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class ErrandAsked:
    """A charger answered an errand; `status` is its word for whether it will do it."""

    kind: ErrandKind
    request_id: int
    status: str
    ask: Packed
    command_id: str
    filename: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True)
class ErrandMoved:
    """A step of an errand; without `request_id` of the one that is under way."""

    kind: ErrandKind
    status: str
    request_id: int | None = None
    info: str | None = None
    locations: tuple[str, ...] = ()


def answered(news: ErrandAsked, known: Errand | None, *, now: datetime) -> Errand:
    """The errand after the charger's answer, which its first step may have overtaken."""
    taken = news.status in _TAKEN
    state = ErrandState.ASKED if taken else ErrandState.REFUSED
    fresh = Errand(
        news.request_id,
        news.kind,
        state,
        news.status,
        now,
        ask=news.ask,
        command_id=news.command_id,
        filename=news.filename,
        info=news.info,
        ended_at=None if taken else now,
    )
    if known is None:
        return fresh
    return replace(
        known,
        request_id=news.request_id,
        ask=news.ask,
        command_id=news.command_id,
        filename=news.filename or known.filename,
    )


def overtaken(known: Iterable[Errand], news: ErrandAsked, *, now: datetime) -> Errand | None:
    """The errand of this answer whose steps came first: by its number, or just now without one."""
    numbered = {errand.request_id: errand for errand in known}
    if news.request_id in numbered:
        return numbered[news.request_id]
    early = numbered.get(UNASKED)
    if early is None or early.ask is not None or now - early.at > OVERTAKES_WITHIN:
        return None
    return early


def begun(news: ErrandMoved, *, now: datetime) -> Errand:
    """An errand of which we hear for the first time."""
    return Errand(news.request_id or UNASKED, news.kind, ErrandState.ASKED, news.status, now)


def moved(errand: Errand, news: ErrandMoved, *, now: datetime) -> Errand:
    """The errand after a step; what is over stays over, a late word of it is kept."""
    steps = (*errand.steps, Step(now, news.status, news.info))[-MOST_STEPS:]
    told = replace(errand, steps=steps, locations=news.locations or errand.locations)
    if not errand.is_open:
        return told
    state = _ENDS.get(news.status, ErrandState.RUNNING)
    if news.status == IDLE:
        state = errand.state
    ended_at = None if state in OPEN else now
    return replace(told, state=state, status=news.status, info=news.info, ended_at=ended_at)
