"""Who a driver is: ID tokens of OpenID Connect providers, verified (RFC 8252).

The provider's keys are fetched through our own HTTP port, kept for an hour, and fetched again at
most every 30 s when a token names a key we do not know, so key rotation works and a flood of
forged tokens does not become a flood of requests.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.domain.errors import ProviderUnavailable, Unauthenticated
from app.ports.clock import Clock
from app.ports.http import HttpClient, HttpFailure

ALGORITHMS = ["RS256", "ES256"]
LEEWAY_S = 30
OLDEST_S = 600
KEYS_LAST_S = 3600.0
ASK_AGAIN_S = 30.0
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider and our client there.

    `client_secret` is for browsers only, where the provider does not take a public client.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A person at a provider; `email` only when the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    name: str | None


def read_providers(text: str) -> dict[str, Provider]:
    """Providers from the setting `NAME=ISSUER|CLIENT_ID[|CLIENT_SECRET] …`."""
    providers = {}
    for part in text.split():
        name, _, rest = part.partition("=")
        issuer, _, client = rest.partition("|")
        client_id, _, secret = client.partition("|")
        providers[name] = Provider(name, issuer.rstrip("/"), client_id, secret or None)
    return providers


class _Keys:
    """One provider's signing keys."""

    def __init__(self, provider: Provider, http: HttpClient, clock: Clock) -> None:
        self._provider = provider
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: KeySet | None = None
        self._fetched = float("-inf")

    async def keys(self, *, known: str | None) -> KeySet:
        """The keys, fresh enough to hold the one named `known` if the provider has it."""
        async with self._lock:
            age = self._clock.monotonic() - self._fetched
            missing = self._misses(known) and age > ASK_AGAIN_S
            if self._keys is None or age > KEYS_LAST_S or missing:
                self._keys = await self._fetch()
                self._fetched = self._clock.monotonic()
            return self._keys

    def _misses(self, known: str | None) -> bool:
        return known is not None and all(key.kid != known for key in self._keys or ())

    async def _fetch(self) -> KeySet:
        discovery = await self._get(f"{self._provider.issuer}/.well-known/openid-configuration")
        if str(discovery.get("issuer", "")).rstrip("/") != self._provider.issuer:
            raise ProviderUnavailable(f"{self._provider.name} names another issuer")
        return KeySet.import_key_set(await self._get(str(discovery.get("jwks_uri"))))

    async def _get(self, url: str) -> Any:
        try:
            answer = await self._http.request("GET", url, headers={}, timeout=TIMEOUT_S)
            if answer.status != 200:  # noqa: PLR2004 - HTTP's word for success
                raise ProviderUnavailable(f"{self._provider.name} answered {answer.status}")
            return json.loads(answer.body)
        except (HttpFailure, ValueError) as error:
            raise ProviderUnavailable(f"{self._provider.name}: {error}") from error


class IdTokens:
    """Verifies ID tokens of the configured providers."""

    def __init__(self, providers: dict[str, Provider], http: HttpClient, clock: Clock) -> None:
        self.providers = providers
        self._clock = clock
        self._keys = {name: _Keys(p, http, clock) for name, p in providers.items()}

    async def verify(self, provider_name: str, id_token: str, nonce: str) -> Identity:
        """The identity an ID token proves; raises Unauthenticated saying which claim is wrong."""
        provider = self.providers.get(provider_name)
        if provider is None:
            raise Unauthenticated(f"no identity provider {provider_name!r}")
        try:
            header = jws.extract_compact(id_token.encode()).headers()
            keys = await self._keys[provider_name].keys(known=header.get("kid"))
            claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise Unauthenticated(f"the ID token is not valid: {error}") from error
        self._check(provider, claims, nonce)
        verified = claims.get("email_verified") in {True, "true"}
        email = claims.get("email") if verified else None
        return Identity(provider.issuer, str(claims["sub"]), email, claims.get("name"))

    def _check(self, provider: Provider, claims: dict[str, Any], nonce: str) -> None:
        now = self._clock.now().timestamp()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        wrong = {
            "iss": str(claims.get("iss", "")).rstrip("/") != provider.issuer,
            "aud": provider.client_id not in audiences,
            "azp": len(audiences) > 1 and claims.get("azp") != provider.client_id,
            "nonce": claims.get("nonce") != nonce,
            "sub": not claims.get("sub"),
            "exp": not _number(claims.get("exp")) or claims["exp"] + LEEWAY_S < now,
            "iat": not _number(claims.get("iat")) or not _recent(claims["iat"], now),
        }
        failed = [claim for claim, bad in wrong.items() if bad]
        if failed:
            raise Unauthenticated(f"the ID token's {', '.join(failed)} is wrong")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _recent(issued: float, now: float) -> bool:
    return now - OLDEST_S <= issued <= now + LEEWAY_S
