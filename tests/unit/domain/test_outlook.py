"""How a session will end: limits, hold, battery; what is told on the way; the power curve."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.charging import Charging
from app.domain.charging_triggers import NoticeKind
from app.domain.outlook import (
    Bound,
    battery_of,
    limit_reached,
    outlook,
    progress_news,
    progress_next,
)
from app.domain.points import Point
from app.domain.power_curve import CurvePoint, thinned
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.units import Kw, Kwh
from tests.support.chargings import CPO, a_charging, a_tariff
from tests.support.clock import NOON
from tests.support.money import eur

K = NoticeKind
MINUTE = timedelta(minutes=1)
NOW = NOON + 30 * MINUTE


def charged(kwh: str = "10", power: str | None = "20", **fields: Any) -> Session:
    """Half an hour after noon."""
    energy = Kwh(Decimal(kwh))
    session = Session(
        id="s-1",
        party=CPO,
        status=SessionStatus.ACTIVE,
        started_at=NOON,
        last_updated=NOW,
        currency="EUR",
        zone="Europe/Amsterdam",
        tariff=a_tariff(),
        energy=energy,
        power=None if power is None else Kw(Decimal(power)),
        activity=Activity.CHARGING,
        timeline=(
            Point(NOON, Kwh(Decimal(0)), Activity.CHARGING),
            Point(NOW, energy, Activity.CHARGING),
        ),
    )
    return replace(session, **fields)


def wanting(**limits: Any) -> Charging:
    return a_charging(**limits)


@pytest.mark.parametrize(
    ("limits", "session", "bound", "minutes"),
    [
        ({"target_energy": Kwh.of("15")}, {}, Bound.ENERGY, 15),
        ({"target_time": 40 * MINUTE}, {}, Bound.TIME, 10),
        ({"target_cost": eur("11.90")}, {}, Bound.COST, 30),
        ({}, {}, Bound.HOLD, 113),
        ({"battery": Kwh.of("60")}, {"soc": Decimal(70)}, Bound.BATTERY, 54),
        (
            {"target_soc": Decimal(80), "battery": Kwh.of("60")},
            {"soc": Decimal(70)},
            Bound.SOC,
            18,
        ),
        (
            {"battery": Kwh.of("60")},
            {"soc": Decimal(70), "power": "60"},
            Bound.BATTERY,
            30,
        ),
    ],
)
def test_what_comes_first_ends_it(
    limits: dict[str, Any], session: dict[str, Any], bound: Bound, minutes: int
) -> None:
    ahead = outlook(wanting(**limits), charged(**session), NOW)
    assert ahead is not None
    assert (ahead.bound, (ahead.ends_at - NOW) // MINUTE) == (bound, minutes)


def test_the_estimate_of_the_end_is_by_the_function_that_bills() -> None:
    ahead = outlook(wanting(target_energy=Kwh.of("15")), charged(), NOW)
    assert ahead is not None
    assert (ahead.energy, ahead.cost) == (Kwh.of("15"), eur("8.93"))


@pytest.mark.parametrize(
    "fields",
    [
        {"power": None},
        {"activity": Activity.SUSPENDED_EV},
        {"stopped_at": NOW},
        {"status": SessionStatus.COMPLETED},
    ],
)
def test_what_does_not_flow_has_no_end_in_sight(fields: dict[str, Any]) -> None:
    assert outlook(wanting(), charged(**fields), NOW) is None


def test_a_partners_price_is_not_guessed() -> None:
    """Product §1.4, C6: never interpolate money."""
    theirs = charged(own=False, total_cost=None)
    ahead = outlook(wanting(target_energy=Kwh.of("15")), theirs, NOW)
    assert ahead is not None
    assert ahead.cost is None
    assert outlook(wanting(), theirs, NOW) is None


def test_the_battery_is_read_off_the_charge() -> None:
    seen = a_charging(soc_first=Decimal(40), soc_energy=Kwh.of("1"))
    assert battery_of(seen, charged("10", soc=Decimal(55))) == Kwh.of("60")
    assert battery_of(seen, charged("2", soc=Decimal(42))) is None
    assert battery_of(a_charging(), charged(soc=Decimal(55))) is None


@pytest.mark.parametrize(
    ("limits", "session", "reached"),
    [
        ({"target_energy": Kwh.of("10")}, {}, True),
        ({"target_energy": Kwh.of("10.1")}, {}, False),
        ({"target_time": 30 * MINUTE}, {}, True),
        ({"target_time": 31 * MINUTE}, {}, False),
        ({"target_cost": eur("5.95")}, {}, True),
        ({"target_cost": eur("5.96")}, {}, False),
        ({"target_cost": eur("99")}, {"kwh": "48"}, True),
        ({"target_soc": Decimal(80)}, {"soc": Decimal(80)}, True),
        ({"target_soc": Decimal(80)}, {"soc": None}, False),
        ({}, {"kwh": "47.8"}, False),
        ({}, {"kwh": "48"}, True),
    ],
)
def test_limits_are_reached(
    limits: dict[str, Any], session: dict[str, Any], *, reached: bool
) -> None:
    """Limits by energy, time, cost and state of charge; above all the hold."""
    assert limit_reached(wanting(**limits), charged(**session), NOW) is reached


def test_what_is_told_on_the_way() -> None:
    """Product §1.6: soc80, limit_near, almost_done."""
    charging = a_charging(soc_first=Decimal(40), target_energy=Kwh.of("11"), battery=Kwh.of("60"))
    session = charged(soc=Decimal(80))
    ahead = outlook(charging, session, NOW)
    told = [kind for kind, _ in progress_news(charging, session, ahead, NOW)]
    assert told == [K.SOC80, K.LIMIT_NEAR, K.ALMOST_DONE]
    high = replace(charging, soc_first=Decimal(85), target_energy=None)
    assert progress_news(high, session, None, NOW) == []


def test_the_session_is_looked_at_when_something_will_be_due() -> None:
    charging = a_charging(target_time=60 * MINUTE)
    ahead = outlook(charging, charged(), NOW)
    assert progress_next(charging, charged(), ahead, NOW) == NOON + 50 * MINUTE
    assert progress_next(charging, charged(), None, NOW) == NOON + 60 * MINUTE
    assert progress_next(a_charging(), charged(), None, NOW) is None


def test_a_curve_is_thinned_and_keeps_its_peaks() -> None:
    flat = [
        CurvePoint(NOON + n * MINUTE, Kw(Decimal(50 if n == 777 else 11)), Kwh(Decimal(n)))
        for n in range(2_000)
    ]
    small = thinned(flat, 120)
    assert len(small) <= 120
    assert (small[0], small[-1]) == (flat[0], flat[-1])
    assert max(p.power.value for p in small if p.power is not None) == 50
    assert list(small) == sorted(small, key=lambda p: p.at)
    assert thinned(flat[:5]) == tuple(flat[:5])
    assert thinned(()) == ()
