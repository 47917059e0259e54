"""What each answer to a check says of a member, and who is told of the others."""

from dataclasses import dataclass
from typing import Any

import pytest

from app.adapters.clock_system import SystemClock
from app.adapters.sealing_fernet import FernetSealer
from app.domain.events import (
    DomainEvent,
    HubMemberChanged,
    HubRulesChanged,
    PartnerLeft,
    PartnerRegistered,
    PartnerReturned,
)
from app.domain.partners import Endpoint, InterfaceRole, PartnerRole, PartnerState, Role
from app.ports.delivery import Delivery, Done, Mode, RefusedForGood, Retry
from app.store.transaction import Store
from app.use_cases.hub_members import ALL, HubMembers, check_destination
from app.use_cases.partners import Partners, Platform
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.client_info_push import ONE, MemberAudience, MemberSender
from ocpi.hub.liveness import Liveness
from ocpi.hub.presence import Presence
from tests.support.clock import FakeClock
from tests.support.roaming_objects import CPO, EMSP, THEIR_CPO, THEIR_EMSP, a_partner
from tests.support.scripted_partner import Say, ScriptedPartner
from tests.unit.adapters.http_server import SILENCE

VERSIONS = Say([{"version": "2.2.1", "url": "https://them.example/2.2.1"}])


@dataclass
class Desk:
    """One member that says what a test lets it say, and one that others may know of."""

    store: Store
    clock: FakeClock
    partners: Partners
    calls: PartnerCalls
    them: ScriptedPartner
    sealer: FernetSealer

    async def put(self, **changes: Any) -> None:
        partner = self.them.partner(self.sealer)
        endpoint = Endpoint("hubclientinfo", InterfaceRole.RECEIVER, f"{self.them.url}/clientinfo")
        endpoints = (*partner.endpoints, endpoint)
        known = {"endpoints": endpoints, "hub": True, "last_seen": self.clock.now(), **changes}
        partner = self.them.partner(self.sealer, **known)
        other = a_partner(
            id="p-2", name="Other", hub=True, last_seen=self.clock.now(),
            roles=(PartnerRole(Role.CPO, CPO, "x"),),
        )  # fmt: skip
        async with self.store.transaction() as tx:
            await tx.partners.put(partner)
            await tx.partners.put(other)
        await self.members.look()

    @property
    def members(self) -> HubMembers:
        return HubMembers(self.store, self.clock)

    @property
    def sender(self) -> MemberSender:
        presence = Presence(self.partners, self.members, self.clock)
        return MemberSender(
            self.calls, self.partners, self.members, presence=presence, clock=self.clock
        )

    async def send(self, subject: str = f"{CPO}/CPO", kind: str = ONE) -> object:
        return await self.sender.send(Delivery("members:p-1", subject, Mode.LATEST, kind))

    async def state(self) -> str:
        return (await self.partners.get("p-1")).state.value

    async def is_doubted(self) -> bool:
        async with self.store.reading() as tx:
            return bool(await tx.deliveries.busy([check_destination("p-1")]))


