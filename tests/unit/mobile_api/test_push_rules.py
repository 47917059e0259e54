"""The rules of product §1.6: opt-out, quiet hours, throttle, once each, guests, and crashes."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from app.domain.charging import ChargingState
from app.domain.charging_triggers import NoticeKind
from app.domain.driver_notices import DriverNoticeKind
from app.domain.drivers import SignIn
from app.domain.events import ChargingChanged, DriverNoticed
from app.domain.notice_rules import GAP, RULES, Channel
from app.domain.notification_preferences import Category, QuietHours
from app.ports.delivery import Done, Retry
from app.ports.push import PushResult
from app.use_cases.notice_parts import Leg
from app.use_cases.push_targets import Browser
from tests.support.clock import NOON
from tests.support.telling import Telling, a_device, of_session

K, D = NoticeKind, DriverNoticeKind
NIGHT = QuietHours(time(22), time(7), "Europe/Amsterdam")
LUNCH = QuietHours(time(13), time(15), "Europe/Amsterdam")
"""Covers the tests' noon, which is 14:00 there."""

GONE = PushResult(delivered=False, gone=True)


@pytest.mark.parametrize("category", Category)
async def test_a_category_can_be_switched_off(telling: Telling, category: Category) -> None:
    await telling.furnish()
    await telling.prefer(category)
    kinds = [k for k in K if k in RULES and Channel.PUSH in RULES[k].channels]
    await telling.note(*kinds)
    await telling.carry()
    off = {k for k in kinds if RULES[k].category is category}
    assert set(telling.push.kinds) == set(kinds) - off
    ledger = await telling.ledger()
    assert all(ledger[kind].sent_at for kind in kinds)


async def test_quiet_hours_keep_back_what_can_wait_until_they_end(telling: Telling) -> None:
    """Told when they end if it still matters; a moment's news does not, a receipt does."""
    await telling.furnish()
    await telling.prefer(quiet=LUNCH)
    await telling.note(K.FAULT, K.SOC80, K.RECEIPT_READY)
    await telling.carry()
    assert telling.push.kinds == [K.FAULT]
    ledger = await telling.ledger()
    assert ledger[K.SOC80].sent_at is not None
    assert ledger[K.RECEIPT_READY].due_at == NOON + timedelta(hours=1)
    assert await telling.phones.plan(ChargingChanged("c-1", "charging")) == []
    assert await telling.notices.tick() == 0
    await telling.clock.advance(3_600)
    assert await telling.notices.tick() == 1
    (due,) = await telling.emitted()
    assert due == DriverNoticed("d-1", "c-1")
    await telling.carry(due)
    assert telling.push.kinds == [K.FAULT, K.RECEIPT_READY]
    assert await telling.notices.tick() == 0
    assert telling.phones.late == 0


async def test_quiet_hours_of_a_person(telling: Telling) -> None:
    await telling.furnish()
    await telling.prefer(quiet=LUNCH)
    await telling.note_person(D.ISSUE_UPDATE, "i-1", place="Site", answer="Fixed")
    await telling.note_person(D.WAITLIST_TURN, "w-1")
    (first, _) = await telling.emitted()
    await telling.carry(first)
    assert telling.push.kinds == [D.WAITLIST_TURN]
    await telling.clock.advance(3_600)
    assert await telling.notices.tick() == 1
    await telling.carry((await telling.emitted())[-1])
    assert telling.push.kinds == [D.WAITLIST_TURN, D.ISSUE_UPDATE]


async def test_by_day_nothing_waits(telling: Telling) -> None:
    await telling.furnish()
    await telling.prefer(quiet=NIGHT)
    await telling.note(K.SOC80)
    await telling.carry()
    assert telling.push.kinds == [K.SOC80]


async def test_eight_hundred_events_in_a_minute(telling: Telling) -> None:
    """Product §3 case 21: at most one push per session and event, whatever may be told again."""
    await telling.furnish()
    for burst in range(20):
        telling.clock.set(NOON + timedelta(seconds=2.9 * burst))
        await telling.note(*[K.IDLE_RUNNING, K.SOC80] * 20, again=burst % 2 == 0)
        await telling.carry()
    assert sorted(telling.push.kinds) == [K.IDLE_RUNNING, K.SOC80]
    telling.clock.set(NOON + GAP)
    await telling.note(K.IDLE_RUNNING, again=True)
    await telling.carry()
    assert telling.push.kinds.count(K.IDLE_RUNNING) == 2


async def test_killed_between_sending_and_writing_it_down(telling: Telling) -> None:
    """Whoever comes after sends again under the same collapse key, so it is shown once."""
    await telling.furnish()
    await telling.note(K.STARTED, K.IDLE_WARNING)

    class Killed(BaseException):
        """As sudden as kill -9: nothing after it runs."""

    telled, crashes = telling.notices.told, [Killed(), None, Killed(), None]

    async def told(*what: object) -> None:
        crash = crashes.pop(0)
        if crash is not None:
            raise crash
        await telled(*what)  # type: ignore[arg-type]

    telling.notices.told = told  # type: ignore[method-assign,assignment]
    for _ in range(2):
        with pytest.raises(Killed):
            await telling.phones.send(of_session())
    assert await telling.phones.send(of_session()) == Done()
    assert await telling.phones.send(of_session()) == Done()
    sent = [(n.data["kind"], n.collapse) for _, n in telling.push.sent]
    started, warning = (K.STARTED, "session:c-1"), (K.IDLE_WARNING, "idle:c-1")
    assert sent == [started, started, warning, warning]
    assert crashes == []


