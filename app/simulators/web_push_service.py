"""A browser's push service, and the browsers themselves: they open what they are sent.

Checks RFC 8030 (headers), RFC 8188 and 8291 (encryption) and RFC 8292 (VAPID) with code of its
own, so that a sender's mistake does not pass for right because it is made twice.

browser = service.subscribe(vapid_public_key)
browser.endpoint, browser.keys  # what the page hands to the API
browser.shown                   # what its service worker was woken with
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.simulators.http_server import HttpServer, Request, Response

LARGEST = 4096
_A_DAY_S = 86_400
_HEADER = 86
"""Bytes before the ciphertext: salt, record size, key length and key."""

_URGENCIES = {"very-low", "low", "normal", "high"}
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_P256 = ec.SECP256R1()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 with one block, which is all that RFC 8291 needs."""
    extracted = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)[:length]


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class SimulatedBrowser:
    """One subscription; `application_key` is the sender's, which it was made for."""

    endpoint: str
    application_key: str
    key: ec.EllipticCurvePrivateKey
    secret: bytes
    shown: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def keys(self) -> dict[str, str]:
        """`PushSubscription.toJSON().keys`."""
        return {"p256dh": _text(_point(self.key.public_key())), "auth": _text(self.secret)}

    def open(self, body: bytes) -> bytes:
        """The plain text; raises ValueError for what was not sealed for this browser."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        if len(sealed) > size:
            raise ValueError("more than one record")
        key = ec.EllipticCurvePublicKey.from_encoded_point(_P256, sender)
        mine = _point(self.key.public_key())
        info = b"WebPush: info\x00" + mine + sender
        shared = _hkdf(self.secret, self.key.exchange(ec.ECDH(), key), info, 32)
        content = _hkdf(salt, shared, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, shared, b"Content-Encoding: nonce\x00", 12)
        try:
            padded = AESGCM(content).decrypt(nonce, sealed, None)
        except InvalidTag as error:
            raise ValueError("not sealed for this browser") from error
        plain = padded.rstrip(b"\x00")
        if plain[-1:] != b"\x02":
            raise ValueError("the last record has no delimiter")
        return plain[:-1]


class WebPushService(HttpServer):
    """Its browsers by endpoint; `gone` (404), `dropped` (410) and `busy` (429) make them fail."""

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(port=port)
        self.browsers: dict[str, SimulatedBrowser] = {}
        self.gone: set[str] = set()
        self.dropped: set[str] = set()
        self.busy: dict[str, int] = {}
        self.now = time.time

    def subscribe(self, application_key: str) -> SimulatedBrowser:
        """A new browser that takes messages of this sender only."""
        endpoint = f"{self.origin}/wpush/{secrets.token_urlsafe(16)}"
        browser = SimulatedBrowser(
            endpoint, application_key, ec.generate_private_key(_P256), secrets.token_bytes(16)
        )
        self.browsers[endpoint] = browser
        return browser

    async def answer(self, request: Request) -> Response:
        """Takes a message for one browser."""
        endpoint = f"{self.origin}{request.path}"
        browser = self.browsers.get(endpoint)
        if browser is None:
            return Response(404)
        if planned := self._planned(endpoint):
            return planned
        if len(request.body) > LARGEST:
            self.violations.append(f"web push: {len(request.body)} bytes")
            return Response(413)
        refused = self._stranger(browser, request)
        if refused is not None:
            self.violations.append(f"web push: {refused}")
            return Response(403, {"reason": refused})
        wrong = _header_faults(request)
        try:
            shown = json.loads(browser.open(request.body)) if not wrong else {}
        except (ValueError, IndexError) as error:
            wrong.append(str(error))
            shown = {}
        if wrong:
            self.violations += [f"web push: {fault}" for fault in wrong]
            return Response(400, {"reason": wrong})
        browser.shown.append(shown)
        browser.headers.append(request.headers)
        return Response(201, "", {"Location": f"{self.origin}/m/{secrets.token_urlsafe(8)}"})

    def _planned(self, endpoint: str) -> Response | None:
        """The failure that was planned for a browser."""
        if endpoint in self.gone | self.dropped:
            return Response(404 if endpoint in self.gone else 410)
        if endpoint in self.busy:
            return Response(429, headers={"Retry-After": str(self.busy[endpoint])})
        return None

    def _stranger(self, browser: SimulatedBrowser, request: Request) -> str | None:
        """Why the sender is not the one that the browser subscribed for."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        if scheme.lower() != "vapid" or parts.keys() != {"t", "k"}:
            return "no vapid header"
        if parts["k"] != browser.application_key:
            return "another application server key"
        point = _raw(parts["k"])
        numbers: dict[str, str | list[str]] = {
            "kty": "EC",
            "crv": "P-256",
            "x": _text(point[1:33]),
            "y": _text(point[33:]),
        }
        try:
            token = jwt.decode(parts["t"], ECKey.import_key(numbers), algorithms=["ES256"])
        except (JoseError, ValueError) as error:
            return f"the token is not signed: {error}"
        return self._claims_fault(token.claims)

    def _claims_fault(self, claims: dict[str, Any]) -> str | None:
        now = self.now()
        if claims.get("aud") != self.origin:
            return f"the token is for {claims.get('aud')}"
        if not now < claims.get("exp", 0) <= now + _A_DAY_S:
            return "the token's time"
        if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
            return "the token tells no contact"
        return None


def _header_faults(request: Request) -> list[str]:
    headers, wrong = request.headers, []
    if request.method != "POST":
        wrong.append(request.method)
    if not headers.get("ttl", "").isdigit():
        wrong.append("no TTL")
    if headers.get("content-encoding") != "aes128gcm" or len(request.body) <= _HEADER:
        wrong.append("not encrypted with aes128gcm")
    if headers.get("urgency", "normal") not in _URGENCIES:
        wrong.append(f"urgency {headers.get('urgency')}")
    if not _TOPIC.fullmatch(headers.get("topic", "none")):
        wrong.append(f"topic {headers['topic']}")
    return wrong
