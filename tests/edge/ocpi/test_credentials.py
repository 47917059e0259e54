"""The credentials handshake against a real partner over loopback, in both directions."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import PartnerUnavailable
from app.domain.partners import PartnerState, Role
from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError
from app.store.transaction import Store
from ocpi.wire.documents import decode
from ocpi.wire.faults import MissingEndpoints
from tests.edge.ocpi.conftest import answered
from tests.edge.ocpi.house import House, a_house, credentials, platform_of
from tests.unit.adapters.http_server import serve


@pytest.fixture
async def house(store: Store, sealer: FernetSealer) -> AsyncIterator[House]:
    async with a_house(store, sealer) as made:
        yield made


async def test_a_partner_registers_with_us(house: House) -> None:
    """C-060, C-062, C-063, C-064, C-065, C-066, C-084.

    A is good until C is used, C is good on modules at once.
    """
    invited = await house.partners.invite("Them", [Role.EMSP, Role.CPO])
    async with Partner() as partner:
        await partner.register(house.versions_url, invited.token)
        assert partner.peer is not None
        token = partner.peer.token
        visits = [r.path for r in partner.requests if r.method == "GET"]
        assert visits == ["/ocpi/versions", "/ocpi/2.2.1"]
        assert token not in {invited.token, *partner.accepted_tokens}
        assert 1 <= len(token) <= 64
        assert partner.peer.versions_url == house.versions_url
        roles = {(r["role"], r["party_id"]) for r in partner.peer.roles}
        assert roles == {("CPO", "RW1"), ("EMSP", "RWD")}
        assert await house.calls_us(invited.token) == 401
        assert (await house.peer(invited.token).get("/credentials")).status_code == 200
        assert await house.calls_us(token) == 200
        assert (await house.peer(invited.token).get("/credentials")).status_code == 401
        known = await house.only()
        assert known.state is PartnerState.CONNECTED
        assert {str(r.party) for r in known.roles} == {"DE-PRT"}
        assert known.version == "2.2.1"
        assert not partner.violations


async def test_we_register_with_a_partner(house: House) -> None:
    """§10.14: the same from our side; afterwards both can call each other."""
    async with Partner() as partner:
        token = "their-invitation"
        partner.invitations.add(token)
        known = await house.handshake.join(
            partner.versions_url, token, name="Them", roles=[Role.CPO, Role.EMSP]
        )
        assert known.state is PartnerState.CONNECTED
        assert partner.peer is not None
        assert await house.calls_us(partner.peer.token) == 200
        assert await partner.pull("locations") == []
        assert not partner.violations


async def test_both_sides_renew(house: House) -> None:
    """C-078, C-080: a renewal gives new tokens both ways, and the old ones end."""
    invited = await house.partners.invite("Them", [Role.EMSP, Role.CPO])
    async with Partner() as partner:
        await partner.register(house.versions_url, invited.token)
        assert partner.peer is not None
        before = partner.peer.token
        await partner.rotate()
        after = partner.peer.token
        assert after != before
        assert await house.calls_us(before) == 200
        assert await house.calls_us(after) == 200
        assert await house.calls_us(before) == 401

        known = await house.only()
        renewed = await house.handshake.renew(known.id)
        assert renewed.client_token != known.client_token
        assert partner.peer.token != after
        assert await house.calls_us(partner.peer.token) == 200
        assert await house.calls_us(after) == 401
        assert not partner.violations


async def test_a_partner_leaves(house: House) -> None:
    """C-082."""
    invited = await house.partners.invite("Them", [Role.EMSP, Role.CPO])
    async with Partner() as partner:
        await partner.register(house.versions_url, invited.token)
        assert partner.peer is not None
        token = partner.peer.token
        await partner.unregister()
        assert await house.calls_us(token) == 401
        assert (await house.only()).state is PartnerState.SUSPENDED
        again = await house.partners.invite("Them", [Role.EMSP, Role.CPO])
        await partner.register(house.versions_url, again.token)
        assert (await house.only()).state is PartnerState.CONNECTED


async def test_we_leave(house: House) -> None:
    async with Partner() as partner:
        partner.invitations.add("their-invitation")
        known = await house.handshake.join(partner.versions_url, "their-invitation", name="Them")
        await house.handshake.leave(known.id)
        assert partner.peer is None
        assert (await house.only()).client_token is None


async def test_an_unusable_api_is_3001_and_the_invitation_stays(house: House) -> None:
    """C-072, C-075."""
    invited = await house.partners.invite("Them", [Role.EMSP])
    async with serve([b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhtml"] * 9) as page:
        for url in (page.url, "http://127.0.0.1:1/versions", "http://10.0.0.1/versions"):
            refused = await house.peer(invited.token).post("/credentials", credentials(url))
            answered(refused, 3001)
    async with platform_of() as url:
        data = answered(await house.peer(invited.token).post("/credentials", credentials(url)))
    assert await house.calls_us(data["token"]) == 200


async def test_a_missing_version_is_3002(house: House) -> None:
    """C-073: the version of the endpoint that was called counts (C-061)."""
    invited = await house.partners.invite("Them", [Role.EMSP])
    async with platform_of(versions=["2.1.1", "2.3.0"]) as url:
        answered(await house.peer(invited.token).post("/credentials", credentials(url)), 3002)


async def test_missing_endpoints_are_3003(house: House) -> None:
    """C-074; modules we do not know are no trouble (C-059)."""
    invited = await house.partners.invite("Them", [Role.EMSP])
    async with platform_of(endpoints=["credentials", "nltnm-horoscope"]) as url:
        answered(await house.peer(invited.token).post("/credentials", credentials(url)), 3003)
    async with platform_of(endpoints=["credentials", "nltnm-horoscope", "tokens"]) as url:
        answered(await house.peer(invited.token).post("/credentials", credentials(url)))


async def test_a_lost_answer_can_be_asked_for_again(house: House) -> None:
    """C-077: POST again with A while nobody has used C."""
    invited = await house.partners.invite("Them", [Role.EMSP])
    async with platform_of() as url:
        lost = answered(await house.peer(invited.token).post("/credentials", credentials(url)))
        data = answered(await house.peer(invited.token).post("/credentials", credentials(url)))
    assert data["token"] != lost["token"]
    assert await house.calls_us(data["token"]) == 200
    assert await house.calls_us(lost["token"]) == 401


async def test_a_failed_renewal_changes_nothing(house: House) -> None:
    """C-076."""
    invited = await house.partners.invite("Them", [Role.EMSP, Role.CPO])
    async with Partner() as partner:
        await partner.register(house.versions_url, invited.token)
        assert partner.peer is not None
        token, before = partner.peer.token, await house.only()
        body = credentials("http://127.0.0.1:1/versions", "another-token")
        answered(await house.peer(token).put("/credentials", body), 3001)
        after = await house.only()
        assert after.client_token == before.client_token
        assert await house.calls_us(token) == 200

        partner.down()
        with pytest.raises(PartnerUnavailable):
            await house.handshake.renew(after.id)
        assert await house.calls_us(token) == 200


async def test_methods_fit_the_state(house: House) -> None:
    """C-068, C-069, C-070, C-071: 405 with the methods that are possible."""
    invited = await house.partners.invite("Them", [Role.EMSP])
    async with platform_of() as url:
        body = credentials(url)
        answered(await house.peer(invited.token).put("/credentials", body), 2000, 405)
        answered(await house.peer(invited.token).call("DELETE", "/credentials"), 2000, 405)
        answered(await house.peer(invited.token).patch("/credentials", body), 2000, 405)
        token = answered(await house.peer(invited.token).post("/credentials", body))["token"]
        refused = await house.peer(token).post("/credentials", body)
    answered(refused, 2000, 405)
    assert refused.headers["allow"] == "DELETE, GET, PUT"


async def test_get_shows_our_roles_and_the_callers_token(house: House) -> None:
    """C-083, C-063, C-064."""
    invited = await house.partners.invite("Them", [Role.EMSP])
    data = answered(await house.peer(invited.token).get("/credentials"))
    assert data["token"] == invited.token
    assert data["url"] == house.versions_url
    parties = [(r["role"], r["country_code"], r["party_id"]) for r in data["roles"]]
    assert sorted(parties) == [("CPO", "NL", "RW1"), ("EMSP", "NL", "RWD")]


@pytest.mark.parametrize(
    "change",
    [
        {"roles": []},
        {"roles": [credentials("x")["roles"][0]] * 2},
        {"roles": [{**credentials("x")["roles"][0], "role": "CPO"}]},
        {"roles": [{**credentials("x")["roles"][0], "country_code": "NL", "party_id": "RWD"}]},
        {"roles": [{**credentials("x")["roles"][0], "party_id": "LONG"}]},
        {"token": "with blank"},
        {"token": "x" * 65},
        {"token": None},
        {"url": None},
    ],
)
async def test_unfit_credentials_are_2001(house: House, change: dict[str, Any]) -> None:
    """C-085, C-089: nothing is stored, and no foreign URL is called."""
    invited = await house.partners.invite("Them", [Role.EMSP])
    body = {**credentials("http://127.0.0.1:1/versions"), **change}
    answered(await house.peer(invited.token).post("/credentials", body), 2001)
    assert (await house.only()).state is PartnerState.INVITED


async def test_a_party_is_held_by_one_platform(house: House) -> None:
    """C-089."""
    first = await house.partners.invite("Them", [Role.EMSP])
    second = await house.partners.invite("Others", [Role.EMSP])
    async with platform_of() as url:
        answered(await house.peer(first.token).post("/credentials", credentials(url)))
        answered(await house.peer(second.token).post("/credentials", credentials(url)), 2001)


async def test_renewing_at_another_version_switches_to_it(house: House) -> None:
    """C-079, C-081."""
    invited = await house.partners.invite("Them", [Role.EMSP])
    async with platform_of(versions=["2.2.1", "2.3.0"]) as url:
        token = answered(await house.peer(invited.token).post("/credentials", credentials(url)))[
            "token"
        ]
    newer = house.peer(token, "/ocpi/2.3.0")
    async with platform_of(versions=["2.2.1", "2.3.0"]) as moved:
        token = answered(await newer.put("/credentials", credentials(moved)))["token"]
    known = await house.only()
    assert (known.version, known.versions_url) == ("2.3.0", moved)
    home = moved.removesuffix("/versions")
    assert known.endpoints
    assert all(endpoint.url.startswith(f"{home}/") for endpoint in known.endpoints)
    assert await house.calls_us(token) == 401
    assert (await house.peer(token, "/ocpi/cpo/2.3.0").get("/locations")).status_code == 200


async def test_registering_waits_for_nobody(house: House) -> None:
    """§10.14, §10.15.

    A handshake that hangs at the partner keeps nobody else waiting: no open transaction.
    """
    slow = await house.partners.invite("Slow", [Role.EMSP])
    async with serve([b"..."]) as silent, asyncio.TaskGroup() as tasks:
        hanging = tasks.create_task(
            house.peer(slow.token).post("/credentials", credentials(silent.url))
        )
        await asyncio.sleep(0.05)
        async with asyncio.timeout(1):
            await house.partners.invite("Quick", [Role.EMSP])
        answered(await hanging, 3001)


async def test_joining_without_needed_endpoints_is_not_tried(house: House) -> None:
    """C-090: no POST; the operator is told what is missing."""
    async with platform_of(endpoints=["credentials"]) as url:
        with pytest.raises(MissingEndpoints, match="tokens SENDER"):
            await house.handshake.join(url, "token", name="Them", roles=[Role.EMSP])
    assert (await house.only()).state is PartnerState.INVITED


async def test_a_refused_join_can_be_repeated(house: House) -> None:
    async with Partner() as partner:
        with pytest.raises(PartnerUnavailable):
            await house.handshake.join(partner.versions_url, "wrong", name="Them")
        partner.invitations.add("right")
        await house.handshake.join(partner.versions_url, "right", name="Them")
        assert partner.peer is not None
        with pytest.raises(ExchangeFailedError):
            await partner.register(house.versions_url, "unknown")


async def test_2_1_1_is_flat(house: House) -> None:
    """C-088: one party, without roles, by the raw token (C-005)."""
    invited = await house.partners.invite("Old", [Role.EMSP])
    http = house.http
    flat = await http.get(
        "/ocpi/cpo/2.1.1/credentials", headers={"Authorization": f"Token {invited.token}"}
    )
    data = decode(flat.content)["data"]
    assert data["party_id"] == "RW1"
    assert "roles" not in data
    assert data["url"] == f"{house.url}/ocpi/cpo/versions"
