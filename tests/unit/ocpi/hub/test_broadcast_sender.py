"""What one member is told of others' objects, and what becomes of every answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.hub_objects import HubNoun, HubObject, HubRef
from app.domain.hub_rules import Effect, Rule, Scope
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, PartnerState, Role
from app.ports.delivery import Done, Outcome, RefusedForGood, Retry
from app.store.transaction import Store
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_members import HubMembers, check_destination
from app.use_cases.hub_objects import HubObjects
from app.use_cases.hub_reach import HubReach
from app.use_cases.hub_rules import HubRules
from app.use_cases.hub_telling import Told, delivery_of, resync
from app.use_cases.partners import Partners, Platform
from ocpi.hub.broadcast_rules import RulesTelling
from ocpi.hub.broadcast_sender import BroadcastSender
from ocpi.hub.kept_words import KeptWords
from ocpi.hub.presence import Presence
from ocpi.translate.locations import write_location
from ocpi.translate.tariffs import write_tariff
from ocpi.versions.registry import V221, Kind
from ocpi.wire.documents import encode_text
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import CPO, EMSP, THEIR_EMSP, a_location, a_partner, a_tariff
from tests.support.scripted_partner import (
    Received,
    Say,
    ScriptedPartner,
    partner_calls,
    scripted_partner,
)
from tests.unit.adapters.http_server import SILENCE

HUB = PartyId("NL", "RWH")
LOCATION = HubRef(HubNoun.LOCATION, CPO, "L1")
TARIFF = HubRef(HubNoun.TARIFF, CPO, "T1")
OWNER = a_partner(id="p-0", name="Owner", hub=True, roles=(PartnerRole(Role.CPO, CPO, "x"),))


@dataclass
class Desk:
    store: Store
    objects: HubObjects
    rules: HubRules
    sender: BroadcastSender
    them: ScriptedPartner
    sealer: FernetSealer

    async def register(self, **changes: Any) -> None:
        known = self.them.partner(self.sealer, hub=True, **changes)
        async with self.store.transaction() as tx:
            await tx.partners.put(known)

    async def keep(self, kept: HubObject) -> None:
        await self.objects.accept(kept)

    async def send(self, ref: HubRef = LOCATION, *part: str, to: str = "p-1") -> Outcome:
        return await self.sender.send(delivery_of(to, Told(THEIR_EMSP, ref, part)))

    async def doubted(self) -> bool:
        async with self.store.reading() as tx:
            return bool(await tx.deliveries.busy([check_destination("p-1")]))


def kept(ref: HubRef, body: dict[str, Any], version: str = "2.2.1") -> HubObject:
    return HubObject(ref, "p-0", version, encode_text(body), NOON, NOON)


@pytest.fixture
async def desk(store: Store, sealer: FernetSealer, clock: FakeClock) -> AsyncIterator[Desk]:
    """The hub keeps a location and a tariff, and may tell one other member of them."""
    async with scripted_partner() as them, partner_calls(sealer, timeout_s=0.5) as calls:
        platform = Platform(
            PartnerRole(Role.EMSP, EMSP, "Drive"), hub=PartnerRole(Role.HUB, HUB, "Hub")
        )
        partners = Partners(store, sealer, clock, platform=platform)
        objects, rules = HubObjects(store, clock), HubRules(store, clock)
        sender = BroadcastSender(
            objects,
            calls,
            partners,
            clock,
            directory=HubDirectory(store),
            rules=rules,
            changes=RulesTelling(HubReach(store, clock), HubDirectory(store), rules),
            words=KeptWords(store),
            presence=Presence(partners, HubMembers(store, clock, talks=rules), clock),
            hub=HUB,
        )
        made = Desk(store, objects, rules, sender, them, sealer)
        async with store.transaction() as tx:
            await tx.partners.put(OWNER)
        await made.register()
        await made.keep(kept(LOCATION, V221.lower(Kind.LOCATION, write_location(a_location()))))
        await made.keep(kept(TARIFF, V221.lower(Kind.TARIFF, write_tariff(a_tariff()))))
        yield made


async def test_it_is_told_from_the_hub(desk: Desk) -> None:
    """C-240: below the owner's address, with the hub as FROM."""
    assert await desk.send() == Done()
    (request,) = desk.them.received
    assert (request.method, request.path) == ("PUT", "/receiver/locations/NL/RW1/L1")
    assert request.headers["ocpi-from-party-id"] == "RWH"
    assert request.headers["ocpi-to-party-id"] == "TNM"


async def test_who_does_not_know_the_part_gets_the_whole(desk: Desk) -> None:
    desk.them.answers = lambda r: Say(code=2003, http=404) if "E1" in r.path else Say()
    assert await desk.send(LOCATION, "E1", "1") == Done()
    assert [path for _, path in desk.them.asked] == [
        "/receiver/locations/NL/RW1/L1/E1/1",
        "/receiver/locations/NL/RW1/L1",
    ]
    assert await desk.send(LOCATION, "E9") == Done()
    assert desk.them.asked[2:] == [("PUT", "/receiver/locations/NL/RW1/L1")]


