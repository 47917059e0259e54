"""A push service that speaks FCM's HTTP v1 and the OAuth token endpoint of a service account.

Point firebase-admin at it with `messaging._MessagingService.FCM_URL = service.send_url` and the
credentials of `service.service_account()`, before its first message.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from app.simulators.http_server import HttpServer, Request, Response
from app.simulators.push_wire import TARGETS, budget_faults, message_faults

_ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_GOOGLE = "https://oauth2.googleapis.com/token"
"""What Google's library names as audience, wherever the endpoint is."""


@dataclass(frozen=True)
class Pushed:
    """One accepted notification; `message` is what FCM got, whole."""

    target: str
    message: dict[str, Any]
    at: datetime

    @property
    def title(self) -> str:
        return str(self.message.get("notification", {}).get("title", ""))

    @property
    def body(self) -> str:
        return str(self.message.get("notification", {}).get("body", ""))

    @property
    def data(self) -> dict[str, str]:
        return dict(self.message.get("data", {}))


class PushService(HttpServer):
    """Keeps what it was sent in `pushed`, and what live activities show in `shown` by their token.

    `gone`, `busy`, `overloaded`, `foreign` and `unsigned` (Apple's key is broken) make targets
    fail; a live activity is a target by its own token. `static_token` is accepted besides the
    access tokens it issued itself, of which there are `issued`.
    """

    def __init__(
        self, *, port: int = 0, project: str = "simulated", static_token: str | None = None
    ) -> None:
        super().__init__(port=port)
        self.project = project
        self.pushed: list[Pushed] = []
        self.gone: set[str] = set()
        self.busy: dict[str, int] = {}
        """Targets over their quota, with the Retry-After in seconds."""
        self.overloaded: dict[str, int] = {}
        self.foreign: set[str] = set()
        self.unsigned: set[str] = set()
        self.shown: dict[str, list[dict[str, Any]]] = {}
        self._tokens = {static_token} if static_token else set()
        self.issued = 0
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def send_url(self) -> str:
        """With `{0}` for the project, as firebase-admin wants it."""
        return f"{self.origin}/v1/projects/{{0}}/messages:send"

    def service_account(self) -> dict[str, str]:
        """The content of a service account's file.

        Its universe is not Google's: there google-auth asks iamcredentials.googleapis.com about
        the account in the background, and nothing here may leave this machine. Elsewhere it signs
        its access tokens itself, which is checked just as well.
        """
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": self.project,
            "private_key_id": "simulated",
            "private_key": pem.decode(),
            "client_email": f"push@{self.project}.example",
            "client_id": "1",
            "token_uri": f"{self.origin}/token",
            "universe_domain": "simulated.invalid",
        }

    def to(self, target: str) -> list[Pushed]:
        """What one device was sent, in order."""
        return [pushed for pushed in self.pushed if pushed.target == target]

    def forget_tokens(self) -> None:
        """Takes no access token any more that it issued so far."""
        self._tokens.clear()

    async def answer(self, request: Request) -> Response:
        """The token endpoint, or a message to send."""
        if request.path == "/token":
            return self._issue(request)
        if request.path != f"/v1/projects/{self.project}/messages:send":
            return _failed(404, "NOT_FOUND", None)
        if not request.headers.get("content-type", "").startswith("application/json"):
            self.violations.append("push: not sent as JSON")
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in self._tokens and self._claims(bearer) is None:
            return _failed(401, "UNAUTHENTICATED", None)
        return self._take(request.json(), len(request.body))

    def _issue(self, request: Request) -> Response:
        """RFC 7523, with the assertion's signature checked."""
        claims = self._claims(request.form().get("assertion", "")) or {}
        if claims.get("aud") not in (f"{self.origin}/token", _GOOGLE):
            return Response(400, {"error": "invalid_grant"})
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        self.issued += 1
        return Response(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _claims(self, signed: str) -> dict[str, Any] | None:
        """What our service account signed; None for anything else."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        try:
            return dict(jwt.decode(signed, RSAKey.import_key(public), algorithms=["RS256"]).claims)
        except (JoseError, ValueError):
            return None

    def _take(self, body: dict[str, Any], size: int) -> Response:
        wrong = [f"push: {fault}" for fault in message_faults(body, size)]
        if wrong:
            self.violations += wrong
            return _failed(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
        message = body["message"]
        target = str(next(message[name] for name in TARGETS if name in message))
        activity = message.get("apns", {}).get("live_activity_token")
        refused = self._refusal(activity or target)
        if refused is not None:
            return refused
        if activity is not None:
            self._show(activity, message)
        elif not body.get("validate_only"):
            self.pushed.append(Pushed(target, message, datetime.now(UTC)))
        return Response(200, {"name": f"projects/{self.project}/messages/{uuid4().hex}"})

    def _refusal(self, target: str) -> Response | None:
        """What a target on which a failure was planned answers."""
        if target in self.gone:
            return _failed(404, "NOT_FOUND", "UNREGISTERED")
        if target in self.foreign:
            return _failed(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH")
        if target in self.unsigned:
            return _failed(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR")
        for waits, http, status, code in (
            (self.busy, 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
            (self.overloaded, 503, "UNAVAILABLE", "UNAVAILABLE"),
        ):
            if target in waits:
                return _failed(http, status, code, {"Retry-After": str(waits[target])})
        return None

    def _show(self, activity: str, message: dict[str, Any]) -> None:
        shown = self.shown.setdefault(activity, [])
        if shown:
            self.violations += [f"push: {fault}" for fault in budget_faults(shown[-1], message)]
        shown.append(message)


def _failed(
    http: int, status: str, code: str | None, headers: dict[str, str] | None = None
) -> Response:
    details = [{"@type": _ERROR_TYPE, "errorCode": code}] if code else []
    error = {"code": http, "status": status, "message": status.lower(), "details": details}
    return Response(http, json.dumps({"error": error}), headers or {})
