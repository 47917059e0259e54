"""Notifications and live activities: the log's, and firebase-admin's at a strict push service."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from firebase_admin import exceptions, messaging

from app.adapters.addresses import AddressGuard
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.push_fcm import TRY_LATER_S, FcmPush, message_of, result_of
from app.adapters.push_log import KEPT, LogBrowserPush, LogPush
from app.domain.notice_rules import Urgency
from app.domain.push_targets import WebSubscription
from app.ports.push import ActivityEvent, ActivityUpdate, Notification, PushSender
from app.simulators.push_service import PushService
from app.store.transaction import Store
from tests.support.clock import NOON, FakeClock

CLOCK = FakeClock()
NOTE = Notification("Charging started", "48 kW", "session:c-1", data={"charging": "c-1"})
SHOWN = ActivityUpdate(
    token="activity-1",
    event=ActivityEvent.UPDATE,
    at=NOON,
    state={"state": "charging", "energy_kwh": "1.5", "soc": None},
    changed=True,
    stale_at=NOON + timedelta(minutes=15),
)


@asynccontextmanager
async def a_client() -> AsyncIterator[PooledHttpClient]:
    http = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), CLOCK)
    yield http
    await http.close()


@asynccontextmanager
async def fcm(timeout_s: int = 5) -> AsyncIterator[tuple[FcmPush, PushService]]:
    async with PushService() as service, a_client() as http:
        account = service.service_account()
        sender = FcmPush(account, http, CLOCK, url=service.send_url, timeout_s=timeout_s)
        yield sender, service
        await sender.close()


@pytest.fixture(params=["log", "fcm"])
async def sender(request: pytest.FixtureRequest) -> AsyncIterator[PushSender]:
    if request.param == "log":
        yield LogPush()
        return
    async with fcm() as (made, service):
        yield made
        assert not service.violations


async def test_a_notification_is_delivered(sender: PushSender) -> None:
    assert (await sender.send("token-1", NOTE)).delivered


async def test_a_live_activity_is_shown(sender: PushSender) -> None:
    assert (await sender.show("token-1", SHOWN)).delivered


async def test_many_at_once(sender: PushSender) -> None:
    results = await asyncio.gather(*(sender.send(f"t-{i}", NOTE) for i in range(20)))
    assert all(result.delivered for result in results)


async def test_what_firebase_gets() -> None:
    """Product §1.6: priority and collapse key by the catalogue, both kinds of target and phone."""
    async with fcm() as (sender, service):
        await sender.send("token-1", NOTE)
        urgent = Notification("Stopped", "Idle fee", "x" * 100, Urgency.TIME_SENSITIVE)
        await sender.send("fid:install-1", replace(urgent, lasts=timedelta(minutes=10)))
        calm, loud = (pushed.message for pushed in service.pushed)
        assert not service.violations
    assert (calm["token"], calm["notification"]["title"]) == ("token-1", "Charging started")
    assert calm["data"] == {"charging": "c-1"}
    assert calm["android"]["priority"] == "normal"
    assert calm["apns"]["headers"]["apns-priority"] == "5"
    assert calm["apns"]["payload"]["aps"]["interruption-level"] == "active"
    assert (loud["fid"], loud["android"]["priority"]) == ("install-1", "high")
    assert loud["android"]["ttl"] == "600s"
    headers = loud["apns"]["headers"]
    assert (headers["apns-priority"], len(headers["apns-collapse-id"])) == ("10", 64)
    assert int(headers["apns-expiration"]) == int(NOON.timestamp()) + 600
    assert loud["apns"]["payload"]["aps"]["interruption-level"] == "time-sensitive"


async def test_what_replaces_nothing_has_no_collapse_key() -> None:
    async with fcm() as (sender, service):
        await sender.send("token-1", Notification("New sign-in", "Pixel", None, Urgency.HIGH))
        message = service.pushed[0].message
    assert "collapse_key" not in message["android"]
    assert "apns-collapse-id" not in message["apns"]["headers"]


async def test_what_a_live_activity_gets() -> None:
    """Start, update and end with their own fields; priority 10 on changes only (driver §B)."""
    start = replace(
        SHOWN,
        token="begin-1",
        event=ActivityEvent.START,
        attributes={"session_id": "c-1"},
        title="Charging started",
        body="Lange Viestraat",
    )
    tick = replace(SHOWN, at=NOON + timedelta(seconds=60), changed=False)
    end = replace(SHOWN, event=ActivityEvent.END, at=NOON + timedelta(seconds=90))
    async with fcm() as (sender, service):
        for update in (start, SHOWN, tick, replace(end, dismiss_at=NOON + timedelta(hours=1))):
            assert (await sender.show("fid:install-1", update)).delivered
        assert not service.violations
        begun, shown = service.shown["begin-1"], service.shown["activity-1"]
    assert not service.pushed
    aps = begun[0]["apns"]["payload"]["aps"]
    assert (aps["event"], aps["attributes"]) == ("start", {"session_id": "c-1"})
    assert aps["alert"] == {"title": "Charging started", "body": "Lange Viestraat"}
    assert [m["apns"]["headers"]["apns-priority"] for m in shown] == ["10", "5", "10"]
    first, _, last = (m["apns"]["payload"]["aps"] for m in shown)
    assert first["stale-date"] - first["timestamp"] == 900
    assert first["content-state"] == {"state": "charging", "energy_kwh": "1.5", "soc": None}
    assert (last["event"], last["dismissal-date"]) == ("end", int(NOON.timestamp()) + 3600)


async def test_failures_on_demand() -> None:
    """Dead targets are told, and what comes back later says when (driver §B1)."""
    async with fcm() as (sender, service):
        service.gone.add("dead")
        service.foreign.add("others")
        service.busy["busy"] = 42
        service.overloaded["down"] = 7
        service.unsigned.add("ios")
        results = {
            t: await sender.send(t, NOTE) for t in ("dead", "others", "busy", "down", "ios")
        }
        assert {t for t, r in results.items() if r.gone} == {"dead", "others"}
        assert {t: r.retry_after_s for t, r in results.items() if r.retry_after_s} == {
            "busy": 42,
            "down": 7,
        }
        assert not any(result.delivered for result in results.values())
        assert service.issued == 0, "a broken key of Apple's is no reason to renew our token"
        service.gone.add("activity-1")
        assert (await sender.show("token-1", SHOWN)).gone


@pytest.mark.parametrize("kind", ["error", "unavailable", "reset", "lost"])
async def test_trouble_on_the_way_is_tried_later(kind: Any) -> None:
    """One request for each try: the queue knows when to come back, not the library."""
    async with fcm() as (sender, service):
        await sender.send("warm", NOTE)
        service.fault(kind, path="messages:send")
        before = len(service.requests)
        result = await sender.send("token-1", NOTE)
        assert (result.delivered, result.gone) == (False, False)
        assert result.retry_after_s is not None
        assert len(service.requests) - before == 1
        assert (await sender.send("token-1", NOTE)).delivered


async def test_a_slow_service_is_not_waited_for_without_end() -> None:
    async with fcm(timeout_s=1) as (sender, service):
        await sender.send("warm", NOTE)
        service.fault("slow", path="messages:send", seconds=1.2)
        started = time.perf_counter()
        assert (await sender.send("token-1", NOTE)).retry_after_s == TRY_LATER_S
        assert time.perf_counter() - started < 1.15


async def test_a_wrong_key_is_no_dead_target(tmp_path: Path) -> None:
    """Trouble with the project's key must not make us forget devices, nor fail the worker."""
    async with PushService() as service, PushService() as other, a_client() as http:
        account = other.service_account() | {"token_uri": f"{service.origin}/token"}
        file = tmp_path / "account.json"
        file.write_text(json.dumps(account))
        sender = FcmPush(file, http, CLOCK, url=service.send_url, timeout_s=5)
        result = await sender.send("token-1", NOTE)
        assert (result.delivered, result.gone) == (False, False)
        assert result.retry_after_s == TRY_LATER_S
        await sender.close()


