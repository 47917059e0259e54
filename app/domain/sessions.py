"""The charger's session: open → progress → close, with gaps, resumption and orphans."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.money import Price
from app.domain.stations import Activity
from app.domain.tariffs import Tariff
from app.domain.tokens import AuthMethod, TokenRef
from app.domain.units import NO_ENERGY, Ampere, Kw, Kwh


class SessionStatus(StrEnum):
    """Source: OCPI 2.2.1, Sessions, SessionStatus enum."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"
    PENDING = "PENDING"
    RESERVATION = "RESERVATION"


@dataclass(frozen=True, slots=True)
class Point:
    """What a session looked like at one moment; `energy` since its start.

    `activity`, `power` and `current` hold from this moment until the next point.
    """

    at: datetime
    energy: Kwh
    activity: Activity
    power: Kw | None = None
    current: Ampere | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A charging session at one connector, ours (`own`) or a partner's that our driver has there.

    `transaction` is the charger's name for it. `tariff` was locked at the start and `zone` is the
    location's IANA time zone. `register` is the last meter reading, `meter_start` the first.
    `timeline` is what the price is computed from. `flags` tell what needs a person's eye, e.g.
    `orphan`, `meter_rollback`, `estimated`. A partner's session keeps its `document` verbatim
    and the partner's own `total_cost`.
    """

    id: str
    party: PartyId
    status: SessionStatus
    started_at: datetime
    last_updated: datetime
    currency: str
    zone: str
    station_id: str | None = None
    transaction: str | None = None
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None
    token: TokenRef | None = None
    auth_method: AuthMethod = AuthMethod.WHITELIST
    authorization_reference: str | None = None
    command_id: str | None = None
    charging_id: str | None = None
    partner_id: str | None = None
    tariff: Tariff | None = None
    ended_at: datetime | None = None
    meter_start: Kwh | None = None
    register: Kwh | None = None
    energy: Kwh = NO_ENERGY
    power: Kw | None = None
    soc: Decimal | None = None
    activity: Activity = Activity.CONNECTED
    timeline: tuple[Point, ...] = ()
    seq_no: int = -1
    stop_reason: str | None = None
    flags: frozenset[str] = frozenset()
    pushed_energy: Kwh = NO_ENERGY
    pushed_at: datetime | None = None
    total_cost: Price | None = None
    own: bool = True
    document: str | None = None
    version: str | None = None
