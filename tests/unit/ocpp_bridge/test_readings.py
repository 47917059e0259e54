"""Numbers and units of meter samples (spec/ocpp.md 2.5)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain.metering import ReadingContext
from app.domain.units import Kwh
from ocpp_bridge.readings import Moment, Samples, read_number, scaled
from ocpp_bridge.vocabulary import ENERGY

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        ("12.50", "12.50"),
        (" 7 ", "7"),
        ("'3.5'", "3.5"),
        ("1,5", "1.5"),
        ("-4", "-4"),
    ],
)
def test_numbers(text: str, number: str) -> None:
    """Q-27: blanks and quotes around them."""
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "nan", "NaN", "inf", "null", "1e12", "-1e400", "12 Wh", "0x1F"]
)
def test_no_numbers(text: str) -> None:
    assert read_number(text) is None


def test_multipliers() -> None:
    assert scaled(Decimal("1.25"), 3) == 1250
    assert scaled(Decimal(5), -3) == Decimal("0.005")
    assert scaled(Decimal(5), 99) is None
    assert scaled(Decimal(5), 12) is None


@pytest.mark.parametrize("unit", ["Wh", "wh", "WH", " Wh", ""])
def test_p114_p115_units_of_energy(unit: str) -> None:
    """P-114, P-115."""
    samples = Samples(ReadingContext.PERIODIC)
    samples.add(ENERGY, Decimal(1500), unit=unit)
    reading = samples.reading(AT)
    assert reading is not None
    assert reading.register == Kwh(Decimal("1.5"))


def test_phases_are_summed_unless_there_is_a_total() -> None:
    samples = Samples(ReadingContext.PERIODIC)
    for phase in ("L1", "L2", "L3-N"):
        samples.add(ENERGY, Decimal(1), unit="kWh", phase=phase)
    summed = samples.reading(AT)
    assert summed is not None
    assert summed.register == Kwh(Decimal(3))
    samples.add(ENERGY, Decimal(5), unit="kWh")
    total = samples.reading(AT)
    assert total is not None
    assert total.register == Kwh(Decimal(5))


def test_an_unknown_context_is_other() -> None:
    moment = Moment()
    moment.of("Sample.Sometimes").add(ENERGY, Decimal(1), unit="kWh")
    assert [r.context for r in moment.readings(AT)] == [ReadingContext.OTHER]
