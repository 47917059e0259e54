"""What an operator wants chargers to be set to, and how a charger is brought there. Pure.

A round begins when a charger boots or something else is wanted. In it every wanted variable is
read once, what differs is written once, and what was written is read back. So a charger that says
yes and does no is found out and left alone until the next round, and so is one that refuses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from app.domain.device_model import (
    ACCEPTED,
    REBOOT_REQUIRED,
    Setting,
    VariableName,
    VariablesRead,
    VariablesWritten,
)

MOST_WISHES = 200
"""For one charger, and for all chargers of an operator."""

BOOTS_APART = timedelta(minutes=10)
"""A charger that boots again and again is brought there this often (quirk Q-34)."""

TRY_AGAIN_AFTER = timedelta(minutes=10)
"""After a charger that did not answer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A value that is wanted. `by` is the API key of who wants it."""

    setting: Setting
    at: datetime
    by: str | None = None

    @property
    def name(self) -> VariableName:
        """Of which variable."""
        return self.setting.name


class Stage(StrEnum):
    """How far a wanted variable has come in this round."""

    UNREAD = "unread"
    READ = "read"
    WRITTEN = "written"
    AWAITS_REBOOT = "awaits_reboot"
    AGREES = "agrees"
    DIFFERS = "differs"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


OPEN = frozenset({Stage.UNREAD, Stage.READ, Stage.WRITTEN, Stage.UNANSWERED})
"""Stages after which something is asked, now or later."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One wanted variable at one charger; `told` is the charger's last word on it."""

    name: VariableName
    wanted: str
    stage: Stage = Stage.UNREAD
    reported: str | None = None
    reported_at: datetime | None = None
    told: str | None = None
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where a charger is on its way. `due_at` when to go on, None when nothing is left to do.

    `asked` is the command whose answer is awaited, `since` when the round began, `again` whether
    another one begins when it is due.
    """

    station_id: str
    since: datetime
    progress: tuple[Progress, ...] = ()
    due_at: datetime | None = None
    asked: str | None = None
    again: bool = False
    version: int = 0

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to ask in this round."""
        return not any(each.stage in OPEN for each in self.progress)

    @property
    def reboot_required(self) -> bool:
        """Whether something takes effect only after the next boot."""
        return any(each.stage is Stage.AWAITS_REBOOT for each in self.progress)


@dataclass(frozen=True, slots=True)
class Look:
    """Read these next."""

    names: tuple[VariableName, ...]


@dataclass(frozen=True, slots=True)
class Push:
    """Write these next."""

    settings: tuple[Setting, ...]


def wanted_of(own: Iterable[Wish], defaults: Iterable[Wish], *, flat: bool) -> dict[str, Wish]:
    """What a charger is to be set to; its own wishes beat the operator's for all.

    `flat`: it has configuration keys (OCPP 1.6), else variables of components.
    """
    found = {wish.name.key: wish for wish in defaults}
    found |= {wish.name.key: wish for wish in own}
    return {key: wish for key, wish in found.items() if bool(wish.name.component) is not flat}


def same(one: str | None, other: str | None) -> bool:
    """Whether two values mean the same: `True` and `true`, `1, 2` and `1,2`, `60` and `60.0`."""
    if one is None or other is None:
        return one is other
    return _plain(one) == _plain(other)


def _plain(value: str) -> object:
    text = value.strip()
    if "," in text:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        folded = text.casefold()
        return folded if folded in {"true", "false"} else text


def new_round(before: Configuration, wanted: Mapping[str, Wish], now: datetime) -> Configuration:
    """Begin again with what is wanted now; what a charger last said is still shown."""
    known = {each.name.key: each for each in before.progress}
    progress = []
    for key, wish in wanted.items():
        blank = Progress(wish.name, wish.setting.value)
        last = known.get(key, blank)
        progress.append(replace(last, wanted=wish.setting.value, stage=Stage.UNREAD))
    return replace(before, since=now, progress=tuple(progress), due_at=now, again=False)


