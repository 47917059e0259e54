"""Pulling a partner's lists again and again: what is due, and what may be taken for gone.

A list that was pulled whole is the new truth: what it lacks is gone (OCPI 2.2.1, Transport and
format, Pagination). Since a partner in trouble may show an empty list for a while, most of a list
is only taken for gone when two whole pulls in a row say so.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zlib import crc32

from app.domain.identifiers import PartyId

CONFIRM_AFTER = timedelta(minutes=30)
_SPLAY = 1_000


@dataclass(frozen=True, slots=True)
class PullRules:
    """How often changes are asked for, and how often everything."""

    every: timedelta = timedelta(hours=3)
    whole_every: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one list of one party of a partner is pulled.

    Changes are asked for from `since` on, which is a time of the partner's own clock; None asks
    for everything. `pulled_at` is the last try that came to an end, `whole_at` the last whole
    list; `doubted_at` when a whole list lacked too much to be believed; `trouble` what the last
    try failed of.
    """

    partner_id: str
    module: str
    party: PartyId
    since: datetime | None = None
    pulled_at: datetime | None = None
    whole_at: datetime | None = None
    doubted_at: datetime | None = None
    trouble: str | None = None

    def is_due(self, now: datetime, rules: PullRules) -> bool:
        """Whether to ask again; partners come up at different moments."""
        share = crc32(self.partner_id.encode()) % _SPLAY / _SPLAY
        every = rules.every * (1 - share / 4)
        return self.pulled_at is None or now - self.pulled_at >= every

    def is_whole_due(self, now: datetime, rules: PullRules) -> bool:
        """Whether to ask for everything instead of changes."""
        if self.since is None or self.whole_at is None or self.doubted_at is not None:
            return True
        return now - self.whole_at >= rules.whole_every

    def pulled(self, now: datetime, since: datetime | None, *, whole: bool) -> "Progress":
        """The list was pulled to its end."""
        done = replace(self, since=since, pulled_at=now, trouble=None)
        return replace(done, whole_at=now, doubted_at=None) if whole else done

    def failed(self, now: datetime, why: str, *, passing: bool) -> "Progress":
        """It broke off; what is no `passing` trouble waits for its next turn."""
        return replace(self, trouble=why, pulled_at=self.pulled_at if passing else now)

    def doubted(self, since: datetime) -> "Progress":
        """The whole list lacked too much to be believed, for the first time then."""
        return replace(self, doubted_at=since)

    def is_doubt_confirmed(self, now: datetime) -> bool:
        """Whether the list lacked too much long enough ago for this not to be the same trouble."""
        return self.doubted_at is not None and now - self.doubted_at >= CONFIRM_AFTER


def is_doubtful(gone: AbstractSet[str], held: AbstractSet[str]) -> bool:
    """Whether a whole list lacks too much of what we hold to be believed the first time."""
    return 2 * len(gone) > len(held)
