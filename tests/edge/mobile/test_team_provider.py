"""A provider of Apple's kind: signed secrets, a form instead of a redirect, grants given back."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from httpx import AsyncClient, Response
from starlette.applications import Starlette
from starlette.routing import Mount

from app.adapters.addresses import AddressGuard
from app.adapters.http_httpx import HttpxClient
from app.domain.errors import ProviderUnavailable
from app.simulators.identity_provider import IdentityProvider
from app.simulators.team_provider import TeamProvider
from app.use_cases.grants import Grants
from mobile_api.identity import IdTokens
from mobile_api.providers import Provider, TeamKey
from mobile_api.site import build_driver_api
from mobile_api.web_cookies import ACCESS
from tests.edge.mobile.conftest import dependencies, refused
from tests.support.drive import Drive
from tests.support.loopback import a_client
from tests.support.site_server import served

BEGIN, BACK = "/api/v1/web/apple/sign-in", "/api/v1/web/apple/callback"
ENTRY = re.compile(r'name="(\w+)" value="([^"]*)"')
DEVICE = {"id": "device-00001", "platform": "ios"}


@dataclass
class Place:
    """The API with this provider, and a browser."""

    url: str
    apple: TeamProvider
    browser: AsyncClient
    grants: Grants
    drive: Drive
    id_tokens: IdTokens

    async def form(self, browser: AsyncClient | None = None) -> dict[str, str]:
        """To the provider, as far as its form."""
        asked = await (browser or self.browser).get(BEGIN, params={"next": "/account"})
        assert asked.status_code in {302, 307}, asked.text
        page = await self.browser.get(asked.headers["location"])
        assert page.status_code == 200, page.text
        assert BACK in page.text
        return {name: unescape(value) for name, value in ENTRY.findall(page.text)}

    async def post(self, form: dict[str, str], **more: Any) -> Response:
        """The form as another site's page posts it: without our cookies."""
        async with a_client(base_url=self.url) as other_site:
            return await other_site.post(BACK, data=form, **more)

    async def entered(self) -> Response:
        """The whole way."""
        posted = await self.post(await self.form())
        assert posted.status_code == 303, posted.text
        return await self.browser.get(posted.headers["location"])

    async def me(self) -> dict[str, Any]:
        answer = await self.browser.get("/api/v1/me")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def exchange(self, user: str = "driver-1", **more: Any) -> Response:
        """As an app does it."""
        nonce = (await self.browser.post("/api/v1/auth/nonce")).json()["nonce"]
        token = self.apple.id_token(user, nonce, audience=self.apple.app_client)
        body = {"provider": "apple", "id_token": token, "nonce": nonce, "device": DEVICE}
        return await self.browser.post("/api/v1/auth/exchange", json=body | more)


@pytest.fixture
async def place(drive: Drive, idp: IdentityProvider) -> AsyncIterator[Place]:
    drive.clock.set(datetime.now(UTC))
    http = HttpxClient(AddressGuard(["127.0.0.0/8"]))
    async with TeamProvider() as apple:
        key = TeamKey(apple.team, apple.key_id, apple.pem)
        provider = Provider(
            "apple", apple.origin, apple.client_id, app_clients=(apple.app_client,), team_key=key
        )
        id_tokens = IdTokens({"apple": provider}, http, drive.clock)
        sealer = drive.floor.sealer
        revoker = id_tokens.team_clients
        grants = Grants(drive.store, drive.clock, sealer, revoker=revoker)

        def build(url: str) -> Any:
            deps = replace(dependencies(drive, idp, http, url), id_tokens=id_tokens)
            return Starlette(routes=[Mount("/api/v1", app=build_driver_api(deps))])

        async with (
            served(build) as url,
            a_client(base_url=url, timeout=10) as browser,
        ):
            yield Place(url, apple, browser, grants, drive, id_tokens)
    await http.close()


async def test_a_browser_signs_in_by_a_form_without_our_cookie(place: Place) -> None:
    """driver §A1, trap 6: the form is posted by another site, so the cookie is not there."""
    answer = await place.entered()
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert ACCESS in place.browser.cookies
    assert (await place.me())["name"] == "Dana Driver"


async def test_the_name_comes_once_and_stays(place: Place) -> None:
    """Apple tells it with the first form only."""
    await place.entered()
    first = await place.me()
    assert "user" not in await place.form()
    await place.entered()
    assert await place.me() == first
    assert first["name"] == "Dana Driver"


