"""A platform that cannot name its receivers has an address at the hub for each of the others."""

from dataclasses import replace
from decimal import Decimal
from urllib.parse import quote

import pytest
from httpx import Response

from app.domain.errors import AlreadyExists, InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import Role
from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError, wire_token
from app.simulators.partner_site import Site
from app.store.transaction import Store
from ocpi.versions.registry import V211, Kind
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub
from tests.support.patience import until

CPA, CPB = PartyId("DE", "CPA"), PartyId("DE", "CPB")
EMA = PartyId("DE", "EMA")


async def meet(
    whole: WholeHub,
    party: str,
    role: str,
    counterpart: PartyId,
    *,
    name: str | None = None,
    kind: type[Partner] = Partner,
) -> Partner:
    """A platform of 2.1.1 that registered to meet one party."""
    name = name or f"{party} {counterpart}"
    made = kind(party=party, roles=(role,), name=name, version="2.1.1")
    member = await whole.stack.enter_async_context(made)
    invited = await whole.house.partners.invite(
        member.name, [Role(role)], hub=True, counterpart=counterpart
    )
    await member.register(address_of(whole, counterpart), invited.token)
    whole.members.append(member)
    return member


def address_of(whole: WholeHub, counterpart: PartyId) -> str:
    return f"{whole.house.url}/ocpi/hub/at/{counterpart}/versions"


async def get(whole: WholeHub, member: Partner, place: str) -> Response:
    """A GET at the hub's address for one counterpart, by the member's token."""
    assert member.peer is not None
    shown = {"Authorization": wire_token(member.peer.token, is_encoded=False)}
    url = f"{whole.house.url}/ocpi/hub/{place}"
    return await whole.http.get(url, headers=shown)


def met(member: Partner, other: Partner, role: str) -> None:
    """A member addresses another directly, whatever it is about."""
    assert member.hub is not None
    member.hub.counterparts[role] = ("DE", other.party)
    member.hub.published = "direct"


async def test_it_registers_with_the_party_that_it_meets(whole: WholeHub) -> None:
    """C-262: the hub shows itself as that party, and all modules at its address."""
    await whole.join("CPA", "CPO")
    emsp = await meet(whole, "EMA", "EMSP", CPA)
    assert emsp.peer is not None
    (role,) = emsp.peer.roles
    assert (role["country_code"], role["party_id"], role["role"]) == ("DE", "CPA", "CPO")
    assert role["business_details"]["name"] == "Platform CPA"
    sides = {module: side for module, side in emsp.peer.endpoints if module != "credentials"}
    assert sides == {
        "locations": "SENDER", "sessions": "SENDER", "cdrs": "SENDER", "tariffs": "SENDER",
        "tokens": "RECEIVER", "commands": "RECEIVER",
    }  # fmt: skip
    known = await whole.house.partners.need_by_name("EMA DE-CPA")
    assert (known.counterpart, known.version) == (CPA, "2.1.1")


async def test_it_pulls_and_starts_as_if_there_was_no_hub(whole: WholeHub) -> None:
    """C-262: a story of an older eMSP and a newer CPO, with results, sessions and bills."""
    cpo = await whole.join("CPA", "CPO")
    emsp = await meet(whole, "EMA", "EMSP", CPA)
    met(cpo, emsp, "EMSP")
    (location,) = await emsp.pull("locations")
    assert (location["id"], location["party_id"]) == (cpo.site.location_id, "CPA")
    (token,) = emsp.tokens.values()
    evse = location["evses"][0]
    command = await emsp.start_session(location["id"], evse["uid"], "1")
    assert command.response["result"] == "ACCEPTED"
    assert (await emsp.result(command))["result"] == "ACCEPTED"
    await until(lambda: bool(emsp.received.of("sessions")))
    (session,) = cpo.sessions.values()
    await cpo.progress(session.id, Decimal(5))
    await cpo.finish(session.id)
    await until(lambda: bool(emsp.received.of("cdrs")))
    (told,) = emsp.received.of("sessions")
    assert told["cdr_token"]["contract_id"] == token["contract_id"]
    assert told["location_id"] == location["id"]
    (bill,) = emsp.received.of("cdrs")
    assert bill["cdr_location"]["id"] == location["id"]
    assert cpo.executed[0][1]["token"]["uid"] == token["uid"]
    named = [name for r in emsp.requests for name in r.headers if name.startswith("ocpi-")]
    assert named == []


