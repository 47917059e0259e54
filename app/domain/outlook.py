"""How a session will end: what stops it first, when, with how much energy and at what price.

Read off the present power, the driver's limits, the hold, and what the battery seems to take. It
is an estimate for people; nothing is billed or stopped by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.bills import Slice, SliceKind
from app.domain.charging import Charging
from app.domain.charging_triggers import NoticeKind
from app.domain.idle import Told
from app.domain.money import Money
from app.domain.pricing import price
from app.domain.quotes import LONGEST, duration_of
from app.domain.sessions import Session
from app.domain.stations import Activity
from app.domain.timeline import slices
from app.domain.units import NO_ENERGY, Kw, Kwh, energy, plain

STOP_AT = Decimal("0.95")
"""The part of the hold at which charging is stopped, since the last minutes cost too."""

NEARLY_FULL = Decimal(80)
FULL = Decimal(100)
NEAR = Decimal("0.9")
FAST = Kw(Decimal(30))
"""From this power on cars charge much slower above 80 %."""

SLOWER = 2
SURE_AFTER = Decimal(3)
"""How many percent must have been seen to tell how big the battery is."""

SOON = timedelta(minutes=10)
SETTLED_AFTER = timedelta(minutes=2)
AN_HOUR = timedelta(hours=1)
LEAST_POWER = Kw(Decimal("0.1"))


class Bound(StrEnum):
    """What ends a session."""

    ENERGY = "energy"
    TIME = "time"
    COST = "cost"
    SOC = "soc"
    HOLD = "hold"
    BATTERY = "battery"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What ends the session, when, with how much energy and cost."""

    bound: Bound
    ends_at: datetime
    energy: Kwh
    cost: Money | None


def cost_so_far(charging: Charging, session: Session, now: datetime) -> Money:
    """What the session costs by now: by the quote's tariff, at a partner's what its CPO says."""
    if not session.own:
        told = session.total_cost
        return told.due if told is not None else Money.zero(charging.currency)
    until = max(now, session.started_at) if session.running else session.last_updated
    tariff = session.tariff or charging.tariff
    bill = price(slices(session, until), tariff, zone=session.zone, currency=charging.currency)
    return bill.total.due


def limit_reached(charging: Charging, session: Session, now: datetime) -> bool:
    """Whether a limit of the driver's, or nearly all of the hold, is used up."""
    energy_limit, soc_limit = charging.target_energy, charging.target_soc
    if energy_limit is not None and session.energy.value >= energy_limit.value:
        return True
    if soc_limit is not None and session.soc is not None and session.soc >= soc_limit:
        return True
    if charging.target_time is not None and now - session.started_at >= charging.target_time:
        return True
    money = money_limit(charging)
    if money is None:
        return False
    cost = cost_so_far(charging, session, now)
    return cost.currency == money.currency and not cost < money


def money_limit(charging: Charging) -> Money | None:
    """How much the session may cost: the driver's own limit, else nearly all of the hold."""
    wanted = charging.target_cost
    held = charging.hold * STOP_AT if charging.hold else None
    if wanted is None or held is None:
        return wanted or held
    return min(wanted, held)


def outlook(
    charging: Charging, session: Session, now: datetime, *, cost: Money | None = None
) -> Outlook | None:
    """How the session will end as things are; None while no energy flows, or nothing bounds it.

    It is reckoned from the last reading on, so that the end comes nearer while nothing is heard.
    `cost` is what the session costs by now, where that is known already.
    """
    power = session.power
    flows = session.running and session.stopped_at is None
    if not flows or power is None or power < LEAST_POWER:
        return None
    if session.activity in {Activity.SUSPENDED_EV, Activity.SUSPENDED_EVSE, Activity.IDLE}:
        return None
    read = min(session.last_updated, now)
    cost = cost_so_far(charging, session, read) if cost is None else cost
    bounds = [*_ends(charging, session, power, read)]
    bounds += _money_ends(charging, session, read, cost=cost, power=power)
    ends = sorted(bounds, key=lambda each: each[1])
    if not ends or ends[0][1] - now > 6 * LONGEST:
        return None
    bound, at = ends[0]
    at = max(at, now)
    more = energy(power, at - read)
    final = _cost(charging, session, read, at, more=more, power=power)
    return Outlook(bound, at, session.energy + more, final)


