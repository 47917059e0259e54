"""What people do who run the hub: partners are onboarded, followed, stopped and told anew."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError
from tests.support.hub import VerbFailed
from tests.support.hub_members import a_member, knows
from tests.support.patience import until
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_partner_is_onboarded_by_one_command(joined: World, tmp_path: Path) -> None:
    """It invites, waits, checks, and says what is wrong, if anything is."""
    out = tmp_path / "said"
    async with Partner(name="Newcomer", party="NEW", roles=("CPO",)) as cpo:
        onboarding = joined.hub.verb(
            "partner", "onboard", "Newcomer", "--roles", "CPO", "--hub", "--wait", "60", out=out
        )
        said, _ = await asyncio.gather(onboarding, _registers(cpo, out))
        assert "waiting for Newcomer" in said
        assert "Newcomer is registered in OCPI 2.2.1" in said
        assert said.endswith("Newcomer is ready.\n")
        assert cpo.clients.known
        await cpo.unregister()


async def _registers(cpo: Partner, out: Path) -> None:
    """The engineers of a partner get what the command printed."""

    def invited() -> Any:
        lines = out.read_text().splitlines() if out.exists() else []
        # Once it waits, the line before is whole.
        waits = any(line.startswith("waiting for") for line in lines)
        return waits and next(line for line in lines if line.startswith("{"))

    given = json.loads(await until(invited))
    await cpo.register(given["versions_url"], given["token"])


async def test_what_is_wrong_with_a_partner_is_said(joined: World) -> None:
    """Numbered, after the report: the module, what has to be so, and what came instead."""
    async with a_member(joined, "CPO") as cpo:
        cpo.fault("error", times=1000, path="/sender/tariffs")
        with pytest.raises(VerbFailed) as failed:
            await joined.hub.verb("partner", "onboard", cpo.name, "--hub")
        assert failed.value.code == 1
        _, _, mended = failed.value.out.partition("\nTo be mended by the partner:\n")
        assert mended.startswith("1. tariffs: it must be so that "), failed.value.out
        assert "Found: " in mended
        cpo.clear_faults()


async def test_a_message_is_followed_over_its_legs(joined: World) -> None:
    """One correlation id: in from the one, out to the other."""
    async with a_member(joined, "CPO") as cpo, a_member(joined, "EMSP") as emsp:
        assert emsp.hub is not None
        emsp.hub.counterparts["CPO"] = (cpo.country, cpo.party)
        emsp.hub.published = "direct"
        await emsp.pull("locations")
        leg = next(r for r in reversed(cpo.requests) if "/sender/locations" in r.path)
        correlation = leg.headers["x-correlation-id"]

        async def written() -> Any:
            answer = await joined.operator.get(f"/messages/{correlation}")
            found = answer.json()["legs"] if answer.is_success else []
            return found if len(found) > 1 else None

        legs = await until(written)
        told = [(leg["partner"], leg["depth"], leg["exchange"]["direction"]) for leg in legs]
        assert told == [(emsp.name, 0, "in"), (cpo.name, 1, "out")]
        assert {each["exchange"]["correlation_id"] for each in legs} == {correlation}
        assert len({each["exchange"]["request_id"] for each in legs}) == 2
        shown = json.loads(await joined.hub.verb("partner", "trace", correlation, "--json"))
        assert [each["partner"] for each in shown] == [emsp.name, cpo.name]
        assert "2 legs" in await joined.hub.verb("partner", "trace", correlation)


async def test_a_partner_is_stopped_and_told_anew(joined: World) -> None:
    """Nothing passes while it is suspended; then it goes on with its tokens and catches up."""
    async with a_member(joined, "CPO") as cpo, a_member(joined, "EMSP") as emsp:
        await cpo.push_site()
        await until(lambda: knows(emsp, cpo))
        await joined.hub.verb("partner", "suspend", emsp.name)
        await until(lambda: cpo.clients.status((emsp.country, emsp.party)) == "SUSPENDED")
        with pytest.raises(ExchangeFailedError) as refused:
            await emsp.pull("locations")
        assert refused.value.http == 401
        await cpo.set_status("BLOCKED")
        assert not knows(emsp, cpo, "BLOCKED")

        await joined.hub.verb("partner", "resume", emsp.name)
        await until(lambda: cpo.clients.status((emsp.country, emsp.party)) == "CONNECTED")
        await until(lambda: knows(emsp, cpo, "BLOCKED"))

        before = len(emsp.received.told("locations"))
        await joined.hub.verb("partner", "resync", emsp.name)
        await until(lambda: len(emsp.received.told("locations")) > before)
        assert emsp.name in await joined.hub.verb("partner", "show", emsp.name)


async def test_joining_again_changes_nothing(joined: World) -> None:
    """Also by the operator's API, where the server asks itself."""
    before = (await joined.operator.get("/partners")).json()
    await joined.hub.verb("partner", "join-hub")
    answer = await joined.operator.post("/hub/membership")
    assert answer.is_success, answer.text
    after = (await joined.operator.get("/partners")).json()
    assert {p["id"]: p["roles"] for p in after} == {p["id"]: p["roles"] for p in before}