def after_boot(before: Configuration, wanted: Mapping[str, Wish], now: datetime) -> Configuration:
    """Begin again, or later when the last round is young: the charger may boot without end.

    What needed the boot to take effect is looked at at once, and a round that is not at its end
    goes on.
    """
    if not before.is_done:
        return replace(before, due_at=now)
    over = before.since + BOOTS_APART
    known = {each.name.key: each.wanted for each in before.progress}
    other = known != {key: wish.setting.value for key, wish in wanted.items()}
    if now >= over or before.reboot_required or other:
        return new_round(before, wanted, now)
    return replace(before, due_at=over, again=True)


def next_step(state: Configuration, *, reads: int, writes: int) -> Look | Push | None:
    """What to ask now; at most so many variables in one message."""
    unread = [p.name for p in state.progress if p.stage in {Stage.UNREAD, Stage.WRITTEN}]
    if unread and not any(p.stage is Stage.READ for p in state.progress):
        return Look(tuple(unread[:reads]))
    wrong = [Setting(p.name, p.wanted) for p in state.progress if p.stage is Stage.READ]
    if wrong:
        return Push(tuple(wrong[:writes]))
    return None


def after_read(state: Configuration, news: VariablesRead, now: datetime) -> Configuration:
    """The charger told what it is set to."""
    told = {each.name.key: each.value for each in news.variables}
    missing = {each.name.key: each for each in news.missing}

    def moved(one: Progress) -> Progress:
        key = one.name.key
        if key in missing and one.stage is Stage.WRITTEN:
            # What was accepted and cannot be read is write-only; there is no more to know.
            return replace(one, stage=Stage.AGREES, told=ACCEPTED)
        if key in missing and one.stage is Stage.UNREAD:
            if missing[key].status == "Rejected":
                return replace(one, stage=Stage.READ)
            return replace(one, stage=Stage.REFUSED, told=missing[key].status)
        if key not in told:
            return one
        one = replace(one, reported=told[key], reported_at=now)
        return replace(one, stage=_judged(one))

    return replace(state, progress=tuple(moved(each) for each in state.progress))


def _judged(one: Progress) -> Stage:
    if same(one.reported, one.wanted):
        return Stage.AGREES
    if one.stage is Stage.UNREAD:
        return Stage.READ
    if one.stage in {Stage.WRITTEN, Stage.AGREES, Stage.DIFFERS}:
        return Stage.DIFFERS
    return one.stage


def after_write(state: Configuration, news: VariablesWritten, now: datetime) -> Configuration:
    """The charger said what it thinks of new values; also of those that people set by hand."""
    said = {each.name.key: each for each in news.results}

    def moved(one: Progress) -> Progress:
        result = said.get(one.name.key)
        if result is None:
            return one
        told = result.status if result.why is None else f"{result.status}: {result.why}"
        stage = {ACCEPTED: Stage.WRITTEN, REBOOT_REQUIRED: Stage.AWAITS_REBOOT}.get(
            result.status, Stage.REFUSED
        )
        return replace(one, stage=stage, told=told, tried_at=now)

    return replace(state, progress=tuple(moved(each) for each in state.progress))


def unanswered(state: Configuration, asked: Look | Push, why: str, now: datetime) -> Configuration:
    """No word came of some that were asked: the round goes on without them, and later with them.

    A step that was answered leaves nothing behind that this could mean.
    """
    if isinstance(asked, Look):
        keys, stages = {name.key for name in asked.names}, {Stage.UNREAD, Stage.WRITTEN}
    else:
        keys, stages = {each.name.key for each in asked.settings}, {Stage.READ}

    def left(one: Progress) -> bool:
        return one.stage in stages and one.name.key in keys

    if not any(left(each) for each in state.progress):
        return state
    progress = tuple(
        replace(each, stage=Stage.UNANSWERED, told=why, tried_at=now) if left(each) else each
        for each in state.progress
    )
    return replace(state, progress=progress)


def revived(state: Configuration) -> Configuration:
    """Try again what was not answered."""
    progress = tuple(
        replace(each, stage=Stage.UNREAD) if each.stage is Stage.UNANSWERED else each
        for each in state.progress
    )
    return replace(state, progress=progress)


def rest_until(state: Configuration, now: datetime) -> datetime | None:
    """When to go on with a round in which there is nothing to ask now."""
    waits = any(each.stage is Stage.UNANSWERED for each in state.progress)
    return now + TRY_AGAIN_AFTER if waits else None
