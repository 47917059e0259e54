"""Reservations: an EVSE kept free for one token, from the charger's yes until use, end or expiry.

requested ─┬─> active ─┬─> used       a session began on it
           │           ├─> cancelled  given back by who asked, or lost by the charger or operator
           │           └─> expired    nobody came
           ├─> refused                the charger said no, or nothing in time
           └─> cancelled, expired     before a partner's charger ever answered

Nothing leads out of the four ends. Source: OCPI 2.2.1, Commands, ReserveNow object.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.commands import CommandChannel
from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId, token_key
from app.domain.tokens import Token, TokenRef, TokenType

MAX_ID_TAG = 20
"""The longest tag every charger understands. Source: OCPP 1.6, 7.28 IdToken."""

LONGEST = timedelta(hours=24)
"""Nobody may keep others from an EVSE for longer than this."""

EXPIRY_GRACE = timedelta(seconds=5)
"""How long after its expiry a reservation may still be used: the charger's word takes its time."""


class ReservationState(StrEnum):
    """See the drawing above."""

    REQUESTED = "requested"
    ACTIVE = "active"
    USED = "used"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"


class EndReason(StrEnum):
    """Why a reservation is over, in stable words; a refusal may also carry a command's result."""

    GIVEN_BACK = "given_back"
    BY_OPERATOR = "by_operator"
    LOST = "lost"
    OUT_OF_USE = "out_of_use"
    EXPIRED = "expired"
    UNSEEN = "unseen"
    NO_ANSWER = "no_answer"
    USED = "used"


class Loss(StrEnum):
    """What a charger says of a reservation it does not keep any more.

    Source: OCPP 2.0.1, ReservationUpdateStatusEnumType; NO_TRANSACTION is OCPP 2.1's.
    """

    EXPIRED = "Expired"
    REMOVED = "Removed"
    NO_TRANSACTION = "NoTransaction"


OPEN = frozenset({ReservationState.REQUESTED, ReservationState.ACTIVE})
"""The states in which the charger may be keeping the EVSE free."""

OURS = frozenset({EndReason.BY_OPERATOR, EndReason.LOST, EndReason.OUT_OF_USE, EndReason.EXPIRED,
                  EndReason.UNSEEN})  # fmt: skip
