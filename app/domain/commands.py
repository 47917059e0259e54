"""Commands to chargers, whoever asks and whoever owns the charger: requested → sent → settled."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.tokens import Token


class CommandKind(StrEnum):
    """What is asked of a charger."""

    START = "start"
    STOP = "stop"
    UNLOCK = "unlock"
    RESET = "reset"
    TRIGGER = "trigger"


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

    UNKNOWN_SESSION is ours for a stop whose transaction the charger does not know.
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


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What the charger (or the partner it belongs to) answered."""

    result: CommandResult
    message: str | None = None
    transaction: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the charger will do it."""
        return self.result is CommandResult.ACCEPTED


@dataclass(frozen=True, slots=True)
class Command:
    """One wish for one charger.

    Start: `id_tag` (at most 16 characters, unique) and `remote_start` (positive 31-bit) are what
    the charger repeats, so its transaction is tied to this command; `token` is who pays.
    `callback_url` and `partner_id` are set when a partner asked. Deadlines and times are UTC.
    For an own charger `station_id` is set; for a partner's, `remote_party` is its CPO. `party` is
    the CPO in both cases. `detail` is `soft` or `hard` of a reset, the message of a trigger.
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
    session_id: str | None = None
    transaction: str | None = None
    charging_id: str | None = None
    partner_id: str | None = None
    callback_url: str | None = None
    correlation_id: str | None = None
    detail: str | None = None
    outcome: CommandOutcome | None = None
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    version: int = 0
