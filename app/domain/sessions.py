"""The charger's session: open → progress → close, with gaps, resumption and orphans.

A session is PENDING while a cable is in and nobody has shown a token, ACTIVE from the
authorisation until the vehicle has left, COMPLETED when it can be billed and INVALID when it never
will be: the token was refused, nothing came of it, or its beginning is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

from app.domain.charger_costs import ChargerCost
from app.domain.excuses import Excuse
from app.domain.identifiers import PartyId
from app.domain.metering import Meter, MeterFlag, Reading, ReadingContext
from app.domain.money import Price
from app.domain.points import Point, extended, filled, is_late
from app.domain.session_signatures import with_bounds
from app.domain.signed_meters import SignedMeter
from app.domain.stations import Activity
from app.domain.tariffs import Dimension, Tariff
from app.domain.tokens import AuthMethod, Token, TokenRef
from app.domain.transaction_limits import TransactionLimit
from app.domain.units import NO_ENERGY, Kw, Kwh


class SessionStatus(StrEnum):
    """Source: OCPI 2.2.1, Sessions, SessionStatus enum."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"
    PENDING = "PENDING"
    RESERVATION = "RESERVATION"


class SessionFlag(StrEnum):
    """What a person should look at, besides `metering.MeterFlag`."""

    ORPHAN = "orphan"
    REFUSED = "refused"
    NO_TOKEN = "no_token"  # noqa: S105 - a word of ours
    NO_TARIFF = "no_tariff"
    NO_LOCATION = "no_location"
    INCOMPLETE = "incomplete"
    STALE = "stale"
    CORRECTED = "corrected"
    COST_DIFFERS = "cost_differs"


@dataclass(frozen=True, slots=True)
class Session:
    """A charging session at one connector, ours (`own`) or a partner's that our driver has there.

    `transaction` is the charger's name for it. `tariff` was locked at the start and `zone` is the
    location's IANA time zone. `register` is the last meter reading, `meter_start` the first and
    `meter_base` the one that stands for no energy. `timeline` is what the price is computed from.
    `seq_no` is the last number of the charger's messages and `missing` the ones not come yet,
    `heard_at` the time of the last message in the charger's words, `origin` what a retransmitted
    start is known by. `stopped_at` is when the transaction ended; the vehicle may stay until
    `ended_at`. `signed` holds the signed meter texts of its Start and End. `flags` are
    `SessionFlag` and `MeterFlag` values. `pushed_…` is what was last told to others. A partner's
    session keeps its `document` verbatim and the partner's own `total_cost`. `reserved_at` is when
    the reservation began that the session is for; without a timeline nobody has come yet, and
    `reservation_expired` tells that nobody will. `invoiced`: its payer gets an invoice from us.
    `excuses` are when idle time costs nothing. `limit` is what the charger was told to stop at,
    `charger_limit` what it says that it will stop at.
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
    meter_base: Kwh | None = None
    register: Kwh | None = None
    meter_low: Kwh | None = None
    energy: Kwh = NO_ENERGY
    power: Kw | None = None
    soc: Decimal | None = None
    activity: Activity = Activity.CONNECTED
    timeline: tuple[Point, ...] = ()
    seq_no: int = -1
    missing: frozenset[int] = frozenset()
    heard_at: datetime | None = None
    origin: str | None = None
    stopped_at: datetime | None = None
    stop_reason: str | None = None
    signed: tuple[SignedMeter, ...] = ()
    flags: frozenset[str] = frozenset()
    pushed_energy: Kwh = NO_ENERGY
    pushed_at: datetime | None = None
    pushed_activity: Activity | None = None
    total_cost: Price | None = None
    own: bool = True
    document: str | None = None
    version: str | None = None
    reserved_at: datetime | None = None
    reservation_expired: bool = False
    invoiced: bool = False
    charger_cost: ChargerCost | None = None
    limit: TransactionLimit | None = None
    charger_limit: TransactionLimit | None = None
    excuses: tuple[Excuse, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it can still change."""
        return self.status in (SessionStatus.ACTIVE, SessionStatus.PENDING)

    @property
    def meter(self) -> Meter:
        """The register so far."""
        flags = self.flags
        return Meter(
            self.meter_start,
            self.meter_base,
            self.register,
            self.energy,
            MeterFlag.ROLLBACK in flags,
            MeterFlag.ESTIMATED in flags,
            self.meter_low,
        )


