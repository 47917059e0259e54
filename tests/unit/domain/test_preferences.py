"""What drivers may wish, and in which hours the cheap energy is taken."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from app.domain.preferences import (
    Preferences,
    PreferencesAnswer,
    ProfileType,
    Stretch,
    cheapest,
    is_offered,
    refusal,
)
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    Restrictions,
    Tariff,
    TariffElement,
    TariffType,
)
from app.domain.units import Kw, Kwh
from tests.support.clock import NOON
from tests.support.roaming_objects import a_tariff

HOUR = timedelta(hours=1)
ZONE = "Europe/Berlin"  # two hours ahead of UTC at NOON


ALWAYS = Restrictions()


def priced(price: str, restrictions: Restrictions = ALWAYS) -> TariffElement:
    return TariffElement((PriceComponent(Dimension.ENERGY, Decimal(price)),), restrictions)


NIGHT = Restrictions(start_time=time(22), end_time=time(6))
EVENING = Restrictions(start_time=time(18), end_time=time(22))
BY_HOUR: Tariff = a_tariff(
    elements=(priced("0.20", NIGHT), priced("0.30", EVENING), priced("0.50"))
)


def at(hour: int) -> datetime:
    """Local wall time of NOON's day, beyond 24 of the next."""
    return NOON + HOUR * (hour - 14)


def chosen(need: str, power: str = "10", *, end: int = 31) -> list[tuple[int, int]] | None:
    """The local hours in which charging is wanted, from 14 o'clock on."""
    found = cheapest(BY_HOUR, Kwh.of(need), Kw.of(power), zone=ZONE, start=at(14), end=at(end))
    if found is None:
        return None
    return [(int((s.start - at(0)) / HOUR), int((s.end - at(0)) / HOUR)) for s in found]


def test_the_cheapest_hours_that_are_enough() -> None:
    """Whole stretches of a price, so that a slower vehicle gets its energy too."""
    assert chosen("80") == [(22, 30)]
    assert chosen("5") == [(22, 30)]
    assert chosen("81") == [(18, 30)]
    assert chosen("120") == [(18, 30)]
    assert chosen("121") == [(14, 31)]
    assert chosen("170") == [(14, 31)]
    assert chosen("170.0001") is None
    assert chosen("10", end=17) == [(14, 17)]
    assert chosen("10", "0") is None
    assert chosen("1E+30") is None
    assert chosen("-1") == [(22, 30)]


def test_energy_without_a_price_is_the_cheapest() -> None:
    free_at_night = replace(
        BY_HOUR,
        elements=(
            priced("0.50", Restrictions(start_time=time(6), end_time=time(22))),
            TariffElement((PriceComponent(Dimension.FLAT, Decimal(1)),)),
        ),
    )
    found = cheapest(free_at_night, Kwh.of(10), Kw.of(10), zone=ZONE, start=at(14), end=at(31))
    assert found == (Stretch(at(22), at(30)),)


@pytest.mark.parametrize(
    ("wanted", "kind", "offered"),
    [
        (ProfileType.REGULAR, TariffType.REGULAR, True),
        (ProfileType.REGULAR, TariffType.AD_HOC_PAYMENT, True),
        (ProfileType.CHEAP, None, True),
        (ProfileType.CHEAP, TariffType.PROFILE_CHEAP, True),
        (ProfileType.CHEAP, TariffType.REGULAR, False),
        (ProfileType.FAST, TariffType.PROFILE_FAST, True),
        (ProfileType.FAST, TariffType.PROFILE_CHEAP, False),
        (ProfileType.GREEN, TariffType.PROFILE_GREEN, False),
    ],
)
def test_a_profile_type_needs_its_tariff(
    wanted: ProfileType, kind: TariffType | None, *, offered: bool
) -> None:
    assert is_offered(wanted, a_tariff(type=kind)) is offered


def test_without_a_tariff_only_regular_is_offered() -> None:
    assert is_offered(ProfileType.REGULAR, None)
    assert not is_offered(ProfileType.CHEAP, None)


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        (Preferences(ProfileType.FAST), None),
        (Preferences(ProfileType.GREEN), PreferencesAnswer.PROFILE_TYPE_NOT_SUPPORTED),
        (Preferences(ProfileType.CHEAP), PreferencesAnswer.DEPARTURE_REQUIRED),
        (Preferences(ProfileType.CHEAP, NOON), PreferencesAnswer.ENERGY_NEED_REQUIRED),
        (Preferences(ProfileType.CHEAP, NOON, Kwh.of(1)), PreferencesAnswer.NOT_POSSIBLE),
        (
            Preferences(ProfileType.CHEAP, NOON + 169 * HOUR, Kwh.of(1)),
            PreferencesAnswer.NOT_POSSIBLE,
        ),
        (Preferences(ProfileType.CHEAP, NOON + HOUR, Kwh.of(1)), None),
    ],
)
def test_what_a_wish_lacks(wish: Preferences, answer: PreferencesAnswer | None) -> None:
    assert refusal(wish, BY_HOUR, NOON) is answer
