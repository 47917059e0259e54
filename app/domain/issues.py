"""What drivers report and how they rate: "it did not work", answered by who runs the charger."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from app.domain.identifiers import PartyId

LONGEST_TEXT = 2_000
MOST_REMARKS = 50
"""Remarks of one report, by both sides together."""

BEST = 5


class IssueKind(StrEnum):
    """What was wrong."""

    DID_NOT_START = "did_not_start"
    STOPPED_EARLY = "stopped_early"
    TOO_SLOW = "too_slow"
    CABLE_STUCK = "cable_stuck"
    PLUG_BROKEN = "plug_broken"
    DISPLAY_BROKEN = "display_broken"
    BLOCKED = "blocked"
    WRONG_PRICE = "wrong_price"
    STICKER_DOUBTFUL = "sticker_doubtful"
    WRONG_PLACE = "wrong_place"
    OTHER = "other"


class IssueState(StrEnum):
    """Open until the operator answers; open again when the driver writes back; closed for good."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Side(StrEnum):
    """Who wrote a remark."""

    DRIVER = "driver"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Remark:
    """One text of a conversation."""

    side: Side
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Issue:
    """A report about an EVSE, tied to a session when there was one.

    A partner's charger is the platform's business: it is `party`'s, and answered by the eMSP.
    """

    id: str
    driver_id: str | None
    party: PartyId
    location_id: str
    evse_uid: str
    kind: IssueKind
    state: IssueState
    created_at: datetime
    changed_at: datetime
    remarks: tuple[Remark, ...] = ()
    charging_id: str | None = None
    own: bool = True
    version: int = 0


class RatingKind(StrEnum):
    """What a rating praises or blames."""

    WORKED = "worked"
    DID_NOT_WORK = "did_not_work"
    FAST = "fast"
    SLOW = "slow"
    EASY_TO_FIND = "easy_to_find"
    HARD_TO_FIND = "hard_to_find"
    CLEAN = "clean"
    DIRTY = "dirty"
    SAFE = "safe"
    UNSAFE = "unsafe"
    FAIR_PRICE = "fair_price"
    TOO_DEAR = "too_dear"


@dataclass(frozen=True, slots=True)
class Rating:
    """What one driver thinks of a station, from 1 to 5; a later one takes its place."""

    driver_id: str
    party: PartyId
    location_id: str
    stars: int
    at: datetime
    kinds: tuple[RatingKind, ...] = ()
    charging_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ratings:
    """What all drivers think of a station: how many, their mean to one decimal, the kinds."""

    count: int
    average: Decimal | None
    kinds: tuple[tuple[str, int], ...] = ()


def mean(stars: int, count: int) -> Decimal | None:
    """The mean of ratings to one decimal; None when there are none."""
    if not count:
        return None
    return (Decimal(stars) / count).quantize(Decimal("0.1"), ROUND_HALF_UP)
