"""The simulated identity provider, verified with joserfc; the phone is its relying party."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.simulators.identity_provider import IdentityProvider, challenge_of
from app.simulators.phone import CallFailedError, Phone


@pytest.fixture
async def idp() -> AsyncIterator[IdentityProvider]:
    async with IdentityProvider() as idp:
        yield idp


async def published(idp: IdentityProvider) -> KeySet:
    async with httpx.AsyncClient(trust_env=False) as http:
        known = (await http.get(f"{idp.origin}/.well-known/openid-configuration")).json()
        assert known["issuer"] == idp.origin
        keys = (await http.get(known["jwks_uri"])).json()
    assert all("d" not in key for key in keys["keys"])
    return KeySet.import_key_set(keys)


async def a_token(idp: IdentityProvider, **changes: Any) -> str:
    async with Phone("http://127.0.0.1:1") as phone:
        asked = {"client_id": idp.client_id, "nonce": "n-1"} | changes
        return await phone.id_token(idp.origin, **asked)


def claims(token: str, keys: KeySet) -> dict[str, Any]:
    return dict(jwt.decode(token, keys, algorithms=["RS256", "ES256"]).claims)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_good_token(idp: IdentityProvider, algorithm: Any) -> None:
    idp.algorithm = algorithm
    found = claims(await a_token(idp), await published(idp))
    assert (found["iss"], found["aud"], found["nonce"]) == (idp.origin, idp.client_id, "n-1")
    assert (found["sub"], found["email"]) == ("driver-1", "dana@example.com")


async def test_another_user_signs_in(idp: IdentityProvider) -> None:
    idp.add_user("driver-2", name="Eve", email="eve@example.com")
    assert claims(await a_token(idp, user="driver-2"), await published(idp))["sub"] == "driver-2"


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
async def test_tokens_nobody_may_accept(idp: IdentityProvider, algorithm: Any) -> None:
    idp.algorithm = algorithm
    token = await a_token(idp)
    with pytest.raises((JoseError, ValueError)):
        claims(token, await published(idp))


async def test_spoilt_claims_and_strange_keys(idp: IdentityProvider) -> None:
    keys = await published(idp)
    idp.spoil = {"aud": "another", "nonce": None}
    found = claims(await a_token(idp), keys)
    assert found["aud"] == "another"
    assert "nonce" not in found
    idp.sign_with_stranger = True
    with pytest.raises((JoseError, ValueError)):
        claims(await a_token(idp), keys)


async def test_rotated_keys_are_found_again(idp: IdentityProvider) -> None:
    old = await published(idp)
    idp.rotate()
    token = await a_token(idp)
    with pytest.raises((JoseError, ValueError)):
        claims(token, old)
    assert claims(token, await published(idp))["sub"] == "driver-1"


async def test_pkce_is_required_and_a_code_works_once(idp: IdentityProvider) -> None:
    asked = {
        "response_type": "code",
        "client_id": idp.client_id,
        "redirect_uri": "http://app/back",
        "scope": "openid",
        "state": "s",
    }
    async with httpx.AsyncClient(trust_env=False) as http:
        without = await http.get(f"{idp.origin}/authorize", params=asked)
        assert "error=invalid_request" in without.headers["location"]
        asked |= {"code_challenge": challenge_of("right"), "code_challenge_method": "S256"}
        for verifier, status in (("wrong", 400), ("right", 200)):
            sent = await http.get(f"{idp.origin}/authorize", params=asked)
            code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "client_id": idp.client_id,
                "redirect_uri": "http://app/back",
                "code_verifier": verifier,
            }
            first = await http.post(f"{idp.origin}/token", data=form)
            assert first.status_code == status
            assert (await http.post(f"{idp.origin}/token", data=form)).status_code == 400


async def test_strangers_are_turned_away(idp: IdentityProvider) -> None:
    with pytest.raises(CallFailedError):
        await a_token(idp, client_id="another-app")


async def test_people_may_choose_who_they_are() -> None:
    async with (
        IdentityProvider(asks_people=True) as idp,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        asked = {
            "response_type": "code",
            "client_id": idp.client_id,
            "redirect_uri": "http://app/back",
            "scope": "openid",
            "code_challenge": challenge_of("v"),
            "code_challenge_method": "S256",
        }
        shown = await http.get(f"{idp.origin}/authorize", params=asked)
        assert "Dana Driver" in shown.text
        sent = await http.get(f"{idp.origin}/authorize", params=asked | {"login_hint": "driver-1"})
        assert sent.status_code == 302