async def test_the_counterpart_reaches_it_over_its_own_connection(whole: WholeHub) -> None:
    """C-262: two connections of one platform are told apart by who sends."""
    first = await whole.join("CPA", "CPO")
    second = await whole.join("CPB", "CPO")
    one = await meet(whole, "EMA", "EMSP", CPA)
    two = await meet(whole, "EMA", "EMSP", CPB)
    for cpo, mine, other in ((first, one, two), (second, two, one)):
        known = len(other.requests)
        place = f"sender/tokens/{next(iter(one.tokens))}/authorize"
        answer = await whole.ask(cpo, "POST", place, None, **to("EMA"), **by(cpo.party))
        assert answer.json()["data"]["allowed"] == "ALLOWED", answer.text
        assert answer.json()["data"]["token"]["party_id"] == "EMA"
        assert mine.requests[-1].target.split("?")[0].endswith("/authorize")
        assert len(other.requests) == known


async def test_who_it_did_not_register_for_cannot_be_met(whole: WholeHub) -> None:
    """C-229, C-263: neither can that one reach it, nor it that one."""
    await whole.join("CPA", "CPO")
    other = await whole.join("CPB", "CPO")
    emsp = await meet(whole, "EMA", "EMSP", CPA)
    place = "sender/tokens/X/authorize"
    answer = await whole.ask(other, "POST", place, None, **to("EMA"), **by("CPB"))
    assert answer.json()["status_code"] == 4001
    for address in ("at/DE-CPB/2.1.1/locations", "at/DE-CPB/versions", "2.2.1/sender/locations"):
        assert (await get(whole, emsp, address)).status_code == 401
    assert (await get(whole, emsp, "at/DE-CPA/2.1.1/locations")).status_code == 200


async def test_a_hubs_refusal_in_a_version_without_hubs(whole: WholeHub) -> None:
    """2.1.1 has no 4xxx: what the hub could not do is a server's error to it."""
    emsp = await meet(whole, "EMA", "EMSP", CPA)
    answer = await get(whole, emsp, "at/DE-CPA/2.1.1/locations")
    assert (answer.status_code, answer.json()["status_code"]) == (200, 3000)
    assert not [name for name in answer.headers if name.startswith("ocpi-")]


async def test_a_cpo_of_211_tells_an_emsp_of_230(whole: WholeHub) -> None:
    """C-261, C-262: the owner comes from the address, and prices get the newer words."""
    emsp = await whole.join("EMA", "EMSP", version="2.3.0")
    cpo = await meet(whole, "CPA", "CPO", EMA)
    met(emsp, cpo, "CPO")
    await cpo.push_site()
    told = [r for r in emsp.requests if "/receiver/locations/DE/CPA/" in r.target]
    assert told
    assert (told[-1].headers["ocpi-from-party-id"], told[-1].headers["ocpi-to-party-id"]) == (
        "CPA",
        "EMA",
    )


async def test_nobody_else_claims_its_party(whole: WholeHub) -> None:
    """C-069: the same party comes from one platform only, and never as its own counterpart."""
    await meet(whole, "EMA", "EMSP", CPA)
    with pytest.raises(AlreadyExists):
        await meet(whole, "EMA", "EMSP", CPA)
    with pytest.raises(ExchangeFailedError) as refused:
        await meet(whole, "EMA", "EMSP", CPA, name="Somebody")
    assert refused.value.ocpi == 2001
    await whole.join("CPB", "CPO")
    with pytest.raises(ExchangeFailedError) as refused:
        await meet(whole, "CPB", "CPO", EMA)
    assert refused.value.ocpi == 2001
    with pytest.raises(ExchangeFailedError) as refused:
        await meet(whole, "CPB", "EMSP", CPB)
    assert refused.value.ocpi == 2001


