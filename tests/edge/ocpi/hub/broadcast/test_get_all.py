"""The lists of all members in one: what was told to everybody, and of that what one may see."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response

from app.domain.hub_objects import HubNoun, HubRef
from app.domain.hub_rules import Effect, Rule, Scope
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerState
from app.simulators.partner import Partner
from app.store.transaction import Store
from tests.edge.ocpi.hub.broadcast.conftest import Telling
from tests.edge.ocpi.hub.conftest import by, to, trust_for_good

DE = {name: PartyId("DE", name) for name in ("CPA", "CPB", "EMA", "EMB")}


def a_location(member: Partner, ident: str, **changes: Any) -> dict[str, Any]:
    return {**member.site.location(), "id": ident, **changes}


async def put(hub: Telling, member: Partner, ident: str, **changes: Any) -> None:
    place = f"locations/DE/{member.party}/{ident}"
    answer = await hub.tell(member, "PUT", place, a_location(member, ident, **changes))
    assert answer.json()["status_code"] == 1000, answer.text


def ids(answer: Response) -> list[str]:
    assert answer.json()["status_code"] == 1000, answer.text
    return [f"{o['party_id']}-{o.get('id') or o['uid']}" for o in answer.json()["data"]]


async def crawl(hub: Telling, member: Partner, place: str) -> list[list[str]]:
    """Every page, by the Links."""
    pages = []
    while place:
        answer = await hub.get(member, place)
        pages.append(ids(answer))
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        place = link[1].split("/sender/")[1] if link else ""
        if link:
            module = place.partition("?")[0]
            assert link[1].startswith(f"{hub.house.url}/ocpi/hub/2.2.1/sender/{module}?")
    return pages


async def test_several_owners_in_one_list(hub: Telling) -> None:
    """C-250: paged in one order, with the total of all and our own Link; FROM is the hub."""
    one, two = await hub.join("CPA", "CPO"), await hub.join("CPB", "CPO")
    emsp = await hub.join("EMA", "EMSP")
    for number in range(3):
        await put(hub, one, f"L{number}")
        await put(hub, two, f"L{number}")
    everything = [f"{party}-L{number}" for number in range(3) for party in ("CPA", "CPB")]
    answer = await hub.get(emsp, "locations?limit=4")
    assert answer.headers["x-total-count"] == "6"
    assert answer.headers["ocpi-from-party-id"] == "RWH"
    assert answer.headers["ocpi-to-party-id"] == "EMA"
    assert await crawl(hub, emsp, "locations?limit=4") == [everything[:4], everything[4:]]
    await put(hub, one, "L0", name="Changed", last_updated="2027-01-01T00:00:00Z")
    assert await crawl(hub, emsp, "locations") == [everything]
    since = "locations?date_from=2026-12-31T00:00:00Z"
    assert ids(await hub.get(emsp, since)) == ["CPA-L0"]
    assert (await hub.get(emsp, since)).headers["x-total-count"] == "1"
    assert ids(await hub.get(emsp, "locations?date_to=2020-01-01T00:00:00Z")) == []
    wrong = await hub.get(emsp, "locations?limit=0")
    assert wrong.json()["status_code"] == 2001
    without = await hub.ask(emsp, "GET", "sender/locations", **by("EMA"))
    assert ids(without) == everything


async def test_what_another_process_was_told_is_shown_at_once(
    hub: Telling, elsewhere: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-250: however long a look is trusted about who may see what."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    await put(hub, cpo, "L1")
    assert ids(await hub.get(emsp, "locations")) == ["CPA-L1"]
    trust_for_good(hub.store.watch, monkeypatch)
    for ident in ("L2", "L3"):
        await _kept_elsewhere(hub, elsewhere, ident)
        assert f"CPA-{ident}" in ids(await hub.get(emsp, "locations"))


async def _kept_elsewhere(hub: Telling, elsewhere: Store, ident: str) -> None:
    async with elsewhere.transaction() as tx:
        known = await tx.hub_objects.get(HubRef(HubNoun.LOCATION, DE["CPA"], "L1"))
        assert known is not None
        sent = json.dumps({**json.loads(known.sent), "id": ident})
        await tx.hub_objects.put(replace(known, ref=replace(known.ref, id=ident), sent=sent))


async def test_texts_are_those_that_were_sent(hub: Telling) -> None:
    """C-253: unknown fields and odd numbers, before and after an EVSE changed."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    sent = b'{"theirs": {"n": 1.500},  ' + hub_json(cpo)[1:]
    await hub.tell(cpo, "PUT", f"locations/DE/CPA/{cpo.site.location_id}", sent)
    listed = await hub.get(emsp, "locations")
    assert sent in listed.content
    emsp.violations.clear()
    place = f"locations/DE/CPA/{cpo.site.location_id}/{cpo.site.evse_uid}"
    change = {"status": "BLOCKED", "last_updated": "2027-01-01T00:00:00Z"}
    await hub.tell(cpo, "PATCH", place, change)
    (location,) = (await hub.get(emsp, "locations")).json()["data"]
    assert location["theirs"] == {"n": 1.5}
    assert location["evses"][0]["status"] == "BLOCKED"
    assert location["last_updated"] == "2027-01-01T00:00:00Z"
    await hub.quiet()
    emsp.violations.clear()


