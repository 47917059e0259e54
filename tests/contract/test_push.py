"""Notifications: the log's, and firebase-admin's at a push service of our own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from firebase_admin import exceptions, messaging

from app.adapters.addresses import AddressGuard
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.push_fcm import TRY_LATER_S, FcmPush, message_of, result_of
from app.adapters.push_log import KEPT, LogPush
from app.domain.notice_rules import Urgency
from app.ports.push import Notification, PushSender
from app.simulators.push_service import PushService
from app.store.transaction import Store
from tests.support.clock import FakeClock

CLOCK = FakeClock()
NOTE = Notification("Charging started", "48 kW", "session:c-1", data={"charging": "c-1"})


@asynccontextmanager
async def a_client() -> AsyncIterator[PooledHttpClient]:
    http = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), CLOCK)
    yield http
    await http.close()


@asynccontextmanager
async def fcm() -> AsyncIterator[tuple[FcmPush, PushService]]:
    async with PushService() as service, a_client() as http:
        account = service.service_account()
        sender = FcmPush(account, http, CLOCK, url=service.send_url, timeout_s=5)
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


async def test_many_at_once(sender: PushSender) -> None:
    results = await asyncio.gather(*(sender.send(f"t-{i}", NOTE) for i in range(20)))
    assert all(result.delivered for result in results)


async def test_what_firebase_gets() -> None:
    async with fcm() as (sender, service):
        await sender.send("token-1", NOTE)
        urgent = Notification("Stopped", "Emergency", "x" * 100, Urgency.TIME_SENSITIVE)
        await sender.send("fid:install-1", urgent)
        calm, loud = service.pushed
        assert (calm.target, calm.title, calm.body) == ("token-1", "Charging started", "48 kW")
        assert calm.data == {"charging": "c-1"}
        assert calm.message["android"]["priority"] == "normal"
        assert calm.message["apns"]["headers"]["apns-priority"] == "5"
        assert loud.target == "install-1"
        assert loud.message["android"]["priority"] == "high"
        assert len(loud.message["apns"]["headers"]["apns-collapse-id"]) == 64
        aps = loud.message["apns"]["payload"]["aps"]
        assert aps["interruption-level"] == "time-sensitive"


async def test_a_dead_target_is_told() -> None:
    async with fcm() as (sender, service):
        service.gone.add("token-1")
        result = await sender.send("token-1", NOTE)
        assert (result.delivered, result.gone) == (False, True)


async def test_a_quota_says_when_to_come_back() -> None:
    async with fcm() as (sender, service):
        service.busy["token-1"] = 42
        result = await sender.send("token-1", NOTE)
        assert (result.delivered, result.gone, result.retry_after_s) == (False, False, 42)


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


async def test_renewing_the_access_token_stalls_nobody() -> None:
    async with PushService() as service, a_client() as http:
        account = service.service_account() | {"universe_domain": "googleapis.com"}
        sender = FcmPush(account, http, CLOCK, url=service.send_url)
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
        await sender.close()
        assert longest < 0.35 < took


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
    log = LogPush()
    for number in range(KEPT + 5):
        await log.send(str(number), NOTE)
    assert (len(log.sent), log.sent[-1][0]) == (KEPT, str(KEPT + 4))
    await log.close()
