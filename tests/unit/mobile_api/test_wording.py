"""Every notice has its words in every language we promise, with the same facts in them."""

from string import Formatter

import pytest

from app.domain.charging import Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.driver_notices import FIELDS, DriverNotice, DriverNoticeKind, Security
from app.domain.money import Money
from app.domain.units import Kwh
from app.use_cases.notice_parts import BY_MAIL
from mobile_api.wording.phrases import Pair, Variant
from mobile_api.wording.texts import (
    LANGUAGES,
    LONGEST,
    energy_text,
    money_text,
    person_text,
    phrases_of,
)
from tests.support.clock import NOON

D = DriverNoticeKind
WITH_TEXT = {k for k in NoticeKind if k not in BY_MAIL} | (set(D) - {D.ACCOUNT_SECURITY})
FACTS = {"place", "energy", "power", "amount", "hold", "why", "fault", "from", "rate"}


def facts_in(pair: Pair) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse("".join(pair)) if name}


def test_the_promised_languages() -> None:
    """Issue D1: at least en, de, fr, nl, es."""
    assert set(LANGUAGES) == {"en", "de", "fr", "nl", "es"}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_all_is_worded(language: str) -> None:
    words, english = LANGUAGES[language], LANGUAGES["en"]
    assert set(words.texts) == WITH_TEXT | set(Variant)
    assert set(words.general) == set(FIELDS) - {D.ACCOUNT_SECURITY}
    assert set(words.security) == set(Security)
    assert set(words.why) == set(english.why) <= {*Reason, ""}
    assert set(words.faults) == set(english.faults)
    everything = [*words.texts.items(), *words.general.items(), *words.security.items()]
    assert all(text.strip() == text != "" for _, pair in everything for text in pair)
    for kind, pair in words.texts.items():
        assert facts_in(pair) == facts_in(english.texts[kind]), kind
        assert facts_in(pair) <= FIELDS.get(kind, FACTS), kind  # type: ignore[call-overload]
    assert not any(facts_in(pair) for pair in words.general.values())
    assert all(facts_in(pair) <= {"device"} for pair in words.security.values())
    assert words.footer


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_nothing_was_left_in_english(language: str) -> None:
    words, english = LANGUAGES[language], LANGUAGES["en"]
    same = {
        kind
        for kind, pair in words.texts.items()
        if pair == english.texts[kind] or pair[0] == english.texts[kind][0]
    }
    assert same == set()


def test_languages_by_region_and_unknown_ones() -> None:
    assert phrases_of("de-AT") is LANGUAGES["de"]
    assert phrases_of("sv") is LANGUAGES["en"]


def test_numbers_are_written_as_the_language_does() -> None:
    amount = Money.from_minor(938, "EUR")
    shown = {code: money_text(amount, words) for code, words in LANGUAGES.items()}
    assert shown.pop("en") == "9.38 EUR"
    assert set(shown.values()) == {"9,38 EUR"}
    assert energy_text(Kwh.of("24.05"), LANGUAGES["en"]) == "24.1"
    assert energy_text(Kwh.of("0"), LANGUAGES["de"]) == "0,0"


def a_notice(kind: DriverNoticeKind, **fields: str) -> DriverNotice:
    return DriverNotice("d-1", kind, "s-1", created_at=NOON, fields=fields)


def test_times_amounts_and_names_of_a_person_s_notice() -> None:
    soon = a_notice(D.RESERVATION_SOON, place="P" * 500, time="2026-06-01T14:35:00+02:00")
    told = person_text(soon, "fr")
    assert told.title == "Votre réservation se termine à 14:35"
    assert len(told.body) == LONGEST
    bill = a_notice(D.CDR_FINAL_DIFFERS, place="Site", before="9.38 EUR", after="9.40 EUR")
    assert "9,40 EUR statt 9,38 EUR" in person_text(bill, "de").body
    odd = a_notice(D.WAITLIST_TURN, place="Site", until="soon")
    assert "until soon" in person_text(odd, "en").body


@pytest.mark.parametrize("kind", sorted(set(D) - {D.ACCOUNT_SECURITY}))
def test_without_its_facts_a_kind_is_told_in_general(kind: DriverNoticeKind) -> None:
    pair = LANGUAGES["nl"].general[kind]
    told = person_text(a_notice(kind), "nl")
    assert (told.title, told.body) == pair


@pytest.mark.parametrize(
    ("what", "security"),
    [("new_device", Security.NEW_DEVICE), ("odd", Security.OTHER), ("", Security.OTHER)],
)
def test_what_happened_to_an_account(what: str, security: Security) -> None:
    told = person_text(a_notice(D.ACCOUNT_SECURITY, what=what, device="Pixel 9"), "es")
    assert told.title == LANGUAGES["es"].security[security][0]
    assert ("Pixel 9" in told.body) == (security is Security.NEW_DEVICE)
    assert person_text(a_notice(D.ACCOUNT_SECURITY, what=what, device=""), "es").body[0] != "."
