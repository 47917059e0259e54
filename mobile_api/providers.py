"""Identity providers as the settings name them, and what each says of itself (discovery).

Google writes its issuer in two ways. A provider with a team key is of Apple's kind: our secret
there is a token we sign ourselves, its answer to a browser is a form that is posted to us, and
what it granted must be revoked when the account is deleted.
"""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.errors import InvalidInput, ProviderUnavailable
from app.ports.clock import Clock
from app.ports.http import HttpClient, HttpFailure

TIMEOUT_S = 5.0
LASTS_S = 3600.0
OK = 200
GOOGLE = "https://accounts.google.com"
TEAM_KEY = "team-key:"


@dataclass(frozen=True, slots=True)
class TeamKey:
    """The private key (PEM, P-256) that a developer team signs its clients' secrets with."""

    team: str
    key_id: str
    pem: str


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider and our clients there: the browser's, and those of the apps.

    `client_secret` is for browsers only, where the provider does not take a public client.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str | None = None
    app_clients: tuple[str, ...] = ()
    team_key: TeamKey | None = None

    @property
    def issuers(self) -> tuple[str, ...]:
        """How ID tokens may name the issuer."""
        bare = (GOOGLE.removeprefix("https://"),) if self.issuer == GOOGLE else ()
        return (self.issuer, f"{self.issuer}/", *bare)

    @property
    def clients(self) -> tuple[str, ...]:
        """All clients of ours; ID tokens are for one of them."""
        return (self.client_id, *self.app_clients)


def read_providers(text: str) -> dict[str, Provider]:
    """Providers from the setting `NAME=ISSUER|CLIENT_ID,…[|CLIENT_SECRET] …`.

    Raises InvalidInput for a team's key file that cannot be read.
    """
    providers = {}
    for part in text.split():
        name, _, rest = part.partition("=")
        issuer, clients, secret = (*rest.split("|"), "", "")[:3]
        client_id, *others = clients.split(",")
        team_key = _team_key(secret) if secret.startswith(TEAM_KEY) else None
        providers[name] = Provider(
            name,
            issuer.rstrip("/"),
            client_id,
            None if team_key else secret or None,
            app_clients=tuple(others),
            team_key=team_key,
        )
    return providers


def _team_key(text: str) -> TeamKey:
    team, key_id, file = text.removeprefix(TEAM_KEY).split(":", 2)
    try:
        return TeamKey(team, key_id, Path(file).read_text())
    except OSError as error:
        reason = f"the team's key cannot be read: {error.strerror}"
        raise InvalidInput("ROAMWATT_IDENTITY_PROVIDERS", reason) from error


class Discovery:
    """What a provider says of itself, fetched by our own HTTP port and kept for an hour."""

    def __init__(self, provider: Provider, http: HttpClient, clock: Clock) -> None:
        self.provider = provider
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._known: dict[str, Any] | None = None
        self._fetched = float("-inf")

    async def document(self, *, fresh: bool = False) -> dict[str, Any]:
        """The discovery document; raises ProviderUnavailable."""
        async with self._lock:
            age = self._clock.monotonic() - self._fetched
            if fresh or self._known is None or age > LASTS_S:
                self._known = await self._fetch()
                self._fetched = self._clock.monotonic()
            return self._known

    async def endpoint(self, name: str) -> str:
        """An address of the provider's; raises ProviderUnavailable when it names none."""
        found = (await self.document()).get(name)
        if not isinstance(found, str):
            raise ProviderUnavailable(f"{self.provider.name} names no {name}")
        return found

    async def get(self, url: str) -> Any:
        """JSON of the provider's; raises ProviderUnavailable."""
        try:
            answer = await self._http.request("GET", url, headers={}, timeout=TIMEOUT_S)
            if answer.status != OK:
                raise ProviderUnavailable(f"{self.provider.name} answered {answer.status}")
            return json.loads(answer.body)
        except (HttpFailure, ValueError) as error:
            raise ProviderUnavailable(f"{self.provider.name}: {error}") from error

    async def _fetch(self) -> dict[str, Any]:
        found = await self.get(f"{self.provider.issuer}/.well-known/openid-configuration")
        if not isinstance(found, dict):
            raise ProviderUnavailable(f"{self.provider.name} says nothing of itself")
        if str(found.get("issuer", "")).rstrip("/") != self.provider.issuer:
            raise ProviderUnavailable(f"{self.provider.name} names another issuer")
        return found
