"""Two simulated partners against each other: what the one says, the other judges."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import httpx
import pytest

from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError, wire_token
from tests.support.patience import until


@asynccontextmanager
async def a_pair() -> AsyncIterator[tuple[Partner, Partner]]:
    """An eMSP registered with a CPO, both clean in the end."""
    async with (
        Partner(name="Drives", party="DRV", roles=("EMSP",)) as emsp,
        Partner(name="Charges", party="CHG", roles=("CPO",)) as cpo,
    ):
        await emsp.register(cpo.versions_url, cpo.invite())
        yield emsp, cpo
        assert not emsp.violations
        assert not cpo.violations


async def test_the_invitation_is_spent_once_the_new_token_is_used() -> None:
    async with a_pair() as (emsp, cpo):
        (invitation,) = cpo.invitations
        await emsp.pull("locations")
        with pytest.raises(ExchangeFailedError) as refused:
            await emsp.client.learn(cpo.versions_url, invitation)
        assert refused.value.http == 401


async def test_an_invitation_opens_nothing_but_registration() -> None:
    async with Partner() as partner, httpx.AsyncClient(trust_env=False) as http:
        headers = {"Authorization": wire_token(partner.invite())}
        url = f"{partner.origin}/ocpi/2.2.1/sender/locations"
        assert (await http.get(url, headers=headers)).status_code == 401
        assert (await http.get(partner.versions_url, headers=headers)).status_code == 200
        assert (await http.get(partner.versions_url)).status_code == 401


async def test_tokens_rotate_and_the_old_ones_die() -> None:
    async with a_pair() as (emsp, cpo):
        assert emsp.peer
        before = emsp.peer.token
        await emsp.rotate()
        assert emsp.peer.token != before
        await emsp.client.learn(cpo.versions_url, emsp.peer.token)  # its first use ends the old
        with pytest.raises(ExchangeFailedError) as refused:
            await emsp.client.learn(cpo.versions_url, before)
        assert refused.value.http == 401
        await emsp.unregister()
        assert cpo.peer is None


async def test_a_lost_answer_to_the_registration_can_be_repeated() -> None:
    async with Partner(roles=("EMSP",)) as emsp, Partner(party="CHG", roles=("CPO",)) as cpo:
        token = cpo.invite()
        cpo.fault("lost", path="credentials")
        with pytest.raises(ExchangeFailedError) as lost:
            await emsp.register(cpo.versions_url, token)
        assert lost.value.http is None
        await emsp.register(cpo.versions_url, token)
        assert [d["id"] for d in await emsp.pull("locations")] == ["CHG-LOC1"]


async def test_pages_are_followed_and_counted() -> None:
    async with Partner(party="AAA", roles=("CPO",)) as cpo, Partner(roles=("EMSP",)) as emsp:
        for number in range(5):
            emsp.add_token(f"CARD-{number}")
        await cpo.register(emsp.versions_url, emsp.invite())
        tokens = await cpo.pull("tokens", "limit=2")
        assert len(tokens) == 6
        pages = [r for r in emsp.requests if r.path.endswith("/tokens")]
        assert [p.asked("offset") for p in pages] == ["", "2", "4"]
        assert not cpo.violations


async def test_a_whole_roaming_session() -> None:
    async with a_pair() as (emsp, cpo):
        await cpo.push_site()
        assert emsp.received.of("tariffs") == [cpo.site.tariff()]
        location = emsp.received.of("locations")[0]
        evse = location["evses"][0]
        command = await emsp.start_session(location["id"], evse["uid"], "1")
        assert command.response == {"result": "ACCEPTED", "timeout": 30}
        assert await emsp.result(command) == {"result": "ACCEPTED"}
        await until(lambda: location["evses"][0]["status"] == "CHARGING")
        session = emsp.received.of("sessions")[0]
        assert session["authorization_reference"] == command.reference
        await cpo.progress(session["id"], Decimal("2.5"))
        assert session["kwh"] == 2.5
        await cpo.progress(session["id"], Decimal(10))
        volumes = [p["dimensions"][0]["volume"] for p in session["charging_periods"]]
        assert volumes == [2.5, 7.5]
        stop = await emsp.stop_session(session["id"])
        assert await emsp.result(stop) == {"result": "ACCEPTED"}
        await until(lambda: emsp.received.of("cdrs"))
        cdr = emsp.received.of("cdrs")[0]
        assert cdr["total_cost"] == {"excl_vat": 4.0, "incl_vat": 4.76}
        assert emsp.received.of("sessions")[0]["status"] == "COMPLETED"
        await cpo.post_cdr(cpo.cdrs[0])
        assert emsp.received.repeated_cdrs == [cdr["id"]]


async def test_a_session_can_be_refused_in_both_stages() -> None:
    async with a_pair() as (emsp, cpo):
        cpo.start_response = "REJECTED"
        command = await emsp.start_session("CHG-LOC1")
        assert command.response["result"] == "REJECTED"
        cpo.start_response, cpo.start_result = "ACCEPTED", "EVSE_OCCUPIED"
        command = await emsp.start_session("CHG-LOC1")
        assert (await emsp.result(command))["result"] == "EVSE_OCCUPIED"
        assert not cpo.sessions
        unlock = await emsp.unlock("CHG-LOC1", "CHG-EVSE1", "1")
        assert unlock.response["result"] == "NOT_SUPPORTED"


async def test_real_time_authorisation_follows_the_script() -> None:
    async with a_pair() as (emsp, cpo):
        assert cpo.peer
        emsp.verdicts["DRV-CARD-1"] = "BLOCKED"
        base = cpo.peer.endpoints["tokens", "SENDER"]
        known = await cpo.client.ask(
            "POST", f"{base}/DRV-CARD-1/authorize", token=cpo.peer.token, body={"location_id": "L"}
        )
        assert known.data["allowed"] == "BLOCKED"
        with pytest.raises(ExchangeFailedError) as unknown:
            await cpo.client.ask("POST", f"{base}/NOBODY/authorize", token=cpo.peer.token)
        assert (unknown.value.http, unknown.value.ocpi) == (404, 2004)
        assert emsp.asked_for[0] == ("DRV-CARD-1", {"location_id": "L"})


async def test_tokens_are_pushed() -> None:
    async with a_pair() as (emsp, cpo):
        await emsp.push_token("DRV-CARD-1")
        assert cpo.received.of("tokens") == [emsp.tokens["DRV-CARD-1"]]


async def test_what_happens_while_a_push_waits_is_told_after_it() -> None:
    """Requests in two connections have no order, nor has one that is tried again."""
    async with a_pair() as (emsp, cpo):
        await cpo.push_site()
        emsp.fault("slow", method="PATCH", seconds=0.05)
        async with asyncio.TaskGroup() as pushes:
            pushes.create_task(cpo.set_status("CHARGING"))
            await until(lambda: emsp.requests[-1].method == "PATCH")
            pushes.create_task(cpo.set_status("AVAILABLE"))
        told = [each.body["status"] for each in emsp.received.told("locations")[1:]]
        assert told == ["CHARGING", "AVAILABLE"]


async def test_it_misbehaves_on_request() -> None:
    async with a_pair() as (emsp, cpo):
        for kind in ("error", "unavailable"):
            emsp.fault(kind, path="locations")
        for _ in range(2):
            with pytest.raises(ExchangeFailedError) as failed:
                await cpo.push_site()
            assert failed.value.http in (500, 503)
        emsp.fault("lost", path="locations")
        with pytest.raises(ExchangeFailedError):
            await cpo.push_site()
        assert len(emsp.received.told("locations")) == 1
        emsp.down()
        with pytest.raises(ExchangeFailedError):
            await cpo.push_site()
        await emsp.up()
        await cpo.push_site()
        cpo.violations.clear()


async def test_it_notes_what_the_other_side_does_wrong() -> None:
    async with (
        Partner(party="DRV", roles=("EMSP",)) as emsp,
        Partner(party="CHG", roles=("CPO",)) as cpo,
    ):
        await emsp.register(cpo.versions_url, cpo.invite())
        assert cpo.peer
        location = cpo.site.location() | {"country": "DE-LONG", "last_updated": "yesterday"}
        url = f"{cpo.peer.endpoints['locations', 'RECEIVER']}/DE/CHG/CHG-LOC1"
        with pytest.raises(ExchangeFailedError) as refused:
            await cpo.client.ask("PUT", url, token=cpo.peer.token, body=location)
        assert refused.value.ocpi == 2001
        assert len(emsp.violations) == 2
        emsp.violations.clear()

        await cpo.push_site()
        stale = {"status": "BLOCKED", "last_updated": "2020-01-01T00:00:00Z"}
        with_evse = f"{url}/CHG-EVSE1"
        await cpo.client.ask("PATCH", with_evse, token=cpo.peer.token, body=stale)
        assert "after a newer state" in emsp.violations[0]
        emsp.violations.clear()

        await cpo.client.ask(
            "PATCH", with_evse, token=cpo.peer.token, body={"status": "BLOCKED"}, to=("DE", "XXX")
        )
        assert any("PATCH without last_updated" in v for v in emsp.violations)
        assert any("addressed to ('DE', 'XXX')" in v for v in emsp.violations)
        emsp.violations.clear()

        async with httpx.AsyncClient(trust_env=False) as http:
            headers = {"Authorization": wire_token(cpo.peer.token)}
            await http.get(with_evse, headers=headers)
        assert any("no X-Request-ID" in v for v in emsp.violations)


async def test_a_second_cdr_under_one_id_is_a_violation() -> None:
    async with (
        Partner(party="DRV", roles=("EMSP",)) as emsp,
        Partner(party="CHG", roles=("CPO",)) as cpo,
    ):
        await emsp.register(cpo.versions_url, cpo.invite())
        command = await emsp.start_session("CHG-LOC1")
        await emsp.result(command)
        await until(lambda: cpo.sessions)
        (session,) = cpo.sessions
        await until(lambda: emsp.received.of("sessions"))
        cdr = await cpo.finish(session, Decimal(1))
        with pytest.raises(ExchangeFailedError):
            await cpo.post_cdr(cdr | {"total_energy": 2})
        assert "another CDR" in emsp.violations[0]