async def test_only_one_role_meets_one_counterpart(whole: WholeHub) -> None:
    partners = whole.house.partners
    for roles, hub in (([Role.CPO, Role.EMSP], True), ([Role.HUB], True), ([Role.CPO], False)):
        with pytest.raises(InvalidInput):
            await partners.invite("X", roles, hub=hub, counterpart=CPA)


async def test_what_everybody_is_told_reaches_it_in_its_own_words(whole: WholeHub) -> None:
    """C-241, C-262: over the connection that stands for the owner, and for no other one."""
    emsp = await whole.join("EMA", "EMSP")
    cpo = await meet(whole, "CPA", "CPO", EMA)
    other = await meet(whole, "CPA", "CPO", PartyId("DE", "EMB"))
    known = len(other.requests)
    (token,) = emsp.tokens.values()
    await emsp.push_token(token["uid"])
    await until(lambda: bool(cpo.received.of("tokens")))
    await whole.quiet()
    (told,) = cpo.received.of("tokens")
    assert (told["uid"], told["contract_id"]) == (token["uid"], token["contract_id"])
    assert len(other.requests) == known
    session = {
        "id": "S1", "start_datetime": "2026-05-04T09:00:00Z", "kwh": 1, "currency": "EUR",
        "auth_id": token["contract_id"], "auth_method": "WHITELIST", "status": "ACTIVE",
        "location": V211.lower(Kind.LOCATION, cpo.site.location()),
        "last_updated": "2026-05-04T10:00:00Z",
    }  # fmt: skip
    assert cpo.peer is not None
    shown = {"Authorization": wire_token(cpo.peer.token, is_encoded=False)}
    url = f"{whole.house.url}/ocpi/hub/at/DE-EMA/2.1.1/sessions/DE/CPA/S1"
    answer = await whole.http.put(url, json=session, headers=shown)
    assert answer.json()["status_code"] == 1000, answer.text
    (heard,) = emsp.received.of("sessions")
    assert heard["cdr_token"]["uid"] == token["uid"]
    assert heard["cdr_token"]["type"] == token["type"]


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
async def test_a_driver_of_a_newer_emsp_charges_at_a_cpo_of_211(
    whole: WholeHub, version: str
) -> None:
    """C-261, C-262: started, told of and billed, every message in its receiver's words."""
    emsp = await whole.join("EMA", "EMSP", version=version)
    cpo = await meet(whole, "CPA", "CPO", EMA)
    met(emsp, cpo, "CPO")
    assert emsp.hub is not None
    (location,) = await emsp.pull("locations")
    assert location["id"] == cpo.site.location_id
    (token,) = emsp.tokens.values()
    command = await emsp.start_session(location["id"], location["evses"][0]["uid"], "1")
    assert (await emsp.result(command))["result"] == "ACCEPTED"
    await until(lambda: bool(emsp.received.of("sessions")))
    (session,) = cpo.sessions.values()
    await cpo.progress(session.id, Decimal(5))
    await cpo.finish(session.id)
    await until(lambda: bool(emsp.received.of("cdrs")))
    (told,) = emsp.received.of("sessions")
    (bill,) = emsp.received.of("cdrs")
    for document in (told, bill):
        assert document["party_id"] == "CPA"
        assert document["cdr_token"]["uid"] == token["uid"]
    pushed = [r for r in emsp.requests if "/sessions/DE/CPA/" in r.target]
    assert {r.headers["ocpi-from-party-id"] for r in pushed} == {"CPA"}


class Sprawling(Site):
    """Has ids as long as 2.1.1 lets them be."""

    @property
    def location_id(self) -> str:
        return "a car park with a name of 38 letters.."

    @property
    def evse_uid(self) -> str:
        return "DE*CPA*E1*of*a*car*park*with*39*letters"


