"""Groups and rules are kept with who changed them, and told to every process."""

import asyncio

from app.domain.hub_rules import DEFAULT, Change, Effect, Group, Rule, Scope
from app.domain.identifiers import PartyId
from app.store.ids import new_id
from app.store.nouns import Noun
from app.store.transaction import Store
from tests.support.clock import NOON

CPO, EMSP = PartyId("DE", "CPA"), PartyId("DE", "EMA")
GROUP = Group("pilot", (CPO, EMSP))
RULE = Rule(Scope(CPO, None, "tariffs"), Effect.ALLOW, hidden=("T1", "T2"), note="as agreed")


async def test_groups_and_rules_read_back_as_written(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.hub_rules.put_group(GROUP)
        await tx.hub_rules.put_group(Group(DEFAULT, (EMSP,)))
        await tx.hub_rules.put_rule(RULE)
        assert await tx.hub_rules.group("pilot") == GROUP
        assert await tx.hub_rules.group("other") is None
        assert await tx.hub_rules.rule(RULE.scope) == RULE
        assert await tx.hub_rules.rule(Scope()) is None
    async with store.transaction() as tx:
        assert await tx.hub_rules.groups() == [Group(DEFAULT, (EMSP,)), GROUP]
        assert await tx.hub_rules.rules() == [RULE]
        await tx.hub_rules.put_rule(Rule(RULE.scope, Effect.DENY))
        await tx.hub_rules.drop_group("pilot")
    async with store.transaction() as tx:
        assert [rule.effect for rule in await tx.hub_rules.rules()] == [Effect.DENY]
        assert [group.name for group in await tx.hub_rules.groups()] == [DEFAULT]
        await tx.hub_rules.drop_rule(RULE.scope)
        assert await tx.hub_rules.rules() == []


async def test_changes_are_kept_the_newest_first(store: Store) -> None:
    made = Change(new_id(), NOON, "NL-RW1, key k", None, GROUP)
    ruled = Change(new_id(), NOON, "command line", RULE, Rule(RULE.scope, Effect.DENY))
    gone = Change(new_id(), NOON, "command line", GROUP, None)
    async with store.transaction() as tx:
        for change in (made, ruled, gone):
            await tx.hub_rules.record(change)
    async with store.reading() as tx:
        assert await tx.hub_rules.changes() == [gone, ruled, made]
        assert await tx.hub_rules.changes(limit=1) == [gone]
        assert await tx.hub_rules.changes(before=ruled.id) == [made]
        assert await tx.hub_rules.changes(key="pilot") == [gone, made]


async def test_changes_come_one_after_the_other(store: Store, elsewhere: Store) -> None:
    """Also of a rule that is not there yet: each is recorded with what was really before."""

    async def change(where: Store, effect: Effect) -> Rule | None:
        async with where.transaction() as tx:
            await tx.hub_rules.hold()
            before = await tx.hub_rules.rule(Scope())
            await asyncio.sleep(0.02)
            await tx.hub_rules.put_rule(Rule(Scope(), effect))
        return before

    befores = await asyncio.gather(change(store, Effect.DENY), change(elsewhere, Effect.ALLOW))
    assert sum(before is None for before in befores) == 1
    async with store.reading() as tx:
        assert await tx.hub_rules.groups() == [Group(DEFAULT)]


async def test_a_change_is_told_to_other_processes(store: Store, elsewhere: Store) -> None:
    told: list[frozenset[str] | None] = []

    async def note(keys: frozenset[str] | None) -> None:
        told.append(keys)

    elsewhere.watch.follow({Noun.HUB_RULE}, note)
    await elsewhere.watch.look()
    async with store.transaction() as tx:
        await tx.hub_rules.record(Change(new_id(), NOON, "me", None, RULE))
    await elsewhere.watch.look()
    assert told == [None, {RULE.scope.key}]
