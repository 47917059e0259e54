"""What a hub learned from what passed it: whose an id is, for messages that name no receiver.

Session and location ids are unique within one CPO only, reservation ids within one eMSP, token
uids hardly at all; so an id may be several parties', and all of them are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.domain.identifiers import PartyId, token_key

LONGEST_NAME = 120


class Kind(StrEnum):
    """What can be known by its id."""

    SESSION = "session"
    RESERVATION = "reservation"
    LOCATION = "location"
    TOKEN = "token"  # noqa: S105 - the noun


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long something is known after it was seen last, and how many there may be."""

    age: timedelta
    most: int


KEEPING: Mapping[Kind, Keeping] = MappingProxyType({
    Kind.SESSION: Keeping(timedelta(days=60), 1_000_000),
    Kind.RESERVATION: Keeping(timedelta(days=30), 200_000),
    Kind.LOCATION: Keeping(timedelta(days=400), 1_000_000),
    Kind.TOKEN: Keeping(timedelta(days=400), 5_000_000),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """That something is somebody's. `other` is who else it concerns, where there is one.

    A session is a CPO's and concerns an eMSP; a reservation is the eMSP's who asked for it and
    concerns the CPO. `until` is for things that end by themselves.
    """

    kind: Kind
    name: str
    owner: PartyId
    other: PartyId | None = None
    until: datetime | None = None

    def expires_at(self, now: datetime) -> datetime:
        """When it is forgotten, if it is not seen again."""
        usual = now + KEEPING[self.kind].age
        return usual if self.until is None else max(usual, self.until)


def id_name(text: str) -> str | None:
    """An id as it is compared, None for what is no id of OCPI; nobody's has control characters."""
    name = text.strip().casefold()
    return name if 0 < len(name) <= LONGEST_NAME and name.isprintable() else None


def token_name(uid: str, kind: str) -> str | None:
    """A token as it is compared: its type counts, separators in its uid do not."""
    key = token_key(uid)
    return id_name(f"{kind.strip()}/{key}") if key else None
