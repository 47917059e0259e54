"""Authentication, envelope, ids and addresses of every OCPI exchange (C-001 to C-046)."""

import base64
from dataclasses import replace

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.routing import Mount

from ocpi.server import Site
from ocpi.wire.documents import decode
from ocpi.wire.requests import MAX_BODY
from tests.edge.ocpi.conftest import INVITATION, OURS, Peer, World, answered
from tests.support.roaming_documents import location_document, tariff_document
from tests.support.roaming_objects import a_location, a_partner

ENDPOINTS = (
    "/versions",
    "/2.2.1",
    "/2.2.1/credentials",
    "/hub/versions",
    "/cpo/versions",
    "/emsp/2.1.1",
    "/cpo/2.2.1/locations",
    "/cpo/2.2.1/sessions",
    "/cpo/2.2.1/cdrs",
    "/cpo/2.2.1/tariffs",
    "/emsp/2.2.1/tokens",
    "/emsp/2.2.1/locations/DE/TNC/L1",
    "/cpo/2.2.1/commands/START_SESSION",
    "/cpo/2.1.1/locations",
    "/nowhere",
)


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_without_or_with_a_wrong_token_everything_is_401(peer: Peer, path: str) -> None:
    """C-001, C-002, C-007, C-010, §10.3: also when the body is nonsense and the method unknown."""
    for header in ("", "Token", "Token wrong", "Bearer abc", "Basic abc", "Token a b"):
        response = await peer.call("POST", path, b"{", Authorization=header)
        answered(response, 2001, 401)
        assert response.headers["x-request-id"] == "req-1"


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_without_any_header_everything_is_401(world: World, path: str) -> None:
    """C-001, C-040, I-21: ids are generated."""
    transport = ASGITransport(app=world.site)
    async with AsyncClient(transport=transport, base_url="http://inside") as http:
        response = await http.get(f"/ocpi{path}")
    answered(response, 2001, 401)
    assert len(response.headers["x-request-id"]) == 36


@pytest.mark.parametrize(
    "form",
    [
        lambda t: "Token " + base64.b64encode(t).decode(),
        lambda t: "token " + base64.b64encode(t).decode(),
        lambda t: "TOKEN " + base64.b64encode(t + b"\n").decode(),
        lambda t: "Token " + base64.urlsafe_b64encode(t).decode().rstrip("="),
        lambda t: "Token " + t.decode(),
    ],
)
async def test_all_forms_of_the_token_are_understood(peer: Peer, form: object) -> None:
    """C-003, C-004, C-005, C-006."""
    header = form(peer.token.encode())  # type: ignore[operator]
    answered(await peer.get("/versions", Authorization=header))


async def test_an_invitation_opens_versions_and_credentials_only(peer: Peer) -> None:
    """C-048, C-067."""
    invited = Peer(peer.http, INVITATION)
    for path in ("/versions", "/2.2.1", "/2.2.1/credentials", "/cpo/2.1.1/credentials"):
        answered(await invited.get(path))
    for path in ("/cpo/2.2.1/locations", "/emsp/2.2.1/tokens", "/cpo/2.1.1/locations"):
        answered(await invited.get(path), 2001, 401)


async def test_modules_are_served_in_the_version_agreed_on(peer: Peer, world: World) -> None:
    """C-079: and only there."""
    answered(await peer.get("/cpo/2.3.0/locations"), 2001, 401)
    world.partner = await world.put_partner(a_partner(version="2.3.0"), peer.token)
    answered(await peer.get("/cpo/2.3.0/locations"))
    answered(await peer.get("/cpo/2.2.1/locations"), 2001, 401)


async def test_guessing_tokens_is_slowed_down_and_valid_ones_come_in(
    peer: Peer, world: World
) -> None:
    """§10.25: 401s are limited by address."""
    guesser = replace(peer, token="a-guess")
    for _ in range(300):
        response = await guesser.get("/versions")
        assert response.status_code == 401
    limited = await guesser.get("/versions")
    answered(limited, 2000, 429)
    assert limited.headers["retry-after"] == "61"
    answered(await peer.get("/versions"))
    await world.clock.advance(61)
    answered(await guesser.get("/versions"), 2001, 401)


async def test_the_hub_platform_has_partners_of_its_own(peer: Peer, world: World) -> None:
    answered(await peer.get("/hub/versions"), 2001, 401)
    await world.put_partner(a_partner(hub=True), peer.token)
    answered(await peer.get("/hub/versions"))
    answered(await peer.get("/versions"), 2001, 401)


