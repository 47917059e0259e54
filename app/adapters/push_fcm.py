"""Firebase Cloud Messaging through firebase-admin, for Android and Apple devices alike.

The library renews its access token with blocking calls inside the event loop, and may stall it
for as long as Google takes. So the token is renewed on a thread before a message needs it. The
library's asynchronous client belongs to the loop that used it first: one instance, one loop.
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

from app.ports.push import Notification, PushResult
from app.store.ids import new_id
from app.store.transaction import assert_no_transaction

log = getLogger(__name__)

TIMEOUT_S = 10
TRY_LATER_S = 10.0
QUOTA_S = 60.0
FID = "fid:"
"""Before a target that is a Firebase installation id instead of a registration token."""

_LONGEST_COLLAPSE = 64
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
        self._url = url
        self._renewing = asyncio.Lock()

    async def send(self, token: str, notification: Notification) -> PushResult:
        """Send one notification; never raises for what the service answers."""
        assert_no_transaction()
        try:
            await self._renew()
            self._redirect()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                message = message_of(token, notification)
            batch = await messaging.send_each_async([message], app=self._app)
        except (exceptions.FirebaseError, GoogleAuthError) as error:
            return _later(error, TRY_LATER_S)
        return result_of(batch.responses[0].exception)

    async def close(self) -> None:
        """Close all connections."""
        await self._service()._async_client.aclose()  # noqa: SLF001 - closes it in the loop it is of
        await asyncio.to_thread(firebase_admin.delete_app, self._app)

    async def _renew(self) -> None:
        """Have a fresh access token, fetched beside the event loop."""
        if self._credential.token_state is TokenState.FRESH:
            return
        async with self._renewing:
            if self._credential.token_state is not TokenState.FRESH:
                await asyncio.to_thread(self._credential.refresh, Request())

    def _redirect(self) -> None:
        if self._url is not None:
            self._service()._fcm_url = self._url.format(self._app.project_id)  # noqa: SLF001 - no public way

    def _service(self) -> Any:
        return messaging._get_messaging_service(self._app)  # noqa: SLF001 - no public way


def message_of(target: str, notification: Notification) -> messaging.Message:
    """The notification as FCM takes it, for both kinds of target and both kinds of phone."""
    urgent = notification.urgent
    collapse = notification.collapse[:_LONGEST_COLLAPSE]
    fields: dict[str, Any] = {
        "notification": messaging.Notification(title=notification.title, body=notification.body),
        "data": dict(notification.data),
        "android": messaging.AndroidConfig(
            priority="high" if urgent else "normal",
            collapse_key=collapse,
            notification=messaging.AndroidNotification(tag=collapse),
        ),
        "apns": messaging.APNSConfig(
            headers={"apns-priority": "10" if urgent else "5", "apns-collapse-id": collapse},
            payload=messaging.APNSPayload(aps=messaging.Aps(custom_data=_level(urgent=urgent))),
        ),
    }
    if target.startswith(FID):
        return messaging.Message(fid=target.removeprefix(FID), **fields)
    return messaging.Message(token=target, **fields)


def _level(*, urgent: bool) -> dict[str, str]:
    return {"interruption-level": "time-sensitive" if urgent else "active"}


def result_of(error: Exception | None) -> PushResult:
    """What FCM's answer means; only what surely tells that nobody is there makes a target gone."""
    if error is None:
        return PushResult(delivered=True)
    if isinstance(error, _GONE) or _names_bad_target(error):
        return PushResult(delivered=False, gone=True, reason=str(error))
    if isinstance(error, messaging.QuotaExceededError):
        return _later(error, _wish(error))
    if isinstance(error, messaging.ThirdPartyAuthError):
        log.error("push.apple_key_refused", extra={"why": str(error)})
        return PushResult(delivered=False, reason=str(error))
    if isinstance(error, _LATER):
        return _later(error, TRY_LATER_S)
    log.error("push.refused", extra={"why": str(error)})
    return PushResult(delivered=False, reason=str(error))


def _names_bad_target(error: Exception) -> bool:
    """INVALID_ARGUMENT means a bad payload or a bad target; only the text tells which."""
    named = "not a valid FCM registration token" in str(error)
    return isinstance(error, exceptions.InvalidArgumentError) and named


def _wish(error: exceptions.FirebaseError) -> float:
    """How long FCM wants to be left alone, in seconds."""
    response = error.http_response
    asked = None if response is None else response.headers.get("retry-after")
    return float(asked) if asked is not None and asked.isdigit() else QUOTA_S


def _later(error: Exception, seconds: float) -> PushResult:
    return PushResult(delivered=False, retry_after_s=seconds, reason=str(error)[:200])
