"""Who may talk to whom, and who sees what: groups first, and narrower rules before wider ones."""

from collections.abc import Callable

import pytest

from app.domain.errors import InvalidInput
from app.domain.hub_rules import (
    DEFAULT,
    MODULES,
    Change,
    Effect,
    Group,
    Pair,
    Rule,
    RuleBook,
    Scope,
    pair_of,
)
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from tests.support.clock import NOON

CPO, EMSP, OTHER = PartyId("DE", "CPA"), PartyId("DE", "EMA"), PartyId("FR", "EMB")


def rule(key: str, effect: Effect = Effect.DENY, **more: tuple[str, ...]) -> Rule:
    return Rule(Scope.parse(key), effect, **more)


def test_a_hub_without_rules_is_open() -> None:
    book = RuleBook()
    assert book.may_talk(CPO, EMSP)
    assert book.may_see("tariffs", CPO, EMSP, "T1")
    assert book.groups_of(CPO) == {DEFAULT}
    assert book.decide("tariffs", CPO, EMSP).whole


def test_whoever_is_taken_out_of_the_default_group_needs_another() -> None:
    """C-263: without a contract there is no business."""
    taken = Group(DEFAULT).left([OTHER])
    assert not taken.holds(OTHER)
    assert taken.holds(CPO)
    book = RuleBook([taken])
    assert book.groups_of(OTHER) == frozenset()
    assert not book.may_talk(CPO, OTHER)
    assert not book.may_talk(OTHER, CPO)
    assert book.may_talk(CPO, EMSP)
    pilot = Group("pilot").joined([OTHER, CPO])
    assert pilot.parties == (CPO, OTHER)
    book = RuleBook([taken, pilot])
    assert book.may_talk(CPO, OTHER)
    assert not book.may_talk(EMSP, OTHER)
    assert book.decide("cdrs", CPO, OTHER).groups == ("pilot",)
    assert taken.joined([OTHER]) == Group(DEFAULT)
    assert pilot.left([CPO]).parties == (OTHER,)


def test_a_party_sees_what_is_its_own() -> None:
    book = RuleBook([Group(DEFAULT, (CPO,))], [rule("*/*/*")])
    assert book.may_see("sessions", CPO, CPO)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["+*/*/*"], True),
        (["+*/*/*", "-*/*/tariffs"], False),
        (["-*/*/tariffs", "+*/DE-EMA/*"], True),
        (["+*/DE-EMA/*", "-*/DE-EMA/tariffs"], False),
        (["-*/DE-EMA/tariffs", "+DE-CPA/*/*"], True),
        (["+DE-CPA/*/*", "-DE-CPA/*/tariffs"], False),
        (["-DE-CPA/*/tariffs", "+DE-CPA/DE-EMA/*"], True),
        (["+DE-CPA/DE-EMA/*", "-DE-CPA/DE-EMA/tariffs"], False),
        (["-DE-EMA/DE-CPA/*"], True),
        (["-DE-CPA/DE-EMA/locations"], True),
    ],
)
def test_the_narrowest_rule_that_fits_decides(keys: list[str], *, expected: bool) -> None:
    effects = {"+": Effect.ALLOW, "-": Effect.DENY}
    book = RuleBook(rules=[rule(key[1:], effects[key[0]]) for key in keys])
    assert book.may_see("tariffs", CPO, EMSP) is expected
    assert book.decide("tariffs", CPO, EMSP) is book.decide("tariffs", CPO, EMSP)


def test_a_module_that_nobody_knows_follows_the_rules_for_all() -> None:
    assert not RuleBook(rules=[rule("*/*/*")]).may_see("moonlight", CPO, EMSP)


def test_talk_is_over_when_every_module_is_denied_both_ways() -> None:
    one_way = [rule("DE-CPA/DE-EMA/*")]
    assert RuleBook(rules=one_way).may_talk(CPO, EMSP)
    both = [*one_way, rule("DE-EMA/DE-CPA/*")]
    assert not RuleBook(rules=both).may_talk(CPO, EMSP)
    but_one = [*both, rule("DE-EMA/DE-CPA/tokens", Effect.ALLOW)]
    assert RuleBook(rules=but_one).may_talk(EMSP, CPO)


def test_single_tariffs_are_shown_or_hidden() -> None:
    shown = rule("DE-CPA/DE-EMA/tariffs", Effect.ALLOW, shown=("Roam-1",))
    hidden = rule("DE-CPA/*/tariffs", Effect.ALLOW, hidden=("ROAM-1",))
    book = RuleBook(rules=[shown, hidden])
    assert book.may_see("tariffs", CPO, EMSP, "roam-1")
    assert not book.may_see("tariffs", CPO, EMSP, "plain")
    assert not book.may_see("tariffs", CPO, OTHER, "Roam-1")
    assert book.may_see("tariffs", CPO, OTHER, "plain")
    assert book.may_see("tariffs", CPO, OTHER)
    assert not book.decide("tariffs", CPO, OTHER).whole
    denied = RuleBook(rules=[rule("*/*/tariffs")])
    assert not denied.may_see("tariffs", CPO, EMSP, "plain")


@pytest.mark.parametrize(
    ("role", "expected"),
    [(InterfaceRole.SENDER, Pair(CPO, EMSP)), (InterfaceRole.RECEIVER, Pair(EMSP, CPO))],
)
def test_the_side_that_is_called_tells_whose_things_these_are(
    role: InterfaceRole, expected: Pair
) -> None:
    assert pair_of(role, EMSP, CPO) == expected
    book = RuleBook(rules=[Rule(Scope(expected.owner, expected.reader), Effect.DENY)])
    for module in MODULES:
        assert not book.may_send(module, role, sender=EMSP, receiver=CPO)
        other = next(each for each in InterfaceRole if each is not role)
        assert book.may_send(module, other, sender=EMSP, receiver=CPO)


def test_scopes_have_names() -> None:
    scope = Scope(CPO, None, "tariffs")
    assert scope.key == "DE-CPA/*/tariffs"
    assert Scope.parse(scope.key) == scope
    assert Scope.parse("*/*/*") == Scope()


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: Scope.parse("DE-CPA/tariffs"), "rule"),
        (lambda: Scope.parse("D/*/*"), "party"),
        (lambda: Scope.parse("*/*/credentials"), "module"),
        (lambda: Scope(CPO, CPO), "reader"),
        (lambda: Group("Two Words"), "name"),
        (lambda: rule("*/*/tariffs", shown=("T1",)), "shown"),
        (lambda: rule("*/*/sessions", Effect.ALLOW, hidden=("S1",)), "shown"),
        (lambda: rule("*/*/*", Effect.ALLOW, hidden=("S1",)), "shown"),
        (lambda: rule("*/*/tariffs", Effect.ALLOW, shown=()), "shown"),
        (lambda: rule("*/*/tariffs", Effect.ALLOW, shown=("a",), hidden=("b",)), "shown"),
        (lambda: rule("*/*/tariffs", Effect.ALLOW, hidden=("x" * 37,)), "shown"),
        (lambda: rule("*/*/tariffs", Effect.ALLOW, hidden=("",)), "shown"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], object], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make()
    assert refused.value.path == path


def test_a_change_names_what_was_changed() -> None:
    group, denied = Group("pilot"), rule("*/*/cdrs")
    assert Change("1", NOON, "me", None, group).what == "group"
    assert Change("1", NOON, "me", group, None).key == "pilot"
    assert Change("1", NOON, "me", denied, None).what == "rule"
    assert Change("1", NOON, "me", None, denied).key == "*/*/cdrs"
