"""Signing in with a real provider over loopback, staying signed in, and signing out."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.simulators.identity_provider import IdentityProvider
from app.simulators.phone import CallFailedError, Phone
from tests.edge.mobile.conftest import STRANGER, Site, refused


@pytest.fixture(autouse=True)
def _present(site: Site) -> None:
    """The provider lives in the present, so must we."""
    site.drive.clock.set(datetime.now(UTC))


async def enter(phone: Phone, idp: IdentityProvider, **more: Any) -> Any:
    return await phone.sign_in(
        idp.origin, client_id=idp.client_id, provider="simulated", user="driver-1", **more
    )


async def test_a_driver_signs_in_and_is_known(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    answer = await enter(phone, idp)
    assert (answer["token_type"], answer["expires_in_s"]) == ("Bearer", 600)
    assert answer["driver"]["email"] == "dana@example.com"
    me = await phone.get("/me")
    assert (me["name"], me["id"]) == ("Dana Driver", answer["driver"]["id"])
    devices = (await phone.get("/devices"))["devices"]
    assert [(d["platform"], d["push"]) for d in devices] == [("android", True)]
    again = await enter(phone, idp)
    assert again["driver"]["id"] == me["id"]
    assert again["sign_in"] != answer["sign_in"]


async def test_anybody_can_verify_our_tokens(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    """RFC 9068: typ, aud, and a key that is published at the well-known place."""
    answer = await enter(phone, idp)
    published = await site.http.get(f"{site.url}/.well-known/jwks.json")
    keys = published.json()
    assert all("d" not in key for key in keys["keys"])
    token = jwt.decode(answer["access_token"], KeySet.import_key_set(keys), algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    assert (token.claims["iss"], token.claims["sid"]) == (site.url, answer["sign_in"])
    assert (await site.get("/.well-known/jwks.json")).json() == keys


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://elsewhere.example"),
        ("aud", "another-app"),
        ("aud", ["roamwatt-app", "another-app"]),
        ("nonce", "another"),
        ("nonce", None),
        ("exp", 1_000_000_000),
        ("iat", 1_000_000_000),
        ("exp", "tomorrow"),
        ("sub", None),
    ],
)
async def test_a_wrong_claim_is_refused(
    phone: Phone, idp: IdentityProvider, claim: str, value: object
) -> None:
    idp.spoil = {claim: value}
    with pytest.raises(CallFailedError) as failed:
        await enter(phone, idp)
    assert (failed.value.status, failed.value.problem["code"]) == (401, "unauthenticated")
    named = "azp" if isinstance(value, list) else claim
    assert f"{named} is wrong" in failed.value.problem["detail"]


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
async def test_an_algorithm_of_the_forgers_choice_is_refused(
    phone: Phone, idp: IdentityProvider, algorithm: Any
) -> None:
    """The public key as HMAC secret, or no signature at all."""
    idp.algorithm = algorithm
    with pytest.raises(CallFailedError) as failed:
        await enter(phone, idp)
    assert failed.value.status == 401


async def test_both_algorithms_of_the_list_are_taken(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    for algorithm in ("RS256", "ES256"):
        idp.algorithm = algorithm  # type: ignore[assignment]
        await enter(phone, idp)


async def test_keys_may_rotate_and_strangers_keys_do_not_count(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    await enter(phone, idp)
    idp.rotate()
    with pytest.raises(CallFailedError):
        await enter(phone, idp)
    await site.drive.clock.advance(31)
    await enter(phone, idp)
    await site.drive.clock.advance(31)
    idp.sign_with_stranger = True
    with pytest.raises(CallFailedError) as failed:
        await enter(phone, idp)
    assert failed.value.status == 401


async def test_a_nonce_is_ours_and_used_once(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    device = {"id": "device-00001", "platform": "ios"}

    def body(nonce: str) -> dict[str, Any]:
        id_token = idp.id_token("driver-1", nonce)
        return {
            "provider": "simulated", "id_token": id_token, "nonce": nonce, "device": device,
        }  # fmt: skip

    refused(await site.post("/auth/exchange", body("invented")), 401, "unauthenticated")
    given = (await site.post("/auth/nonce")).json()
    assert given["expires_in_s"] == 600
    first = await site.post("/auth/exchange", body(given["nonce"]))
    assert first.status_code == 200
    refused(await site.post("/auth/exchange", body(given["nonce"])), 401, "unauthenticated")


async def test_an_unknown_provider_and_a_silent_one(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    nonce = (await site.post("/auth/nonce")).json()["nonce"]
    body = {
        "provider": "nobody",
        "id_token": "a.b.c",
        "nonce": nonce,
        "device": {"id": "device-00001", "platform": "ios"},
    }
    refused(await site.post("/auth/exchange", body), 401, "unauthenticated")
    token = idp.id_token("driver-1", nonce)
    await idp.__aexit__(None, None, None)
    answer = await site.post("/auth/exchange", body | {"provider": "simulated", "id_token": token})
    refused(answer, 503, "provider_unavailable")


async def test_an_unverified_address_is_not_kept(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    idp.spoil = {"email_verified": False}
    assert (await enter(phone, idp))["driver"]["email"] is None


async def test_refresh_tokens_rotate_and_a_copied_one_ends_the_sign_in(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    await enter(phone, idp)
    first = phone.refresh_token
    await phone.refresh()
    assert phone.refresh_token != first
    await site.drive.clock.advance(60)
    body = {"refresh_token": first, "device_id": phone.device_id}
    refused(await site.post("/auth/refresh", body), 401, "unauthenticated")
    with pytest.raises(CallFailedError) as failed:
        await phone.get("/me")
    assert failed.value.status == 401


async def test_of_many_refreshes_at_once_all_get_on(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    """A phone whose requests run into the expiry together is not signed out."""
    await enter(phone, idp)
    body = {"refresh_token": phone.refresh_token, "device_id": phone.device_id}
    answers = await asyncio.gather(*(site.post("/auth/refresh", body) for _ in range(5)))
    assert [a.status_code for a in answers] == [200] * 5
    assert len({a.json()["refresh_token"] for a in answers}) == 5


async def test_an_access_token_lasts_ten_minutes(
    site: Site, phone: Phone, idp: IdentityProvider
) -> None:
    await enter(phone, idp)
    header = {"Authorization": f"Bearer {phone.access_token}"}
    await site.drive.clock.advance(599)
    assert (await site.get("/me", headers=header)).status_code == 200
    await site.drive.clock.advance(1)
    answer = await site.get("/me", headers=header)
    refused(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_id_token_is_no_access_token(site: Site, idp: IdentityProvider) -> None:
    token = idp.id_token("driver-1", "n")
    answer = await site.get("/me", headers={"Authorization": f"Bearer {token}"})
    refused(answer, 401, "unauthenticated")
    refused(await site.get("/me"), 401, "unauthenticated")


async def test_sign_ins_are_listed_and_ended(site: Site) -> None:
    me = await site.sign_in()
    other = await site.sign_in(device=STRANGER)
    listed = (await site.get("/auth/sessions", headers=me)).json()["sign_ins"]
    assert sorted((s["device_id"], s["current"]) for s in listed) == [
        ("device-1", True),
        ("device-2", False),
    ]
    theirs = next(s["id"] for s in listed if not s["current"])
    ended = await site.http.delete(f"/auth/sessions/{theirs}", headers=me)
    assert (ended.status_code, ended.content) == (204, b"")
    refused(await site.get("/me", headers=other), 401, "unauthenticated")
    assert (await site.post("/auth/revoke", headers=me)).status_code == 204
    refused(await site.get("/me", headers=me), 401, "unauthenticated")


async def test_nobody_ends_anothers_sign_in(site: Site) -> None:
    me = await site.sign_in()
    thief = await site.sign_in("thief", STRANGER)
    mine = (await site.get("/auth/sessions", headers=me)).json()["sign_ins"][0]["id"]
    refused(await site.post("/auth/revoke", {"sign_in": mine}, headers=thief), 404, "not_found")
    assert (await site.get("/me", headers=me)).status_code == 200


async def test_sign_ins_are_limited_by_address(site: Site) -> None:
    for _ in range(20):
        assert (await site.post("/auth/nonce")).status_code == 200
    answer = await site.post("/auth/nonce")
    refused(answer, 429, "rate_limited")
    assert 0 < int(answer.headers["retry-after"]) <= 61
    await site.drive.clock.advance(61)
    assert (await site.post("/auth/nonce")).status_code == 200