async def test_an_address_that_relays_is_kept_like_any_other(place: Place) -> None:
    relay = place.apple.hide_address("driver-1")
    await place.entered()
    assert (await place.me())["email"] == relay


async def test_a_form_in_a_victims_browser_signs_nobody_in(place: Place) -> None:
    """Login CSRF: the attacker's form, posted and followed by somebody else's browser."""
    async with a_client(base_url=place.url) as attacker:
        form = await place.form(attacker)
        posted = await place.post(form)
        refused(await place.browser.get(posted.headers["location"]), 401, "unauthenticated")
        again = await attacker.get(posted.headers["location"])
        refused(again, 401, "unauthenticated")
    assert ACCESS not in place.browser.cookies


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": "invented"}, "not begun here"),
        ({"error": "user_cancelled_authorize"}, "user_cancelled"),
    ],
)
async def test_forms_that_are_refused(place: Place, change: dict[str, str], why: str) -> None:
    answer = await place.post(await place.form() | change)
    assert why in refused(answer, 401, "unauthenticated")["detail"]


async def test_a_form_is_taken_once_and_for_ten_minutes(place: Place) -> None:
    form = await place.form()
    assert (await place.post(form)).status_code == 303
    refused(await place.post(form), 401, "unauthenticated")
    late = await place.form()
    await place.drive.clock.advance(600)
    refused(await place.post(late), 401, "unauthenticated")


@pytest.mark.parametrize("user", ["[]", "{", '{"name": 1}', '{"name": {"firstName": 3}}'])
async def test_an_odd_name_is_no_name(place: Place, user: str) -> None:
    posted = await place.post(await place.form() | {"user": user})
    assert (await place.browser.get(posted.headers["location"])).status_code == 303
    assert (await place.me())["name"] is None


async def test_a_code_of_anothers_or_a_ticket_alone_does_not_help(place: Place) -> None:
    posted = await place.post(await place.form() | {"code": "invented"})
    refused(await place.browser.get(posted.headers["location"]), 401, "unauthenticated")
    form = await place.form()
    refused(await place.browser.get(BACK, params={"state": form["state"]}), 401, "unauthenticated")
    refused(await place.browser.get(BACK), 401, "unauthenticated")


async def test_an_app_signs_in_with_its_own_client_and_name(place: Place) -> None:
    code = place.apple.app_code("driver-1")
    answer = await place.exchange(name="Dana Phone", authorization_code=code)
    assert answer.status_code == 200, answer.text
    assert answer.json()["driver"]["name"] == "Dana Phone"
    refused(await place.exchange(), 400, "invalid_input")
    refused(await place.exchange(authorization_code=code), 401, "unauthenticated")


async def test_the_secret_is_signed_kept_and_renewed(place: Place) -> None:
    """driver §A1, trap 6: the client secret is an ES256 token of the team's."""
    clients = place.id_tokens.team_clients
    first = clients.secret("apple", place.apple.client_id)
    assert clients.secret("apple", place.apple.client_id) == first
    assert clients.secret("apple", place.apple.app_client) != first
    await place.drive.clock.advance(3600 - 300)
    assert clients.secret("apple", place.apple.client_id) != first


async def test_all_that_was_granted_is_given_back_when_the_account_is_deleted(
    place: Place,
) -> None:
    """By the browser's client and the app's; a provider that is away is asked again."""
    await place.entered()
    code = place.apple.app_code("driver-1")
    assert (await place.exchange(authorization_code=code)).status_code == 200
    assert len(place.apple.grants) == 2
    assert (await place.browser.delete("/api/v1/me")).status_code == 204
    place.apple.fault("unavailable", path="/auth/revoke", times=2)
    assert await place.grants.tick() == 0
    assert place.apple.revoked == []
    await place.drive.clock.advance(61)
    assert await place.grants.tick() == 2
    assert sorted(place.apple.revoked) == sorted(place.apple.grants)
    assert await place.grants.tick() == 0


async def test_a_provider_that_left_the_settings_is_asked_nothing(place: Place) -> None:
    gone = place.id_tokens.team_clients
    assert not await gone.revoke("nobody", "c", "g")
    place.apple.down()
    with pytest.raises(ProviderUnavailable):
        await gone.revoke("apple", place.apple.client_id, "g")