async def test_what_nobody_has_is_deleted_nowhere(desk: Desk) -> None:
    """404 is fine where something is to go."""
    await desk.objects.withdraw(TARIFF, "p-0")
    desk.them.answers = lambda _: Say(code=2000, http=404)
    assert await desk.send(TARIFF) == Done()
    assert desk.them.asked == [("DELETE", "/receiver/tariffs/NL/RW1/T1")]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (Say(code=2001), RefusedForGood),
        (Say(code=2001, http=400), RefusedForGood),
        (Say(code=3000), Retry),
        (Say(http=500, raw=b"oops"), Retry),
        (Say(http=429, raw=b"", headers=("Retry-After: 90",)), Retry),
    ],
)
async def test_what_they_say_of_it(desk: Desk, said: Say, outcome: type[Outcome]) -> None:
    """C-241: what was understood and refused is kept for people, all else is tried again."""
    desk.them.answers = lambda _: said
    found = await desk.send()
    assert isinstance(found, outcome)
    if isinstance(found, Retry) and said.headers:
        assert found.after == timedelta(seconds=90)
    assert not await desk.doubted()


async def test_whoever_does_not_answer_is_checked(desk: Desk) -> None:
    """C-267: it is not OFFLINE for that."""
    desk.them.answers = lambda _: SILENCE
    assert isinstance(await desk.send(), Retry)
    assert await desk.doubted()
    async with desk.store.reading() as tx:
        assert (await tx.partners.need("p-1")).state is PartnerState.CONNECTED


@pytest.mark.parametrize("state", [PartnerState.OFFLINE, PartnerState.SUSPENDED])
async def test_who_is_away_misses_it(desk: Desk, state: PartnerState) -> None:
    """C-242, C-260: nothing waits; where it has to go on is known."""
    await desk.register(state=state)
    assert await desk.send() == Done()
    assert await desk.objects.gap("p-1") == NOON
    early = NOON - timedelta(hours=1)
    assert await desk.sender.send(resync("p-1", early, 5)) == Done()
    assert await desk.objects.gap("p-1") == early
    assert await desk.sender.send(resync("p-1")) == Done()
    assert await desk.objects.gap("p-1") == early
    assert desk.them.received == []


async def test_who_left_for_good_misses_nothing(desk: Desk) -> None:
    await desk.register(state=PartnerState.SUSPENDED, client_token=None)
    assert await desk.send() == Done()
    assert await desk.objects.gap("p-1") is None
    assert isinstance(await desk.send(to="nobody"), RefusedForGood)
    assert desk.them.received == []


async def test_what_is_not_theirs_any_more_is_not_told(desk: Desk) -> None:
    """C-263: the rules of now count, and whether the party still is there."""
    await desk.rules.set_rule(Rule(Scope(CPO, THEIR_EMSP), Effect.DENY), by="a test")
    assert await desk.send() == Done()
    await desk.rules.drop_rule(Scope(CPO, THEIR_EMSP), by="a test")
    assert await desk.send(replace(LOCATION, id="UNKNOWN")) == Done()
    await desk.register(roles=(PartnerRole(Role.EMSP, PartyId("DE", "ELS"), "x"),))
    assert await desk.send() == Done()
    assert desk.them.received == []


async def test_what_their_version_has_no_words_for_is_withheld(desk: Desk) -> None:
    tariff = write_tariff(a_tariff())
    for element in tariff["elements"]:
        element["restrictions"] = {"booking": ["BOOKING"]}
    later = replace(kept(TARIFF, tariff, "2.3.0"), last_updated=NOON + timedelta(hours=1))
    await desk.keep(later)
    assert await desk.send(TARIFF) == Done()
    assert desk.them.received == []


async def test_addresses_as_they_need_them(desk: Desk) -> None:
    """The type belongs to a token's name; some need a slash at the end."""
    await desk.register(
        roles=(PartnerRole(Role.CPO, THEIR_EMSP, "x"),), quirks={"trailing-slash": ""}
    )
    card = HubRef(HubNoun.TOKEN, EMSP, "A/1", "APP_USER")
    async with desk.store.transaction() as tx:
        await tx.partners.put(replace(OWNER, roles=(PartnerRole(Role.EMSP, EMSP, "x"),)))
    await desk.keep(kept(card, {"uid": "A/1", "type": "APP_USER"}))
    assert await desk.send(card) == Done()
    assert desk.them.asked == [("PUT", "/receiver/tokens/NL/RWD/A%2F1/?type=APP_USER")]
    await desk.register(quirks={"trailing-slash": ""})
    async with desk.store.transaction() as tx:
        await tx.partners.put(OWNER)
    assert await desk.send(LOCATION, "E1") == Done()
    assert desk.them.asked[1:] == [("PUT", "/receiver/locations/NL/RW1/L1/E1/")]


async def test_one_text_serves_all(desk: Desk) -> None:
    """Read and worded once, until it changes."""
    bodies: list[Received] = desk.them.received
    for _ in range(2):
        assert await desk.send(LOCATION, "E1") == Done()
        assert await desk.send() == Done()
    assert bodies[0].body == bodies[2].body
    body = V221.lower(Kind.LOCATION, write_location(a_location(name="Renamed")))
    await desk.keep(kept(LOCATION, body))
    assert await desk.send() == Done()
    assert bodies[-1].body["name"] == "Renamed"
