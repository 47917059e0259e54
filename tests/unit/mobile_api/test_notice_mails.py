"""Mails of notices: who gets which, in their language, once."""

import pytest

from app.domain.charging import ChargingState
from app.domain.charging_triggers import NoticeKind
from app.domain.driver_notices import DriverNoticeKind
from app.domain.errors import InvalidInput, ProviderUnavailable
from app.domain.notice_rules import OF_RECEIPTS, RULES, Channel
from app.domain.notification_preferences import Category
from app.ports.delivery import Done, Retry
from app.ports.mail import Mail
from app.use_cases.notice_parts import Leg
from mobile_api.wording.texts import LANGUAGES
from tests.support.telling import Telling, of_session

K, D = NoticeKind, DriverNoticeKind
GUEST = {"driver_id": None, "email": "guest@example.com", "state": ChargingState.CHARGING}
ALL = [kind for kind in K if kind in RULES]


class Refusing:
    """A mail server that says this."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, _: Mail) -> None:
        raise self.error


@pytest.mark.parametrize("language", sorted(LANGUAGES))
async def test_what_guests_are_mailed(telling: Telling, language: str) -> None:
    """Product §1.3 and §1.6: idle warning, hold released, payment failed, complete."""
    await telling.furnish(**GUEST, language=language)
    await telling.note(*ALL)
    await telling.carry()
    words = LANGUAGES[language]
    mails = list(telling.mailer.sent)
    assert {mail.subject for mail in mails} >= {
        words.texts[kind][0]
        for kind in (K.IDLE_WARNING, K.HOLD_RELEASED, K.PAYMENT_FAILED, K.COMPLETE)
    }
    assert len(mails) == 5, "and a payment that must be confirmed"
    for mail in mails:
        assert mail.to == "guest@example.com"
        assert mail.text.endswith(f"\n\n-- \nRoamwatt\n{words.footer}\n")
        assert len(mail.text) < 600
    before = len(mails)
    assert await telling.carry() == []
    assert len(telling.mailer.sent) == before


async def test_what_drivers_are_mailed(telling: Telling) -> None:
    await telling.furnish(state=ChargingState.CHARGING)
    await telling.note(*ALL)
    await telling.carry()
    mailed = {mail.key.partition(":c-1")[0] for mail in telling.mailer.sent}
    wanted = {k for k in ALL if Channel.MAIL in RULES[k].channels} - OF_RECEIPTS
    assert mailed == wanted == {K.PAYMENT_FAILED, K.ACTION_REQUIRED}
    assert {mail.to for mail in telling.mailer.sent} == {"driver@example.com"}


async def test_a_final_bill_that_differs_is_mailed_only(telling: Telling) -> None:
    await telling.furnish()
    facts = {"place": "Raststätte", "before": "9.38 EUR", "after": "9.40 EUR"}
    await telling.note_person(D.CDR_FINAL_DIFFERS, "c-1", **facts)
    await telling.note_person(D.ACCOUNT_SECURITY, "f-1", what="new_device", device="Pixel")
    await telling.note_person(D.GROUP_LIMIT, "g-1", group="Us", spent="8 EUR", limit="10 EUR")
    await telling.carry((await telling.emitted())[0])
    assert telling.push.kinds == [D.ACCOUNT_SECURITY, D.GROUP_LIMIT]
    bill, warning = sorted(telling.mailer.sent, key=lambda mail: mail.subject, reverse=True)[:2]
    subjects = {mail.subject for mail in telling.mailer.sent}
    assert subjects == {"Ihr endgültiger Beleg weicht ab", "Neue Anmeldung in Ihrem Konto"}
    assert "9,40 EUR" in bill.text + warning.text


async def test_what_was_switched_off_is_not_mailed(telling: Telling) -> None:
    await telling.furnish()
    await telling.prefer(*Category)
    await telling.note(K.PAYMENT_FAILED, K.ACTION_REQUIRED)
    await telling.carry()
    assert len(telling.mailer.sent) == 2, "money cannot be switched off"


async def test_a_guest_without_an_address(telling: Telling) -> None:
    await telling.furnish(**(GUEST | {"email": None}))
    await telling.note(K.HOLD_RELEASED)
    await telling.carry()
    assert not telling.mailer.sent
    assert (await telling.ledger())[K.HOLD_RELEASED].mailed_at is not None


async def test_a_mail_server_in_trouble_holds_up_no_phone(telling: Telling) -> None:
    await telling.furnish()
    await telling.note(K.PAYMENT_FAILED)
    telling.mails._mailer = Refusing(ProviderUnavailable("down"))
    outcomes = await telling.carry()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Done", "Retry"]
    assert telling.push.kinds == [K.PAYMENT_FAILED]
    telling.mails._mailer = telling.mailer
    assert await telling.carry() == [Done()]
    assert (len(telling.mailer.sent), telling.push.kinds) == (1, [K.PAYMENT_FAILED])


async def test_an_address_that_nobody_takes_is_given_up(telling: Telling) -> None:
    await telling.furnish(**GUEST)
    await telling.note(K.HOLD_RELEASED)
    telling.mails._mailer = Refusing(InvalidInput("to", "nobody"))
    assert await telling.mails.send(of_session("c-1", Leg.MAIL)) == Done()
    assert (await telling.ledger())[K.HOLD_RELEASED].mailed_at is not None
    assert not isinstance(await telling.mails.send(of_session("c-1", Leg.MAIL)), Retry)
