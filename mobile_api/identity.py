"""Who a driver is: ID tokens of OpenID Connect providers, verified (RFC 8252).

The provider's keys are fetched through our own HTTP port, kept for an hour, and fetched again at
most every 30 s when a token names a key we do not know, so key rotation works and a flood of
forged tokens does not become a flood of requests.
"""

import asyncio
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.domain.drivers import Identity
from app.domain.errors import ProviderUnavailable, Unauthenticated
from app.ports.clock import Clock
from app.ports.http import HttpClient
from mobile_api.providers import Discovery, Provider
from mobile_api.team_clients import TeamClients

ALGORITHMS = ["RS256", "ES256"]
LEEWAY_S = 30
OLDEST_S = 600
KEYS_LAST_S = 3600.0
ASK_AGAIN_S = 30.0
LONGEST_NAME = 120


class _Keys:
    """One provider's signing keys."""

    def __init__(self, discovery: Discovery, clock: Clock) -> None:
        self._discovery = discovery
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
        said = await self._discovery.document(fresh=True)
        try:
            return KeySet.import_key_set(await self._discovery.get(str(said.get("jwks_uri"))))
        except (JoseError, ValueError, TypeError, LookupError) as error:
            raise ProviderUnavailable(f"{self._discovery.provider.name}: no keys") from error


class IdTokens:
    """Verifies ID tokens of the configured providers."""

    def __init__(self, providers: dict[str, Provider], http: HttpClient, clock: Clock) -> None:
        self.providers = providers
        self.discoveries = {name: Discovery(p, http, clock) for name, p in providers.items()}
        self.team_clients = TeamClients(self.discoveries, http, clock)
        self._clock = clock
        self._keys = {name: _Keys(each, clock) for name, each in self.discoveries.items()}

    def provider(self, name: str) -> Provider:
        """The provider of this name; raises Unauthenticated."""
        found = self.providers.get(name)
        if found is None:
            raise Unauthenticated(f"no identity provider {name!r}")
        return found

    async def verify(self, provider_name: str, id_token: str, nonce: str) -> Identity:
        """The identity an ID token proves; raises Unauthenticated saying which claim is wrong."""
        provider = self.provider(provider_name)
        try:
            header = jws.extract_compact(id_token.encode()).headers()
            keys = await self._keys[provider_name].keys(known=_text(header.get("kid")))
            claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise Unauthenticated(f"the ID token is not valid: {error}") from error
        self._check(provider, claims, nonce)
        return _identity(provider, claims)

    def _check(self, provider: Provider, claims: dict[str, Any], nonce: str) -> None:
        now = self._clock.now().timestamp()
        audiences = _audiences(claims)
        several = len(audiences) > 1
        wrong = {
            "iss": claims.get("iss") not in provider.issuers,
            "aud": not set(provider.clients) & set(audiences),
            "azp": (several or "azp" in claims) and claims.get("azp") not in provider.clients,
            "nonce": claims.get("nonce") != nonce,
            "sub": not isinstance(claims.get("sub"), str) or not claims["sub"],
            "exp": not _number(claims.get("exp")) or claims["exp"] + LEEWAY_S < now,
            "iat": not _number(claims.get("iat")) or not _recent(claims["iat"], now),
        }
        failed = [claim for claim, bad in wrong.items() if bad]
        if failed:
            raise Unauthenticated(f"the ID token's {', '.join(failed)} is wrong")


def _identity(provider: Provider, claims: dict[str, Any]) -> Identity:
    """The person: the issuer as we write it, the address only when the provider verified it.

    Apple says so as text, and of people who hide their address tells one that it relays from.
    """
    verified = claims.get("email_verified") in {True, "true"}
    meant = next(each for each in provider.clients if each in _audiences(claims))
    return Identity(
        provider.issuer,
        claims["sub"],
        _text(claims.get("email")) if verified else None,
        (_text(claims.get("name")) or "")[:LONGEST_NAME] or None,
        provider=provider.name,
        client_id=meant,
    )


def _audiences(claims: dict[str, Any]) -> list[str]:
    audience = claims.get("aud")
    found = audience if isinstance(audience, list) else [audience]
    return [each for each in found if isinstance(each, str)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _recent(issued: float, now: float) -> bool:
    return now - OLDEST_S <= issued <= now + LEEWAY_S
