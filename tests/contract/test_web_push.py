"""Web Push at a service and browsers of our own, which check RFC 8030, 8291 and 8292 strictly."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.adapters.addresses import AddressGuard
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.push_web import HOSTS, TRY_LATER_S, Vapid, WebPush, decoded, is_known, seal
from app.domain.notice_rules import Urgency
from app.domain.push_targets import WebSubscription
from app.ports.push import Notification
from app.simulators.web_push_service import SimulatedBrowser, WebPushService
from tests.support.clock import NOON, FakeClock

VAPID = Vapid(ec.derive_private_key(7**50, ec.SECP256R1()), "mailto:push@roamwatt.example")
NOTE = Notification(
    "Laden gestartet",
    "48 kW, Größe",
    "session:c-1",
    Urgency.HIGH,
    data={"kind": "session.started", "session_id": "c-1"},
    lasts=timedelta(minutes=10),
)


@dataclass
class Browsers:
    service: WebPushService
    sender: WebPush
    clock: FakeClock

    def subscribe(self) -> tuple[SimulatedBrowser, WebSubscription]:
        browser = self.service.subscribe(VAPID.public)
        return browser, subscription_of(browser)


def subscription_of(browser: SimulatedBrowser) -> WebSubscription:
    keys = browser.keys
    return WebSubscription("b-1", browser.endpoint, keys["p256dh"], keys["auth"], NOON)


@pytest.fixture
async def browsers() -> AsyncIterator[Browsers]:
    clock = FakeClock()
    http = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
    async with WebPushService() as service:
        service.now = lambda: clock.now().timestamp()
        sender = WebPush(http, clock, VAPID, hosts=[service.origin])
        yield Browsers(service, sender, clock)
        await http.close()


async def test_a_browser_opens_what_it_is_sent(browsers: Browsers) -> None:
    browser, subscription = browsers.subscribe()
    assert (await browsers.sender.send(subscription, NOTE)).delivered
    assert (await browsers.sender.send(subscription, replace(NOTE, collapse=None))).delivered
    assert not browsers.service.violations
    assert browser.shown[0] == {
        "title": "Laden gestartet",
        "body": "48 kW, Größe",
        "tag": "session:c-1",
        "data": {"kind": "session.started", "session_id": "c-1"},
    }
    first, second = browser.headers
    assert (first["ttl"], first["urgency"], len(first["topic"])) == ("600", "high", 32)
    assert "topic" not in second


async def test_one_token_serves_for_hours_and_is_renewed_in_time(browsers: Browsers) -> None:
    browser, subscription = browsers.subscribe()
    for hours in (0, 10, 2, 30):
        browsers.clock.set(browsers.clock.now() + timedelta(hours=hours))
        assert (await browsers.sender.send(subscription, NOTE)).delivered
    tokens = [headers["authorization"] for headers in browser.headers]
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3
    assert not browsers.service.violations


async def test_a_text_that_is_too_long_is_cut(browsers: Browsers) -> None:
    browser, subscription = browsers.subscribe()
    assert (await browsers.sender.send(subscription, replace(NOTE, body="ß" * 9_000))).delivered
    assert browser.shown[0]["body"].endswith("ß…")
    assert len(browsers.service.requests[0].body) <= 4096
    assert not browsers.service.violations


async def test_failures_on_demand(browsers: Browsers) -> None:
    """404 and 410 remove a browser; 429 and 503 come later (RFC 8030, product §1.6)."""
    (gone, a), (dropped, b), (busy, c) = (browsers.subscribe() for _ in range(3))
    browsers.service.gone.add(gone.endpoint)
    browsers.service.dropped.add(dropped.endpoint)
    browsers.service.busy[busy.endpoint] = 30
    results = [await browsers.sender.send(each, NOTE) for each in (a, b, c)]
    assert [result.gone for result in results] == [True, True, False]
    assert results[2].retry_after_s == 30
    browsers.service.busy.clear()
    browsers.service.fault("unavailable")
    assert (await browsers.sender.send(c, NOTE)).retry_after_s == TRY_LATER_S
    browsers.service.down()
    assert (await browsers.sender.send(c, NOTE)).retry_after_s == TRY_LATER_S


async def test_a_refusal_for_good_is_not_repeated(browsers: Browsers) -> None:
    stranger = browsers.service.subscribe("a key of somebody else")
    result = await browsers.sender.send(subscription_of(stranger), NOTE)
    assert (result.delivered, result.gone, result.retry_after_s) == (False, False, None)
    assert browsers.service.violations


async def test_the_simulated_browser_opens_nothing_of_anothers(browsers: Browsers) -> None:
    """The proof needs a counterpart that can say no."""
    one, _ = browsers.subscribe()
    _, other = browsers.subscribe()
    crossed = replace(other, endpoint=one.endpoint)
    assert not (await browsers.sender.send(crossed, NOTE)).delivered
    assert browsers.service.violations == ["web push: not sealed for this browser"]


@pytest.mark.parametrize(("p256dh", "auth"), [("AAAA", "AAAA"), ("é", "x"), ("", "")])
async def test_keys_that_are_none_are_forgotten(
    browsers: Browsers, p256dh: str, auth: str
) -> None:
    _, subscription = browsers.subscribe()
    bad = replace(subscription, p256dh=p256dh, auth=auth)
    assert (await browsers.sender.send(bad, NOTE)).gone
    assert not browsers.service.requests


async def test_only_known_push_services_are_called(browsers: Browsers) -> None:
    """A page tells the endpoint: it must not make us call our own network."""
    _, subscription = browsers.subscribe()
    inside = replace(subscription, endpoint="http://169.254.169.254/latest/meta-data")
    assert (await browsers.sender.send(inside, NOTE)).gone
    assert not browsers.service.requests


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/x", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=x", True),
        ("http://fcm.googleapis.com/fcm/send/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilfcm.googleapis.com/x", False),
        ("https://push.services.mozilla.com.evil.example/", False),
        ("https://127.0.0.1/x", False),
        ("https://fcm.googleapis.com:x/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_which_endpoints_are_known(endpoint: str, known: bool) -> None:  # noqa: FBT001 - a table
    assert is_known(endpoint, HOSTS) == known


def test_every_message_has_keys_of_its_own() -> None:
    browser = SimulatedBrowser("", "", ec.generate_private_key(ec.SECP256R1()), b"s" * 16)
    keys = [decoded(browser.keys[name]) for name in ("p256dh", "auth")]
    one, two = seal(b"hello", *keys), seal(b"hello", *keys)
    assert one != two
    assert browser.open(one) == browser.open(two) == b"hello"
