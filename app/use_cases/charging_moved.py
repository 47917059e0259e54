"""What a charger's session tells of the driver's session, as it is now, in triggers.

Read anew each time, so that hearing of it twice, or of two things as one, changes nothing.
"""

from datetime import datetime

from app.domain.charging import Charging
from app.domain.charging_triggers import (
    Billed,
    EnergyEnded,
    LimitReached,
    Observed,
    SessionClosed,
    SessionMoved,
    SessionStarted,
    Trigger,
)
from app.domain.idle import idle_clock, idle_news, idle_next
from app.domain.money import Money
from app.domain.outlook import limit_reached, outlook, progress_news, progress_next
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.transaction_limits import STOPPED_BY_LIMIT
from app.store.sessions import session_key

FAULTS = frozenset(
    {"EmergencyStop", "PowerLoss", "PowerQuality", "GroundFault", "OvercurrentFault", "Reboot",
     "HardReset", "ImmediateReset", "DeAuthorized", "StoppedByEMS"}
)  # fmt: skip
"""Stop reasons of OCPP that nobody at the charger or in the app has chosen."""


def moved(charging: Charging, session: Session, now: datetime) -> list[Trigger]:
    """What the session's present state tells, in the order in which it must have happened."""
    if session.status is SessionStatus.PENDING:
        return []
    flows = _flows(session)
    activity = session.activity if flows else Activity.CONNECTED
    triggers: list[Trigger] = []
    if charging.session_id is None:
        triggers.append(SessionStarted(session_key(session), activity))
    if session.stop_reason in STOPPED_BY_LIMIT:
        triggers.append(LimitReached())
    if flows:
        triggers.append(SessionMoved(activity, session.energy.value > 0))
        triggers += passed(charging, session, now)
    elif session.running:
        triggers += [EnergyEnded(), *passed(charging, session, now)]
    else:
        triggers.append(SessionClosed(session.stop_reason in FAULTS))
        if session.status is SessionStatus.INVALID:
            triggers.append(Billed(Money.zero(charging.currency)))
    return triggers


def passed(charging: Charging, session: Session, now: datetime) -> list[Trigger]:
    """What time alone brings: a limit, idle time, the end that comes near."""
    if not session.running:
        return [Observed((), None, parked=False)]
    reached = _flows(session) and limit_reached(charging, session, now)
    observed = observed_of(charging, session, now)
    return [LimitReached(), observed] if reached else [observed]


def observed_of(charging: Charging, session: Session, now: datetime) -> Observed:
    """How far a running session is."""
    ahead = outlook(charging, session, now)
    tariff = session.tariff or charging.tariff
    clock = idle_clock(session, tariff, now=now, ends=ahead.ends_at if ahead else None)
    told = idle_news(clock)
    if _flows(session):
        told = [*progress_news(charging, session, ahead, now), *told]
    moments = [progress_next(charging, session, ahead, now), idle_next(clock)]
    return Observed(
        told=tuple(told),
        look_at=min((moment for moment in moments if moment is not None), default=None),
        parked=clock is not None and clock.since is not None,
        soc=session.soc,
        energy=session.energy,
    )


def _flows(session: Session) -> bool:
    return session.running and session.stopped_at is None
