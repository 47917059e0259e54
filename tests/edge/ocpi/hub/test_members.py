"""Members of the hub learn of each other: by its list, and by what it pushes to them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.hub_clients import ClientStatus
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, Role
from app.ports.delivery import Done
from app.store.transaction import Store
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_members import HubMembers
from app.use_cases.partners import Partners
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.forward import Forwarding
from ocpi.hub.presence import Presence
from ocpi.hub.relay import Relay
from tests.edge.ocpi.house import House, a_house
from tests.edge.ocpi.hub.club import LIST, Club, Private, answered, statuses
from tests.edge.ocpi.hub.conftest import HUB, Directly, by, to
from tests.support.clock import FakeClock
from tests.support.loopback import a_client


@pytest.fixture
async def club(store: Store, sealer: FernetSealer, clock: FakeClock) -> AsyncIterator[Club]:
    """The hub without members yet."""
    made: list[Club] = []

    def relay(calls: PartnerCalls, _url: str) -> Relay:
        nobody = Directly()
        partners = Partners(store, sealer, clock, platform=None)  # type: ignore[arg-type]
        presence = Presence(partners, HubMembers(store, clock), clock)
        forwarding = Forwarding(calls, [presence], timeout_s=1, silent=presence.silent)
        return Relay(
            HUB, HubDirectory(store), forwarding,
            broadcasts=nobody, lists=nobody, open_routes=nobody,
        )  # fmt: skip

    async with AsyncExitStack() as stack:
        rules = Private()
        opening = a_house(store, sealer, clock, relay=relay, talks=rules)
        house: House = await stack.enter_async_context(opening)
        http = await stack.enter_async_context(a_client())
        made.append(Club(house, http, stack, clock=clock, rules=rules))
        yield made[0]
        for member in made[0].members:
            assert member.violations == []


def a_cpo(code: str) -> PartnerRole:
    return PartnerRole(Role.CPO, PartyId("DE", code), code)


def named(roles: list[dict[str, Any]]) -> dict[str, str]:
    """Each party in its role, with the name of its business."""
    return {f"{r['role']} {r['party_id']}": r["business_details"]["name"] for r in roles}


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
async def test_a_member_sees_the_others_and_not_itself(club: Club, version: str) -> None:
    """C-265, C-266, C-271: in each version, listed and pushed, in any order of joining."""
    cpo = await club.join("CPA", "CPO", version=version)
    await club.tell()
    assert (await club.listed(cpo), cpo.clients.known) == ([], {})
    emsp = await club.join("EMA", "EMSP")
    await club.tell()
    assert statuses(await club.listed(cpo)) == {"EMA EMSP": "CONNECTED"}
    assert statuses(await club.listed(emsp)) == {"CPA CPO": "CONNECTED"}
    assert await club.listed(cpo) == cpo.clients.history
    assert await club.listed(emsp) == emsp.clients.history
    assert await club.tell() == 0


async def test_a_party_has_an_entry_for_each_role(club: Club) -> None:
    """C-274: two objects at one address, which do not overwrite each other."""
    both = await club.join("BTH", "CPO", "EMSP")
    other = await club.join("OTH", "CPO", "EMSP")
    await club.tell()
    wanted = {"BTH CPO": "CONNECTED", "BTH EMSP": "CONNECTED"}
    assert statuses(await club.listed(other)) == wanted
    assert statuses(other.clients.of(("DE", "BTH"))) == wanted
    assert statuses(both.clients.of(("DE", "OTH"))) == {
        "OTH CPO": "CONNECTED", "OTH EMSP": "CONNECTED"
    }  # fmt: skip


async def test_the_list_is_paged_and_filtered_by_date(club: Club) -> None:
    """C-265, C-091, C-094, C-099: the date of `last_updated`, `date_to` excluded."""
    emsp = await club.join("EMA", "EMSP")
    for party in ("CPA", "CPB", "CPC"):
        await club.clock.advance(60)
        await club.join(party, "CPO")
    first = await club.ask(emsp, "GET", f"{LIST}?limit=2")
    assert list(statuses(answered(first))) == ["CPA CPO", "CPB CPO"]
    assert (first.headers["x-total-count"], first.headers["x-limit"]) == ("3", "100")
    link = first.headers["link"]
    assert link.startswith(f"<{club.house.url}/ocpi/hub/2.2.1/{LIST}?")
    rest = await club.listed(emsp, "?" + link.partition("?")[2].partition(">")[0])
    assert list(statuses(rest)) == ["CPC CPO"]
    middle = await club.listed(
        emsp, "?date_from=2026-05-04T12:02:00Z&date_to=2026-05-04T12:03:00Z"
    )
    assert list(statuses(middle)) == ["CPB CPO"]
    assert middle[0]["last_updated"] == "2026-05-04T12:02:00Z"
    wrong = await club.ask(emsp, "GET", f"{LIST}?limit=-1")
    assert wrong.json()["status_code"] == 2001


async def test_the_list_is_for_members_only_and_only_read(club: Club) -> None:
    """C-001, C-121: open to nobody else, in no other version, by no other method."""
    emsp = await club.join("EMA", "EMSP")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await club.ask(emsp, method, LIST, {})).status_code == 405
    assert (await club.ask(emsp, "GET", "receiver/hubclientinfo")).status_code == 404
    url = f"{club.house.url}/ocpi/hub/2.2.1/{LIST}"
    assert (await club.http.get(url)).status_code == 401
    invited = await club.house.partners.invite("Later", [Role.CPO], hub=True)
    outside = await club.house.partners.invite("Not of the hub", [Role.EMSP])
    for token in (invited.token, outside.token):
        peer = club.house.peer(token, "/ocpi/hub/2.2.1/")
        assert (await peer.get(LIST)).status_code == 401
    assert emsp.peer is not None
    newer = club.house.peer(emsp.peer.token, "/ocpi/hub/2.3.0/")
    assert (await newer.get(LIST)).status_code == 401


async def test_who_falls_silent_is_offline_until_it_is_heard(club: Club) -> None:
    """C-267, C-268: after five minutes, by a GET of its versions; all its roles together."""
    both = await club.join("BTH", "CPO", "EMSP")
    emsp = await club.join("EMA", "EMSP", "CPO")
    await club.tell()
    assert await club.checks() == set()
    both.down()
    await club.clock.advance(299)
    assert await club.checks() == set()
    await club.speaks(emsp)
    await club.clock.advance(1)
    assert await club.checks() == {both.name}
    await club.check(both)
    await club.tell()
    gone = {"BTH CPO": "OFFLINE", "BTH EMSP": "OFFLINE"}
    infos = emsp.clients.of(("DE", "BTH"))
    assert statuses(infos) == gone
    assert {i["last_updated"] for i in infos} == {"2026-05-04T12:05:00Z"}
    assert await club.listed(emsp) == infos
    await both.up()
    await club.clock.advance(60)
    await club.check(both)
    await club.tell()
    back = emsp.clients.of(("DE", "BTH"))
    assert set(statuses(back).values()) == {"CONNECTED"}
    assert {i["last_updated"] for i in back} == {"2026-05-04T12:06:00Z"}


async def test_one_failure_makes_nobody_offline(club: Club) -> None:
    """I-72: two in a row do; what the member says meanwhile counts more."""
    cpo = await club.join("CPA", "CPO")
    cpo.fault("unavailable", path="/ocpi/versions")
    await club.check(cpo)
    assert (await club.known(cpo)).state == "connected"
    cpo.fault("unavailable", path="/ocpi/versions", times=2)
    await club.check(cpo)
    assert (await club.known(cpo)).state == "offline"


async def test_any_message_of_a_member_is_a_sign_of_life(club: Club) -> None:
    """C-268."""
    cpo = await club.join("CPA", "CPO")
    emsp = await club.join("EMA", "EMSP")
    await club.house.partners.missed((await club.known(cpo)).id)
    await club.tell()
    assert emsp.clients.status(("DE", "CPA")) == "OFFLINE"
    await club.clock.advance(5)
    await club.speaks(cpo)
    await club.tell()
    assert emsp.clients.status(("DE", "CPA")) == "CONNECTED"
    assert emsp.clients.of(("DE", "CPA"))[0]["last_updated"] == "2026-05-04T12:00:05Z"


async def test_who_was_away_is_told_what_it_missed(club: Club) -> None:
    """§3.7: nothing is sent and nothing queued meanwhile; only the newest state comes after."""
    cpo, emsp = await club.join("CPA", "CPO"), await club.join("EMA", "EMSP")
    stays = await club.join("CPB", "CPO")
    await club.tell()
    away = (await club.known(emsp)).id
    told = len(emsp.clients.history)
    await club.house.partners.missed(away)
    for state in (club.house.partners.missed, club.house.partners.reached) * 2:
        await club.clock.advance(1)
        await state((await club.known(cpo)).id)
    await club.clock.advance(1)
    await club.house.partners.missed((await club.known(cpo)).id)
    assert [d for d in await club.planned() if away in d.destination] == []
    assert len(emsp.clients.history) == told
    await club.house.partners.reached(away)
    await club.tell()
    assert [i["status"] for i in emsp.clients.history[told:]] == ["OFFLINE"]
    assert stays.clients.status(("DE", "EMA")) == "CONNECTED"


async def test_who_leaves_is_suspended_and_stays_in_the_list(club: Club) -> None:
    """C-269: DELETE of credentials; PLANNED when it is invited again."""
    cpo, emsp = await club.join("CPA", "CPO"), await club.join("EMA", "EMSP")
    await cpo.unregister()
    await club.tell()
    assert statuses(await club.listed(emsp)) == {"CPA CPO": "SUSPENDED"}
    assert emsp.clients.status(("DE", "CPA")) == "SUSPENDED"
    refused = await club.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
    assert (refused.status_code, refused.json()["status_code"]) == (200, 4003)
    await club.house.partners.invite(cpo.name, [Role.CPO], hub=True)
    await club.tell()
    assert emsp.clients.status(("DE", "CPA")) == "PLANNED"


async def test_a_renewal_may_leave_a_role_behind(club: Club) -> None:
    """C-269, C-231: the role that is no more is SUSPENDED, the other one stays as it is."""
    both, emsp = await club.join("BTH", "CPO", "EMSP"), await club.join("EMA", "EMSP", "CPO")
    await club.tell()
    await club.clock.advance(60)
    both.roles = ("EMSP",)
    await both.rotate()
    await club.tell()
    assert statuses(await club.listed(emsp)) == {"BTH CPO": "SUSPENDED", "BTH EMSP": "CONNECTED"}
    stamps = {i["role"]: i["last_updated"] for i in emsp.clients.of(("DE", "BTH"))}
    assert stamps["CPO"] > stamps["EMSP"]
    both.party = "NEW"
    await both.rotate()
    refused = await club.ask(emsp, "GET", "sender/tokens", **to("BTH"), **by("EMA"))
    assert (refused.status_code, refused.json()["status_code"]) == (200, 4003)
    nobody = await club.ask(emsp, "GET", "sender/tokens", **to("XXX"), **by("EMA"))
    assert (nobody.status_code, nobody.json()["status_code"]) == (200, 4001)


async def test_who_is_expected_is_planned(club: Club) -> None:
    """C-270, C-231: known before it ever came, and not to be sent to."""
    emsp = await club.join("EMA", "EMSP")
    planned = (PartnerRole(Role.CPO, PartyId("DE", "CPZ"), "To come"),)
    await club.house.partners.invite("To come", [Role.CPO], hub=True, planned=planned)
    await club.tell()
    assert statuses(await club.listed(emsp)) == {"CPZ CPO": "PLANNED"}
    assert emsp.clients.status(("DE", "CPZ")) == "PLANNED"
    refused = await club.ask(emsp, "GET", "sender/locations", **to("CPZ"), **by("EMA"))
    assert (refused.status_code, refused.json()["status_code"]) == (200, 4003)
    assert "PLANNED" in refused.json()["status_message"]


async def test_a_receiver_that_is_offline_is_not_called(club: Club) -> None:
    """C-231: 4003 at once; the first failure to reach one has it checked."""
    cpo, emsp = await club.join("CPA", "CPO"), await club.join("EMA", "EMSP")
    cpo.down()
    place = "sender/locations"
    refused = await club.ask(emsp, "GET", place, **to("CPA"), **by("EMA"))
    assert refused.json()["status_code"] == 4003
    assert (await club.known(cpo)).state == "connected"
    assert await club.checks() == {cpo.name}
    await club.check(cpo)
    await cpo.up()
    asked = len(cpo.requests)
    refused = await club.ask(emsp, "GET", place, **to("CPA"), **by("EMA"))
    assert (refused.status_code, refused.json()["status_code"]) == (200, 4003)
    assert refused.headers["ocpi-from-party-id"] == "RWH"
    assert len(cpo.requests) == asked
    await club.clock.advance(5)
    await club.speaks(cpo)
    passed = await club.ask(emsp, "GET", place, **to("CPA"), **by("EMA"))
    assert passed.json()["status_code"] == 1000


async def test_who_may_not_talk_does_not_know(club: Club) -> None:
    """C-271: by contract; whom that ends for is told PLANNED, and the truth once it is back."""
    cpo, emsp = await club.join("CPA", "CPO"), await club.join("EMA", "EMSP")
    stranger = await club.join("EMB", "EMSP")
    pair = frozenset({PartyId("DE", "CPA"), PartyId("DE", "EMB")})
    club.rules.apart.add(pair)
    await club.tell()
    assert stranger.clients.known == {}
    assert statuses(await club.members_shown(stranger)) == {}
    assert statuses(await club.members_shown(cpo)) == {"EMA EMSP": "CONNECTED"}
    club.rules.apart.clear()
    await club.rules_changed()
    assert stranger.clients.status(("DE", "CPA")) == "CONNECTED"
    club.rules.apart.add(pair)
    await club.rules_changed()
    assert stranger.clients.status(("DE", "CPA")) == "PLANNED"
    assert emsp.clients.status(("DE", "CPA")) == "CONNECTED"
    club.rules.apart.clear()
    await club.rules_changed()
    assert stranger.clients.status(("DE", "CPA")) == "CONNECTED"


async def test_credentials_of_230_list_who_can_be_reached(club: Club) -> None:
    """C-087, C-086: each member those it may talk to; to older versions the hub is alone."""
    await club.join("CPA", "CPO")
    away = await club.join("CPB", "CPO")
    left = await club.join("CPC", "CPO", "EMSP")
    await club.join("EMB", "EMSP")
    await club.house.partners.invite("Later", [Role.CPO], hub=True, planned=[a_cpo("CPD")])
    await club.house.partners.missed((await club.known(away)).id)
    await left.unregister()
    club.rules.apart.add(frozenset({PartyId("DE", "CPA"), PartyId("DE", "EMC")}))
    emsp = await club.join("EMA", "EMSP", version="2.3.0")
    told = {"OTHER RWH": "Roamwatt Hub", "CPO CPA": "Platform CPA", "CPO CPB": "Platform CPB"}
    assert emsp.peer is not None
    assert named(emsp.peer.roles) == named((await club.credentials(emsp))["roles"]) == told
    assert (await club.credentials(emsp))["hub_party_id"] == "NLRWH"
    apart = await club.join("EMC", "EMSP", version="2.3.0")
    assert named((await club.credentials(apart))["roles"]).keys() == {"OTHER RWH", "CPO CPB"}
    older = await club.join("EMD", "EMSP", version="2.2.1")
    assert named((await club.credentials(older))["roles"]) == {"HUB RWH": "Roamwatt Hub"}


async def test_who_cannot_be_told_is_checked_and_told_later(club: Club) -> None:
    """C-267: a push without an answer is a doubt too; nobody else waits for it."""
    emsp, other = await club.join("EMA", "EMSP"), await club.join("EMB", "EMSP")
    await club.tell()
    emsp.down()
    await club.join("CPA", "CPO")
    outcomes = {d.destination: await club.send(d) for d in await club.planned()}
    down = f"members:{(await club.known(emsp)).id}"
    assert type(outcomes.pop(down)).__name__ == "Retry"
    assert set(map(type, outcomes.values())) == {Done}
    assert other.clients.status(("DE", "CPA")) == "CONNECTED"
    assert await club.checks() == {emsp.name}
    await emsp.up()
    for delivery in await club.planned_for(emsp):
        assert await club.send(delivery) == Done()
    assert emsp.clients.status(("DE", "CPA")) == "CONNECTED"


async def test_a_refusal_holds_nothing_else_up(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one member will never take is kept for people."""
    emsp = await club.join("EMA", "EMSP")
    await club.tell()
    await club.join("CPA", "CPO")
    await club.join("CPB", "CPO")
    take = emsp.clients.put
    monkeypatch.setattr(
        emsp.clients, "put", lambda r, key, body: key[1] != "CPA" and take(r, key, body)
    )
    outcomes = [await club.send(d) for d in await club.planned_for(emsp)]
    assert {type(o).__name__ for o in outcomes} == {"Done", "RefusedForGood"}
    assert emsp.clients.status(("DE", "CPB")) == "CONNECTED"
    assert emsp.clients.status(("DE", "CPA")) is None


async def test_the_book_is_mended_where_it_is_wrong(club: Club) -> None:
    """Members that came before there was a book."""
    cpo, emsp = await club.join("CPA", "CPO"), await club.join("EMA", "EMSP")
    known = await club.known(cpo)
    async with club.store.transaction() as tx:
        for member in await tx.hub_members.of_partner(known.id):
            await tx.hub_members.put(member.now(ClientStatus.PLANNED, known.id, club.clock.now()))
    assert statuses(await club.listed(emsp)) == {"CPA CPO": "PLANNED"}
    await club.clock.advance(1)
    await club.members_book.look()
    assert statuses(await club.listed(emsp)) == {"CPA CPO": "CONNECTED"}