TELL_EVERY = timedelta(seconds=60)
TELL_ENERGY = Decimal("0.5")
MOST_MISSING = 50
_METER_FLAGS = frozenset({MeterFlag.ROLLBACK.value, MeterFlag.ESTIMATED.value})


def open_session(blank: Session, readings: Sequence[Reading]) -> Session:
    """Begin: `blank` says who, where and when, the readings (oldest first) what the meter is."""
    first = Point(blank.started_at, NO_ENERGY, blank.activity)
    begun = replace(blank, timeline=(first,))
    if not readings:
        return begun
    return progress(begun, readings, at=begun.started_at, now=begun.last_updated)


def activate(session: Session, token: Token, *, at: datetime, now: datetime) -> Session:
    """A token was shown after the cable: the session begins here, with what the meter shows now.

    Source: OCPI 2.2.1, Sessions, Session object, `start_date_time`.
    """
    start = max(at, session.started_at)
    return replace(
        session,
        status=SessionStatus.ACTIVE,
        token=token.ref,
        started_at=start,
        last_updated=now,
        meter_start=session.register,
        meter_base=session.register,
        energy=NO_ENERGY,
        timeline=(Point(start, NO_ENERGY, session.activity),),
    )


def progress(
    session: Session,
    readings: Sequence[Reading] = (),
    *,
    activity: Activity | None = None,
    seq_no: int | None = None,
    at: datetime,
    now: datetime,
) -> Session:
    """The session after a message of the charger's time `at` with these readings, oldest first."""
    meter, timeline = session.meter, session.timeline
    doing = activity or session.activity
    power, soc = session.power, session.soc
    for reading in readings:
        if is_late(reading, meter, timeline):
            timeline = filled(timeline, reading, meter)
            continue
        before = meter.energy
        meter = _read(meter, reading, session, timeline)
        if activity is None and doing is Activity.CONNECTED and _flows(reading, before, meter):
            doing = Activity.CHARGING
        power = reading.power if reading.power is not None else power
        soc = reading.soc if reading.soc is not None else soc
        point = Point(reading.at, meter.energy, doing, reading.power, reading.current)
        timeline = extended(timeline, point)
    if doing is not timeline[-1].activity:
        timeline = extended(timeline, Point(at, meter.energy, doing, power))
    return _changed(
        session,
        last_updated=now,
        heard_at=_later(session.heard_at, at),
        meter_start=meter.start,
        meter_base=meter.base,
        meter_low=meter.low,
        register=meter.register,
        energy=meter.energy,
        power=power,
        soc=soc,
        activity=doing,
        timeline=timeline,
        seq_no=session.seq_no if seq_no is None else max(seq_no, session.seq_no),
        signed=with_bounds(session.signed, readings),
        flags=_flags(session.flags, meter),
    )


def stop(
    session: Session, readings: Sequence[Reading], *, at: datetime, reason: str, now: datetime
) -> Session:
    """The transaction ended: energy is final, the vehicle may still be there.

    The reading that ends it counts as meterStop; the others fill what was not heard before.
    """
    last = next((r for r in reversed(readings) if r.context is ReadingContext.END), None)
    if last is None:
        last = next((r for r in reversed(readings) if r.register is not None), None)
    others = [r for r in readings if r is not last]
    moved = progress(session, others, at=at, now=now) if others else session
    meter = moved.meter
    if last is not None and last.register is not None:
        meter = meter.stop(last.register)
    end = max(at, moved.started_at)
    known = tuple(
        p if p.energy.value <= meter.energy.value else replace(p, energy=meter.energy)
        for p in moved.timeline
        if p.at <= end
    )
    return replace(
        moved,
        last_updated=now,
        heard_at=_later(moved.heard_at, at),
        stopped_at=end,
        stop_reason=reason,
        meter_start=meter.start,
        meter_base=meter.base,
        register=meter.register,
        energy=meter.energy,
        power=None,
        activity=Activity.IDLE,
        timeline=(*known, Point(end, meter.energy, Activity.IDLE)),
        signed=with_bounds(moved.signed, () if last is None else (last,)),
        flags=_flags(moved.flags, meter),
    )


