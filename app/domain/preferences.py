"""What a driver wishes of smart charging, and what we make of it.

Decided: a wish never changes the price list, which was agreed on when the session began. So a
profile type is offered where the session's own tariff is one for it: a tariff without a type is
for every session, a typed one for its type. Then REGULAR and FAST put no limit on the session,
and CHEAP charges in the hours before the departure whose energy is the cheapest by the tariff, if
what is needed fits. GREEN is not offered: nobody tells us when the energy is green. Energy is not
taken back from vehicles, so `discharge_allowed` is kept and has no effect.
Source: OCPI 2.2.1, Sessions, ChargingPreferences object and ProfileType enum.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.bills import Slice, SliceKind
from app.domain.cuts import cut
from app.domain.plans import DIMENSIONS, Plan
from app.domain.tariffs import Dimension, Tariff, TariffType
from app.domain.units import Kw, Kwh, energy

LONGEST_STAY = timedelta(days=7)
"""Beyond it a departure is no plan to charge by."""

_ENERGY = DIMENSIONS[SliceKind.CHARGING].index(Dimension.ENERGY)


class ProfileType(StrEnum):
    """Source: OCPI 2.2.1, Sessions, ProfileType enum."""

    CHEAP = "CHEAP"
    FAST = "FAST"
    GREEN = "GREEN"
    REGULAR = "REGULAR"


class PreferencesAnswer(StrEnum):
    """Source: OCPI 2.2.1, Sessions, ChargingPreferencesResponse enum."""

    ACCEPTED = "ACCEPTED"
    DEPARTURE_REQUIRED = "DEPARTURE_REQUIRED"
    ENERGY_NEED_REQUIRED = "ENERGY_NEED_REQUIRED"
    NOT_POSSIBLE = "NOT_POSSIBLE"
    PROFILE_TYPE_NOT_SUPPORTED = "PROFILE_TYPE_NOT_SUPPORTED"


@dataclass(frozen=True, slots=True)
class Preferences:
    """A driver's wish; `departure` is UTC."""

    profile_type: ProfileType
    departure: datetime | None = None
    energy_need: Kwh | None = None
    discharge_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which charging is wanted."""

    start: datetime
    end: datetime


_PRICED_BY = {
    ProfileType.CHEAP: TariffType.PROFILE_CHEAP,
    ProfileType.FAST: TariffType.PROFILE_FAST,
    ProfileType.GREEN: TariffType.PROFILE_GREEN,
    ProfileType.REGULAR: TariffType.REGULAR,
}


def is_offered(wanted: ProfileType, tariff: Tariff | None) -> bool:
    """Whether a session at this tariff may be charged by such a profile."""
    if wanted is ProfileType.GREEN:
        return False
    if wanted is ProfileType.REGULAR:
        return True
    return tariff is not None and tariff.type in {None, _PRICED_BY[wanted]}


def refusal(wish: Preferences, tariff: Tariff | None, now: datetime) -> PreferencesAnswer | None:
    """Why a wish cannot be followed, whatever the charger; None when nothing speaks against it."""
    if not is_offered(wish.profile_type, tariff):
        return PreferencesAnswer.PROFILE_TYPE_NOT_SUPPORTED
    if wish.profile_type is not ProfileType.CHEAP:
        return None
    if wish.departure is None:
        return PreferencesAnswer.DEPARTURE_REQUIRED
    if wish.energy_need is None:
        return PreferencesAnswer.ENERGY_NEED_REQUIRED
    if not now < wish.departure <= now + LONGEST_STAY:
        return PreferencesAnswer.NOT_POSSIBLE
    return None


def cheapest(
    tariff: Tariff, need: Kwh, power: Kw, *, zone: str, start: datetime, end: datetime
) -> tuple[Stretch, ...] | None:
    """When to charge so that `need` is there at `end` for the least; None when it does not fit.

    `power` is what the vehicle takes. All hours of a price are taken if some of them are needed,
    so that a vehicle that takes less than it did is not left without.
    """
    if power.value <= 0 or energy(power, end - start).value < need.value:
        return None
    whole = Slice(start, end, SliceKind.CHARGING, need, power)
    plan = Plan.of(tariff)
    by_price: dict[Decimal, list[Stretch]] = {}
    for piece in cut([whole], plan.bounds, zone):
        rate = plan.active(piece)[_ENERGY]
        cost = rate.component.price if rate is not None else Decimal(0)
        by_price.setdefault(cost, []).append(Stretch(piece.start, piece.end))
    missing = need.value
    chosen: list[Stretch] = []
    for _, stretches in sorted(by_price.items()):
        chosen += stretches
        missing -= sum((energy(power, s.end - s.start).value for s in stretches), Decimal(0))
        if missing <= 0:
            return _joined(chosen)
    return None


def _joined(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda each: each.start):
        if found and found[-1].end >= stretch.start:
            found[-1] = Stretch(found[-1].start, max(found[-1].end, stretch.end))
        else:
            found.append(stretch)
    return tuple(found)