async def test_ids_that_newer_versions_have_no_room_for(whole: WholeHub) -> None:
    """C-262: in lists, pushes, addresses and commands, also where no receiver is named."""
    emsp = await whole.join("EMA", "EMSP", version="2.3.0")
    cpo = await meet(whole, "CPA", "CPO", EMA)
    cpo.site = Sprawling(cpo.country, cpo.party)
    met(emsp, cpo, "CPO")
    assert emsp.hub is not None
    (listed,) = await emsp.pull("locations")
    place, evse = listed["id"], listed["evses"][0]["uid"]
    assert len(place) == len(evse) == 36
    await cpo.push_site()
    await cpo.set_status("BLOCKED")
    (told,) = emsp.received.of("locations")
    assert (told["id"], told["evses"][0]["uid"]) == (place, evse)
    assert told["evses"][0]["status"] == "BLOCKED"
    answer = await whole.ask(emsp, "GET", f"sender/locations/{quote(place)}", **by("EMA"))
    assert answer.json()["data"]["id"] == place, answer.text
    emsp.hub.others = "open"
    command = await emsp.start_session(place, evse, "1")
    assert (await emsp.result(command))["result"] == "ACCEPTED"
    assert cpo.executed[0][1]["location_id"] == cpo.site.location_id
    assert cpo.executed[0][1]["evse_uid"] == cpo.site.evse_uid
    await until(lambda: bool(emsp.received.of("sessions")))
    (session,) = cpo.sessions.values()
    await cpo.finish(session.id, Decimal(5))
    (bill,) = await until(lambda: emsp.received.of("cdrs"))
    (heard,) = emsp.received.of("sessions")
    assert (heard["location_id"], heard["evse_uid"]) == (place, evse)
    assert (bill["cdr_location"]["id"], bill["cdr_location"]["evse_uid"]) == (place, evse)


async def test_two_of_211_meet_at_each_others_addresses(whole: WholeHub) -> None:
    """C-262: nothing is converted, and yet all of it passes the hub."""
    cpo = await meet(whole, "CPA", "CPO", EMA)
    emsp = await meet(whole, "EMA", "EMSP", CPA)
    (location,) = await emsp.pull("locations")
    assert location["id"] == cpo.site.location_id
    command = await emsp.start_session(location["id"], location["evses"][0]["uid"], "1")
    assert (await emsp.result(command))["result"] == "ACCEPTED"
    await until(lambda: bool(emsp.received.of("sessions")))


async def test_further_pages_are_at_an_address_that_it_can_call(whole: WholeHub) -> None:
    """C-254: a list of several pages, converted page by page."""
    emsp = await whole.join("EMA", "EMSP", page_size=2)
    for number in range(5):
        emsp.add_token(f"CARD-{number}", type="APP_USER")
    cpo = await meet(whole, "CPA", "CPO", EMA)
    pulled = await cpo.pull("tokens")
    assert {token["uid"] for token in pulled} == set(emsp.tokens)


async def test_the_hub_registers_at_a_platform_of_211_as_one_party(whole: WholeHub) -> None:
    """C-262: the other way round, by an invitation of the older platform."""
    emsp = await whole.join("EMA", "EMSP")
    made = Partner(party="CPA", roles=("CPO",), name="Old", version="2.1.1")
    cpo = await whole.stack.enter_async_context(made)
    whole.members.append(cpo)
    joined = await whole.house.handshake.join(
        cpo.versions_url, cpo.invite(), name="Old", roles=[Role.CPO], hub=True, counterpart=EMA
    )
    assert (joined.version, joined.counterpart) == ("2.1.1", EMA)
    met(emsp, cpo, "CPO")
    (location,) = await emsp.pull("locations")
    assert location["id"] == cpo.site.location_id
    await cpo.push_site()
    assert emsp.received.of("locations")
    renewed = await whole.house.handshake.renew(joined.id)
    assert renewed.counterpart == EMA
    assert await cpo.pull("tokens")


async def test_its_connections_come_from_one_host(whole: WholeHub, store: Store) -> None:
    """C-069: whoever is invited to meet one party cannot take another's name for it."""
    await meet(whole, "EMA", "EMSP", CPA)
    known = await whole.house.partners.need_by_name("EMA DE-CPA")
    async with store.transaction() as tx:
        elsewhere = replace(known, versions_url="https://real.example/versions")
        await tx.partners.put(elsewhere)
    with pytest.raises(ExchangeFailedError) as refused:
        await meet(whole, "EMA", "EMSP", CPB)
    assert refused.value.ocpi == 2001