def close(session: Session, *, at: datetime, now: datetime) -> Session:
    """The vehicle left (or will not be waited for): nothing changes any more."""
    stopped = session.stopped_at or session.timeline[-1].at
    billable = session.status is SessionStatus.ACTIVE
    return replace(
        session,
        status=SessionStatus.COMPLETED if billable else SessionStatus.INVALID,
        stopped_at=stopped,
        ended_at=max(at, stopped),
        last_updated=now,
        power=None,
    )


def abandon(session: Session) -> Session:
    """Nothing more will be heard: stop at the last known meter value, for a person to see."""
    last = session.timeline[-1]
    return replace(
        session,
        stopped_at=session.stopped_at or last.at,
        stop_reason=session.stop_reason or "Other",
        flags=session.flags | {SessionFlag.STALE, MeterFlag.ESTIMATED},
    )


def progress_due(session: Session, now: datetime) -> bool:
    """Whether others should hear of it: 60 s or 0.5 kWh since they did, or another activity."""
    if session.pushed_at is None or session.activity is not session.pushed_activity:
        return True
    if now - session.pushed_at >= TELL_EVERY:
        return True
    return abs(session.energy.value - session.pushed_energy.value) >= TELL_ENERGY


def told(session: Session, now: datetime) -> Session:
    """The session, with the note that others are told of it as it is."""
    return replace(
        session,
        pushed_at=now,
        pushed_energy=session.energy,
        pushed_activity=session.activity,
    )


def is_repeated(session: Session, seq_no: int | None, at: datetime) -> bool:
    """Whether a message of this number was booked before.

    Some chargers count from 0 again after a reboot; their message is newer than all before.
    """
    if seq_no is None or seq_no > session.seq_no or seq_no in session.missing:
        return False
    return session.heard_at is None or at <= session.heard_at


def numbered(session: Session, seq_no: int | None) -> Session:
    """Keep account of the numbers that were skipped, and of those that came after all."""
    if seq_no is None:
        return session
    missing = session.missing
    if seq_no in missing:
        missing = missing - {seq_no}
    elif session.seq_no >= 0 and seq_no > session.seq_no + 1:
        missing |= set(range(session.seq_no + 1, min(seq_no, session.seq_no + MOST_MISSING)))
    if missing is session.missing:
        return session
    flags = session.flags - {SessionFlag.INCOMPLETE}
    if missing:
        flags |= {SessionFlag.INCOMPLETE}
    return replace(session, missing=missing, flags=flags)


def bills_parking(tariff: Tariff | None) -> bool:
    """Whether it costs something to stay plugged in after charging."""
    return tariff is not None and any(
        component.dimension is Dimension.PARKING_TIME and component.price
        for element in tariff.elements
        for component in element.components
    )


_NAMES = tuple(field.name for field in fields(Session))
_SLOTS = tuple(getattr(Session, name).__set__ for name in _NAMES)
_SLOT = dict(zip(_NAMES, _SLOTS, strict=True))
_values = attrgetter(*_NAMES)


def _changed(session: Session, **values: object) -> Session:
    """`dataclasses.replace` at less than half its cost: each meter value makes a session anew."""
    made: Session = object.__new__(Session)
    for put, value in zip(_SLOTS, _values(session), strict=True):
        put(made, value)
    for name, value in values.items():
        _SLOT[name](made, value)
    return made


def _read(meter: Meter, reading: Reading, session: Session, timeline: tuple[Point, ...]) -> Meter:
    if reading.register is not None:
        register, elapsed = reading.register, reading.at - session.started_at
        return meter.read(meter.in_kwh(register, elapsed) if reading.bare else register, elapsed)
    if reading.interval is not None:
        return meter.count(reading.interval)
    if reading.power is not None:
        return meter.integrate(reading.power, reading.at - timeline[-1].at)
    return meter


def _flows(reading: Reading, before: Kwh, meter: Meter) -> bool:
    return meter.energy.value > before.value or bool(reading.power and reading.power.value > 0)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one


def _flags(flags: frozenset[str], meter: Meter) -> frozenset[str]:
    now = {MeterFlag.ROLLBACK.value} if meter.rolled_back else set()
    if meter.integrated:
        now.add(MeterFlag.ESTIMATED.value)
    return flags if flags & _METER_FLAGS == now else (flags - _METER_FLAGS) | now