@pytest.fixture
async def desk(
    store: Store, calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> Desk:
    clock = FakeClock()
    partners = Partners(
        store, sealer, clock, platform=Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    )
    made = Desk(store, clock, partners, calls, them, sealer)
    await made.put()
    return made


@pytest.mark.parametrize(
    ("state", "says", "after", "asked"),
    [
        ("connected", [VERSIONS], "connected", 1),
        ("connected", [Say(http=503), VERSIONS], "connected", 2),
        ("connected", [Say(http=503), Say(http=503)], "offline", 2),
        ("connected", [Say(code=3000), Say(http=401)], "offline", 2),
        ("connected", [Say(http=429)], "connected", 1),
        ("connected", [SILENCE, SILENCE], "offline", 2),
        ("offline", [VERSIONS], "connected", 1),
        ("offline", [Say(http=503)], "offline", 1),
        ("suspended", [], "suspended", 0),
        ("invited", [], "invited", 0),
    ],
)
async def test_what_an_answer_says_of_a_member(  # noqa: PLR0917 - the columns of the table
    desk: Desk, state: str, says: list[Any], after: str, asked: int
) -> None:
    """C-267, C-268, I-72."""
    await desk.put(state=PartnerState(state))
    left = list(says)
    desk.them.answers = lambda _: left.pop(0)
    liveness = Liveness(desk.calls, desk.partners, SystemClock(), again_s=0.01)
    await liveness.check("p-1")
    assert (await desk.state(), len(says) - len(left)) == (after, asked)


async def test_a_call_of_its_own_counts_more_than_a_failed_check(desk: Desk) -> None:
    """C-268."""

    class Calling:
        """Waits until the member has called us."""

        async def sleep(self, _seconds: float) -> None:
            await desk.clock.advance(120)
            await desk.partners.reached("p-1")

    desk.them.answers = lambda _: Say(http=503)
    await Liveness(desk.calls, desk.partners, Calling()).check("p-1")  # type: ignore[arg-type]
    assert await desk.state() == "connected"


async def test_partners_of_our_own_parties_are_not_checked_here(desk: Desk) -> None:
    async with desk.store.transaction() as tx:
        await tx.partners.put(desk.them.partner(desk.sealer, hub=False))
    await Liveness(desk.calls, desk.partners, SystemClock()).check("p-1")
    assert desk.them.received == []


@pytest.mark.parametrize(
    ("says", "outcome", "doubted"),
    [
        (Say(), Done, False),
        (Say(http=201), Done, False),
        (Say(code=2001), RefusedForGood, False),
        (Say(http=405), RefusedForGood, False),
        (Say(http=503), Retry, False),
        (Say(code=3000), Retry, False),
        (Say(http=401), Retry, False),
        (SILENCE, Retry, True),
    ],
)
async def test_what_becomes_of_a_push(
    desk: Desk, says: Say, outcome: type, *, doubted: bool
) -> None:
    """C-266: told again until it is heard; what was heard is not told again."""
    desk.them.answers = lambda _: says
    assert type(await desk.send()) is outcome
    assert await desk.is_doubted() is doubted
    (request,) = desk.them.received
    assert (request.method, request.path) == ("PUT", f"/clientinfo/{CPO.country}/{CPO.code}")
    assert [name for name in request.headers if name.startswith("ocpi-")] == []
    assert request.body == {
        "country_code": CPO.country, "party_id": CPO.code, "role": "CPO", "status": "CONNECTED",
        "last_updated": "2026-05-04T12:00:00Z",
    }  # fmt: skip
    await desk.send()
    assert len(desk.them.received) == (1 if outcome is Done else 2)


@pytest.mark.parametrize("state", ["offline", "suspended"])
async def test_nothing_is_sent_to_who_is_not_there(desk: Desk, state: str) -> None:
    """§3.7: and nothing waits for it."""
    await desk.put(state=PartnerState(state))
    assert await desk.send() == Done()
    assert await desk.send("everybody", ALL) == Done()
    assert desk.them.received == []


async def test_a_member_that_takes_no_pushes_is_left_alone(desk: Desk) -> None:
    await desk.put(endpoints=())
    assert await MemberAudience(desk.store).plan(HubMemberChanged(CPO, "CPO")) == []
    assert await desk.send() == Done()
    gone = Delivery("members:nobody", "x", Mode.LATEST, ONE)
    assert type(await desk.sender.send(gone)) is RefusedForGood


@pytest.mark.parametrize(
    ("event", "planned"),
    [
        (HubMemberChanged(THEIR_CPO, "CPO"), [(f"{THEIR_CPO}/CPO", ONE)]),
        (HubRulesChanged("group:pilot"), [("everybody", ALL)]),
        (PartnerRegistered("p-1"), [("everybody", ALL)]),
        (PartnerReturned("p-1"), [("everybody", ALL)]),
        (PartnerReturned("p-2"), []),
        (PartnerLeft("p-1"), []),
    ],
)
async def test_who_is_told_after_what(
    desk: Desk, event: DomainEvent, planned: list[tuple[str, str]]
) -> None:
    """C-266: one delivery for each reader and subject, the newest only."""
    found = await MemberAudience(desk.store).plan(event)
    assert [(d.subject, d.kind) for d in found] == planned
    assert {(d.destination, d.mode) for d in found} <= {("members:p-1", Mode.LATEST)}
    await desk.put(state=PartnerState.OFFLINE)
    assert list(await MemberAudience(desk.store).plan(event)) == []


async def test_an_audience_looks_again_before_each_batch(desk: Desk) -> None:
    audience = MemberAudience(desk.store)
    event = HubMemberChanged(THEIR_EMSP, "EMSP")
    assert len(await audience.plan(event)) == 1
    await desk.put(state=PartnerState.OFFLINE)
    assert len(await audience.plan(event)) == 1
    audience.look_again()
    assert await audience.plan(event) == []
