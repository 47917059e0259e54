"""Access tokens: RFC 9068 by a key that follows from the secret."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.domain.errors import Unauthenticated
from mobile_api.access import AUDIENCE, AccessTokens, _key
from tests.support.clock import FakeClock

OLD, NEW = "an old secret of thirty-two chars", "a new secret of thirty-two chars."
ISSUER = "https://charge.example"


def test_a_token_names_the_driver_and_the_sign_in(clock: FakeClock) -> None:
    tokens = AccessTokens([NEW], ISSUER, clock)
    bearer = tokens.read(tokens.issue("d-1", "family"))
    assert (bearer.driver_id, bearer.family) == ("d-1", "family")
    assert (bearer.expires_at - clock.now()).total_seconds() == 600


def test_every_process_has_the_same_key(clock: FakeClock) -> None:
    one, other = AccessTokens([NEW], ISSUER, clock), AccessTokens([NEW], ISSUER, clock)
    assert other.read(one.issue("d-1", "f")).driver_id == "d-1"
    assert one.public_keys == other.public_keys


def test_a_rotated_secret_still_reads(clock: FakeClock) -> None:
    before, after = AccessTokens([OLD], ISSUER, clock), AccessTokens([NEW, OLD], ISSUER, clock)
    assert after.read(before.issue("d-1", "f")).driver_id == "d-1"
    assert len(after.public_keys["keys"]) == 2
    assert all("d" not in key for key in after.public_keys["keys"])
    with pytest.raises(Unauthenticated):
        before.read(after.issue("d-1", "f"))


async def test_a_token_ends(clock: FakeClock) -> None:
    tokens = AccessTokens([NEW], ISSUER, clock)
    token = tokens.issue("d-1", "f")
    await clock.advance(600)
    with pytest.raises(Unauthenticated):
        tokens.read(token)


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "JWT"}, {}),
        ({}, {"aud": "another-api"}),
        ({}, {"iss": "https://elsewhere.example"}),
        ({}, {"exp": None}),
        ({}, {"exp": "9999999999"}),
    ],
)
def test_a_token_for_something_else_is_refused(
    clock: FakeClock, header: dict[str, str], claims: dict[str, object]
) -> None:
    """Signed by our own key, but no access token for this API."""
    key = _key(NEW)
    ends = int(clock.now().timestamp()) + 60
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "d-1", "sid": "f", "exp": ends} | claims
    said = {name: value for name, value in said.items() if value is not None}
    text = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.kid, **header}, said, key)
    with pytest.raises(Unauthenticated):
        AccessTokens([NEW], ISSUER, clock).read(text)


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "e30.e30.", "é.é.é"])
def test_nonsense_is_refused(clock: FakeClock, text: str) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens([NEW], ISSUER, clock).read(text)


def test_another_algorithm_is_refused(clock: FakeClock) -> None:
    """No token signed by a public key as if it were a shared secret."""
    tokens = AccessTokens([NEW], ISSUER, clock)
    public = KeySet.import_key_set(tokens.public_keys).keys[0]
    octets = {"kty": "oct", "k": public.as_dict()["x"]}
    forged = jwt.encode(
        {"alg": "HS256", "typ": "at+jwt", "kid": public.kid},
        {"iss": ISSUER, "aud": AUDIENCE, "sub": "d-1", "sid": "f", "exp": 9_999_999_999},
        KeySet.import_key_set({"keys": [octets]}).keys[0],
        algorithms=["HS256"],
    )
    with pytest.raises(Unauthenticated):
        tokens.read(forged)
