"""The simulated phone against a small API of the tests' own: sign-in, refresh, live streams."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from joserfc import jwt

from app.simulators.http_server import HttpServer, Request, Response
from app.simulators.identity_provider import IdentityProvider
from app.simulators.phone import CallFailedError, LiveEvent, Phone


class Api(HttpServer):
    """Takes `access-<n>` of the latest refresh only; streams two events per connection."""

    def __init__(self) -> None:
        super().__init__()
        self.signed_in: list[dict[str, object]] = []
        self.refreshed = 0

    async def answer(self, request: Request) -> Response:  # noqa: PLR0911  # a table
        match request.path:
            case "/api/v1/auth/nonce":
                return Response(200, {"nonce": "nonce-1"})
            case "/api/v1/auth/exchange":
                self.signed_in.append(request.json())
                return self._tokens()
            case "/api/v1/auth/refresh":
                if request.json()["refresh_token"] != f"refresh-{self.refreshed}":
                    return Response(401, {"code": "unauthenticated"})
                self.refreshed += 1
                return self._tokens()
        if request.headers.get("authorization") != f"Bearer access-{self.refreshed}":
            return Response(401, {"code": "unauthenticated"})
        if request.path.endswith("/events"):
            return self._stream(int(request.headers.get("last-event-id", "0")))
        return Response(201, {"key": request.headers.get("idempotency-key", "")})

    def _tokens(self) -> Response:
        tokens = {
            "access_token": f"access-{self.refreshed}",
            "refresh_token": f"refresh-{self.refreshed}",
        }
        return Response(200, tokens)

    def _stream(self, last: int) -> Response:
        kind = "end" if last == 2 else "session"
        events = f": hello\n\nid: {last + 1}\nevent: session\ndata: {last + 1}\n\n"
        events += f'id: {last + 2}\nevent: {kind}\ndata: {{"seq":\ndata: {last + 2}}}\n\n'
        return Response(200, events, kind="text/event-stream")


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as api:
        yield api


async def signed_in(api: Api, phone: Phone) -> None:
    async with IdentityProvider() as idp:
        await phone.sign_in(idp.origin, client_id=idp.client_id, provider="simulated")
        token = api.signed_in[0]["id_token"]
        claims = jwt.decode(str(token), idp._keys["RS256"]).claims
        assert claims["nonce"] == api.signed_in[0]["nonce"] == "nonce-1"


async def test_signing_in_and_calling(api: Api) -> None:
    async with Phone(f"{api.origin}/api/v1") as phone:
        with pytest.raises(CallFailedError, match="401"):
            await phone.get("/me")
        await signed_in(api, phone)
        assert (await phone.post("/sessions", {"quote": 1}, key="k-1"))["key"] == "k-1"
        assert (await phone.put("/me", {}))["key"] == ""


async def test_an_access_token_that_ran_out_is_renewed_once(api: Api) -> None:
    async with Phone(f"{api.origin}/api/v1") as phone:
        await signed_in(api, phone)
        phone.access_token = "old"
        await phone.get("/me")
        assert api.refreshed == 1
        phone.access_token, phone.refresh_token = "old", "old"
        with pytest.raises(CallFailedError, match="401"):
            await phone.get("/me")


async def test_a_broken_stream_is_resumed_after_the_last_event(api: Api) -> None:
    async with Phone(f"{api.origin}/api/v1") as phone:
        await signed_in(api, phone)
        api.fault("lost", path="events")
        api.fault("reset", path="events")
        found = [event async for event in phone.events("/sessions/1/events", pause_s=0.01)]
        assert [event.id for event in found] == ["1", "2", "3", "4"]
        assert found[1] == LiveEvent("session", {"seq": 2}, "2")
        assert found[-1].kind == "end"
        asked = [r.headers.get("last-event-id") for r in api.requests if "events" in r.path]
        assert asked == [None, None, None, "2"]


async def test_a_refused_stream_is_an_error(api: Api) -> None:
    async with Phone(f"{api.origin}/api/v1") as phone, asyncio.timeout(2):
        with pytest.raises(CallFailedError, match="401"):
            async for _ in phone.events("/sessions/1/events"):
                raise AssertionError