async def test_ids_are_repeated_on_success_and_on_errors(peer: Peer) -> None:
    """C-037, C-038, C-041."""
    for path, http in (("/versions", 200), ("/cpo/2.2.1/locations", 200), ("/nowhere", 404)):
        response = await peer.get(path, **{"X-Request-ID": "q-7", "X-Correlation-ID": "c-8"})
        assert response.status_code == http
        assert response.headers["x-request-id"] == "q-7"
        assert response.headers["x-correlation-id"] == "c-8"


async def test_routing_is_swapped_in_answers_of_modules_only(peer: Peer) -> None:
    """C-042, C-044."""
    routing = {**OURS, "OCPI-from-country-code": "DE", "OCPI-from-party-id": "TNM"}
    answer = await peer.get("/cpo/2.2.1/locations", **routing)
    answered(answer)
    assert (answer.headers["ocpi-to-country-code"], answer.headers["ocpi-to-party-id"]) == (
        "DE",
        "TNM",
    )
    assert answer.headers["ocpi-from-party-id"] == "RW1"
    versions = await peer.get("/versions", **routing)
    assert not [name for name in versions.headers if name.startswith("ocpi-")]


@pytest.mark.parametrize(
    "headers",
    [
        {"OCPI-to-country-code": "NL"},
        {"OCPI-from-party-id": "TNM"},
        {"OCPI-from-country-code": "FR", "OCPI-from-party-id": "XXX"},
        {"OCPI-to-country-code": "FR", "OCPI-to-party-id": "XXX"},
        {"OCPI-to-country-code": "NLX", "OCPI-to-party-id": "R"},
    ],
)
async def test_wrong_routing_is_refused(peer: Peer, headers: dict[str, str]) -> None:
    """C-046, and parties that are not the caller's or not ours."""
    answered(await peer.get("/cpo/2.2.1/locations", **headers), 2001)


async def test_routing_headers_mean_nothing_in_211(peer: Peer, world: World) -> None:
    """C-045."""
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    answer = await peer.get("/cpo/2.1.1/locations", **{"OCPI-to-country-code": "NL"})
    answered(answer)
    assert not [name for name in answer.headers if name.startswith("ocpi-")]


async def test_what_is_not_there_is_404_with_an_envelope(peer: Peer) -> None:
    """C-032."""
    for path in ("/nowhere", "/cpo/2.2.1/nothing", "/cpo/2.2.1/locations/a/b/c/d", "/"):
        answered(await peer.get(path), 2000, 404)


async def test_methods_that_do_not_exist_are_405_with_allow(peer: Peer) -> None:
    """C-033, C-121, C-156, C-175, §10.23: what does not exist in an interface."""
    wrong = (
        ("DELETE", "/emsp/2.2.1/locations/DE/TNC/L1"),
        ("DELETE", "/emsp/2.2.1/sessions/DE/TNC/1"),
        ("DELETE", "/emsp/2.2.1/cdrs/DE/TNC/1"),
        ("PUT", "/emsp/2.2.1/cdrs/DE/TNC/1"),
        ("PATCH", "/emsp/2.2.1/cdrs/DE/TNC/1"),
        ("DELETE", "/cpo/2.2.1/tokens/DE/TNM/1"),
        ("PATCH", "/emsp/2.2.1/tariffs/DE/TNC/1"),
        ("POST", "/cpo/2.2.1/locations"),
        ("HEAD", "/cpo/2.2.1/locations"),
        ("OPTIONS", "/versions"),
    )
    for method, path in wrong:
        response = await peer.call(method, path)
        assert response.status_code == 405, (method, path)
        assert response.headers["allow"]
        if method != "HEAD":
            answered(response, 2000, 405)


async def test_slashes_at_the_end_or_doubled_change_nothing(peer: Peer) -> None:
    """C-034, §10.4: and there is never a redirect."""
    for path in ("/versions/", "/cpo//2.2.1/locations/", "/2.2.1/", "//versions"):
        answered(await peer.get(path))


async def test_encoded_segments_are_ids(peer: Peer) -> None:
    """C-035, I-20, §10.5: `%2F`, `%23`, `%2A` and `%20` stand for characters of the id."""
    path = "/emsp/2.2.1/tariffs/DE/TNC/a%2Fb%23c%2Ad%20e"
    answered(await peer.put(path, tariff_document("a/b#c*d e")), 1000, 201)
    assert answered(await peer.get(path))["id"] == "a/b#c*d e"


@pytest.mark.parametrize("body", [b"{", b"not json", b"", b"\xff\xfe{", b'{"a":NaN}'])
async def test_what_is_no_json_is_400(peer: Peer, body: bytes) -> None:
    """C-012, C-031."""
    answered(await peer.put("/emsp/2.2.1/tariffs/DE/TNC/12", body), 2001, 400)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"{}"])
