"""Firebase Cloud Messaging through firebase-admin, for Android and Apple devices alike.

The library renews its access token with blocking calls inside the event loop, and may stall it
for as long as Google takes. So the token is renewed on a thread before a message needs it, and
messages travel by a client of our own (`fcm_calls`).
"""
# mypy: disable-error-code="no-untyped-call"
# (firebase-admin tells no types for most of what is used here)

import asyncio
import warnings
from collections.abc import Mapping
from logging import getLogger
from pathlib import Path
from typing import Any

import firebase_admin
from firebase_admin import credentials, exceptions, messaging
from google.auth.credentials import TokenState
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request

from app.adapters.fcm_calls import FcmCalls
from app.adapters.fcm_messages import (
    activity_aps,
    activity_headers,
    android_priority,
    apns_headers,
    collapse_of,
    interruption,
)
from app.ports.clock import Clock
from app.ports.http import HttpClient
from app.ports.push import ActivityEvent, ActivityUpdate, Notification, PushResult
from app.store.ids import new_id
from app.store.transaction import assert_no_transaction

log = getLogger(__name__)

TIMEOUT_S = 10
TRY_LATER_S = 10.0
QUOTA_S = 60.0
FID = "fid:"
"""Before a target that is a Firebase installation id instead of a registration token."""

_GONE = (messaging.UnregisteredError, messaging.SenderIdMismatchError)
_LATER = (
    exceptions.UnavailableError,
    exceptions.InternalError,
    exceptions.DeadlineExceededError,
    exceptions.UnknownError,
    exceptions.AbortedError,
    exceptions.UnauthenticatedError,
    exceptions.PermissionDeniedError,
)
"""What may work later: the service's trouble, or ours with the project's key."""


class FcmPush:
    """Sends to one Firebase project; `url` is another address of its API, for tests.

    It has `{0}` where the project's name goes.
    """

    def __init__(
        self,
        account: Path | Mapping[str, Any],
        http: HttpClient,
        clock: Clock,
        *,
        url: str | None = None,
        timeout_s: int = TIMEOUT_S,
    ) -> None:
        source = str(account) if isinstance(account, Path) else dict(account)
        certificate = credentials.Certificate(source)
        self._credential = certificate.get_credential()
        self._credential.with_non_blocking_refresh()
        options = {"httpTimeout": timeout_s}
        self._app = firebase_admin.initialize_app(certificate, options, name=new_id())
        self._clock = clock
        self._renewing = asyncio.Lock()
        service: Any = messaging._get_messaging_service(self._app)  # noqa: SLF001 - no public way
        service._async_client = FcmCalls(http, self._credential, timeout_s=timeout_s)  # noqa: SLF001 - the same
        if url is not None:
            service._fcm_url = url.format(self._app.project_id)  # noqa: SLF001 - the same

    async def send(self, token: str, notification: Notification) -> PushResult:
        """Send one notification; never raises for what the service answers."""
        return await self._deliver(message_of(token, notification, self._clock))

    async def show(self, token: str, update: ActivityUpdate) -> PushResult:
        """Send what a live activity shows; never raises for what the service answers."""
        return await self._deliver(activity_of(token, update))

    async def close(self) -> None:
        """Let the library forget the project."""
        await asyncio.to_thread(firebase_admin.delete_app, self._app)

    async def _deliver(self, message: messaging.Message) -> PushResult:
        """Once, and once more with a new access token when the old one is not taken."""
        assert_no_transaction()
        try:
            await self._renew(None)
            used = self._credential.token
            error = await self._try(message)
            if type(error) is exceptions.UnauthenticatedError:
                await self._renew(used)
                error = await self._try(message)
        except (exceptions.FirebaseError, GoogleAuthError) as trouble:
            return _later(trouble, TRY_LATER_S)
        return result_of(error)

    async def _try(self, message: messaging.Message) -> Exception | None:
        batch = await messaging.send_each_async([message], app=self._app)
        failed: Exception | None = batch.responses[0].exception
        return failed

    async def _renew(self, refused: str | None) -> None:
        """Have an access token that is fresh, and not this one; fetched beside the event loop."""
        if not self._is_old(refused):
            return
        async with self._renewing:
            if self._is_old(refused):
                await asyncio.to_thread(self._credential.refresh, Request())

    def _is_old(self, refused: str | None) -> bool:
        known = self._credential
        stale = known.token_state is not TokenState.FRESH
        return stale or (refused is not None and known.token == refused)


def message_of(target: str, notification: Notification, clock: Clock) -> messaging.Message:
    """The notification as FCM takes it, for both kinds of target and both kinds of phone."""
    collapse = collapse_of(notification)
    return _addressed(
        target,
        notification=messaging.Notification(title=notification.title, body=notification.body),
        data=dict(notification.data),
        android=messaging.AndroidConfig(
            priority=android_priority(notification),
            collapse_key=collapse,
            ttl=notification.lasts,
            notification=messaging.AndroidNotification(tag=collapse),
        ),
        apns=messaging.APNSConfig(
            headers=apns_headers(notification, clock.now()),
            payload=messaging.APNSPayload(
                aps=messaging.Aps(custom_data=interruption(notification))
            ),
        ),
    )


def activity_of(target: str, update: ActivityUpdate) -> messaging.Message:
    """What a live activity shows, as FCM takes it."""
    alert = None
    if update.event is ActivityEvent.START:
        alert = messaging.ApsAlert(title=update.title, body=update.body)
    return _addressed(
        target,
        apns=messaging.APNSConfig(
            live_activity_token=update.token,
            headers=activity_headers(update),
            payload=messaging.APNSPayload(
                aps=messaging.Aps(alert=alert, custom_data=activity_aps(update))
            ),
        ),
    )


def _addressed(target: str, **fields: Any) -> messaging.Message:
    if target.startswith(FID):
        return messaging.Message(fid=target.removeprefix(FID), **fields)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return messaging.Message(token=target, **fields)


def result_of(error: Exception | None) -> PushResult:
    """What FCM's answer means; only what surely tells that nobody is there makes a target gone."""
    if error is None:
        return PushResult(delivered=True)
    if isinstance(error, _GONE) or _names_bad_target(error):
        return PushResult(delivered=False, gone=True, reason=str(error))
    if isinstance(error, messaging.QuotaExceededError):
        return _later(error, _wish(error, QUOTA_S))
    if isinstance(error, messaging.ThirdPartyAuthError):
        log.error("push.apple_key_refused", extra={"why": str(error)})
        return PushResult(delivered=False, reason=str(error))
    if isinstance(error, _LATER):
        return _later(error, _wish(error, TRY_LATER_S))
    log.error("push.refused", extra={"why": str(error)})
    return PushResult(delivered=False, reason=str(error))


def _names_bad_target(error: Exception) -> bool:
    """INVALID_ARGUMENT means a bad payload or a bad target; only the text tells which."""
    named = "not a valid FCM registration token" in str(error)
    return isinstance(error, exceptions.InvalidArgumentError) and named


def _wish(error: exceptions.FirebaseError, otherwise: float) -> float:
    """How long FCM wants to be left alone, in seconds."""
    response = error.http_response
    asked = None if response is None else response.headers.get("retry-after")
    return float(asked) if asked is not None and asked.isdigit() else otherwise


def _later(error: Exception, seconds: float) -> PushResult:
    return PushResult(delivered=False, retry_after_s=seconds, reason=str(error)[:200])
