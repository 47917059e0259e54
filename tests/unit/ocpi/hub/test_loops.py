"""A message that comes back while it is on its way goes round in a circle."""

from dataclasses import replace

import pytest

from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, PartnerRole, Role
from ocpi.hub.faults import HubTrouble
from ocpi.hub.loops import Loops
from ocpi.hub.messages import HubMessage, Leg
from ocpi.versions.registry import V221
from ocpi.wire.access import Caller
from ocpi.wire.faults import fault
from ocpi.wire.headers import Exchange
from tests.support.roaming_objects import EMSP, THEIR_CPO, a_partner

MEMBER = a_partner(id="p-1")
OTHER_HUB = a_partner(id="p-2", roles=(PartnerRole(Role.HUB, PartyId("DE", "HUB"), "Hub"),))


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


@pytest.mark.parametrize(
    ("first", "again"), [(MEMBER, OTHER_HUB), (OTHER_HUB, OTHER_HUB), (OTHER_HUB, MEMBER)]
)
def test_what_comes_back_from_another_hub_ends_with_4000(first: Partner, again: Partner) -> None:
    """C-264."""
    loops = Loops()
    with loops.passing(a_leg(first)):
        with pytest.raises(HubTrouble) as refused, loops.passing(a_leg(again)):
            raise AssertionError("it went on")
        assert fault(refused.value).status_code == 4000
    with loops.passing(a_leg(again)):
        pass


def test_what_is_something_else_goes_on() -> None:
    loops = Loops()
    with loops.passing(a_leg(MEMBER)):
        for other in (
            a_leg(MEMBER),
            a_leg(OTHER_HUB, correlation_id="other"),
            a_leg(OTHER_HUB, rest="L2"),
            replace(a_leg(OTHER_HUB), receiver=EMSP),
            a_leg(None),
        ):
            with loops.passing(other):
                pass


def test_a_repetition_does_not_end_the_watch() -> None:
    loops = Loops()
    with loops.passing(a_leg(MEMBER)):
        with loops.passing(a_leg(MEMBER)):
            pass
        with pytest.raises(HubTrouble), loops.passing(a_leg(OTHER_HUB)):
            raise AssertionError("it went on")


def test_a_way_back_that_each_hub_changes_hides_no_circle() -> None:
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
    with (
        loops.passing(asked(MEMBER, "member")),
        pytest.raises(HubTrouble),
        loops.passing(asked(OTHER_HUB, "hub")),
    ):
        raise AssertionError("it went on")
