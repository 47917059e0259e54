"""The hub's contract groups and rules: changed by people, kept in memory, every change on record.

What is answered is as of the last look at the feed of changes (`store.watch`), which every request
to the hub begins with, so a change counts in every process from the next request on.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.events import HubRulesChanged
from app.domain.hub_rules import DEFAULT, Change, Group, Rule, RuleBook, Scope
from app.domain.identifiers import PartyId
from app.domain.operators import Holder
from app.ports.clock import Clock
from app.store.ids import new_id
from app.store.nouns import Noun
from app.store.transaction import Store, Transaction

COMMAND_LINE = "command line"
_LONGEST_NAME = 200


def author(holder: Holder) -> str:
    """Who changes something by the operator's API, as the record names them."""
    return f"{holder.operator.party}, key {holder.key_id}"


class HubRules:
    """Groups and rules. `by` says who changes something, and is kept with the change."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._book: RuleBook | None = None
        self._edition = 0
        store.watch.follow({Noun.HUB_RULE}, self._forget)

    async def look(self) -> None:
        """Be no older than what was committed before."""
        await self._store.watch.look()

    async def book(self) -> RuleBook:
        """All groups and rules as of the last look; ask it again whenever work begins anew."""
        known = self._book
        if known is None:
            edition = self._edition
            async with self._store.reading() as tx:
                known = RuleBook(await _groups(tx), await tx.hub_rules.rules())
            if edition == self._edition:
                self._book = known
        return known

    async def may_talk(self, one: PartyId, other: PartyId) -> bool:
        """Whether the two have any business with each other, as of the last look."""
        return (await self.book()).may_talk(one, other)

    async def may_see(
        self, module: str, owner: PartyId, reader: PartyId, object_id: str | None = None
    ) -> bool:
        """Whether the reader may see this object of the owner (without one: anything at all)."""
        return (await self.book()).may_see(module, owner, reader, object_id)

    # ------------------------------------------------------------ groups

    async def make_group(self, name: str, parties: Iterable[PartyId], *, by: str) -> Group:
        """A new group with these parties in it; raises Conflict when there is one."""
        async with self._changing() as tx:
            if name == DEFAULT or await tx.hub_rules.group(name) is not None:
                raise Conflict(f"there is a group {name!r} already")
            group = Group(name).joined(parties)
            await self._write(tx, None, group, by)
        return group

    async def join(self, name: str, parties: Iterable[PartyId], *, by: str) -> Group:
        """Let parties into a group; raises NotFound."""
        async with self._changing() as tx:
            before = await _need_group(tx, name)
            after = before.joined(parties)
            await self._write(tx, before, after, by)
        return after

    async def leave(self, name: str, parties: Iterable[PartyId], *, by: str) -> Group:
        """Take parties out of a group, of the default one too; raises NotFound."""
        async with self._changing() as tx:
            before = await _need_group(tx, name)
            after = before.left(parties)
            await self._write(tx, before, after, by)
        return after

    async def drop_group(self, name: str, *, by: str) -> None:
        """Forget a group; raises NotFound, Conflict for the default one."""
        if name == DEFAULT:
            raise Conflict("everybody is in the default group; take parties out of it instead")
        async with self._changing() as tx:
            before = await _need_group(tx, name)
            await self._write(tx, before, None, by)

    async def groups(self) -> list[Group]:
        """Every group by name, the default one among them."""
        async with self._store.reading() as tx:
            return await _groups(tx)

    # ------------------------------------------------------------ rules

    async def set_rule(self, rule: Rule, *, by: str) -> Rule:
        """Make a rule, or change the one of its scope."""
        async with self._changing() as tx:
            before = await tx.hub_rules.rule(rule.scope)
            await self._write(tx, before, rule, by)
        return rule

    async def drop_rule(self, scope: Scope, *, by: str) -> None:
        """Forget the rule of exactly this scope; raises NotFound."""
        async with self._changing() as tx:
            before = await tx.hub_rules.rule(scope)
            if before is None:
                raise NotFound("rule", scope.key)
            await self._write(tx, before, None, by)

    async def rules(self) -> list[Rule]:
        """Every rule by scope."""
        async with self._store.reading() as tx:
            return await tx.hub_rules.rules()

    async def changes(
        self, *, key: str | None = None, before: str | None = None, limit: int = 50
    ) -> Sequence[Change]:
        """Who changed what, the newest first; `key` names one group or one rule's scope."""
        async with self._store.reading() as tx:
            return await tx.hub_rules.changes(key=key, before=before, limit=limit)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Transaction]:
        """A transaction that no other change comes between."""
        async with self._store.transaction() as tx:
            await tx.hub_rules.hold()
            yield tx

    async def _write(
        self, tx: Transaction, before: Group | Rule | None, after: Group | Rule | None, by: str
    ) -> None:
        """Write what is new and record it; what changes nothing is no change."""
        by = by.strip()
        if not by or len(by) > _LONGEST_NAME:
            raise InvalidInput("by", f"1 to {_LONGEST_NAME} characters")
        if before == after:
            return
        objects = await tx.hub_objects.last()
        change = Change(new_id(), self._clock.now(), by, before, after, objects)
        await tx.hub_rules.record(change)
        if isinstance(after, Group):
            await tx.hub_rules.put_group(after)
        elif isinstance(after, Rule):
            await tx.hub_rules.put_rule(after)
        elif isinstance(before, Group):
            await tx.hub_rules.drop_group(before.name)
        elif before is not None:
            await tx.hub_rules.drop_rule(before.scope)
        tx.emit(HubRulesChanged(change.key, change.id))

    async def _forget(self, _keys: frozenset[str] | None) -> None:
        self._edition += 1
        self._book = None


async def _groups(tx: Transaction) -> list[Group]:
    known = await tx.hub_rules.groups()
    if all(group.name != DEFAULT for group in known):
        known.append(Group(DEFAULT))
    return sorted(known, key=lambda group: group.name)


async def _need_group(tx: Transaction, name: str) -> Group:
    found = await tx.hub_rules.group(name)
    if found is not None:
        return found
    if name == DEFAULT:
        return Group(DEFAULT)
    raise NotFound("group", name)
