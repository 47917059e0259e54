"""What changes of rules mean for a reader, found from the record of changes."""

import pytest

from app.domain.hub_objects import HubNoun, HubRef, Mark
from app.domain.hub_reach import Former, Reach, Reached, formers
from app.domain.hub_rules import DEFAULT, Change, Effect, Group, Rule, RuleBook, Scope
from app.domain.identifiers import PartyId
from tests.support.clock import NOON

CPO, EMSP = PartyId("DE", "CPA"), PartyId("DE", "EMA")
L1 = Mark(5, HubRef(HubNoun.LOCATION, CPO, "L1"), "p-1")
DENY = Rule(Scope(CPO, EMSP), Effect.DENY)
HIDE = Rule(Scope(CPO, EMSP, "locations"), Effect.ALLOW, hidden=("l1",))
OPEN, CLOSED = RuleBook(), RuleBook(rules=[DENY])


def a_change(before: Group | Rule | None, after: Group | Rule | None, objects: int = 5) -> Change:
    return Change("c", NOON, "a test", before, after, objects)


def test_changes_are_undone_the_newest_first() -> None:
    alone = Group(DEFAULT, (EMSP,))
    pilot = Group("pilot", (CPO, EMSP))
    now = RuleBook([alone, pilot], [HIDE])
    changes = [
        a_change(None, HIDE, 4),
        a_change(DENY, None, 3),
        a_change(None, pilot, 2),
        a_change(Group(DEFAULT), alone, 1),
    ]
    found = list(formers(now, changes))
    assert [each.objects for each in found] == [4, 3, 2, 1]
    assert [each.book.rules for each in found] == [(), (DENY,), (DENY,), (DENY,)]
    assert [{g.name for g in each.book.groups} for each in found] == [
        {DEFAULT, "pilot"}, {DEFAULT, "pilot"}, {DEFAULT}, {DEFAULT},
    ]  # fmt: skip
    assert found[-1].book.groups == (Group(DEFAULT),)


@pytest.mark.parametrize(
    ("now", "once", "reached"),
    [
        (OPEN, [(OPEN, 9)], Reached.SAME),
        (OPEN, [(CLOSED, 9)], Reached.SHOWN),
        (OPEN, [(CLOSED, 9), (OPEN, 9)], Reached.SHOWN),
        (CLOSED, [(OPEN, 9)], Reached.HIDDEN),
        (CLOSED, [(OPEN, 4)], Reached.SAME),
        (CLOSED, [(OPEN, 4), (CLOSED, 9)], Reached.SAME),
        (CLOSED, [(OPEN, 5), (CLOSED, 9)], Reached.HIDDEN),
        (CLOSED, [(CLOSED, 9)], Reached.SAME),
        (RuleBook(rules=[HIDE]), [(OPEN, 9)], Reached.HIDDEN),
        (OPEN, [(RuleBook(rules=[HIDE]), 9)], Reached.SHOWN),
    ],
)
def test_what_becomes_of_an_object(
    now: RuleBook, once: list[tuple[RuleBook, int]], reached: Reached
) -> None:
    """C-263: what was not told while it might be seen is not taken back."""
    reach = Reach(now, tuple(Former(*each) for each in once))
    assert reach.of(L1, EMSP) is reached


def test_whose_objects_have_to_be_looked_at() -> None:
    reach = Reach(RuleBook(rules=[HIDE]), (Former(OPEN, 9),))
    assert reach.moved(HubNoun.LOCATION, CPO, EMSP)
    assert not reach.moved(HubNoun.TARIFF, CPO, EMSP)
    assert not reach.moved(HubNoun.LOCATION, EMSP, CPO)
