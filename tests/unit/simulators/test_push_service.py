"""The simulated push service against firebase-admin."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import firebase_admin
import pytest
from firebase_admin import credentials, messaging
from firebase_admin.exceptions import UnauthenticatedError
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request as GoogleRequest
from google.oauth2.service_account import Credentials
from httpx import AsyncClient

from app.simulators.push_service import PushService

# firebase-admin prefers `fid`, which a test of tokens cannot use
pytestmark = pytest.mark.filterwarnings("ignore:.*token.*:DeprecationWarning")


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    async with PushService() as service:
        monkeypatch.setattr(messaging._MessagingService, "FCM_URL", service.send_url)
        yield service


@pytest.fixture
async def app(service: PushService) -> AsyncIterator[firebase_admin.App]:
    certificate: Any = credentials.Certificate(service.service_account())
    app = firebase_admin.initialize_app(certificate, name="push-test")
    yield app
    await asyncio.to_thread(firebase_admin.delete_app, app)


def a_message(token: str, **changes: Any) -> messaging.Message:
    notification = messaging.Notification(title="Charging started", body="48 kW")
    fields = {"notification": notification, "data": {"session": "s-1"}} | changes
    return messaging.Message(token=token, **fields)


async def test_what_is_sent_arrives(service: PushService, app: firebase_admin.App) -> None:
    messages = [a_message("phone-1"), a_message("phone-2")]
    batch = await messaging.send_each_async(messages, app=app)
    assert [r.success for r in batch.responses] == [True, True]
    batch = await messaging.send_each_async([a_message("phone-1")], app=app)
    assert batch.success_count == 1
    pushed = service.to("phone-1")
    assert [(p.title, p.body, p.data) for p in pushed] == [
        ("Charging started", "48 kW", {"session": "s-1"})
    ] * 2
    assert not service.violations


async def test_what_becomes_of_dead_and_busy_devices(
    service: PushService, app: firebase_admin.App
) -> None:
    service.gone.add("old-phone")
    service.busy["busy-phone"] = 30
    tokens = ["old-phone", "busy-phone", "phone-1"]
    messages = [a_message(token) for token in tokens]
    batch = await messaging.send_each_async(messages, app=app)
    gone, busy, fine = batch.responses
    assert isinstance(gone.exception, messaging.UnregisteredError)
    assert isinstance(busy.exception, messaging.QuotaExceededError)
    assert busy.exception.http_response.headers["retry-after"] == "30"
    assert fine.success


async def test_a_malformed_message_is_a_violation() -> None:
    async with PushService(static_token="x") as service, AsyncClient(trust_env=False) as http:
        url = service.send_url.format(service.project)
        wrong = {"message": {"data": {"n": 1}, "notification": {"body": "x" * 5000}}}
        refused = await http.post(url, json=wrong, headers={"Authorization": "Bearer x"})
        assert refused.status_code == 400
        assert len(service.violations) == 3
        assert (await http.post(url, json=wrong)).status_code == 401


async def test_a_foreign_key_sends_nothing(service: PushService) -> None:
    certificate: Any = credentials.Certificate(PushService().service_account())
    app = firebase_admin.initialize_app(certificate, name="foreign")
    batch = await messaging.send_each_async([a_message("phone-1")], app=app)
    assert isinstance(batch.responses[0].exception, UnauthenticatedError)
    await asyncio.to_thread(firebase_admin.delete_app, app)
    assert not service.pushed


async def test_the_token_endpoint_wants_the_account_s_signature(service: PushService) -> None:
    def ask(account: dict[str, str]) -> Credentials:
        info = account | {"universe_domain": "googleapis.com"}
        asking: Credentials = Credentials.from_service_account_info(info, scopes=["push"])  # type: ignore[no-untyped-call]
        asking.refresh(GoogleRequest())  # type: ignore[no-untyped-call]
        return asking

    account = service.service_account()
    asking = await asyncio.to_thread(ask, account)
    async with AsyncClient(trust_env=False) as http:
        url = service.send_url.format(service.project)
        message = {"message": {"token": "phone-1", "notification": {"title": "Hello"}}}
        headers = {"Authorization": f"Bearer {asking.token}"}
        assert (await http.post(url, json=message, headers=headers)).status_code == 200
    stranger = PushService().service_account() | {"token_uri": account["token_uri"]}
    with pytest.raises(RefreshError):
        await asyncio.to_thread(ask, stranger)
