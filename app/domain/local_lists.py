"""The list of tokens that a charger lets in by itself, kept as its operator's tokens are. Pure.

What a charger holds is known by what it agreed to; whatever puts that in doubt (another version
than ours, a list that was refused, an answer that never came) leads to the whole list again.
Source: OCPP 1.6, 3.5.2 Local Authorization List and 5.15 Send Local List; OCPP 2.0.1, D01, D02.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Union

from app.domain.tokens import Token, Whitelist

MOST_TRIES = 3
"""Refusals after which a charger is left alone until something changes."""
ANSWERS_WITHIN = timedelta(minutes=2)
"""After this an answer is not awaited any more."""


class ListStatus(StrEnum):
    """What the charger is to do with a token."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One token of a list; `group` lets its members stop each other's sessions."""

    tag: str
    status: ListStatus = ListStatus.ACCEPTED
    group: str | None = None
    expires_at: datetime | None = None

    @property
    def key(self) -> str:
        """Tags are compared without regard to case."""
        return self.tag.casefold()


@dataclass(frozen=True, slots=True)
class SendLocalList:
    """Replace the list (`full`), or change and remove these entries of it."""

    version: int
    full: bool
    entries: tuple[ListEntry, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GetLocalListVersion:
    """Tell which version of the list you hold."""


@dataclass(frozen=True, slots=True)
class ListAnswered:
    """What the charger did with a list that was sent."""

    sent: SendLocalList
    status: str


@dataclass(frozen=True, slots=True)
class ListVersionTold:
    """The version that the charger holds: 0 when it has no list, -1 when it knows of none."""

    version: int


LocalListAsk = Union[SendLocalList, GetLocalListVersion]  # noqa: UP007 - as the other areas
LocalListNews = Union[ListAnswered, ListVersionTold]  # noqa: UP007 - the same


@dataclass(frozen=True, slots=True)
class WantedList:
    """That a charger's list is kept; with `partners` their tokens are in it, too."""

    partners: bool = False


@dataclass(frozen=True, slots=True)
class ListLimits:
    """How many entries a charger takes in all, and in one message; how long a tag may be."""

    entries: int
    each: int
    tag: int


@dataclass(frozen=True, slots=True)
class LocalList:
    """What a charger holds; `certain` False when it must be told all of it anew.

    `version` is the last one that was used. `sent_at` is set while an answer is awaited, `told` is
    the charger's last word.
    """

    version: int = 0
    certain: bool = False
    held: Mapping[str, ListEntry] = field(default_factory=dict)
    sent_at: datetime | None = None
    told: str | None = None
    tries: int = 0

    def is_awaited(self, now: datetime) -> bool:
        """Whether an answer may still come."""
        return self.sent_at is not None and now - self.sent_at < ANSWERS_WITHIN


def wanted_entries(tokens: Iterable[Token], limits: ListLimits) -> dict[str, ListEntry]:
    """The list as it should be: who may charge first, then who may not, as many as fit.

    A token whose issuer wants to be asked every time is in no list.
    """
    found: dict[str, ListEntry] = {}
    mine = [t for t in tokens if t.whitelist is not Whitelist.NEVER]
    for token in sorted(mine, key=lambda t: not t.valid):
        if len(token.uid) > limits.tag or token.uid.casefold() in found:
            continue
        status = ListStatus.ACCEPTED if token.valid else ListStatus.BLOCKED
        group = token.group_id if token.valid else None
        fits = group is not None and len(group) <= limits.tag
        entry = ListEntry(token.uid, status, group if fits else None)
        found[entry.key] = entry
    return dict(islice(found.items(), limits.entries))


def next_list(
    state: LocalList, wanted: Mapping[str, ListEntry], limits: ListLimits
) -> SendLocalList | None:
    """What to send next, None when the charger holds what is wanted."""
    version = state.version + 1
    if not state.certain:
        return SendLocalList(version, full=True, entries=tuple(wanted.values())[: limits.each])
    removed = [entry.tag for key, entry in state.held.items() if key not in wanted]
    changed = [entry for key, entry in wanted.items() if state.held.get(key) != entry]
    if not removed and not changed:
        return None
    gone = tuple(removed[: limits.each])
    entries = tuple(changed[: limits.each - len(gone)])
    return SendLocalList(version, full=False, entries=entries, removed=gone)


def sent(state: LocalList, ask: SendLocalList, now: datetime) -> LocalList:
    """The list is on its way; a version is never used twice."""
    return replace(state, version=max(state.version, ask.version), sent_at=now)


def settled(state: LocalList, news: ListAnswered) -> LocalList:
    """The charger took it, or did not."""
    ask = news.sent
    told = replace(state, sent_at=None, told=news.status, version=max(state.version, ask.version))
    if news.status != "Accepted":
        return replace(told, certain=False, tries=state.tries + 1)
    held = {} if ask.full else dict(state.held)
    for tag in ask.removed:
        held.pop(tag.casefold(), None)
    held.update({entry.key: entry for entry in ask.entries})
    return replace(told, certain=ask.full or state.certain, held=held, tries=0)


def checked(state: LocalList, news: ListVersionTold) -> LocalList:
    """The charger holds another version than we think, or none: all of it again.

    Source: OCPP 1.6, 5.10 Get Local List Version: 0 is an empty list, -1 no list at all.
    """
    if news.version < 0:
        return replace(state, certain=False, told="NotSupported", tries=MOST_TRIES)
    empty = news.version == 0 and state.certain and not state.held
    same = news.version == state.version or empty
    return replace(
        state,
        certain=state.certain and same,
        version=max(state.version, news.version),
        told=f"version {news.version}",
    )
