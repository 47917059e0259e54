"""Live activities: changes at once, numbers once a minute, begun once, ended once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.domain.charging import Charging, ChargingState
from app.domain.drivers import PushKind
from app.domain.events import ChargingChanged, DomainEvent, SessionProgressed, StationConnected
from app.domain.units import Kw, Kwh
from app.ports.delivery import Delivery, Done, Mode, Outcome, Retry
from app.ports.push import ActivityEvent, PushResult
from app.use_cases.push_targets import AppTarget
from tests.support.clock import NOON
from tests.support.roaming_objects import a_session
from tests.support.telling import Telling, a_device

S, E = ChargingState, ActivityEvent
THE_DELIVERY = Delivery("activity:c-1", "c-1", Mode.LATEST, "activity.show")
CHANGED = ChargingChanged("c-1", "charging")
PROGRESSED = SessionProgressed("s-1", "c-1")
APP = AppTarget("activity-1", "install-1", PushKind.FID)


async def begin(telling: Telling, **changes: Any) -> Charging:
    """A session that charges, shown on one lock screen."""
    charging = await telling.furnish(
        **{"state": S.CHARGING, "session_id": "s-1", "driver_id": None, **changes}
    )
    session = a_session("s-1", energy=Kwh.of("1.52"), power=Kw(Decimal("48.04")), soc=Decimal(40))
    async with telling.store.transaction() as tx:
        await tx.sessions.put(session)
    await telling.targets.show(charging, "phone-1", APP)
    return charging


async def become(telling: Telling, state: ChargingState) -> None:
    async with telling.store.transaction() as tx:
        charging = await tx.charging.need("c-1")
        await tx.charging.save(replace(charging, state=state))


async def carry(telling: Telling, event: DomainEvent = CHANGED) -> list[Outcome]:
    telling.activities.look_again()
    planned = await telling.activities.plan(event)
    return [await telling.activities.send(each) for each in planned]


def shown(telling: Telling) -> list[tuple[str, bool, str | int | None]]:
    return [(u.event.value, u.changed, u.state["state"]) for _, u in telling.push.shown]


async def test_a_change_is_told_at_once_and_numbers_once_a_minute(telling: Telling) -> None:
    """Driver §B1: priority 10 on state change only, 5 for ticks every 60 s, stale in 15 min."""
    await begin(telling)
    await carry(telling)
    for _ in range(12):
        await telling.clock.advance(10)
        await carry(telling, PROGRESSED)
    await become(telling, S.PAUSED_EV)
    await carry(telling)
    assert shown(telling) == [
        ("update", True, "charging"),
        ("update", False, "charging"),
        ("update", False, "charging"),
        ("update", True, "paused_ev"),
    ]
    where, first = telling.push.shown[0]
    assert (where, first.token) == ("fid:install-1", "activity-1")
    assert first.stale_at - first.at == timedelta(minutes=15)
    assert first.state | {"cost": None} == {
        "state": "charging",
        "energy_kwh": "1.5",
        "power_kw": "48.0",
        "soc": 40,
        "cost": None,
        "currency": "EUR",
    }


async def test_the_end_is_told_once(telling: Telling) -> None:
    charging = await begin(telling)
    await become(telling, S.COMPLETED)
    assert await carry(telling) == [Done()]
    assert await carry(telling) == []
    ((_, end),) = telling.push.shown
    assert (end.event, end.changed) == (E.END, True)
    assert end.dismiss_at == NOON + timedelta(minutes=15)
    assert await telling.targets.activities(charging.id) == []


async def test_an_activity_that_was_dismissed_is_forgotten(telling: Telling) -> None:
    charging = await begin(telling)
    telling.push.answers["activity-1"] = PushResult(delivered=False, gone=True)
    assert await carry(telling) == [Done()]
    assert await telling.targets.activities(charging.id) == []


async def test_what_cannot_be_told_now_is_told_later(telling: Telling) -> None:
    await begin(telling)
    telling.push.answers["activity-1"] = PushResult(
        delivered=False, retry_after_s=9, reason="quota"
    )
    assert await carry(telling) == [Retry("quota", timedelta(seconds=9))]
    telling.push.answers["activity-1"] = PushResult(delivered=False, reason="refused")
    assert await carry(telling) == [Done()]
    telling.push.answers.clear()
    assert await carry(telling) == [Done()]
    assert [changed for _, changed, _ in shown(telling)] == [True, True, True]


async def test_one_is_begun_on_a_device_that_can(telling: Telling) -> None:
    """iOS 17.2, push-to-start: asked once; the app answers with the activity's own token."""
    iphone = a_device("iphone-1", platform="ios", activity_token="begin-1", language="fr")
    deaf = a_device("iphone-2", activity_token="begin-2", push_target=None)
    charging = await telling.furnish(iphone, deaf, a_device("android"), state=S.CHARGING)
    await carry(telling)
    await carry(telling)
    ((where, start),) = telling.push.shown
    assert (where, start.token, start.event) == ("target-iphone-1", "begin-1", E.START)
    assert (start.title, start.body) == ("La charge a commencé", "L1")
    assert start.attributes == {"session_id": "c-1", "place": "L1"}
    await telling.targets.show(charging, "iphone-1", APP)
    await telling.clock.advance(30)
    await become(telling, S.PAUSED_EV)
    await carry(telling)
    assert [(u.event, u.token) for _, u in telling.push.shown[1:]] == [(E.UPDATE, "activity-1")]