async def test_killed_before_sending_loses_nothing(telling: Telling) -> None:
    await telling.furnish()
    await telling.note(K.STARTED)
    assert await telling.phones.plan(ChargingChanged("c-1", "charging"))
    assert await telling.phones.plan(ChargingChanged("c-1", "charging"))
    assert await telling.phones.send(of_session()) == Done()
    assert telling.push.kinds == [K.STARTED]


async def test_what_belongs_to_the_session_is_dropped_when_it_has_ended(
    telling: Telling,
) -> None:
    await telling.furnish(state=ChargingState.COMPLETED)
    kinds = [k for k in K if k in RULES and Channel.PUSH in RULES[k].channels]
    await telling.note(*kinds)
    await telling.carry()
    assert set(telling.push.kinds) == {k for k in kinds if RULES[k].lasting}


async def test_a_guest_s_browser_is_told_of_its_session(telling: Telling) -> None:
    """Product §1.3: pushes for guests go by Web Push; what was before is on the page."""
    charging = await telling.furnish(driver_id=None, language="es", email=None)
    await telling.note(K.STARTED)
    await telling.carry()
    await telling.browser(charging)
    await telling.carry()
    assert telling.push.sent == []
    await telling.note(K.FAULT)
    await telling.carry()
    ((where, told),) = telling.push.sent
    assert (where, told.title) == (
        "https://push.example/1",
        "Carga detenida: el cargador avisa de un fallo",
    )
    telling.push.answers[where] = GONE
    await telling.note(K.STOP_FAILED)
    await telling.carry()
    assert await telling.targets.browsers_of_session("c-1") == []


async def test_a_driver_is_told_on_phones_and_browsers_in_their_languages(
    telling: Telling,
) -> None:
    await telling.furnish(
        a_device("nl", language="nl"),
        a_device("none", language=None),
        a_device("sv", language="sv"),
    )
    browser = Browser("https://push.example/2", "key", "secret", "fr")
    await telling.targets.subscribe_driver("d-1", browser)
    await telling.note(K.FAULT)
    await telling.carry()
    assert [told.title.partition(":")[0].strip() for _, told in telling.push.sent] == [
        "Laden gestopt",
        "Laden abgebrochen",
        "Charging stopped",
        "Charge arrêtée",
    ]


async def test_a_browser_that_was_signed_out_is_told_nothing(telling: Telling) -> None:
    """Whoever uses the browser next is not who is meant."""
    await telling.furnish(a_device("one", push_target=None))
    browser = Browser("https://push.example/2", "key", "secret")
    family = SignIn("f-1", "d-1", "one", created_at=NOON, used_at=NOON)
    async with telling.store.transaction() as tx:
        await tx.drivers.sign_ins.add(family)
    await telling.targets.subscribe_driver("d-1", browser, family="f-1")
    await telling.note(K.FAULT)
    await telling.carry()
    async with telling.store.transaction() as tx:
        await tx.drivers.sign_ins.revoke("f-1", "signed_out", NOON)
    await telling.note(K.RECEIPT_READY)
    await telling.carry()
    await telling.note_person(D.ISSUE_UPDATE, "i-1")
    await telling.carry((await telling.emitted())[0])
    assert telling.push.kinds == [K.FAULT]


async def test_all_of_a_driver_s_targets_may_be_dead(telling: Telling) -> None:
    await telling.furnish()
    telling.push.answers["target-one"] = GONE
    await telling.note(K.FAULT, K.RECEIPT_READY)
    await telling.carry()
    assert telling.push.kinds == [K.FAULT]
    async with telling.store.reading() as tx:
        (device,) = await tx.drivers.devices.of_driver("d-1")
    assert device.push_target is None
    assert all(notice.sent_at for notice in (await telling.ledger()).values())


async def test_a_person_without_account_any_more(telling: Telling) -> None:
    assert await telling.carry(DriverNoticed("d-9")) == []
    await telling.furnish()
    assert await telling.phones.send(replace(of_session(), subject="c-9")) == Done()


async def test_what_came_too_late_is_counted(telling: Telling) -> None:
    """The catalogue's most delay is watched: `roamwatt_notices_late`."""
    await telling.furnish()
    await telling.note(K.STARTED)
    await telling.clock.advance(6)
    await telling.carry()
    assert telling.phones.late == 1


async def test_a_service_that_is_over_its_quota_is_left_alone(telling: Telling) -> None:
    await telling.furnish()
    telling.push.answers["target-one"] = PushResult(
        delivered=False, retry_after_s=42, reason="quota"
    )
    await telling.note_person(D.ISSUE_UPDATE, "i-1")
    (event,) = await telling.emitted()
    (outcome,) = await telling.carry(event)
    assert outcome == Retry("quota", timedelta(seconds=42))
    telling.push.answers.clear()
    assert await telling.carry(event) == [Done()]
    assert await telling.carry(event) == []


async def test_no_token_nor_code_is_in_what_is_told(telling: Telling) -> None:
    """Product §1.6: never put a token or QR code in a push body."""
    charging = await telling.furnish(secret_hash="hash-of-a-secret", email="guest@example.com")
    await telling.note(*[k for k in K if k in RULES])
    await telling.note_person(D.ACCOUNT_SECURITY, "family-1", what="new_device", device="Pixel")
    for event in [ChargingChanged("c-1", "x"), *await telling.emitted()]:
        await telling.carry(event)
    told = str(telling.push.sent) + str(list(telling.mailer.sent))
    for secret in ("hash-of-a-secret", 'target-one"', "family-1'}", charging.evse_uid + "/q/"):
        assert secret not in told
    assert any("Pixel" in n.body for _, n in telling.push.sent)
    assert all("family-1" not in str(n.data) for _, n in telling.push.sent)


def test_legs_are_ways_of_delivery() -> None:
    assert {of_session(leg=leg).kind for leg in Leg} == {"phone.session", "mail.session"}
