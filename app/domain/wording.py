"""Price lines in plain words: English here, other languages by what the edges say instead."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from app.domain.money import Money, minor_digits
from app.domain.price_lines import PriceKind, PriceLine
from app.domain.tariffs import Restrictions
from app.domain.units import Kwh, seconds

PATTERNS = {
    PriceKind.ENERGY: "{} per kWh",
    PriceKind.TIME: "{} per minute of charging",
    PriceKind.IDLE: "{} per minute idle",
    PriceKind.SESSION: "{} per session",
    PriceKind.RESERVATION_TIME: "{} per minute reserved",
    PriceKind.RESERVATION: "{} per reservation",
    PriceKind.EXPIRED_TIME: "{} per minute of an unused reservation",
    PriceKind.EXPIRED: "{} for an unused reservation",
    PriceKind.MINIMUM: "at least {} in total",
    PriceKind.MAXIMUM: "at most {} in total",
}
FREE = {
    PriceKind.ENERGY: "energy free",
    PriceKind.TIME: "charging time free",
    PriceKind.IDLE: "no idle fee",
    PriceKind.SESSION: "no session fee",
    PriceKind.RESERVATION_TIME: "reserved time free",
    PriceKind.RESERVATION: "no reservation fee",
    PriceKind.EXPIRED_TIME: "unused reserved time free",
    PriceKind.EXPIRED: "no fee for an unused reservation",
}
DASH = "\N{EN DASH}"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Say = Callable[[str], str]
"""Gives an English text or pattern in another language."""
# Unit prices are shown with at most this many decimals.
MOST_DECIMALS = 4


def words(line: PriceLine, say: Say = str) -> str:
    """The line in words, e.g. `0.20 EUR per minute idle, otherwise, after 15 min`."""
    price = say(FREE[line.kind]) if not line.amount and line.kind in FREE else None
    parts = [price or say(PATTERNS[line.kind]).format(_money(line.amount))]
    if line.otherwise:
        parts.append(say("otherwise"))
    parts += _conditions(line.when, say)
    if line.step > 1 and line.amount:
        parts.append(say("in steps of {}").format(_step(line)))
    if line.amount and not line.taxed:
        parts.append(say("taxes may be added"))
    return ", ".join(parts)


def _money(amount: Money) -> str:
    least = minor_digits(amount.currency)
    most = Decimal(1).scaleb(-max(least, MOST_DECIMALS))
    number = amount.amount.quantize(most, ROUND_HALF_UP).normalize()
    shortest = Decimal(1).scaleb(-least)
    if number == number.quantize(shortest):
        number = number.quantize(shortest)
    return f"{number:f} {amount.currency}"


def _step(line: PriceLine) -> str:
    if line.per_minute:
        return _minutes(timedelta(seconds=line.step))
    return f"{Kwh.from_wh(line.step)} kWh"


def _conditions(when: Restrictions, say: Say) -> Iterator[str]:
    """Everything that must hold, in the order in which people ask: when, then how much."""
    if when.weekdays:
        yield _weekdays(when.weekdays, say)
    clock = [each and f"{each:%H:%M}" for each in (when.start_time, when.end_time)]
    yield from _span(clock, CLOCK, say)
    yield from _span((when.start_date, when.end_date), DATES, say)
    yield from _span((when.min_kwh, when.max_kwh), AMOUNTS, say, " kWh")
    lengths = (when.min_duration, when.max_duration)
    yield from _span([None if each is None else _minutes(each) for each in lengths], AMOUNTS, say)
    yield from _span((when.min_power, when.max_power), BANDS, say, " kW")
    yield from _span((when.min_current, when.max_current), BANDS, say, " A")


# Only a lower bound, only an upper bound, both.
CLOCK = ("from {}", "until {}", f"{{}}{DASH}{{}}")
DATES = ("from {}", "before {}", "from {} to before {}")
AMOUNTS = ("after {}", "for the first {}", "from {} to {}")
BANDS = ("from {}", "below {}", "from {} to below {}")


def _span(
    bounds: Sequence[object], patterns: tuple[str, str, str], say: Say, unit: str = ""
) -> Iterator[str]:
    low, high = bounds
    if low is not None and high is not None:
        yield say(patterns[2]).format(low, f"{high}{unit}")
    elif low is not None:
        yield say(patterns[0]).format(f"{low}{unit}")
    elif high is not None:
        yield say(patterns[1]).format(f"{high}{unit}")


def _minutes(duration: timedelta) -> str:
    whole = seconds(duration)
    return f"{whole / 60:f} min" if whole % 60 == 0 else f"{whole:f} s"


def _weekdays(days: frozenset[int], say: Say) -> str:
    """First and last day for three or more in a row, else one by one."""
    ordered = sorted(days)
    first, last = ordered[0], ordered[-1]
    if len(ordered) > 2 and last - first == len(ordered) - 1:  # noqa: PLR2004 - two are "Sat, Sun"
        return f"{say(WEEKDAYS[first - 1])}{DASH}{say(WEEKDAYS[last - 1])}"
    return ", ".join(say(WEEKDAYS[day - 1]) for day in ordered)
