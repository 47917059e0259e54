"""What a session's energy is by registers that count, step back, jump and restart."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.metering import Meter, Reading, ReadingContext, belonging
from app.domain.units import Kw, Kwh

MINUTE = timedelta(minutes=1)


def kwh(text: str) -> Kwh:
    return Kwh.of(text)


def after(*registers: str) -> Meter:
    """A meter that showed these values, a minute apart."""
    meter = Meter()
    for minute, register in enumerate(registers):
        meter = meter.read(kwh(register), minute * MINUTE)
    return meter


@pytest.mark.parametrize(
    ("registers", "energy", "rolled_back"),
    [
        ((), "0", False),
        (("1000",), "0", False),
        (("1000", "1000.5", "1001"), "1", False),
        (("1000", "1001", "1000.995"), "1", False),
        (("1000", "1010", "1009.95"), "10", False),
        (("1000", "1001", "991"), "1", True),
        (("1000", "1001", "991", "1001.5"), "1.5", True),
        (("1000", "0.2", "0.4"), "0.4", False),
        (("1000", "990"), "0", True),
        (("0", "0.1", "0.3"), "0.3", False),
        (("1000", "1001", "0.1", "0.6"), "1.5", True),
        (("1000", "1001", "0.1", "0.05", "0.15"), "1.1", True),
        (("1000", "1001", "0", "1001.5"), "1.5", True),
        (("1000", "1001", "991", "991.5", "992"), "2", True),
        (("1000", "0.2", "0.4", "1000.5"), "0.5", False),
        (("1000", "0.2", "0.4", "1000.3", "0.6"), "0.6", False),
    ],
    ids=[
        "nothing", "first", "rising", "10 Wh back", "1 % back", "10 kWh back", "glitch",
        "counts from the start of the session", "back at once", "from zero",
        "set back to zero", "set back after a glitch", "a glitch to zero", "set back a bit",
        "its life in between", "its life in between, behind",
    ],
)  # fmt: skip
def test_registers(registers: tuple[str, ...], energy: str, rolled_back: bool) -> None:  # noqa: FBT001
    """P-119: a jump backwards is flagged, not subtracted."""
    meter = after(*registers)
    assert (meter.energy, meter.rolled_back) == (kwh(energy), rolled_back)


@pytest.mark.parametrize(
    ("registers", "stop", "energy", "rolled_back"),
    [
        (("1000",), "1005", "5", False),
        (("1000", "1003"), "1005", "5", False),
        (("1000",), "999", "0", True),
        (("1000",), "999.999", "0", False),
        (("1000", "1003"), "999", "3", True),
        (("1000", "1003"), "1002", "2", True),
        (("1000", "0.2", "3"), "3.5", "3.5", False),
        (("1000", "0.2", "3"), "1003.5", "3.5", False),
        (("1", "0.2", "3"), "4.2", "3.2", False),
        (("1000", "0.2", "3"), "1", "3", True),
        ((), "7", "0", False),
        (("1000", "1001", "0.1", "0.6"), "0.8", "1.7", True),
        (("1000", "1001", "0.1"), "0.8", "1", True),
    ],
)
def test_the_last_value_counts(
    registers: tuple[str, ...],
    stop: str,
    energy: str,
    rolled_back: bool,  # noqa: FBT001
) -> None:
    """P-102, P-110, Q-28: meterStop less meterStart; below nothing it is 0, and flagged."""
    meter = after(*registers).stop(kwh(stop))
    assert (meter.energy, meter.rolled_back) == (kwh(energy), rolled_back)


def test_a_meter_that_was_set_back_twice() -> None:
    """P-119: nothing is subtracted, and nothing is counted that nobody saw."""
    meter = after("1000", "1002", "0", "1", "0.2", "0.7")
    assert (meter.energy, meter.rolled_back) == (kwh("3.5"), True)


@pytest.mark.parametrize(
    ("known", "bare", "read"),
    [
        ("12345.678", "12.345900", "12345.9"),
        ("12345.678", "12345.9", "12345.9"),
        ("12345.678", "12.3", "12.3"),
        ("12345.678", "99.9", "99.9"),
        (None, "12.3", "12.3"),
    ],
    ids=["kWh", "Wh", "less than before", "too much", "first"],
)
def test_a_missing_unit(known: str | None, bare: str, read: str) -> None:
    """P-114: it is Wh, but for a charger that counts kWh and does not say so."""
    meter = Meter() if known is None else after(known)
    assert meter.in_kwh(kwh(bare), MINUTE) == kwh(read)


def test_intervals_count_where_no_register_does() -> None:
    meter = after("1000").count(kwh("0.25")).count(kwh("0.25"))
    assert (meter.energy, meter.integrated) == (kwh("0.5"), True)
    assert meter.count(kwh("-1")) == meter
    known = meter.read(kwh("1000.6"), MINUTE)
    assert (known.energy, known.count(kwh("1"))) == (kwh("0.6"), known)


def test_power_counts_only_where_no_register_does() -> None:
    meter = after("1000").integrate(Kw.of(6), 10 * MINUTE)
    assert (meter.energy, meter.integrated) == (kwh("1"), True)
    assert meter.integrate(Kw.of(-6), MINUTE) == meter
    assert meter.integrate(Kw.of(6), -MINUTE) == meter
    known = meter.read(kwh("1000.9"), 20 * MINUTE)
    assert (known.energy, known.integrated) == (kwh("0.9"), False)
    assert known.integrate(Kw.of(6), MINUTE) == known
    stopped = meter.stop(kwh("1000.8"))
    assert (stopped.energy, stopped.integrated, stopped.rolled_back) == (kwh("0.8"), False, False)
    still = meter.read(kwh("1000"), 20 * MINUTE)
    assert (still.energy, still.integrated) == (kwh("1"), True)


def test_clock_aligned_values_are_the_chargers_own() -> None:
    """OCPP 1.6, Sample.Clock: not the session's, unless the message names it."""
    now = datetime(2026, 5, 4, tzinfo=UTC)
    late = Reading(now + MINUTE, kwh("2"))
    early = Reading(now, kwh("1"), context=ReadingContext.CLOCK)
    assert belonging((late, early), to_transaction=True) == (early, late)
    assert belonging((late, early), to_transaction=False) == (late,)
