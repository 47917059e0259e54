"""Drivers' wishes at our chargers: answered by the rules, and followed by profiles."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

import pytest

from app.domain.commands import Command, CommandKind
from app.domain.preferences import Preferences, PreferencesAnswer, ProfileType
from app.domain.profiles import ProfileSource
from app.domain.stations import Station
from app.domain.tariffs import Dimension, PriceComponent, Restrictions, TariffElement
from app.domain.units import Kw, Kwh
from app.store.transaction import Store
from app.use_cases.preferences import Wishes
from tests.support.clock import NOON, FakeClock
from tests.support.limiting import OPERATOR, Desk, a_desk
from tests.support.roaming_objects import CPO, a_location, a_session, a_tariff, an_evse

HOUR = timedelta(hours=1)
NIGHT = Restrictions(start_time=time(18), end_time=time(6))  # from 16:00 UTC on
BY_HOUR = a_tariff(
    elements=(
        TariffElement((PriceComponent(Dimension.ENERGY, Decimal("0.20")),), NIGHT),
        TariffElement((PriceComponent(Dimension.ENERGY, Decimal("0.50")),)),
    )
)
REGULAR, FAST = Preferences(ProfileType.REGULAR), Preferences(ProfileType.FAST)


def cheap(need: str, hours: int = 8) -> Preferences:
    return Preferences(ProfileType.CHEAP, NOON + hours * HOUR, Kwh.of(need))


@pytest.fixture
async def desk(store: Store, clock: FakeClock) -> Desk:
    """A session at a tariff with a cheap evening, at an EVSE that follows wishes."""
    made = await a_desk(store, clock, tariff=BY_HOUR, power=None)
    await _able(made, "CHARGING_PREFERENCES_CAPABLE", "CHARGING_PROFILE_CAPABLE")
    return made


async def _able(desk: Desk, *capabilities: str) -> None:
    async with desk.store.transaction() as tx:
        await tx.locations.put(a_location(evses=(an_evse("E1", capabilities=capabilities),)))


async def _follow(desk: Desk, wish: Preferences) -> PreferencesAnswer:
    answer = await Wishes(desk.store, desk.clock).follow("s-1", wish)
    await desk.carry()
    return answer


def _limited(desk: Desk) -> Command | None:
    limits = [c for c in desk.charger.told if c.kind is CommandKind.LIMIT]
    return limits[-1] if limits else None


async def test_cheap_charges_in_the_cheap_hours_only(desk: Desk) -> None:
    """40 kWh at 22.08 kW are two hours of the cheap evening; nothing is charged before."""
    assert await _follow(desk, cheap("40")) is PreferencesAnswer.ACCEPTED
    limit = _limited(desk)
    assert limit is not None
    assert limit.profile is not None
    profile = limit.profile
    assert (profile.start, profile.duration) == (NOON, 8 * HOUR)
    assert [(p.start / HOUR, p.limit) for p in profile.periods] == [
        (0, Decimal("0.0")),
        (4, Decimal("22080.0")),
    ]
    row = await desk.row()
    assert (row.source, row.preferences) == (ProfileSource.PREFERENCES, cheap("40"))
    assert row.watcher is None
    assert await desk.news() == []


async def test_what_is_needed_in_all_hours_needs_no_limit(desk: Desk) -> None:
    """100 kWh need more than the four cheap hours; and who left only these takes it all."""
    assert await _follow(desk, cheap("100")) is PreferencesAnswer.ACCEPTED
    assert _limited(desk) is None
    assert await _follow(desk, cheap("200")) is PreferencesAnswer.NOT_POSSIBLE
    assert (await desk.row()).preferences == cheap("100")


async def test_a_vehicle_that_takes_less_needs_longer(desk: Desk) -> None:
    """At the 5 kW that it takes now, 40 kWh fill all eight hours."""
    async with desk.store.transaction() as tx:
        session = await tx.sessions.need("s-1")
        await tx.sessions.put(replace(session, power=Kw.of(5)))
    assert await _follow(desk, cheap("40")) is PreferencesAnswer.ACCEPTED
    assert _limited(desk) is None
    assert await _follow(desk, cheap("41")) is PreferencesAnswer.NOT_POSSIBLE


@pytest.mark.parametrize("wish", [REGULAR, FAST])
async def test_another_wish_takes_the_limit_away(desk: Desk, wish: Preferences) -> None:
    await _follow(desk, cheap("40"))
    desk.asked()
    assert await _follow(desk, wish) is PreferencesAnswer.ACCEPTED
    assert desk.asked() == [CommandKind.UNLIMIT, CommandKind.SCHEDULE]
    row = await desk.row()
    assert (row.profile, row.preferences) == (None, wish)
    assert await _follow(desk, wish) is PreferencesAnswer.ACCEPTED
    assert desk.asked() == []


async def test_who_limits_the_session_by_name_goes_before_the_wish(desk: Desk) -> None:
    await desk.limit(OPERATOR)
    desk.asked()
    assert await _follow(desk, cheap("40")) is PreferencesAnswer.NOT_POSSIBLE
    assert await _follow(desk, FAST) is PreferencesAnswer.ACCEPTED
    assert desk.asked() == []
    assert (await desk.row()).source is ProfileSource.OPERATOR


async def test_where_a_wish_cannot_be_followed(desk: Desk) -> None:
    await _able(desk)
    assert await _follow(desk, REGULAR) is PreferencesAnswer.NOT_POSSIBLE
    await _able(desk, "CHARGING_PREFERENCES_CAPABLE")
    async with desk.store.transaction() as tx:
        await tx.stations.put(Station("ST-1", CPO, "hash"))
    assert await _follow(desk, cheap("40")) is PreferencesAnswer.NOT_POSSIBLE
    green = Preferences(ProfileType.GREEN)
    assert await _follow(desk, green) is PreferencesAnswer.PROFILE_TYPE_NOT_SUPPORTED
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session(stopped_at=NOON))
    assert await _follow(desk, REGULAR) is PreferencesAnswer.NOT_POSSIBLE
    assert (await desk.row()).preferences is None
