"""Providers' keys: fetched once, again when a token names a new one, never in a flood."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from app.domain.errors import InvalidInput, ProviderUnavailable, Unauthenticated
from app.ports.http import HttpAnswer, HttpFailure
from mobile_api.identity import IdTokens
from mobile_api.providers import GOOGLE, Provider, TeamKey, read_providers
from tests.support.clock import FakeClock

ISSUER = "https://idp.example"


class Idp:
    """Answers discovery and keys as a provider would, without a socket."""

    def __init__(self) -> None:
        self.keys = [self._key("k1")]
        self.asked: list[str] = []
        self.issuer = ISSUER
        self.odd_keys: bytes | None = None
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
        elif self.odd_keys is not None:
            return HttpAnswer(200, body=self.odd_keys)
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
    assert read_providers("d=https://d.example|web,ios,android")["d"].clients == (
        "web", "ios", "android",
    )  # fmt: skip


def test_a_teams_key_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "key.p8"
    file.write_text("PEM")
    read = read_providers(f"apple=https://a.example|web,app|team-key:T:K:{file}")["apple"]
    assert (read.team_key, read.client_secret) == (TeamKey("T", "K", "PEM"), None)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_providers(f"apple=https://a.example|web|team-key:T:K:{tmp_path / 'none'}")


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


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("iss", {"iss": "https://elsewhere.example"}),
    ("iss", {"iss": ["https://idp.example"]}),
    ("iss", {"iss": "accounts.google.com"}),
    ("aud", {"aud": "other"}),
    ("aud", {"aud": []}),
    ("aud", {"aud": ["other"]}),
    ("aud", {"aud": None}),
    ("azp", {"aud": ["app", "other"]}),
    ("azp", {"aud": ["app", "other"], "azp": "other"}),
    ("azp", {"azp": "other"}),
    ("nonce", {"nonce": "another"}),
    ("nonce", {"nonce": None}),
    ("sub", {"sub": ""}),
    ("sub", {"sub": 7}),
    ("exp", {"exp": "tomorrow"}),
    ("exp", {"exp": None}),
    ("iat", {"iat": True}),
]


@pytest.mark.parametrize(("claim", "changes"), WRONG)
async def test_what_is_refused(
    *, idp: Idp, tokens: IdTokens, clock: FakeClock, claim: str, changes: dict[str, Any]
) -> None:
    """driver §A2: each is named, and none is repeated."""
    with pytest.raises(Unauthenticated, match=f"{claim} is wrong"):
        await tokens.verify("idp", idp.token(clock, **changes), "n")


@pytest.mark.parametrize(("header", "claim"), [("crit", ["x"]), ("kid", 7), ("alg", "RS256")])
async def test_odd_headers_are_refused(
    *, idp: Idp, tokens: IdTokens, clock: FakeClock, header: str, claim: Any
) -> None:
    first, *rest = idp.token(clock).split(".")
    told = json.loads(urlsafe_b64decode(first + "=="))
    odd = urlsafe_b64encode(json.dumps(told | {header: claim}).encode()).rstrip(b"=").decode()
    with pytest.raises(Unauthenticated):
        await tokens.verify("idp", ".".join([odd, *rest]), "n")


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "..", "é.é.é", "a" * 9_000])
async def test_what_is_no_token_is_refused(tokens: IdTokens, text: str) -> None:
    with pytest.raises(Unauthenticated):
        await tokens.verify("idp", text, "n")


@pytest.mark.parametrize("said", [GOOGLE, "accounts.google.com"])
async def test_google_writes_its_issuer_in_two_ways(idp: Idp, clock: FakeClock, said: str) -> None:
    """driver §A1, trap 7; whichever it is, the person is the same."""
    idp.issuer = GOOGLE
    tokens = IdTokens({"google": Provider("google", GOOGLE, "app")}, idp, clock)
    found = await tokens.verify("google", idp.token(clock, iss=said), "n")
    assert (found.issuer, found.subject) == (GOOGLE, "s-1")


async def test_apps_have_clients_of_their_own(idp: Idp, clock: FakeClock) -> None:
    provider = Provider("idp", ISSUER, "web", app_clients=("app", "tablet"))
    tokens = IdTokens({"idp": provider}, idp, clock)
    assert (await tokens.verify("idp", idp.token(clock), "n")).client_id == "app"
    android = idp.token(clock, aud="web", azp="tablet")
    assert (await tokens.verify("idp", android, "n")).client_id == "web"


@pytest.mark.parametrize("keys", [b"[]", b"{}", b'{"keys": [{"kty": "??"}]}', b'"x"'])
async def test_odd_keys_are_the_providers_trouble(
    idp: Idp, tokens: IdTokens, clock: FakeClock, keys: bytes
) -> None:
    token = idp.token(clock)
    idp.odd_keys = keys
    with pytest.raises((ProviderUnavailable, Unauthenticated)):
        await tokens.verify("idp", token, "n")


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
