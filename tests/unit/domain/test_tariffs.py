"""Which tariff a session gets."""

from datetime import timedelta

from app.domain.tariffs import TariffType, choose
from tests.support.priced import START, a_tariff

REGULAR = a_tariff(id="regular", type=TariffType.REGULAR)
AD_HOC = a_tariff(id="ad hoc", type=TariffType.AD_HOC_PAYMENT)
ANYBODY = a_tariff(id="anybody")
EVERY = (ANYBODY, REGULAR, AD_HOC)


def test_the_wanted_type_goes_before_a_tariff_for_everybody() -> None:
    """I-57."""
    assert choose(EVERY, TariffType.AD_HOC_PAYMENT, START) is AD_HOC
    assert choose(EVERY, TariffType.PROFILE_GREEN, START) is ANYBODY
    assert choose((REGULAR, AD_HOC), TariffType.PROFILE_GREEN, START) is None


def test_a_tariff_is_not_used_before_its_start_nor_from_its_end_on() -> None:
    """C-173."""
    day = a_tariff(start=START, end=START + timedelta(days=1), type=TariffType.REGULAR)
    second = timedelta(seconds=1)
    assert day.is_valid_at(START)
    assert not day.is_valid_at(START - second)
    assert day.is_valid_at(START + timedelta(days=1) - second)
    assert not day.is_valid_at(START + timedelta(days=1))
    assert choose((day,), TariffType.REGULAR, START - second) is None
