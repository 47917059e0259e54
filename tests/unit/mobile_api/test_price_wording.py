"""Prices are told in five languages, in AFIR's order, without a gap."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from app.domain.money import Money
from app.domain.price_lines import PriceKind, PriceLine
from app.domain.tariffs import Restrictions
from app.domain.units import Kw
from app.domain.wording import AMOUNTS, BANDS, CLOCK, DASH, DATES, FREE, PATTERNS, WEEKDAYS
from mobile_api.price_wording import LANGUAGES, price_words

SAID = {
    *PATTERNS.values(), *FREE.values(), *CLOCK, *DATES, *AMOUNTS, *BANDS, *WEEKDAYS, "otherwise",
    "in steps of {}", "taxes may be added",
}  # fmt: skip
SAME = f"{{}}{DASH}{{}}"


@pytest.mark.parametrize("language", ["de", "fr", "nl", "es"])
def test_everything_that_is_said_is_said_in_every_language(language: str) -> None:
    texts = LANGUAGES[language]
    assert set(texts) | {SAME} == SAID | {SAME}
    assert all(text.count("{}") == said.count("{}") for text, said in texts.items())


IDLE = PriceLine(
    PriceKind.IDLE,
    Money(Decimal("0.20"), "EUR"),
    taxed=True,
    when=Restrictions(
        weekdays=frozenset({1, 2, 3, 4, 5}),
        start_time=time(8),
        end_time=time(20),
        min_duration=timedelta(hours=4),
    ),
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "0.20 EUR per minute idle, Mon~Fri, 08:00~20:00, after 240 min"),
        ("de", "0.20 EUR pro Minute Standzeit, Mo~Fr, 08:00~20:00, nach 240 min"),
        ("fr", "0.20 EUR par minute d'occupation, lun.~ven., 08:00~20:00, après 240 min"),
        ("nl", "0.20 EUR per minuut stilstaan, ma~vr, 08:00~20:00, na 240 min"),
        ("es", "0.20 EUR por minuto de ocupación, lun~vie, 08:00~20:00, después de 240 min"),
        ("xx", "0.20 EUR per minute idle, Mon~Fri, 08:00~20:00, after 240 min"),
    ],
)
def test_the_idle_rule_in_words(language: str, text: str) -> None:
    """Issue D1: "the tariff in AFIR order in plain words, … the idle rule"."""
    assert price_words(IDLE, language) == text.replace("~", DASH)


def test_dates_and_powers_in_words() -> None:
    when = Restrictions(start_date=date(2026, 1, 1), max_power=Kw(Decimal(50)))
    line = PriceLine(PriceKind.TIME, Money(Decimal(0), "EUR"), taxed=True, when=when)
    assert price_words(line, "de") == "Ladezeit kostenlos, ab 2026-01-01, unter 50 kW"