def hub_json(cpo: Partner) -> bytes:
    return json.dumps(cpo.site.location()).encode()


async def test_what_goes_to_one_is_in_no_list(hub: Telling) -> None:
    """C-251: directly addressed pushes are passed on and not kept (#507)."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    place = f"receiver/locations/DE/CPA/{cpo.site.location_id}"
    answer = await hub.ask(cpo, "PUT", place, cpo.site.location(), **to("EMA"), **by("CPA"))
    assert answer.json()["status_code"] == 1000, answer.text
    assert len(emsp.received.of("locations")) == 1
    assert ids(await hub.get(emsp, "locations")) == []


async def test_what_concerns_others_is_in_no_list(hub: Telling) -> None:
    """C-252: private places, one's own, drivers' cards for other providers, sessions and CDRs."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    other = await hub.join("EMB", "EMSP")
    await put(hub, cpo, "PUBLIC")
    await put(hub, cpo, "PRIVATE", publish=False)
    assert ids(await hub.get(emsp, "locations")) == ["CPA-PUBLIC"]
    assert ids(await hub.get(cpo, "locations")) == []
    card = next(iter(emsp.tokens.values()))
    await hub.tell(emsp, "PUT", f"tokens/DE/EMA/{card['uid']}", card)
    assert ids(await hub.get(cpo, "tokens")) == [f"EMA-{card['uid']}"]
    assert ids(await hub.get(other, "tokens")) == []
    for module in ("sessions", "cdrs"):
        answer = await hub.get(emsp, module)
        assert ids(answer) == []
        assert answer.headers["x-total-count"] == "0"


