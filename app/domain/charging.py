"""The driver's session: quote, pay, start, plug, charge, stop, settle; late starts adopted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.money import Money
from app.domain.tariffs import Tariff
from app.domain.tokens import Token
from app.domain.units import Kw, Kwh


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


BEFORE_PAYMENT = frozenset({ChargingState.QUOTED, ChargingState.PAYMENT_PENDING})
"""The charger has not been asked yet."""

PREPARING = frozenset(
    {
        ChargingState.START_REQUESTED,
        ChargingState.START_UNCONFIRMED,
        ChargingState.STARTING,
        ChargingState.AWAITING_PLUG,
    }
)
"""The charger was asked and no energy flows yet."""

RUNNING = frozenset(
    {
        ChargingState.CHARGING,
        ChargingState.PAUSED_EV,
        ChargingState.PAUSED_EVSE,
        ChargingState.INTERRUPTED,
    }
)
"""The charger has a transaction, and the driver may stop it."""

WATCHED = RUNNING | {ChargingState.STOPPING, ChargingState.AWAITING_UNPLUG}
"""The vehicle is there, and time alone may bring something worth telling."""

NOT_STARTED = frozenset(
    {
        ChargingState.START_REJECTED,
        ChargingState.START_TIMEOUT,
        ChargingState.ABANDONED,
        ChargingState.CANCELLED,
    }
)
"""Nothing was charged; a transaction that comes all the same is adopted or stopped."""

ENDED = NOT_STARTED | {
    ChargingState.EXPIRED,
    ChargingState.PAYMENT_DECLINED,
    ChargingState.COMPLETED,
    ChargingState.SETTLEMENT_FAILED,
}
"""Over for the driver."""


class Reason(StrEnum):
    """Why a session is not what the driver wanted; edges have the sentences."""

    CABLE_NOT_IN = "cable_not_in"
    CANCELLED = "cancelled"
    CHARGER_OFFLINE = "charger_offline"
    CHARGER_REFUSED = "charger_refused"
    FAULTED = "faulted"
    LIMIT_REACHED = "limit_reached"
    NO_ANSWER = "no_answer"
    OCCUPIED = "occupied"
    OWED = "owed"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_TIMEOUT = "payment_timeout"
    QUOTE_EXPIRED = "quote_expired"
    RESERVED = "reserved"
    STOPPED_BY_FAULT = "stopped_by_fault"
    STOP_REFUSED = "stop_refused"


class Begun(StrEnum):
    """How a session began: asked for by the app or page, by a card, or by the vehicle itself."""

    APP = "app"
    CARD = "card"
    AUTOCHARGE = "autocharge"


@dataclass(frozen=True, slots=True)
class Charging:
    """One driver's (or guest's) wish to charge, from the quote to the receipt.

    `tariff` is what the quote promised and what the session will be billed by. `token` is the
    one-time token the session runs under (its uid is the command's id tag). `deadline` is when
    the state must be looked at again. `seq` counts every visible change and is the id of live
    events. A guest has no `driver_id`; `secret_hash` is the hash of what lets a guest back in.
    `hold` is what is blocked on the card, and no session runs beyond it. `target_…` are the
    driver's own limits. `drawn` tells that energy has flowed. `look_at` is when time alone brings
    something to tell, `noted` the marks of what was told. `soc_first` is the first state of charge
    that was seen, at `soc_energy`; `battery` is what the vehicle's holds, if the driver said so,
    and `vehicle_power` the most it takes of this connector, which gives `connector_power`.
    `payer_id` is the driver who pays when it is another one, by the family or fleet of `group_id`.
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
    target_energy: Kwh | None = None
    target_time: timedelta | None = None
    target_cost: Money | None = None
    target_soc: Decimal | None = None
    battery: Kwh | None = None
    vehicle_power: Kw | None = None
    connector_power: Kw | None = None
    soc_first: Decimal | None = None
    soc_energy: Kwh | None = None
    look_at: datetime | None = None
    noted: frozenset[str] = frozenset()
    unlock_command_id: str | None = None
    estimate: Money | None = None
    started_at: datetime | None = None
    drawn: bool = False
    begun_by: Begun = Begun.APP
    payer_id: str | None = None
    group_id: str | None = None
    seq: int = 0
    version: int = 0

    @property
    def ended(self) -> bool:
        """Whether it is over for the driver."""
        return self.state in ENDED