def _ends(
    charging: Charging, session: Session, power: Kw, now: datetime
) -> Iterator[tuple[Bound, datetime]]:
    """When each bound is reached at this power."""
    if charging.target_energy is not None:
        left = max(charging.target_energy.value - session.energy.value, Decimal(0))
        yield Bound.ENERGY, now + _lasts(Kwh(left), power)
    if charging.target_time is not None:
        yield Bound.TIME, max(session.started_at + charging.target_time, now)
    battery = battery_of(charging, session)
    if battery is not None and session.soc is not None:
        if charging.target_soc is not None:
            yield Bound.SOC, now + _until_soc(session.soc, charging.target_soc, battery, power)
        yield Bound.BATTERY, now + _until_soc(session.soc, FULL, battery, power)


def _lasts(amount: Kwh, power: Kw) -> timedelta:
    return duration_of(amount, power) if amount else timedelta()


def battery_of(charging: Charging, session: Session) -> Kwh | None:
    """What the battery holds: what the driver told of it, else what the charge has shown."""
    if charging.battery is not None:
        return charging.battery
    first, soc = charging.soc_first, session.soc
    if first is None or charging.soc_energy is None or soc is None or soc - first < SURE_AFTER:
        return None
    charged = session.energy.value - charging.soc_energy.value
    return Kwh(plain(charged * FULL / (soc - first))) if charged > 0 else None


def _until_soc(soc: Decimal, wanted: Decimal, battery: Kwh, power: Kw) -> timedelta:
    """Above 80 % a fast charge takes about twice as long."""
    if wanted <= soc:
        return timedelta()
    quick = max(min(wanted, NEARLY_FULL) - soc, Decimal(0))
    slow = max(wanted - max(soc, NEARLY_FULL), Decimal(0))
    if power >= FAST and soc < NEARLY_FULL:
        slow *= SLOWER
    return _lasts(Kwh(plain(battery.value * (quick + slow) / FULL)), power)


def _money_ends(
    charging: Charging, session: Session, now: datetime, *, cost: Money, power: Kw
) -> Iterator[tuple[Bound, datetime]]:
    """When the money is used up, by what the next hour would cost."""
    money = money_limit(charging)
    if money is None or not session.own:
        return
    bound = Bound.HOLD if charging.target_cost is None else Bound.COST
    then = _cost(charging, session, now, now + AN_HOUR, more=energy(power, AN_HOUR), power=power)
    if then is None or cost.currency != money.currency or not cost < then:
        return
    if not cost < money:
        yield bound, now
        return
    share = (money.amount - cost.amount) / (then.amount - cost.amount)
    if share < 6 * (LONGEST // AN_HOUR):
        yield bound, now + timedelta(seconds=int(share * 3600))


def _cost(
    charging: Charging, session: Session, now: datetime, at: datetime, *, more: Kwh, power: Kw
) -> Money | None:
    """What it would cost then; at a partner's charger nobody but the partner can tell."""
    if not session.own:
        return None
    parts = slices(session, now)
    ahead = Slice(parts[-1].end, max(at, parts[-1].end), SliceKind.CHARGING, more, power)
    tariff = session.tariff or charging.tariff
    bill = price((*parts, ahead), tariff, zone=session.zone, currency=charging.currency)
    return bill.total.due.payable() if bill.is_priced else None


def progress_news(
    charging: Charging, session: Session, ahead: Outlook | None, now: datetime
) -> list[Told]:
    """What is worth telling of the charge by now, each once a session."""
    told: list[Told] = []
    if session.soc is not None and session.soc >= NEARLY_FULL and _began_lower(charging):
        told.append((NoticeKind.SOC80, "soc80"))
    if _is_near(charging, session, now):
        told.append((NoticeKind.LIMIT_NEAR, "limit_near"))
    settled = now - session.started_at >= SETTLED_AFTER
    if ahead is not None and settled and ahead.ends_at - now <= SOON and ahead.ends_at > now:
        told.append((NoticeKind.ALMOST_DONE, "almost_done"))
    return told


def _began_lower(charging: Charging) -> bool:
    return charging.soc_first is not None and charging.soc_first < NEARLY_FULL


def _is_near(charging: Charging, session: Session, now: datetime) -> bool:
    """Whether nine tenths of a limit are used."""
    wanted = charging.target_energy
    if wanted is not None and session.energy.value >= wanted.value * NEAR:
        return True
    money = money_limit(charging)
    if money is None or session.energy == NO_ENERGY:
        return False
    cost = cost_so_far(charging, session, now)
    return cost.currency == money.currency and not cost < money * NEAR


def progress_next(
    charging: Charging, session: Session, ahead: Outlook | None, now: datetime
) -> datetime | None:
    """When the session must be looked at though its charger may say nothing until then."""
    moments = []
    if charging.target_time is not None and session.running:
        moments.append(session.started_at + charging.target_time)
    if ahead is not None:
        moments.append(ahead.ends_at - SOON)
    return min((moment for moment in moments if moment > now), default=None)