async def test_rules_count_in_lists_and_in_what_is_told(hub: Telling) -> None:
    """C-263: who has no contract sees nothing; a tariff may be for some only."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    other = await hub.join("EMB", "EMSP")
    await hub.rules.set_rule(
        Rule(Scope(DE["CPA"], DE["EMB"], "locations"), Effect.DENY), by="a test"
    )
    scope = Scope(DE["CPA"], DE["EMA"], "tariffs")
    await hub.rules.set_rule(Rule(scope, Effect.ALLOW, hidden=("T2",)), by="a test")
    await put(hub, cpo, "L1")
    for ident in ("T1", "T2"):
        tariff = {**cpo.site.tariff(), "id": ident}
        await hub.tell(cpo, "PUT", f"tariffs/DE/CPA/{ident}", tariff)
    await hub.quiet()
    assert ids(await hub.get(emsp, "locations")) == ["CPA-L1"]
    assert ids(await hub.get(other, "locations")) == []
    assert other.received.of("locations") == []
    assert ids(await hub.get(emsp, "tariffs")) == ["CPA-T1"]
    assert (await hub.get(emsp, "tariffs")).headers["x-total-count"] == "1"
    assert ids(await hub.get(other, "tariffs")) == ["CPA-T1", "CPA-T2"]
    assert [t["id"] for t in emsp.received.of("tariffs")] == ["T1"]


async def test_who_left_for_good_is_in_no_list(hub: Telling) -> None:
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    await put(hub, cpo, "L1")
    known = await hub.house.partners.need_by_name(cpo.name)
    for state, seen in (
        (PartnerState.OFFLINE, ["CPA-L1"]),
        (PartnerState.SUSPENDED, []),
        (PartnerState.CONNECTED, ["CPA-L1"]),
    ):
        async with hub.store.transaction() as tx:
            await tx.partners.put(replace(known, state=state))
        assert ids(await hub.get(emsp, "locations")) == seen


async def test_every_version_reads_its_own(hub: Telling) -> None:
    """C-261: what one version cannot say is left out; its own is to the byte."""
    cpo = await hub.join("CPA", "CPO", version="2.3.0")
    old, new = await hub.join("EMA", "EMSP"), await hub.join("EMB", "EMSP", version="2.3.0")
    for member in (cpo, new):  # its tables are those of 2.2.1, which name a hub in another way
        member.violations.clear()
    await put(hub, cpo, "L1", help_phone="+49 30 1234")
    await hub.quiet()
    (location,) = (await hub.get(old, "locations")).json()["data"]
    assert (location["id"], "help_phone" in location) == ("L1", False)
    (location,) = (await hub.get(new, "locations")).json()["data"]
    assert location["help_phone"] == "+49 30 1234"
    assert "help_phone" not in old.received.of("locations")[0]


async def test_what_cannot_be_said_is_not_counted(hub: Telling) -> None:
    """C-250, C-261: on no page; and counted again as soon as it can be said."""
    cpo = await hub.join("CPA", "CPO", version="2.3.0")
    old, new = await hub.join("EMA", "EMSP"), await hub.join("EMB", "EMSP", version="2.3.0")
    plain = {**cpo.site.tariff(), "tax_included": "NO"}
    only = {"restrictions": {"booking": "BOOKING"}}
    bookings = [{**each, **only} for each in plain["elements"]]

    async def tell(number: int, elements: list[Any], at: str) -> None:
        body = {**plain, "id": f"T{number}", "elements": elements, "last_updated": at}
        answer = await hub.tell(cpo, "PUT", f"tariffs/DE/CPA/T{number}", body)
        assert answer.json()["status_code"] == 1000, answer.text

    for number in range(6):
        await tell(number, plain["elements"] if number % 3 else bookings, "2026-01-01T00:00:00Z")
    await hub.quiet()
    for reader, shown in ((old, [1, 2, 4, 5]), (new, list(range(6)))):
        for place in ("tariffs?limit=2", "tariffs?limit=2&date_from=2025-01-01T00:00:00Z"):
            answer = await hub.get(reader, place)
            assert answer.headers["x-total-count"] == str(len(shown))
            assert ids(answer) == [f"CPA-T{n}" for n in shown[:2]]
    assert await crawl(hub, old, "tariffs?limit=2") == [["CPA-T1", "CPA-T2"], ["CPA-T4", "CPA-T5"]]
    await tell(0, plain["elements"], "2026-02-01T00:00:00Z")
    await tell(1, bookings, "2026-02-01T00:00:00Z")
    answer = await hub.get(old, "tariffs?limit=9")
    assert ids(answer) == ["CPA-T0", "CPA-T2", "CPA-T4", "CPA-T5"]
    assert answer.headers["x-total-count"] == "4"
    await hub.quiet()
    for member in (cpo, old, new):  # the simulators' tables are those of 2.2.1
        member.violations.clear()


async def test_totals_are_of_what_the_rules_show(hub: Telling) -> None:
    """C-250, C-263: on every page, by every filter, as the rules are at that moment."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    for number in range(5):
        await put(hub, cpo, f"L{number}")
    hidden = Rule(Scope(DE["CPA"], DE["EMA"], "locations"), Effect.ALLOW, hidden=("L1", "l4"))
    await hub.rules.set_rule(hidden, by="a test")
    for page in range(2):
        answer = await hub.get(emsp, f"locations?limit=2&offset={2 * page}")
        assert answer.headers["x-total-count"] == "3"
    assert await crawl(hub, emsp, "locations?limit=2") == [["CPA-L0", "CPA-L2"], ["CPA-L3"]]
    await hub.rules.drop_rule(hidden.scope, by="a test")
    assert (await hub.get(emsp, "locations?limit=1")).headers["x-total-count"] == "5"
