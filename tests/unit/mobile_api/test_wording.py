"""Every notice has its words in every language we promise."""

from string import Formatter

import pytest

from app.domain.charging import Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.money import Money
from app.domain.units import Kwh
from app.use_cases.notices import BY_MAIL
from mobile_api.wording import LANGUAGES, OWED, WHY, energy_text, money_text

FIELDS = {"place", "energy", "amount", "hold", "why"}


@pytest.mark.parametrize("language", ["en", "de", "nl"])
def test_all_notices_are_worded(language: str) -> None:
    texts = LANGUAGES[language]
    assert set(texts) == {kind for kind in NoticeKind if kind not in BY_MAIL} | {OWED}
    for title, body in texts.values():
        named = {name for _, name, _, _ in Formatter().parse(title + body) if name}
        assert named <= FIELDS
        assert title
        assert body


def test_languages_know_the_same_reasons() -> None:
    assert {frozenset(words) for words in WHY.values()} == {frozenset(WHY["en"])}
    assert all(reason in {*Reason, ""} for reason in WHY["en"])


def test_numbers_are_written_as_the_language_does() -> None:
    amount = Money.from_minor(938, "EUR")
    assert [money_text(amount, x) for x in ("en", "de", "nl")] == [
        "9.38 EUR",
        "9,38 EUR",
        "9,38 EUR",
    ]
    assert energy_text(Kwh.of("24.05"), "en") == "24.1"
    assert energy_text(Kwh.of("0"), "de") == "0,0"
