"""A message that comes back while it is on its way goes round in a circle."""

from dataclasses import replace

import pytest

from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, PartnerRole, Role
from app.store.transaction import Store
from app.use_cases.hub_passing import LONGEST, HubPassing
from ocpi.hub.faults import HubTrouble
from ocpi.hub.loops import Loops
from ocpi.hub.messages import HubMessage, Leg
from ocpi.versions.registry import V221
from ocpi.wire.access import Caller
from ocpi.wire.envelope import HUB_ERROR
from ocpi.wire.faults import fault
from ocpi.wire.headers import Exchange
from tests.support.clock import FakeClock
from tests.support.roaming_objects import EMSP, THEIR_CPO, a_partner

MEMBER = a_partner(id="p-1")
OTHER_HUB = a_partner(id="p-2", roles=(PartnerRole(Role.HUB, PartyId("DE", "HUB"), "Hub"),))

THIRD_HUB = a_partner(id="p-3", roles=(PartnerRole(Role.HUB, PartyId("DE", "HU3"), "Third"),))


def a_leg(caller: Partner | None, *, correlation_id: str = "corr", rest: str = "L1") -> Leg:
    known = Caller(caller, "t", invited=False) if caller else None
    message = HubMessage(
        exchange=Exchange("req", correlation_id, known, V221),
        module="locations",
        role=InterfaceRole.SENDER,
        method="GET",
        rest=rest,
    )
    return Leg(came=message, message=message, sender=EMSP, receiver=THEIR_CPO, partner=MEMBER)


PLAIN = a_partner(id="p-4")


async def refused(loops: Loops, leg: Leg) -> bool:
    """Whether it may not go on, with 4000."""
    try:
        async with loops.passing(leg):
            return False
    except HubTrouble as error:
        return fault(error).status_code == HUB_ERROR


@pytest.mark.parametrize(
    ("first", "again"), [(MEMBER, OTHER_HUB), (OTHER_HUB, OTHER_HUB), (OTHER_HUB, MEMBER)]
)
async def test_what_comes_back_from_another_hub_ends_with_4000(
    first: Partner, again: Partner
) -> None:
    """C-264."""
    loops = Loops()
    async with loops.passing(a_leg(first)):
        assert await refused(loops, a_leg(again))
    async with loops.passing(a_leg(again)):
        pass


async def test_what_is_something_else_goes_on() -> None:
    loops = Loops()
    async with loops.passing(a_leg(MEMBER)):
        for other in (
            a_leg(MEMBER),
            a_leg(OTHER_HUB, correlation_id="other"),
            a_leg(OTHER_HUB, rest="L2"),
            replace(a_leg(OTHER_HUB), receiver=EMSP),
            a_leg(None),
        ):
            assert not await refused(loops, other)


async def test_a_repetition_does_not_end_the_watch() -> None:
    loops = Loops()
    async with loops.passing(a_leg(MEMBER)):
        assert not await refused(loops, a_leg(MEMBER))
        assert await refused(loops, a_leg(OTHER_HUB))


async def test_a_way_back_that_each_hub_changes_hides_no_circle() -> None:
    """C-256, C-264: every hub puts its own address for the result into the query."""

    def asked(caller: Partner, back: str) -> Leg:
        leg = a_leg(caller)
        message = replace(
            leg.message,
            module="chargingprofiles",
            role=InterfaceRole.RECEIVER,
            query=f"duration=60&response_url=https%3A%2F%2F{back}.example",
        )
        return replace(leg, came=message, message=message)

    loops = Loops()
    async with loops.passing(asked(MEMBER, "member")):
        assert await refused(loops, asked(OTHER_HUB, "hub"))


@pytest.mark.parametrize(
    ("caller", "sender", "goes"),
    [
        (MEMBER, EMSP, True),
        (MEMBER, THEIR_CPO, False),
        (a_partner(id="p-9"), THEIR_CPO, True),
        (replace(OTHER_HUB, id="p-1"), EMSP, False),
    ],
)
async def test_what_can_only_come_back_does_not_go(
    caller: Partner, sender: PartyId, *, goes: bool
) -> None:
    """C-264: also in a process that never saw it before; a company may have two platforms."""
    assert await refused(Loops(), replace(a_leg(caller), sender=sender)) is not goes


@pytest.mark.parametrize(
    ("first", "target", "again"),
    [
        (MEMBER, OTHER_HUB, THIRD_HUB),
        (OTHER_HUB, MEMBER, THIRD_HUB),
        (OTHER_HUB, MEMBER, OTHER_HUB),
        (MEMBER, OTHER_HUB, PLAIN),
    ],
)
async def test_no_other_process_lets_it_go_on(
    store: Store,
    elsewhere: Store,
    clock: FakeClock,
    *,
    first: Partner,
    target: Partner,
    again: Partner,
) -> None:
    """C-264: nor one that starts after the first was killed, as long as it may be on its way."""
    here, there = (Loops(HubPassing(each, clock)) for each in (store, elsewhere))

    def sent_by(caller: Partner) -> Leg:
        return replace(a_leg(caller), partner=target)

    async with here.passing(sent_by(first)):
        assert await refused(there, sent_by(again))
        assert not await refused(there, a_leg(again, correlation_id="other"))
    assert not await refused(there, sent_by(again))
    killed = here.passing(sent_by(first))
    await killed.__aenter__()
    assert await refused(Loops(HubPassing(elsewhere, clock)), sent_by(again))
    await clock.advance(LONGEST.total_seconds() + 1)
    assert not await refused(there, sent_by(again))


async def test_a_member_may_ask_another_process_again(
    store: Store, elsewhere: Store, clock: FakeClock
) -> None:
    """It waits, and tries once more; what it began goes on being watched."""
    here, there = (Loops(HubPassing(each, clock)) for each in (store, elsewhere))
    leg = replace(a_leg(MEMBER), partner=OTHER_HUB)
    async with here.passing(leg):
        assert not await refused(there, leg)
        assert await refused(there, replace(a_leg(THIRD_HUB), partner=OTHER_HUB))


async def test_plain_messages_cost_no_note(store: Store, clock: FakeClock) -> None:
    async with Loops(HubPassing(store, clock)).passing(a_leg(PLAIN)), store.reading() as tx:
        rows = await tx.connection.exec_driver_sql("SELECT count(*) FROM leases")
        assert rows.scalar_one() == 0


async def test_notes_of_dead_processes_are_deleted(store: Store, clock: FakeClock) -> None:
    """And nobody else's rights."""
    book = HubPassing(store, clock)
    await book.begin("a message", "p-1")
    async with store.transaction() as tx:
        await tx.leases.take("periodic", "w", clock.now(), clock.now())
    assert await book.forget() == 0
    await clock.advance(2 * LONGEST.total_seconds() + 1)
    assert await book.forget() == 1
    async with store.reading() as tx:
        assert await tx.leases.holder("periodic") == "w"
