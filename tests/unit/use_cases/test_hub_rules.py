"""The hub's rules are changed by people, count at once everywhere, and are on record."""

from collections.abc import Awaitable, Callable

import pytest

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.hub_rules import DEFAULT, Effect, Group, Rule, Scope
from app.domain.identifiers import PartyId
from app.domain.operators import Holder
from app.store.transaction import Store
from app.use_cases.hub_rules import HubRules, author
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import AN_OPERATOR

CPO, EMSP = PartyId("DE", "CPA"), PartyId("DE", "EMA")
BY = "NL-RW1, key k-1"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The store's own tests run on both kinds."""
    return sqlite_url


@pytest.fixture
def rules(store: Store, clock: FakeClock) -> HubRules:
    return HubRules(store, clock)


async def test_a_change_counts_in_other_processes_from_their_next_look_on(
    rules: HubRules, elsewhere: Store, clock: FakeClock
) -> None:
    there = HubRules(elsewhere, clock)
    await there.look()
    assert await there.may_talk(CPO, EMSP)
    await rules.leave(DEFAULT, [EMSP], by=BY)
    assert await there.may_talk(CPO, EMSP), "as of the last look"
    await there.look()
    assert not await there.may_talk(CPO, EMSP)
    await rules.set_rule(Rule(Scope(CPO, EMSP, "tariffs"), Effect.ALLOW, shown=("T1",)), by=BY)
    await there.look()
    assert await there.may_see("tariffs", CPO, EMSP, "t1")
    assert not await there.may_see("tariffs", CPO, EMSP, "t2")
    assert await there.book() is await there.book()


async def test_every_change_is_on_record_with_who_and_what_was_before(rules: HubRules) -> None:
    scope = Scope(CPO, EMSP)
    await rules.make_group("pilot", [CPO], by=BY)
    await rules.join("pilot", [EMSP], by="command line")
    await rules.join("pilot", [EMSP], by="command line")
    await rules.leave("pilot", [CPO], by=BY)
    await rules.drop_group("pilot", by=BY)
    await rules.set_rule(Rule(scope, Effect.DENY), by=BY)
    await rules.set_rule(Rule(scope, Effect.ALLOW), by=BY)
    await rules.drop_rule(scope, by=BY)
    changes = [(c.key, c.by, c.before, c.after) for c in reversed(await rules.changes())]
    both, one = Group("pilot", (CPO, EMSP)), Group("pilot", (CPO,))
    assert changes == [
        ("pilot", BY, None, one),
        ("pilot", "command line", one, both),
        ("pilot", BY, both, Group("pilot", (EMSP,))),
        ("pilot", BY, Group("pilot", (EMSP,)), None),
        ("DE-CPA/DE-EMA/*", BY, None, Rule(scope, Effect.DENY)),
        ("DE-CPA/DE-EMA/*", BY, Rule(scope, Effect.DENY), Rule(scope, Effect.ALLOW)),
        ("DE-CPA/DE-EMA/*", BY, Rule(scope, Effect.ALLOW), None),
    ]
    assert {change.at for change in await rules.changes()} == {NOON}
    assert len(await rules.changes(key="pilot")) == 4
    assert await rules.rules() == []
    assert await rules.groups() == [Group(DEFAULT)]


async def test_the_default_group_is_there_without_being_made(rules: HubRules) -> None:
    assert await rules.groups() == [Group(DEFAULT)]
    await rules.leave(DEFAULT, [CPO], by=BY)
    assert await rules.groups() == [Group(DEFAULT, (CPO,))]
    await rules.join(DEFAULT, [CPO], by=BY)
    assert await rules.groups() == [Group(DEFAULT)]


@pytest.mark.parametrize(
    ("work", "error"),
    [
        (lambda r: r.make_group(DEFAULT, [], by=BY), Conflict),
        (lambda r: r.make_group("there", [], by=BY), Conflict),
        (lambda r: r.make_group("Not A Name", [], by=BY), InvalidInput),
        (lambda r: r.make_group("new", [], by="  "), InvalidInput),
        (lambda r: r.join("nowhere", [CPO], by=BY), NotFound),
        (lambda r: r.leave("nowhere", [CPO], by=BY), NotFound),
        (lambda r: r.drop_group("nowhere", by=BY), NotFound),
        (lambda r: r.drop_group(DEFAULT, by=BY), Conflict),
        (lambda r: r.drop_rule(Scope(), by=BY), NotFound),
    ],
)
async def test_what_makes_no_sense_changes_nothing(
    rules: HubRules, work: Callable[[HubRules], Awaitable[object]], error: type[Exception]
) -> None:
    await rules.make_group("there", [], by=BY)
    with pytest.raises(error):
        await work(rules)
    assert len(await rules.changes()) == 1


def test_the_record_names_the_operator_and_the_key() -> None:
    assert author(Holder(AN_OPERATOR, platform=True, key_id="k-1")) == BY