@asynccontextmanager
async def google() -> AsyncIterator[tuple[FcmPush, PushService]]:
    """A project of Google's own universe, whose access tokens come from the token endpoint."""
    async with PushService() as service, a_client() as http:
        account = service.service_account() | {"universe_domain": "googleapis.com"}
        sender = FcmPush(account, http, CLOCK, url=service.send_url)
        yield sender, service
        await sender.close()


async def test_renewing_the_access_token_stalls_nobody() -> None:
    async with google() as (sender, service):
        service.fault("slow", path="/token", seconds=0.5)
        longest = 0.0

        async def heartbeat() -> None:
            nonlocal longest
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0.005)
                longest = max(longest, time.perf_counter() - before)

        async with asyncio.TaskGroup() as tasks:
            beat = tasks.create_task(heartbeat())
            started = time.perf_counter()
            await sender._renew(None)
            took = time.perf_counter() - started
            beat.cancel()
        assert longest < 0.35 < took


async def test_an_access_token_that_is_refused_is_renewed_once() -> None:
    async with google() as (sender, service):
        assert (await sender.send("token-1", NOTE)).delivered
        service.forget_tokens()
        results = await asyncio.gather(*(sender.send(f"t-{i}", NOTE) for i in range(5)))
        assert all(result.delivered for result in results)
        assert service.issued == 2


async def test_nothing_is_pushed_inside_a_transaction(store: Store) -> None:
    async with fcm() as (sender, _), store.transaction():
        with pytest.raises(RuntimeError, match="transaction"):
            await sender.send("token-1", NOTE)


@pytest.mark.parametrize(
    ("error", "gone", "later"),
    [
        (messaging.SenderIdMismatchError("other project"), True, False),
        (exceptions.InvalidArgumentError("not a valid FCM registration token"), True, False),
        (exceptions.InvalidArgumentError("bad payload"), False, False),
        (messaging.ThirdPartyAuthError("the key of Apple"), False, False),
        (messaging.QuotaExceededError("slow down"), False, True),
        (exceptions.UnavailableError("later"), False, True),
        (exceptions.InternalError("later"), False, True),
    ],
)
def test_only_the_dead_are_forgotten(error: Exception, gone: bool, later: bool) -> None:  # noqa: FBT001 - a table
    result = result_of(error)
    assert (result.delivered, result.gone) == (False, gone)
    assert (result.retry_after_s is not None) == later


def test_both_kinds_of_target() -> None:
    assert message_of("t", NOTE, CLOCK).token == "t"
    assert message_of("fid:f", NOTE, CLOCK).fid == "f"


async def test_the_log_keeps_the_newest() -> None:
    log, browsers = LogPush(), LogBrowserPush()
    for number in range(KEPT + 5):
        await log.send(str(number), NOTE)
    assert (len(log.sent), log.sent[-1][0]) == (KEPT, str(KEPT + 4))
    browser = WebSubscription("b-1", "https://push.example/1", "key", "secret", NOON)
    assert (await browsers.send(browser, NOTE)).delivered
    assert list(browsers.sent) == [("b-1", NOTE)]
    await log.close()
