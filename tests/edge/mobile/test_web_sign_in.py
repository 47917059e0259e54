"""Signing in with a browser: code and PKCE at a provider, then cookies no script can read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import URL, AsyncClient, Response

from app.simulators.identity_provider import IdentityProvider
from mobile_api.web_cookies import ACCESS, REFRESH
from mobile_api.web_sign_in import local_path
from tests.edge.mobile.conftest import CODE, Site, refused
from tests.support.loopback import a_client

BEGIN = "/web/simulated/sign-in"


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[AsyncClient]:
    """Keeps cookies as a browser does; redirects are followed by hand."""
    site.drive.clock.set(datetime.now(UTC))
    base = f"{site.url}/api/v1"
    async with a_client(base_url=base, timeout=10) as client:
        yield client


async def entered(browser: AsyncClient, page: str = "/") -> Response:
    """To the provider and back to our callback."""
    asked = await browser.get(BEGIN, params={"next": page})
    assert asked.status_code == 302, asked.text
    back = await browser.get(asked.headers["location"])
    return await browser.get(back.headers["location"])


async def test_a_browser_signs_in_and_is_known(site: Site, browser: AsyncClient) -> None:
    answer = await entered(browser, "/q/ABC?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/q/ABC?x=1")
    cookies = answer.headers.get_list("set-cookie")
    ours = [c for c in cookies if c.startswith("roamwatt_") and "signing_in" not in c]
    assert len(ours) == 4
    assert all("HttpOnly" in c and "SameSite=lax" in c for c in ours)
    me = await browser.get("/me")
    assert (me.status_code, me.json()["name"]) == (200, "Dana Driver")
    again = await entered(browser)
    assert again.status_code == 303
    devices = (await browser.get("/devices")).json()["devices"]
    assert [d["platform"] for d in devices] == ["web"]
    listed = (await browser.get("/auth/sessions")).json()["sign_ins"]
    assert len(listed) == 1


async def test_the_request_carries_pkce_state_nonce_and_its_own_callback(
    site: Site, browser: AsyncClient
) -> None:
    asked = await browser.get(BEGIN)
    query = parse_qs(urlsplit(asked.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"{site.url}/api/v1/web/simulated/callback"]
    assert all(query[name] for name in ("state", "nonce", "code_challenge"))


async def test_tokens_are_renewed_and_signing_out_ends_them(
    site: Site, browser: AsyncClient
) -> None:
    await entered(browser)
    before = browser.cookies[REFRESH]
    await site.drive.clock.advance(601)
    refused(await browser.get("/me"), 401, "unauthenticated")
    assert (await browser.post("/web/refresh")).status_code == 204
    assert browser.cookies[REFRESH] != before
    assert (await browser.get("/me")).status_code == 200
    stolen = browser.cookies[ACCESS]
    assert (await browser.post("/web/sign-out")).status_code == 204
    assert REFRESH not in browser.cookies
    answer = await site.get("/me", headers={"Authorization": f"Bearer {stolen}"})
    refused(answer, 401, "unauthenticated")
    refused(await browser.post("/web/refresh"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_other_sites_cannot_use_the_cookie(
    site: Site, browser: AsyncClient, headers: dict[str, str]
) -> None:
    await entered(browser)
    refused(await browser.post("/payment-methods/setup", headers=headers), 403, "forbidden")
    refused(await browser.post("/web/sign-out", headers=headers), 403, "forbidden")
    assert (await browser.get("/me", headers=headers)).status_code == 200
    ours = {"Origin": site.url, "Sec-Fetch-Site": "same-origin"}
    assert (await browser.post("/payment-methods/setup", headers=ours)).status_code == 201


async def test_a_stale_cookie_is_as_good_as_none(site: Site, browser: AsyncClient) -> None:
    await entered(browser)
    await site.drive.clock.advance(601)
    assert (await browser.get(f"/codes/{CODE}")).status_code == 200


async def test_a_callback_without_our_state_is_refused(
    site: Site, browser: AsyncClient, idp: IdentityProvider
) -> None:
    """Somebody else's code pushed into a victim's browser (login CSRF)."""
    asked = await browser.get(BEGIN)
    back = await browser.get(asked.headers["location"])
    callback = back.headers["location"]
    async with a_client() as victim:
        refused(await victim.get(callback), 401, "unauthenticated")
    assert (await browser.get(callback)).status_code == 303
    refused(await browser.get(callback), 401, "unauthenticated")


async def test_a_driver_who_says_no(browser: AsyncClient) -> None:
    await browser.get(BEGIN)
    answer = await browser.get("/web/simulated/callback", params={"error": "access_denied"})
    assert "access_denied" in refused(answer, 401, "unauthenticated")["detail"]


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("aud", "another-app"),
        ("iss", "https://elsewhere.example"),
        ("nonce", "another"),
        ("sub", None),
        ("exp", 1_000_000_000),
    ],
)
async def test_wrong_claims_are_refused(
    browser: AsyncClient, idp: IdentityProvider, claim: str, value: object
) -> None:
    """Authlib alone would take an ID token for another audience."""
    idp.spoil = {claim: value}
    refused(await entered(browser), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("promised", "said", "status"),
    [(True, None, 401), (True, "https://evil.example", 401), (False, "https://evil.example", 401),
     (True, "itself", 303), (False, None, 303)],
)  # fmt: skip
async def test_the_answer_is_by_the_provider_that_was_asked(
    *, browser: AsyncClient, idp: IdentityProvider, promised: bool, said: str | None, status: int
) -> None:
    """RFC 9207; without the promise nothing need be said, but nothing wrong either."""
    idp.tells_issuer = idp.origin if promised else None
    asked = await browser.get(BEGIN)
    back = await browser.get(asked.headers["location"])
    url = URL(back.headers["location"])
    query = {k: v for k, v in url.params.items() if k != "iss"}
    named = {"iss": idp.origin if said == "itself" else said} if said else {}
    answer = await browser.get(url.copy_with(params=query | named))
    assert answer.status_code == status, answer.text


async def test_leeway_is_thirty_seconds(browser: AsyncClient, idp: IdentityProvider) -> None:
    """Authlib's own is two minutes."""
    now = int(datetime.now(UTC).timestamp())
    idp.spoil = {"exp": now - 60}
    refused(await entered(browser), 401, "unauthenticated")


async def test_rotated_keys_are_found_and_algorithms_are_ours_to_choose(
    site: Site, browser: AsyncClient, idp: IdentityProvider
) -> None:
    assert (await entered(browser)).status_code == 303
    idp.rotate()
    await site.drive.clock.advance(31)
    assert (await entered(browser)).status_code == 303
    idp.algorithm = "HS256"
    refused(await entered(browser), 401, "unauthenticated")


async def test_unknown_and_silent_providers(browser: AsyncClient, idp: IdentityProvider) -> None:
    refused(await browser.get("/web/nobody/sign-in"), 404, "not_found")
    await idp.__aexit__(None, None, None)
    refused(await browser.get(BEGIN), 503, "provider_unavailable")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/q/ABC", "/q/ABC"),
        ("/?a=b#c", "/?a=b#c"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\nSet-Cookie: x", "/"),
        ("/\t/evil.example", "/"),
        ("", "/"),
    ],
)
def test_only_our_own_pages_are_returned_to(text: str, path: str) -> None:
    assert local_path(text) == path
