"""Access tokens of our own: ES256, ten minutes, for the driver API only (RFC 9068).

The signing key is derived from the secret key of the settings, so that every process has it and
rotating the secret rotates it; tokens under an earlier secret are read until they expire.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from app.domain.errors import Unauthenticated
from app.ports.clock import Clock

LIFETIME = timedelta(minutes=10)
KNOWN = 10_000
"""How many tokens are remembered as good: a phone shows the same one for ten minutes."""
AUDIENCE = "roamwatt-driver-api"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who presents an access token: a driver, and the sign-in (token family) it belongs to."""

    driver_id: str
    family: str
    expires_at: datetime


def _key(secret: str) -> ECKey:
    """A P-256 key that follows from the secret; its thumbprint is its name."""
    info = b"roamwatt driver access tokens"
    seed = HKDF(hashes.SHA256(), 48, salt=None, info=info).derive(secret.encode())
    private = ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = ECKey.import_key(pem)
    return ECKey.import_key(pem, {"kid": key.thumbprint(), "use": "sig", "alg": "ES256"})


class AccessTokens:
    """Issues with the first secret, reads what any of them signed."""

    def __init__(self, secrets: Sequence[str], issuer: str, clock: Clock) -> None:
        self._keys = [_key(secret) for secret in secrets]
        self._set = KeySet(list(self._keys))
        info = b"roamwatt web sign-in"
        derived = HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(secrets[0].encode())
        self._cookie_secret = derived.hex()
        self._issuer = issuer
        self._clock = clock
        self._known = lru_cache(KNOWN)(self._verified)

    @property
    def cookie_secret(self) -> str:
        """What signs the cookie of a browser that is signing in."""
        return self._cookie_secret

    @property
    def public_keys(self) -> dict[str, Any]:
        """What others verify our tokens with (JWKS)."""
        return dict(self._set.as_dict(private=False))

    def issue(self, driver_id: str, family: str) -> str:
        """A token for this driver's sign-in."""
        now = self._clock.now()
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self._keys[0].kid}
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": driver_id,
            "sid": family,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        return jwt.encode(header, claims, self._keys[0])

    def read(self, text: str) -> Bearer:
        """Who presents this token; raises Unauthenticated."""
        bearer = self._known(text)
        if bearer.expires_at <= self._clock.now():
            raise Unauthenticated("the access token has expired or is not for this")
        return bearer

    def _verified(self, text: str) -> Bearer:
        """The same, though it may have expired."""
        try:
            token = jwt.decode(text, self._set, algorithms=["ES256"])
        except (JoseError, ValueError) as error:
            raise Unauthenticated("the access token is not valid") from error
        claims = token.claims
        ends = claims.get("exp")
        ours = (
            token.header.get("typ") == "at+jwt"
            and claims.get("aud") == AUDIENCE
            and claims.get("iss") == self._issuer
        )
        if not ours or not isinstance(ends, int):
            raise Unauthenticated("the access token has expired or is not for this")
        return Bearer(str(claims["sub"]), str(claims["sid"]), datetime.fromtimestamp(ends, UTC))
