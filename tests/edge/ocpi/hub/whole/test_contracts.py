"""Without a contract there is nothing to be seen of each other, by whichever way (C-263)."""

from typing import Any

import pytest
from httpx import Response

from app.domain.hub_rules import DEFAULT, Effect, Rule, Scope
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerState
from app.simulators.partner import Partner
from app.use_cases.hub_rules import HubRules
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub

BY = "a test"
CPA, EMA, EMB = PartyId("DE", "CPA"), PartyId("DE", "EMA"), PartyId("DE", "EMB")
THE_HUB = to("RWH", "NL")


class Stage:
    """An operator and two providers, of which the second has no contract."""

    def __init__(self, hub: WholeHub, *members: Partner) -> None:
        self.hub = hub
        self.cpo, self.emsp, self.alone = members
        assert hub.hub is not None
        self.rules: HubRules = hub.hub.rules

    async def seen_by(self, member: Partner) -> set[str]:
        """Whom the hub's list of its members shows it."""
        assert self.hub.hub is not None
        known = await self.hub.house.partners.need_by_name(member.name)
        return {each.party.code for each in await self.hub.hub.members.shown_to(known)}

    async def list(self, member: Partner, module: str) -> tuple[list[str], str]:
        """What the hub's list of all holds for it, and how much that is said to be."""
        headers = {**THE_HUB, **by(member.party)}
        answer = await self.hub.ask(member, "GET", f"sender/{module}", **headers)
        ids = [each["id"] for each in answer.json()["data"]]
        return ids, answer.headers["x-total-count"]

    async def tell_everybody(self) -> None:
        """The operator's location and tariff, to all."""
        for module, document in (
            ("locations", self.cpo.site.location()),
            ("tariffs", self.cpo.site.tariff()),
        ):
            place = f"receiver/{module}/DE/CPA/{document['id']}"
            headers = {**THE_HUB, **by("CPA")}
            answer = await self.hub.ask(self.cpo, "PUT", place, document, **headers)
            assert answer.json()["status_code"] == 1000, answer.text
        await self.hub.quiet()

    async def ask(self, member: Partner, place: str, **headers: str) -> Response:
        return await self.hub.ask(member, "GET", place, **{**by(member.party), **headers})


@pytest.fixture
async def stage(whole: WholeHub) -> Stage:
    made = Stage(
        whole,
        await whole.join("CPA", "CPO"),
        await whole.join("EMA", "EMSP"),
        await whole.join("EMB", "EMSP"),
    )
    await made.rules.leave(DEFAULT, [EMB], by=BY)
    await whole.quiet()
    return made


def told(member: Partner) -> list[str]:
    """What of others' objects was told to it."""
    return [
        each.target.split("/receiver/")[1].split("?")[0]
        for each in member.requests
        if each.method == "PUT" and "/receiver/" in each.target
        if "hubclientinfo" not in each.target
    ]


async def test_nobody_hears_of_those_without_a_contract(stage: Stage) -> None:
    """C-263, C-271: neither in ClientInfo, nor by broadcast, nor in GET-all."""
    assert await stage.seen_by(stage.alone) == set()
    assert await stage.seen_by(stage.cpo) == {"EMA"}
    assert await stage.seen_by(stage.emsp) == {"CPA"}
    await stage.tell_everybody()
    site = stage.cpo.site
    assert sorted(told(stage.emsp)) == [
        f"locations/DE/CPA/{site.location_id}", f"tariffs/DE/CPA/{site.tariff_id}",
    ]  # fmt: skip
    assert told(stage.alone) == []
    for module, name in (("locations", site.location_id), ("tariffs", site.tariff_id)):
        assert await stage.list(stage.emsp, module) == ([name], "1")
        assert await stage.list(stage.alone, module) == ([], "0")


async def test_a_contract_opens_all_ways(stage: Stage) -> None:
    """C-263: what was told before is in GET-all at once, and can be told again by hand."""
    await stage.tell_everybody()
    await stage.rules.make_group("pilot", [CPA, EMB], by=BY)
    await stage.hub.quiet()
    assert await stage.seen_by(stage.alone) == {"CPA"}
    site = stage.cpo.site
    assert await stage.list(stage.alone, "locations") == ([site.location_id], "1")
    known = await stage.hub.house.partners.need_by_name(stage.alone.name)
    assert stage.hub.hub is not None
    await stage.hub.hub.objects.resync(known.id)
    await stage.hub.quiet()
    assert f"tariffs/DE/CPA/{site.tariff_id}" in told(stage.alone)


async def test_a_hidden_tariff_is_in_nothing(stage: Stage) -> None:
    """C-263: the rest of the module is."""
    site = stage.cpo.site
    hidden = Rule(Scope(CPA, None, "tariffs"), Effect.ALLOW, hidden=(site.tariff_id,))
    await stage.rules.set_rule(hidden, by=BY)
    await stage.tell_everybody()
    assert told(stage.emsp) == [f"locations/DE/CPA/{site.location_id}"]
    assert await stage.list(stage.emsp, "tariffs") == ([], "0")
    shown = Rule(Scope(CPA, EMA, "tariffs"), Effect.ALLOW, shown=(site.tariff_id,))
    await stage.rules.set_rule(shown, by=BY)
    assert await stage.list(stage.emsp, "tariffs") == ([site.tariff_id], "1")


@pytest.mark.parametrize(
    "state", [PartnerState.CONNECTED, PartnerState.OFFLINE, PartnerState.SUSPENDED]
)
async def test_how_a_forbidden_party_stands_is_not_told(stage: Stage, state: PartnerState) -> None:
    """C-229, C-231, C-263: 4001 for one that is not there, whatever it is for others."""
    known = await stage.hub.house.partners.need_by_name(stage.cpo.name)
    if state is PartnerState.OFFLINE:
        await stage.hub.house.partners.missed(known.id)
    elif state is PartnerState.SUSPENDED:
        await stage.hub.house.partners.suspend(known.id)
    said: list[Any] = []
    for place in ("sender/locations", "sender/nonsense/1", f"sender/sessions/{known.id}"):
        forbidden = await stage.ask(stage.alone, place, **to("CPA"))
        unknown = await stage.ask(stage.alone, place, **to("CPX"))
        said.append(unknown.json()["status_code"])
        texts = [each.json()["status_message"] for each in (forbidden, unknown)]
        assert texts[0].replace("CPA", "CPX") == texts[1]
        assert forbidden.status_code == unknown.status_code
    assert said[0] == said[2] == 4001
