"""Web Push: messages for browsers, sealed so that their push service cannot read them.

Source: RFC 8030 (delivery), RFC 8188 and 8291 (encryption), RFC 8292 (VAPID). The endpoint is
told by a browser, so only known push services are called.
"""

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from logging import getLogger
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.notice_rules import Urgency
from app.domain.push_targets import WebSubscription
from app.ports.clock import Clock
from app.ports.http import HttpAnswer, HttpClient, HttpFailure
from app.ports.push import Notification, PushResult

log = getLogger(__name__)

HOSTS = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"""The push services of the browsers there are."""

TIMEOUT_S = 10
TRY_LATER_S = 10.0
LONGEST_WAIT_S = 86_400
LARGEST = 3_993
"""Bytes of plain text that fit into the 4096 that every service takes (RFC 8291, section 4)."""

RECORD = 4096
TOKEN_LASTS_S = 12 * 3600
TOKEN_RENEWED_S = 3600
DEFAULT_TTL_S = 24 * 3600
_CURVE = ec.SECP256R1()
_GONE = (404, 410)
_LATER = (408, 429)
_URGENCY = {
    Urgency.LOW: "low",
    Urgency.NORMAL: "normal",
    Urgency.HIGH: "high",
    Urgency.TIME_SENSITIVE: "high",
}


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read base64url, padded or not; raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_known(endpoint: str, hosts: Sequence[str]) -> bool:
    """Whether an endpoint is one of a push service we know: a host, `*.domain` or an origin."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or not parts.hostname:
        return False
    if f"{parts.scheme}://{parts.netloc}" in hosts:
        return True
    host = parts.hostname.lower()
    named = any(
        host.endswith(name[1:]) if name.startswith("*.") else host == name for name in hosts
    )
    return named and parts.scheme == "https" and port in (None, 443)


def public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    """The point as 65 bytes."""
    uncompressed = serialization.PublicFormat.UncompressedPoint
    return key.public_bytes(serialization.Encoding.X962, uncompressed)


def seal(plain: bytes, p256dh: bytes, auth: bytes) -> bytes:
    """One `aes128gcm` record that only this browser can open; ValueError for a bad key."""
    browser = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, p256dh)
    own, salt = ec.generate_private_key(_CURVE), os.urandom(16)
    mine = public_bytes(own.public_key())
    shared = own.exchange(ec.ECDH(), browser)
    secret = _derive(shared, auth, b"WebPush: info\x00" + p256dh + mine, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(secret)


@dataclass(frozen=True, slots=True)
class Vapid:
    """Who we are to push services: a key that browsers subscribe for, and whom to write to."""

    key: ec.EllipticCurvePrivateKey
    contact: str

    @property
    def public(self) -> str:
        """What a page subscribes with, as `applicationServerKey`."""
        return encoded(public_bytes(self.key.public_key()))

    def token(self, audience: str, expires: int) -> str:
        """A JWT for one push service, signed with ES256."""
        head = {"typ": "JWT", "alg": "ES256"}
        claims = {"aud": audience, "exp": expires, "sub": self.contact}
        parts = [encoded(json.dumps(part).encode()) for part in (head, claims)]
        signed = self.key.sign(".".join(parts).encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(signed)
        return ".".join([*parts, encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))])


class WebPush:
    """Sends to browsers at known push services; `hosts` as in `is_known`."""

    def __init__(
        self, http: HttpClient, clock: Clock, vapid: Vapid, *, hosts: Sequence[str] = HOSTS
    ) -> None:
        self._http = http
        self._clock = clock
        self._vapid = vapid
        self._hosts = tuple(hosts)
        self._tokens: dict[str, tuple[int, str]] = {}

    async def send(self, browser: WebSubscription, notification: Notification) -> PushResult:
        """Send one notification; never raises for what the service answers."""
        if not is_known(browser.endpoint, self._hosts):
            return PushResult(delivered=False, gone=True, reason="not a push service we know")
        try:
            keys = (decoded(browser.p256dh), decoded(browser.auth))
            body = seal(_content(notification), *keys)
        except ValueError as error:
            return PushResult(delivered=False, gone=True, reason=f"bad keys: {error}")
        headers = self._headers(browser.endpoint, notification)
        try:
            answer = await self._http.request(
                "POST", browser.endpoint, headers=headers, body=body, timeout=TIMEOUT_S
            )
        except HttpFailure as failure:
            return PushResult(delivered=False, retry_after_s=TRY_LATER_S, reason=failure.reason)
        return result_of(answer)

    def _headers(self, endpoint: str, notification: Notification) -> dict[str, str]:
        lasts = notification.lasts
        seconds = DEFAULT_TTL_S if lasts is None else max(0, int(lasts.total_seconds()))
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(seconds),
            "Urgency": _URGENCY[notification.urgency],
            "Authorization": f"vapid t={self._token(endpoint)}, k={self._vapid.public}",
        }
        if notification.collapse is not None:
            headers["Topic"] = topic_of(notification.collapse)
        return headers

    def _token(self, endpoint: str) -> str:
        """The token for a service, kept for most of its life: signing is the dearest part."""
        parts, now = urlsplit(endpoint), int(self._clock.now().timestamp())
        audience = f"{parts.scheme}://{parts.netloc}"
        expires, token = self._tokens.get(audience, (0, ""))
        if expires < now + TOKEN_RENEWED_S:
            expires = now + TOKEN_LASTS_S
            token = self._vapid.token(audience, expires)
            self._tokens[audience] = (expires, token)
        return token


def topic_of(collapse: str) -> str:
    """A collapse key as a Topic: at most 32 characters of base64url (RFC 8030, section 5.4)."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(collapse.encode())
    return encoded(digest.finalize())[:32]


def _content(notification: Notification) -> bytes:
    """What the page's service worker reads; the body is cut where it would not fit."""
    shown: dict[str, object] = {
        "title": notification.title,
        "body": notification.body,
        "tag": notification.collapse,
        "data": notification.data,
    }
    cut = len(notification.body)
    while len(plain := json.dumps(shown, ensure_ascii=False).encode()) > LARGEST and cut:
        cut //= 2
        shown["body"] = notification.body[:cut] + "…"
    return plain


def result_of(answer: HttpAnswer) -> PushResult:
    """What a push service's answer means (RFC 8030, sections 5 and 7)."""
    if answer.status // 100 == 2:  # noqa: PLR2004 - any 2xx
        return PushResult(delivered=True)
    reason = f"the push service answers {answer.status}"
    if answer.status in _GONE:
        return PushResult(delivered=False, gone=True, reason=reason)
    if answer.status in _LATER or answer.status >= 500:  # noqa: PLR2004 - its own trouble
        return PushResult(delivered=False, retry_after_s=_wish(answer), reason=reason)
    log.error("push.browser_refused", extra={"status": answer.status})
    return PushResult(delivered=False, reason=reason)


def _wish(answer: HttpAnswer) -> float:
    asked = answer.headers.get("retry-after", "")
    return float(min(int(asked), LONGEST_WAIT_S)) if asked.isdigit() else TRY_LATER_S
