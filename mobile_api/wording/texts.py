"""Facts put into words, in the language of who reads them, or in English if we do not speak it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from app.domain.charging import ChargingState
from app.domain.charging_triggers import NoticeKind
from app.domain.driver_notices import FIELDS, DriverNotice, DriverNoticeKind, Security
from app.domain.money import Money
from app.domain.units import NO_ENERGY, Kwh
from app.use_cases.notice_parts import SessionFacts
from mobile_api.wording.dutch import DUTCH
from mobile_api.wording.english import ENGLISH
from mobile_api.wording.french import FRENCH
from mobile_api.wording.german import GERMAN
from mobile_api.wording.phrases import Phrases, Variant
from mobile_api.wording.spanish import SPANISH

LANGUAGES: dict[str, Phrases] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "nl": DUTCH,
    "es": SPANISH,
}
LONGEST = 180
"""What callers fill in may be longer than a phone shows, or a push service takes."""

WITH_IDLE = {
    NoticeKind.COMPLETE: Variant.COMPLETE_FREE_UNTIL,
    NoticeKind.IDLE_WARNING: Variant.IDLE_FROM,
}

_TIMES = frozenset({"time", "until"})
_AMOUNTS = frozenset({"amount", "before", "after", "spent", "limit"})


@dataclass(frozen=True, slots=True)
class Text:
    """What a phone shows, or a mail says."""

    title: str
    body: str


def phrases_of(language: str) -> Phrases:
    """The words of a language, by its code with or without a region (`de`, `de-AT`)."""
    return LANGUAGES.get(language.partition("-")[0].lower(), ENGLISH)


def session_text(facts: SessionFacts, kind: NoticeKind, language: str) -> Text:
    """One thing to tell of a session."""
    words = phrases_of(language)
    charging, session = facts.charging, facts.session
    power = None if session is None else session.power
    stopped_by = "" if session is None else session.stop_reason or ""
    fields = {
        "place": _short(facts.place),
        "energy": energy_text(NO_ENERGY if session is None else session.energy, words),
        "power": "" if power is None else _number(_rounded(power.value, "1"), words),
        "amount": money_text(charging.total or charging.hold, words),
        "hold": money_text(charging.hold, words),
        "why": words.why.get(charging.reason or "", words.why[""]),
        "fault": words.faults.get(stopped_by, words.faults[""]),
        **_idle_fields(facts, words),
    }
    title, body = words.texts[_variant(facts, kind)]
    return Text(title.format_map(fields), body.format_map(fields))


def _idle_fields(facts: SessionFacts, words: Phrases) -> dict[str, str]:
    """From when idling costs, by the clocks there, and how much a minute."""
    idle = facts.idle
    if idle is None or idle.free_until is None or idle.per_minute is None:
        return {}
    begins = idle.free_until.astimezone(ZoneInfo(facts.charging.zone))
    return {"from": f"{begins:%H:%M}", "rate": money_text(idle.per_minute, words)}


def _variant(facts: SessionFacts, kind: NoticeKind) -> str:
    """The words that say the most of what is known."""
    session, idle = facts.session, facts.idle
    if kind in WITH_IDLE and idle is not None and idle.free_until is not None:
        return WITH_IDLE[kind]
    if kind is NoticeKind.PAYMENT_FAILED:
        owed = facts.charging.state is ChargingState.SETTLEMENT_FAILED
        if facts.charging.group_id is not None:
            return Variant.OWED_BY_GROUP if owed else Variant.BY_GROUP
        return Variant.OWED if owed else kind
    if kind is NoticeKind.STARTED and session is not None and session.power:
        return Variant.STARTED_AT if session.power.value >= 1 else kind
    return kind


def person_text(notice: DriverNotice, language: str) -> Text:
    """One thing to tell a person beyond their sessions."""
    words = phrases_of(language)
    fields = {name: _fact(name, text, words) for name, text in notice.fields.items()}
    if notice.kind is DriverNoticeKind.ACCOUNT_SECURITY:
        title, body = words.security[_security(notice)]
        fields["device"] = fields.get("device") or "–"
    elif all(fields.get(name) for name in FIELDS[notice.kind]):
        title, body = words.texts[notice.kind]
    else:
        title, body = words.general[notice.kind]
    return Text(title.format_map(fields), body.format_map(fields))


def _security(notice: DriverNotice) -> Security:
    what = notice.fields.get("what", "")
    return Security(what) if what in set(Security) else Security.OTHER


def _fact(name: str, text: str, words: Phrases) -> str:
    if name in _TIMES:
        return _clock(text)
    return _number(text, words) if name in _AMOUNTS else _short(text)


def _clock(text: str) -> str:
    """Hour and minute of an ISO time, as it says them; any other text as it is."""
    try:
        return f"{datetime.fromisoformat(text):%H:%M}"
    except ValueError:
        return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def energy_text(energy: Kwh, words: Phrases) -> str:
    """With one decimal."""
    return _number(_rounded(energy.value, "0.1"), words)


def money_text(money: Money, words: Phrases) -> str:
    """As it is paid."""
    return _number(str(money), words)


def _rounded(number: Decimal, step: str) -> str:
    return str(number.quantize(Decimal(step), ROUND_HALF_UP))


def _number(text: str, words: Phrases) -> str:
    return text.replace(".", ",") if words.comma else text