"""The ends that who asked has to be told of. Source: OCPI 2.2.1, CANCELED_RESERVATION."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """One EVSE kept for one token until `expires_at` (UTC).

    `party` is the CPO. `name` is what the asker calls it (an eMSP's `reservation_id`), `number`
    what the charger knows it by: unique for the charger, or for the partner's CPO, `scope`.
    `tag` is what the charger will let start. `station_id` is set for an own charger,
    `remote_party` for a partner's. `active_at` is when the charger agreed, `session_id` the
    session it stands in, `command_id` the RESERVE it is by and `start_id` the last start on it.
    `callback_url` is the asking partner's `response_url`.
    """

    id: str
    state: ReservationState
    name: str
    number: int
    party: PartyId
    location_id: str
    token: Token
    tag: str
    channel: CommandChannel
    created_at: datetime
    expires_at: datetime
    last_updated: datetime
    evse_uid: str | None = None
    connector_id: str | None = None
    station_id: str | None = None
    remote_party: PartyId | None = None
    driver_id: str | None = None
    partner_id: str | None = None
    callback_url: str | None = None
    correlation_id: str | None = None
    authorization_reference: str | None = None
    command_id: str | None = None
    start_id: str | None = None
    active_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    session_id: str | None = None
    version: int = 0

    @property
    def open(self) -> bool:
        """Whether the charger may be keeping the EVSE free."""
        return self.state in OPEN

    @property
    def own(self) -> bool:
        """Whether it is at a charger of ours."""
        return self.remote_party is None

    @property
    def scope(self) -> str:
        """Within what `number` is unique."""
        return scope_of(self.station_id, self.remote_party)

    def is_for(self, token: Token | TokenRef) -> bool:
        """Whether this token may start: the reserving one, or another of its group or driver.

        Source: OCPP 1.6, 5.13 Reserve Now, `parentIdTag`.
        """
        mine = self.token
        if token.party != mine.party:
            return False
        if token_key(token.uid) == token_key(mine.uid):
            return True
        if isinstance(token, TokenRef):
            return False
        same_group = mine.group_id is not None and token.group_id == mine.group_id
        return same_group or (self.driver_id is not None and token.driver_id == self.driver_id)

    def is_due(self, now: datetime) -> bool:
        """Whether it is over by the clock; a start that is under way still counts."""
        return self.open and self.expires_at + EXPIRY_GRACE <= now


@dataclass(frozen=True, slots=True)
class Terms:
    """What a RESERVE_NOW asks for; an update replaces them once the charger agrees."""

    expires_at: datetime
    number: int
    token: Token
    tag: str
    evse_uid: str | None
    connector_id: str | None
    station_id: str | None
    callback_url: str | None
    correlation_id: str | None
    command_id: str


def scope_of(station_id: str | None, remote_party: PartyId | None) -> str:
    """Within what a reservation's number is unique: a charger, or all of a partner's CPO."""
    if remote_party is not None:
        return f"party:{remote_party}"
    return f"station:{(station_id or '').casefold()}"


def check_expiry(expires_at: datetime, now: datetime) -> None:
    """Raise InvalidInput unless the expiry is ahead, and not farther than a day."""
    if expires_at <= now:
        raise InvalidInput("expiry_date", "has passed")
    if expires_at - now > LONGEST:
        raise InvalidInput("expiry_date", "is more than 24 hours ahead")


def fitting_tag(token: Token, spare: str) -> str:
    """What a charger lets start: the card itself where it fits, else a made-up tag, `spare`.

    Only a card is ever held to a reader; for all else the start comes from afar.
    """
    fits = token.type is TokenType.RFID and len(token.uid) <= MAX_ID_TAG
    return token.uid if fits else spare


def agreed(reservation: Reservation, terms: Terms, *, now: datetime) -> Reservation:
    """The charger said yes: to the reservation, or to the new terms of one it had (C-206)."""
    if not reservation.open:
        return reservation
    return replace(
        reservation,
        state=ReservationState.ACTIVE,
        expires_at=terms.expires_at,
        number=terms.number,
        token=terms.token,
        tag=terms.tag,
        evse_uid=terms.evse_uid,
        connector_id=terms.connector_id,
        station_id=terms.station_id,
        callback_url=terms.callback_url,
        correlation_id=terms.correlation_id,
        command_id=terms.command_id,
        active_at=reservation.active_at or now,
        last_updated=now,
    )


def refused(reservation: Reservation, reason: str, *, now: datetime) -> Reservation:
    """The charger said no; a reservation it had agreed to before stays as it is."""
    if reservation.state is not ReservationState.REQUESTED:
        return reservation
    return _over(reservation, ReservationState.REFUSED, reason, now)


def used(reservation: Reservation, session_id: str, *, now: datetime) -> Reservation:
    """A session began on it."""
    if not reservation.open:
        return reservation
    over = _over(reservation, ReservationState.USED, EndReason.USED, now)
    return replace(over, session_id=session_id, active_at=reservation.active_at or now)


def cancelled(reservation: Reservation, reason: EndReason, *, now: datetime) -> Reservation:
    """Given back, or lost."""
    if not reservation.open:
        return reservation
    return _over(reservation, ReservationState.CANCELLED, reason, now)


def expired(
    reservation: Reservation, *, now: datetime, reason: EndReason = EndReason.EXPIRED
) -> Reservation:
    """Nobody came in time; it ended when it was to end, however late that is noticed."""
    if not reservation.open:
        return reservation
    over = _over(reservation, ReservationState.EXPIRED, reason, now)
    return replace(over, ended_at=min(now, reservation.expires_at))


def _over(
    reservation: Reservation, state: ReservationState, reason: str, now: datetime
) -> Reservation:
    return replace(reservation, state=state, reason=str(reason), ended_at=now, last_updated=now)
