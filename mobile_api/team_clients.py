"""Apple's kind of client: a secret we sign ourselves, a code we redeem, a grant we give back.

Source: Apple Developer Documentation, Sign in with Apple REST API: Creating a client secret,
Token validation, Revoke tokens. The secret may last half a year; ours lasts an hour.
"""

import json
from datetime import timedelta
from logging import getLogger
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey

from app.domain.errors import ProviderUnavailable, Unauthenticated
from app.ports.clock import Clock
from app.ports.http import HttpAnswer, HttpClient, HttpFailure
from mobile_api.providers import OK, TIMEOUT_S, Discovery, TeamKey

log = getLogger(__name__)

SECRET_LASTS = timedelta(hours=1)
RENEWED_BEFORE = timedelta(minutes=5)
FAULTS_OF_THEIRS = 500
TOO_OFTEN = 429
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class TeamClients:
    """Our clients at the providers that have a team key."""

    def __init__(self, discoveries: dict[str, Discovery], http: HttpClient, clock: Clock) -> None:
        self._known = {n: d for n, d in discoveries.items() if d.provider.team_key is not None}
        self._http = http
        self._clock = clock
        self._secrets: dict[tuple[str, str], tuple[str, float]] = {}

    def has(self, provider: str) -> bool:
        """Whether a provider is of this kind."""
        return provider in self._known

    def secret(self, provider: str, client_id: str) -> str:
        """The client's secret, made anew before it runs out."""
        discovery = self._known[provider]
        key, now = discovery.provider.team_key, self._clock.now()
        made, ends = self._secrets.get((provider, client_id), ("", 0.0))
        if key is None or ends - RENEWED_BEFORE.total_seconds() > now.timestamp():
            return made
        expires = int((now + SECRET_LASTS).timestamp())
        claims = {
            "iss": key.team,
            "iat": int(now.timestamp()),
            "exp": expires,
            "aud": discovery.provider.issuer,
            "sub": client_id,
        }
        made = _signed(key, claims)
        self._secrets[provider, client_id] = (made, float(expires))
        return made

    async def redeem(self, provider: str, client_id: str, code: str) -> str:
        """What an app's code was granted, to be given back one day; raises Unauthenticated."""
        form = {"grant_type": "authorization_code", "code": code}
        answer = await self._post(provider, client_id, "token_endpoint", form)
        grant = _content(answer).get("refresh_token") if answer.status == OK else None
        if not isinstance(grant, str):
            raise Unauthenticated("the authorization code is not valid")
        return grant

    async def revoke(self, provider: str, client_id: str, grant: str) -> bool:
        """Give a grant back; False when the provider will not have it, now or later.

        Raises ProviderUnavailable when it is worth trying again.
        """
        if provider not in self._known:
            log.warning("driver.provider_is_gone", extra={"provider": provider})
            return False
        form = {"token": grant, "token_type_hint": "refresh_token"}
        answer = await self._post(provider, client_id, "revocation_endpoint", form)
        return answer.status == OK

    async def _post(
        self, provider: str, client_id: str, endpoint: str, form: dict[str, str]
    ) -> HttpAnswer:
        url = await self._known[provider].endpoint(endpoint)
        form = form | {"client_id": client_id, "client_secret": self.secret(provider, client_id)}
        try:
            answer = await self._http.request(
                "POST", url, headers=FORM, body=urlencode(form).encode(), timeout=TIMEOUT_S
            )
        except HttpFailure as error:
            raise ProviderUnavailable(f"{provider}: {error}") from error
        if answer.status >= FAULTS_OF_THEIRS or answer.status == TOO_OFTEN:
            raise ProviderUnavailable(f"{provider} answered {answer.status}")
        return answer


def _signed(key: TeamKey, claims: dict[str, Any]) -> str:
    header = {"alg": "ES256", "kid": key.key_id}
    return jwt.encode(header, claims, ECKey.import_key(key.pem))


def _content(answer: HttpAnswer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
