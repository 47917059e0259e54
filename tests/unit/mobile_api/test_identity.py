"""Providers' keys: fetched once, again when a token names a new one, never in a flood."""

import asyncio
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from app.domain.errors import ProviderUnavailable, Unauthenticated
from app.ports.http import HttpAnswer, HttpFailure
from mobile_api.identity import IdTokens
from mobile_api.providers import Provider, read_providers
from tests.support.clock import FakeClock

ISSUER = "https://idp.example"


class Idp:
    """Answers discovery and keys as a provider would, without a socket."""

    def __init__(self) -> None:
        self.keys = [self._key("k1")]
        self.asked: list[str] = []
        self.issuer = ISSUER
        self.trouble: HttpAnswer | HttpFailure | None = None

    @staticmethod
    def _key(kid: str) -> ECKey:
        named: Any = {"kid": kid, "use": "sig", "alg": "ES256"}
        return ECKey.generate_key("P-256", named, private=True)

    def rotate(self) -> None:
        self.keys = [self._key("k2")]

    async def request(self, _method: str, url: str, **_: Any) -> HttpAnswer:
        self.asked.append(url)
        await asyncio.sleep(0)
        if isinstance(self.trouble, HttpFailure):
            raise self.trouble
        if self.trouble is not None:
            return self.trouble
        if url.endswith("openid-configuration"):
            body: Any = {"issuer": self.issuer, "jwks_uri": f"{ISSUER}/jwks"}
        else:
            body = KeySet(list(self.keys)).as_dict(private=False)
        return HttpAnswer(200, body=json.dumps(body).encode())

    async def close(self) -> None:
        return None

    def token(self, clock: FakeClock, **changes: Any) -> str:
        now = int(clock.now().timestamp())
        claims = {
            "iss": ISSUER, "aud": "app", "sub": "s-1", "nonce": "n", "iat": now, "exp": now + 300,
        }  # fmt: skip
        key = self.keys[0]
        return jwt.encode({"alg": "ES256", "kid": key.kid}, claims | changes, key)


@pytest.fixture
def idp() -> Idp:
    return Idp()


@pytest.fixture
def tokens(idp: Idp, clock: FakeClock) -> IdTokens:
    return IdTokens({"idp": Provider("idp", ISSUER, "app")}, idp, clock)


def test_providers_are_read_from_the_setting() -> None:
    read = read_providers("a=https://a.example/|app-a b=https://b.example/x|app-b")
    assert read["a"] == Provider("a", "https://a.example", "app-a")
    assert read["b"].issuer == "https://b.example/x"
    assert read_providers("") == {}
    assert read_providers("c=https://c.example|app|hush")["c"].client_secret == "hush"
    assert read["a"].client_secret is None


async def test_keys_are_fetched_once_an_hour(idp: Idp, tokens: IdTokens, clock: FakeClock) -> None:
    for _ in range(3):
        await tokens.verify("idp", idp.token(clock), "n")
    assert len(idp.asked) == 2
    await clock.advance(3601)
    await tokens.verify("idp", idp.token(clock), "n")
    assert len(idp.asked) == 4


async def test_a_flood_of_sign_ins_asks_once(idp: Idp, tokens: IdTokens, clock: FakeClock) -> None:
    await asyncio.gather(*(tokens.verify("idp", idp.token(clock), "n") for _ in range(20)))
    assert len(idp.asked) == 2


async def test_unknown_keys_are_asked_for_at_most_every_thirty_seconds(
    idp: Idp, tokens: IdTokens, clock: FakeClock
) -> None:
    await tokens.verify("idp", idp.token(clock), "n")
    idp.rotate()
    for _ in range(50):
        with pytest.raises(Unauthenticated):
            await tokens.verify("idp", idp.token(clock), "n")
    assert len(idp.asked) == 2
    await clock.advance(31)
    assert (await tokens.verify("idp", idp.token(clock), "n")).subject == "s-1"
    assert len(idp.asked) == 4


async def test_leeway_and_age(idp: Idp, tokens: IdTokens, clock: FakeClock) -> None:
    """Thirty seconds of leeway, not the two minutes that libraries give."""
    now = int(clock.now().timestamp())
    await tokens.verify("idp", idp.token(clock, exp=now - 29), "n")
    await tokens.verify("idp", idp.token(clock, iat=now + 29), "n")
    for wrong in ({"exp": now - 31}, {"iat": now + 31}, {"iat": now - 601}, {"exp": True}):
        with pytest.raises(Unauthenticated):
            await tokens.verify("idp", idp.token(clock, **wrong), "n")


async def test_several_audiences_need_us_as_the_authorized_party(
    idp: Idp, tokens: IdTokens, clock: FakeClock
) -> None:
    both = ["app", "other"]
    await tokens.verify("idp", idp.token(clock, aud=both, azp="app"), "n")
    with pytest.raises(Unauthenticated, match="azp"):
        await tokens.verify("idp", idp.token(clock, aud=both, azp="other"), "n")


@pytest.mark.parametrize(
    "trouble",
    [HttpFailure("refused"), HttpAnswer(500), HttpAnswer(200, body=b"<html>")],
)
async def test_a_provider_in_trouble_is_not_the_drivers_fault(
    idp: Idp, tokens: IdTokens, clock: FakeClock, trouble: HttpAnswer | HttpFailure
) -> None:
    token = idp.token(clock)
    idp.trouble = trouble
    with pytest.raises(ProviderUnavailable):
        await tokens.verify("idp", token, "n")
    idp.trouble = None
    await tokens.verify("idp", token, "n")


async def test_a_discovery_for_another_issuer_is_not_believed(
    idp: Idp, tokens: IdTokens, clock: FakeClock
) -> None:
    idp.issuer = "https://evil.example"
    with pytest.raises(ProviderUnavailable):
        await tokens.verify("idp", idp.token(clock), "n")


async def test_only_a_verified_address_is_told(
    idp: Idp, tokens: IdTokens, clock: FakeClock
) -> None:
    """Apple says "true" as text."""
    for verified, told in ((True, "a@b.example"), ("true", "a@b.example"), (False, None)):
        token = idp.token(clock, email="a@b.example", email_verified=verified)
        assert (await tokens.verify("idp", token, "n")).email == told
    assert (await tokens.verify("idp", idp.token(clock, email="a@b.example"), "n")).email is None
