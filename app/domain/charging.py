"""The driver's session: quote → pay → start → plug → charge → stop → settle; late starts adopted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.money import Money
from app.domain.tariffs import Tariff
from app.domain.tokens import Token


class ChargingState(StrEnum):
    """Where a driver's session is; see `docs/charging.md` for the drawing."""

    QUOTED = "quoted"
    EXPIRED = "expired"
    PAYMENT_PENDING = "payment_pending"
    PAYMENT_DECLINED = "payment_declined"
    AUTHORIZED = "authorized"
    CANCELLED = "cancelled"
    START_REQUESTED = "start_requested"
    START_REJECTED = "start_rejected"
    START_UNCONFIRMED = "start_unconfirmed"
    START_TIMEOUT = "start_timeout"
    STARTING = "starting"
    AWAITING_PLUG = "awaiting_plug"
    ABANDONED = "abandoned"
    CHARGING = "charging"
    PAUSED_EV = "paused_ev"
    PAUSED_EVSE = "paused_evse"
    INTERRUPTED = "interrupted"
    STOPPING = "stopping"
    AWAITING_UNPLUG = "awaiting_unplug"
    SETTLING = "settling"
    COMPLETED = "completed"
    SETTLEMENT_FAILED = "settlement_failed"


@dataclass(frozen=True, slots=True)
class Charging:
    """One driver's (or guest's) wish to charge, from the quote to the receipt.

    `tariff` is what the quote promised and what the session will be billed by. `token` is the
    one-time token the session runs under (its uid is the command's id tag). `deadline` is when
    the state must be looked at again. `seq` counts every visible change and is the id of live
    events. A guest has no `driver_id`; `secret_hash` is the hash of what lets a guest back in.
    """

    id: str
    state: ChargingState
    state_since: datetime
    created_at: datetime
    valid_until: datetime
    cpo: PartyId
    location_id: str
    evse_uid: str
    connector_id: str
    zone: str
    currency: str
    tariff: Tariff
    hold: Money
    own: bool = True
    driver_id: str | None = None
    secret_hash: str | None = None
    email: str | None = None
    language: str = "en"
    station_id: str | None = None
    token: Token | None = None
    payment_id: str | None = None
    command_id: str | None = None
    stop_command_id: str | None = None
    session_id: str | None = None
    cdr_id: str | None = None
    total: Money | None = None
    reason: str | None = None
    deadline: datetime | None = None
    completed_at: datetime | None = None
    seq: int = 0
    version: int = 0
