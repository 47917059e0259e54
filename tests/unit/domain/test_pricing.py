"""The price function as a whole: what it refuses, what it measures, and what must always hold."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.bills import Slice, SliceKind
from app.domain.errors import InvalidInput
from app.domain.money import Money, Price
from app.domain.pricing import price
from app.domain.tariffs import (
    Dimension,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    Tariff,
    TariffElement,
)
from app.domain.units import Kw, Kwh
from tests.support.priced import (
    MINUTE,
    START,
    ZONE,
    a_bill,
    a_component,
    a_tariff,
    energy_at,
    some_slices,
)

CHARGING, PARKING, RESERVATION = SliceKind.CHARGING, SliceKind.PARKING, SliceKind.RESERVATION
HOUR = (CHARGING, 60, "10")


def test_without_a_tariff_quantities_are_right_and_the_price_unknown() -> None:
    slices = some_slices((RESERVATION, 5, "0"), HOUR, (CHARGING, 10, "1"), (PARKING, 20, "0"))
    bill = price(slices, None, zone=ZONE, currency="SEK")
    assert not bill.is_priced
    assert bill.total == Price(Money(Decimal(0), "SEK"), None)
    assert (bill.energy, bill.charging_time) == (Kwh.of(11), 70 * MINUTE)
    assert (bill.parking_time, bill.reservation_time) == (20 * MINUTE, 5 * MINUTE)
    assert [each.kind for each in bill.periods] == [RESERVATION, CHARGING, PARKING]
    assert bill.energy_cost == bill.total


def test_a_session_without_slices_owes_nothing_even_under_a_min_price() -> None:
    tariff = a_tariff(min_price=PriceLimit(Decimal(1), Decimal("1.20")))
    bill = price((), tariff, zone=ZONE, currency="EUR")
    assert (bill.total, bill.tariff_id, bill.lines) == (Price.zero("EUR"), "T1", ())


def test_a_session_of_no_length_has_its_fee_and_one_period() -> None:
    tariff = a_tariff(TariffElement((a_component(Dimension.FLAT, "1.00"),)))
    bill = a_bill(tariff, (CHARGING, 0, "0"))
    assert bill.total.due == Money(Decimal("1.2"), "EUR")
    assert len(bill.periods) == 1


def test_a_limit_of_nothing_moves_nothing() -> None:
    tariff = a_tariff(energy_at("0"), min_price=PriceLimit(Decimal("0.50"), Decimal("0.60")))
    bill = a_bill(tariff)
    assert bill.total.gross == Money(Decimal("0.60"), "EUR")
    assert bill.limit_applied == "min_price"


def test_a_bill_is_in_the_currency_of_its_tariff() -> None:
    bill = price(some_slices(HOUR), a_tariff(currency="SEK"), zone=ZONE, currency="EUR")
    assert bill.currency == bill.total.net.currency == "SEK"


def test_slices_must_follow_each_other() -> None:
    one, other = some_slices(HOUR, HOUR)
    with pytest.raises(InvalidInput, match="overlaps"):
        price([other, one], None, zone=ZONE, currency="EUR")
    with pytest.raises(InvalidInput, match="ends before"):
        price([replace(one, end=START - MINUTE)], None, zone=ZONE, currency="EUR")


def test_an_unknown_zone_is_refused_only_where_the_clock_matters() -> None:
    slices = some_slices(HOUR)
    assert price(slices, a_tariff(), zone="Mars/Olympus", currency="EUR").lines
    tariff = a_tariff(energy_at("0.30", weekdays=frozenset({1})))
    with pytest.raises(InvalidInput, match="Mars/Olympus"):
        price(slices, tariff, zone="Mars/Olympus", currency="EUR")


def test_a_period_starts_where_a_component_changes_and_nowhere_else() -> None:
    """C-168."""
    tariff = a_tariff(energy_at("0.20", max_kwh=Kwh.of(5)), energy_at("0.40"))
    slices = [
        replace(each, power=Kw.of(power))
        for each, power in zip(
            some_slices(*[(CHARGING, 15, "2.5")] * 4), (9, 11, 10, 8), strict=True
        )
    ]
    bill = price(slices, tariff, zone=ZONE, currency="EUR")
    assert [each.start - START for each in bill.periods] == [timedelta(), 30 * MINUTE]
    assert [each.max_power for each in bill.periods] == [Kw.of(11), Kw.of(10)]


def test_a_stretch_without_time_and_energy_opens_no_period() -> None:
    """A vehicle that stops to draw and is unplugged within the same second."""
    bill = a_bill(a_tariff(), HOUR, (PARKING, 0, "0"))
    assert [each.kind for each in bill.periods] == [CHARGING]


def test_costs_by_kind_add_up_to_the_sum() -> None:
    every = tuple(a_component(each, "1.00") for each in Dimension)
    reserved = Restrictions(reservation=ReservationPhase.RESERVATION)
    tariff = a_tariff(TariffElement(every, reserved), TariffElement(every))
    bill = a_bill(tariff, (RESERVATION, 30, "0"), HOUR, (PARKING, 15, "0"))
    costs = (
        bill.fixed_cost,
        bill.energy_cost,
        bill.time_cost,
        bill.parking_cost,
        bill.reservation_cost,
    )
    nets = [cost.net.amount for cost in costs]
    assert nets == [Decimal(text) for text in ("1", "10", "1", "0.25", "1.5")]
    assert sum(nets) == bill.before_limits.net.amount == bill.total.net.amount


# ---- what must hold for every tariff and session

amounts = st.integers(0, 5000).map(lambda n: Decimal(n).scaleb(-4))
rates = st.sampled_from([None, Decimal(0), Decimal("5.5"), Decimal(19)])
times = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
windows = st.builds(
    Restrictions,
    start_time=st.none() | times,
    end_time=st.none() | times,
    weekdays=st.frozensets(st.integers(1, 7), max_size=3),
    min_kwh=st.none() | st.integers(1, 30).map(lambda n: Kwh(Decimal(n))),
    max_duration=st.none() | st.integers(1, 20).map(lambda n: n * 15 * MINUTE),
)


def components(step_sizes: st.SearchStrategy[int]) -> st.SearchStrategy[TariffElement]:
    """Elements with one to four different dimensions."""
    dimensions = st.lists(st.sampled_from(Dimension), min_size=1, max_size=4, unique=True)
    return st.builds(
        lambda kinds, values, vat, step, when: TariffElement(
            tuple(
                a_component(kind, str(value), vat, step)
                for kind, value in zip(kinds, values, strict=False)
            ),
            when,
        ),
        dimensions,
        st.lists(amounts, min_size=4, max_size=4),
        rates,
        step_sizes,
        st.just(Restrictions()) | windows,
    )


def tariffs(step_sizes: st.SearchStrategy[int]) -> st.SearchStrategy[Tariff]:
    """Tariffs of one to four elements."""
    return st.lists(components(step_sizes), min_size=1, max_size=4).map(
        lambda elements: a_tariff(*elements)
    )


STEPS = st.sampled_from([0, 1, 60, 300, 900])
starts = st.sampled_from(
    [
        datetime(2026, 3, 28, 20, 7, tzinfo=UTC),  # the clock goes forward in the night
        datetime(2026, 10, 24, 20, 7, tzinfo=UTC),  # the clock goes back
        datetime(2026, 6, 5, 21, 40, tzinfo=UTC),
    ]
)
parts = st.lists(
    st.tuples(
        st.sampled_from([CHARGING, PARKING]),
        st.integers(0, 40).map(lambda n: n * 16),
        st.integers(0, 40).map(lambda n: str(n * 16)),
    ),
    min_size=1,
    max_size=5,
)


@given(tariffs(STEPS), parts, starts)
def test_the_total_is_the_sum_of_the_lines(
    tariff: Tariff, kinds: list[tuple[SliceKind, int, str]], start: datetime
) -> None:
    bill = price(some_slices(*kinds, start=start), tariff, zone=ZONE, currency="EUR")
    assert bill.total.net.amount == sum(line.price.net.amount for line in bill.lines)
    if bill.total.taxes is not None:
        taxes = [line.price.taxes.amount for line in bill.lines if line.price.taxes is not None]
        assert len(taxes) == len(bill.lines)
        assert bill.total.taxes.amount == sum(taxes)
    assert all(line.billed >= line.measured for line in bill.lines)


def halves(slices: list[Slice]) -> list[Slice]:
    """The same session, told in twice as many slices; exact, since all is in sixteenths."""
    result = []
    for each in slices:
        middle = each.start + (each.end - each.start) / 4
        quarter = Kwh(each.energy.value / 4)
        result.append(replace(each, end=middle, energy=quarter))
        result.append(replace(each, start=middle, energy=each.energy - quarter))
    return result


@given(tariffs(STEPS), parts, starts)
def test_telling_a_session_in_more_slices_changes_nothing(
    tariff: Tariff, kinds: list[tuple[SliceKind, int, str]], start: datetime
) -> None:
    slices = some_slices(
        *((kind, minutes, kwh) for kind, minutes, kwh in kinds if minutes), start=start
    )
    whole = price(slices, tariff, zone=ZONE, currency="EUR")
    told = price(halves(slices), tariff, zone=ZONE, currency="EUR")
    grain = Decimal("1E-6")
    assert abs(whole.total.net.amount - told.total.net.amount) < grain
    assert (whole.energy, whole.charging_time) == (told.energy, told.charging_time)
    for one, other in zip(whole.lines, told.lines, strict=True):
        assert (one.dimension, one.element) == (other.dimension, other.element)
        assert abs(one.billed - other.billed) < grain


@given(tariffs(st.just(0)), st.integers(0, 4000), st.integers(0, 4000))
def test_more_energy_never_costs_less(tariff: Tariff, one: int, more: int) -> None:
    """Where no threshold makes what comes after it cheaper, and no step fills a cheaper price."""
    free = tuple(
        replace(each, restrictions=replace(each.restrictions, min_kwh=None, max_kwh=None))
        for each in tariff.elements
    )
    costs = [
        a_bill(replace(tariff, elements=free), (CHARGING, 90, str(Decimal(wh) / 1000)))
        for wh in (one, one + more)
    ]
    assert costs[0].energy_cost.net <= costs[1].energy_cost.net
    assert costs[0].total.net <= costs[1].total.net


@settings(max_examples=60)
@given(starts, times, times, st.integers(1, 900))
def test_a_window_is_open_for_as_long_as_the_wall_clock_says(
    start: datetime, opens: time, closes: time, minutes: int
) -> None:
    """I-52, §10.27.

    Minute by minute against the zone's own clock, through both changes of the year.
    """
    window = Restrictions(start_time=opens, end_time=closes)
    tariff = a_tariff(TariffElement((a_component(Dimension.TIME, "60", step_size=0),), window))
    bill = price(
        [Slice(start, start + minutes * MINUTE, CHARGING, Kwh.of(1))],
        tariff,
        zone=ZONE,
        currency="EUR",
    )
    zone = ZoneInfo(ZONE)
    walls = [(start + n * MINUTE).astimezone(zone).time() for n in range(minutes)]
    inside = [
        opens == closes
        or (opens <= wall < closes if opens < closes else not closes <= wall < opens)
        for wall in walls
    ]
    assert bill.total.net.amount == sum(inside)