async def test_json_of_another_shape_is_2001(peer: Peer, body: bytes) -> None:
    """C-013, C-014, C-015."""
    answered(await peer.put("/emsp/2.2.1/tariffs/DE/TNC/12", body), 2001)


async def test_too_much_is_refused(peer: Peer) -> None:
    """C-286: size and depth."""
    big = b'{"x":"' + b"y" * MAX_BODY + b'"}'
    answered(await peer.put("/emsp/2.2.1/tariffs/DE/TNC/12", big), 2001, 413)
    deep = b"[" * 50_000 + b"]" * 50_000
    answered(await peer.put("/emsp/2.2.1/tariffs/DE/TNC/12", deep), 2001, 400)


async def test_numbers_and_texts_survive_exactly(peer: Peer) -> None:
    """C-026, C-030, C-025, C-109, §10.8."""
    document = location_document("Loc-A", evses=[])
    document["energy_mix"] = {
        "is_green_energy": False,
        "energy_sources": [{"source": "WIND", "percentage": 0.1}],
        "environ_impact": [{"category": "CARBON_DIOXIDE", "amount": 41.1234}],
    }
    answered(await peer.put("/emsp/2.2.1/locations/de/tnc/loc-a", document), 1000, 201)
    response = await peer.get("/emsp/2.2.1/locations/DE/TNC/LOC-A")
    data = answered(response)
    assert data["id"] == "Loc-A"
    assert data["address"] == "Hauptstraße 1, Köln"
    assert b'"percentage":0.1}' in response.content
    assert b'"amount":41.1234}' in response.content


async def test_a_failure_of_ours_is_3000_and_tells_nothing(peer: Peer, world: World) -> None:
    """§1.5: server cannot process."""
    await world.store.database.close()
    async with world.store.database.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE tariffs")
    response = await peer.get("/cpo/2.2.1/tariffs")
    answered(response, 3000)
    assert "tariffs" not in decode(response.content)["status_message"]


async def test_a_call_is_a_sign_of_life(peer: Peer, world: World) -> None:
    """Whoever calls is connected, and what waited for it waits no longer."""
    state = type(world.partner.state)
    await world.put_partner(a_partner(state=state.OFFLINE), peer.token)
    answered(await peer.get("/versions"))
    assert (await world.partners.get("p-1")).state is state.CONNECTED


async def test_nothing_tells_the_token(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    """C-285."""
    answer = await peer.put("/emsp/2.2.1/tariffs/DE/TNC/12", {"id": peer.token[:5]})
    assert peer.token not in answer.text
    assert peer.token not in caplog.text


async def test_unpublished_locations_do_not_exist_for_partners(peer: Peer, world: World) -> None:
    """C-130, C-105."""
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location("open", evses=()))
        await tx.locations.put(a_location("hidden", evses=(), publish=False))
    response = await peer.get("/cpo/2.2.1/locations")
    assert [location["id"] for location in answered(response)] == ["open"]
    assert response.headers["x-total-count"] == "1"
    answered(await peer.get("/cpo/2.2.1/locations/hidden"), 2003, 404)


async def test_the_site_can_be_mounted_below_anything(world: World) -> None:
    """As the process does it, and behind a proxy that adds a path."""
    app = Starlette(routes=[Mount("/ocpi", app=world.site)])
    for root in ("", "/charging"):
        transport = ASGITransport(app=app, root_path=root)
        async with AsyncClient(transport=transport, base_url="http://inside") as http:
            mounted = Peer(http, root=f"{root}/ocpi")
            answered(await mounted.get("/versions"))
            path = "/emsp/2.2.1/tariffs/DE/TNC/a%2Fb"
            await mounted.put(path, tariff_document("a/b"))
            assert answered(await mounted.get(path))["id"] == "a/b"


async def test_who_asks_too_often_is_told_when_to_come_back(world: World, peer: Peer) -> None:
    """429 with Retry-After and an envelope, for this partner only; OCPI has no words for it."""
    world.site = Site(world.site._table, world.partners, world.clock, per_minute=60)
    peer.http = AsyncClient(transport=ASGITransport(app=world.site), base_url="http://inside")
    other = await world.put_partner(a_partner(id="p-3", name="Quiet", roles=()), "quiet-token")
    async with peer.http:
        for _ in range(60):
            answered(await peer.get("/versions"))
        refused = await peer.get("/versions")
        answered(refused, 2000, 429)
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-request-id"] == "req-1"
        answered(await replace(peer, token="quiet-token").get("/versions"))
        await world.clock.advance(1)
        answered(await peer.get("/versions"))
    assert other.registered
