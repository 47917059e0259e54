"""Addresses that passed the hub: who gave them, who may call ours instead, and for how long.

Members hold a token for the hub and for nobody else, so every absolute address that one of them
gives another is replaced by one of the hub's. Source: OCPI 2.2.1, Transport and format, Message
routing; Commands, Return type, since what is said there of hubs ends at the headers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole

MARGIN = timedelta(hours=1)
"""How much later than promised a result may come; chargers come back after a while."""

USUAL_WAIT = timedelta(minutes=10)
"""How long a result is waited for whose sender promised nothing, or less than that."""

LONGEST_WAIT = timedelta(days=7)
LONGEST_RESERVATION = timedelta(days=366)
OBJECT_LIFE = timedelta(days=2 * 365)
"""How long what was created elsewhere can be looked at through us."""


class CallbackKind(StrEnum):
    """RESULT: a `response_url`. OBJECT: where something is that was created by a POST."""

    RESULT = "result"
    OBJECT = "object"

    @property
    def method(self) -> str:
        """The one method it is called with."""
        return "POST" if self is CallbackKind.RESULT else "GET"


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True, kw_only=True)
class Supplied:
    """An address as a member gave it: `owner`, at `owner_partner`, to `caller`.

    `module` and `role` say whose interface it belongs to, `about` what it was given for: the name
    of a command, or the method. `correlation_id` is that of the message it came with.
    """

    url: str
    module: str
    role: InterfaceRole
    owner: PartyId
    owner_partner: str
    caller: PartyId
    caller_partner: str
    about: str = ""
    correlation_id: str = ""


@dataclass(slots=True, kw_only=True)
class HubCallback:
    """One address of the hub, which only the caller's platform may call, as often as it likes."""

    id: str
    kind: CallbackKind
    supplied: Supplied
    expires_at: datetime

    def lasts(self, now: datetime) -> bool:
        """Whether it can still be called."""
        return now < self.expires_at


@dataclass(frozen=True, slots=True)
class Reservation:
    """What RESERVE_NOW says of a reservation, `id` as its provider calls it."""

    id: str
    until: datetime


def result_expiry(
    now: datetime, *, promised: timedelta = USUAL_WAIT, reserved: Reservation | None = None
) -> datetime:
    """How long a result may come.

    What is promised is when the charger has answered; the result of a reservation may be followed
    by its cancellation as long as there is one (C-259).
    """
    last = now + min(max(promised, USUAL_WAIT), LONGEST_WAIT)
    if reserved is not None:
        last = max(last, min(reserved.until, now + LONGEST_RESERVATION))
    return last + MARGIN