async def test_none_is_begun_before_the_charger_starts_nor_after_the_end(
    telling: Telling,
) -> None:
    iphone = a_device("iphone-1", activity_token="begin-1")
    await telling.furnish(iphone, state=S.START_REQUESTED)
    await carry(telling)
    await become(telling, S.COMPLETED)
    await carry(telling)
    assert telling.push.shown == []


async def test_a_device_that_can_begin_no_more_is_asked_no_more(telling: Telling) -> None:
    await telling.furnish(a_device("iphone-1", activity_token="begin-1"), state=S.CHARGING)
    telling.push.answers["begin-1"] = PushResult(delivered=False, gone=True)
    await carry(telling)
    await carry(telling)
    assert len(telling.push.shown) == 1
    async with telling.store.reading() as tx:
        assert (await tx.drivers.devices.need("iphone-1")).activity_token is None


async def test_a_token_that_comes_while_the_old_one_is_told_is_kept(telling: Telling) -> None:
    charging = await begin(telling)
    (before,) = await telling.targets.activities("c-1")
    await telling.targets.show(charging, "phone-1", replace(APP, token="activity-2"))
    await telling.activities._book.keep(replace(before, told_state=S.CHARGING, told_at=NOON))
    await telling.activities._book.forget(before)
    (after,) = await telling.targets.activities("c-1")
    assert (after.token, after.told_state) == ("activity-2", S.CHARGING)


async def test_nobody_is_asked_about_sessions_that_are_not_shown(telling: Telling) -> None:
    await telling.furnish(state=S.CHARGING)
    for event in (CHANGED, PROGRESSED, SessionProgressed("s-2", None), StationConnected("CP1")):
        assert await carry(telling, event) == []
    assert await telling.activities.send(replace(THE_DELIVERY, subject="c-9")) == Done()
    assert await carry(telling, ChargingChanged("c-9", "charging")) == []


async def test_what_nobody_shows_any_more_is_tidied(telling: Telling) -> None:
    charging = await begin(telling)
    await telling.browser(charging)
    assert await telling.targets.tidy() == 0
    async with telling.store.transaction() as tx:
        await tx.drivers.devices.put(a_device("one", activity_token="begin-1"))
    telling.clock.set(NOON + timedelta(days=3))
    assert await telling.targets.tidy() == 2
    telling.clock.set(NOON + timedelta(days=271))
    assert await telling.targets.tidy() == 1
    async with telling.store.reading() as tx:
        device = await tx.drivers.devices.need("one")
    assert (device.push_target, device.activity_token) == (None, None)
