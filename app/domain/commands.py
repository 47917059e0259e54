"""Commands to chargers, whoever asks and whoever owns the charger: requested → sent → settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from app.domain.profiles import ActiveProfile, ChargingProfile
from app.domain.tokens import Token

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_VIRTUAL_PREFIX = "RW"
_VIRTUAL_LENGTH = 16
_STEM_LENGTH = 9


class CommandKind(StrEnum):
    """What is asked of a charger.

    RESERVE keeps an EVSE free, or changes for how long, and UNRESERVE gives it back.
    LIMIT puts a charging profile on a session, UNLIMIT takes it away, SCHEDULE asks for what is
    in force. ASK is everything else (`domain.asks`).
    """

    START = "start"
    STOP = "stop"
    UNLOCK = "unlock"
    RESET = "reset"
    TRIGGER = "trigger"
    RESERVE = "reserve"
    UNRESERVE = "unreserve"
    LIMIT = "limit"
    UNLIMIT = "unlimit"
    SCHEDULE = "schedule"
    ASK = "ask"


class CommandChannel(StrEnum):
    """Where the wish came from; it decides who is told the outcome."""

    DRIVER = "driver"
    OPERATOR = "operator"
    PARTNER = "partner"
    SYSTEM = "system"


class CommandState(StrEnum):
    """REQUESTED → SENT → SETTLED; a SENT command is never sent again."""

    REQUESTED = "requested"
    SENT = "sent"
    SETTLED = "settled"


class CommandResult(StrEnum):
    """How a command ended. Source: OCPI 2.2.1, Commands, CommandResultType enum.

    UNKNOWN_SESSION is ours for a stop whose transaction the charger does not know, and
    UNKNOWN_PROFILE for a profile that was to be cleared and is not there.
    """

    ACCEPTED = "ACCEPTED"
    CANCELED_RESERVATION = "CANCELED_RESERVATION"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    EVSE_INOPERATIVE = "EVSE_INOPERATIVE"
    FAILED = "FAILED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    UNKNOWN_RESERVATION = "UNKNOWN_RESERVATION"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"
    UNKNOWN_PROFILE = "UNKNOWN_PROFILE"


@dataclass(frozen=True, slots=True)
class Packed:
    """One of several shapes as JSON text, with its name (see `store.documents`)."""

    shape: str
    document: str


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What the charger (or the partner it belongs to) answered; `schedule` to a SCHEDULE.

    To an ASK, `answer` is the payload of the CALLRESULT or CALLERROR as JSON text, and `news`
    what it means for us (`domain.station_news`), in order.
    """

    result: CommandResult
    message: str | None = None
    transaction: str | None = None
    schedule: ActiveProfile | None = None
    answer: str | None = None
    news: tuple[Packed, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the charger will do it."""
        return self.result is CommandResult.ACCEPTED


@dataclass(frozen=True, slots=True)
class Command:
    """One wish for one charger.

    Start: `id_tag` (at most 16 characters, unique) and `remote_start` (positive 31-bit) are what
    the charger repeats, so its transaction is tied to this command; `token` is who pays.
    `callback_url`, `partner_id` and `emsp` are set when a partner asked. Times are UTC.
    For an own charger `station_id` is set; for a partner's, `remote_party` is its CPO. `party` is
    the CPO in both cases. `detail` is `soft` or `hard` of a reset, the message of a trigger.
    A charging profile, of a LIMIT or brought by a START, has the number that the charger knows it
    by; `horizon` is how far ahead a schedule is asked for. `number` is what the charger knows a
    reservation by, `expires_at` until when it is asked for, and `tag` what it lets start: a start
    on a reservation shows this instead of an `id_tag` of its own. `invoiced`: the session's payer
    gets an invoice from us. `ask` is what an ASK asks (`domain.asks`), `asked_by` the API key of
    the operator who did.
    """

    id: str
    kind: CommandKind
    channel: CommandChannel
    state: CommandState
    created_at: datetime
    deadline: datetime
    station_id: str | None = None
    party: PartyId | None = None
    remote_party: PartyId | None = None
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None
    token: Token | None = None
    id_tag: str | None = None
    remote_start: int | None = None
    authorization_reference: str | None = None
    invoiced: bool = False
    session_id: str | None = None
    transaction: str | None = None
    charging_id: str | None = None
    partner_id: str | None = None
    emsp: PartyId | None = None
    callback_url: str | None = None
    correlation_id: str | None = None
    detail: str | None = None
    reservation_id: str | None = None
    number: int | None = None
    tag: str | None = None
    expires_at: datetime | None = None
    profile: ChargingProfile | None = None
    profile_number: int | None = None
    horizon: timedelta | None = None
    ask: Packed | None = None
    asked_by: str | None = None
    outcome: CommandOutcome | None = None
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    version: int = 0

    @property
    def shown_tag(self) -> str | None:
        """What the charger presents for this start."""
        return self.tag or self.id_tag


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a charger cannot start now: the OCPI result and a stable word for people's messages."""

    result: CommandResult
    reason: str


_OUT_OF_USE = {
    EvseStatus.OUTOFORDER: "faulted",
    EvseStatus.INOPERATIVE: "inoperative",
    EvseStatus.PLANNED: "inoperative",
    EvseStatus.REMOVED: "inoperative",
}


def start_obstacle(
    status: EvseStatus, *, connected: bool, busy: bool, reserved: bool = False, mine: bool = False
) -> Obstacle | None:
    """What keeps an own EVSE from starting, None when nothing does.

    A vehicle that is plugged in shows as CHARGING or BLOCKED before anything is started, so only
    `busy`, a session that runs there, makes an EVSE occupied. `reserved` is whether we know of a
    reservation there, whatever the charger shows, `mine` whether it is for who wants to start.
    """
    if status in _OUT_OF_USE:
        return Obstacle(CommandResult.EVSE_INOPERATIVE, _OUT_OF_USE[status])
    if not connected:
        return Obstacle(CommandResult.EVSE_INOPERATIVE, "offline")
    if (reserved or status is EvseStatus.RESERVED) and not mine:
        return Obstacle(CommandResult.EVSE_OCCUPIED, "reserved")
    if busy:
        return Obstacle(CommandResult.EVSE_OCCUPIED, "occupied")
    return None


def remote_start_obstacle(status: EvseStatus) -> Obstacle | None:
    """The same for a partner's EVSE, of which only what will not change soon is believed."""
    if status in _OUT_OF_USE:
        return Obstacle(CommandResult.EVSE_INOPERATIVE, _OUT_OF_USE[status])
    return None


def looks_plugged_in(status: EvseStatus) -> bool:
    """Whether a vehicle seems to be connected."""
    return status in {EvseStatus.CHARGING, EvseStatus.BLOCKED}


def virtual_tag(random: Random) -> str:
    """An id tag for one remote start: 16 characters, since some chargers overread longer ones."""
    made = random.choices(_BASE32, k=_VIRTUAL_LENGTH - len(_VIRTUAL_PREFIX))
    return _VIRTUAL_PREFIX + "".join(made)


def is_virtual(uid: str) -> bool:
    """Whether this has the form of the one-time id tag of a remote start."""
    return len(uid) == _VIRTUAL_LENGTH and uid.startswith(_VIRTUAL_PREFIX)


def contract_of_tag(party: PartyId, uid: str) -> str:
    """The contract of a one-time token: some versions of OCPI repeat it instead of the uid."""
    return f"{party}-C{uid[2:11]}"


def tag_stem(contract_id: str) -> str | None:
    """How the one-time tag of such a contract begins; None for other contracts."""
    stem = contract_id.upper().rpartition("-C")[2]
    return f"{_VIRTUAL_PREFIX}{stem}" if len(stem) == _STEM_LENGTH and stem.isalnum() else None


def remote_start_number(random: Random) -> int:
    """A positive number of 31 bits that a charger repeats in its transaction."""
    return random.randrange(1, 2**31)
