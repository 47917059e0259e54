"""The hub's contract groups and rules, and who changed them when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlmodel import Field

from app.domain.hub_rules import DEFAULT, Change, Group, Rule, Scope
from app.store.changes import note
from app.store.columns import BigId, Document, Utc
from app.store.documents import pack, unpack
from app.store.nouns import Noun
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of, upsert

LONGEST_KEY = 60


class HubGroupRow(Row, table=True):
    """A contract group with its parties."""

    __tablename__ = "hub_groups"

    name: str = Field(primary_key=True, max_length=40)
    document: str = Field(sa_type=Document)


class HubRuleRow(Row, table=True):
    """A rule by its scope, such as `NL-AAA/*/tariffs`."""

    __tablename__ = "hub_rules"

    key: str = Field(primary_key=True, max_length=LONGEST_KEY)
    document: str = Field(sa_type=Document)


class HubRuleChangeRow(Row, table=True):
    """A change of a group or a rule; never changed itself.

    `objects` is the number of the last object that was told to everybody before it.
    """

    __tablename__ = "hub_rule_changes"

    id: str = Field(primary_key=True, max_length=36)
    at: datetime = Field(sa_type=Utc)
    by: str = Field(max_length=200)
    what: str = Field(max_length=8)
    key: str = Field(max_length=LONGEST_KEY, index=True)
    before: str | None = Field(default=None, sa_type=Document)
    after: str | None = Field(default=None, sa_type=Document)
    objects: int | None = Field(default=None, sa_type=BigId)


GROUPS, RULES = table_of(HubGroupRow), table_of(HubRuleRow)
CHANGES = table_of(HubRuleChangeRow)


class HubRules(Repository):
    """Groups by name, rules by scope, changes by when they were made."""

    async def groups(self) -> list[Group]:
        """Every group that was ever written, by name."""
        return await self._all(GROUPS, Group, GROUPS.c.name)

    async def rules(self) -> list[Rule]:
        """Every rule, by scope."""
        return await self._all(RULES, Rule, RULES.c.key)

    async def hold(self) -> None:
        """Keep others from changing anything until this transaction ends.

        There is one row for all to wait at, since what is new has none of its own yet.
        """
        values = {"name": DEFAULT, "document": pack(Group(DEFAULT))}
        first = insert_into(self._connection, GROUPS).values(**values)
        await self._connection.execute(first.on_conflict_do_nothing())
        row = select(GROUPS.c.name).where(GROUPS.c.name == DEFAULT).with_for_update()
        await self._connection.execute(row)

    async def group(self, name: str) -> Group | None:
        """The group of this name."""
        found: Group | None = await self._one(GROUPS, Group, GROUPS.c.name == name)
        return found

    async def rule(self, scope: Scope) -> Rule | None:
        """The rule of exactly this scope."""
        found: Rule | None = await self._one(RULES, Rule, RULES.c.key == scope.key)
        return found

    async def put_group(self, group: Group) -> None:
        """Write the group whether or not it was there."""
        values = {"name": group.name, "document": pack(group)}
        await self._connection.execute(upsert(self._connection, GROUPS, "name").values(**values))

    async def put_rule(self, rule: Rule) -> None:
        """Write the rule whether or not there was one of its scope."""
        values = {"key": rule.scope.key, "document": pack(rule)}
        await self._connection.execute(upsert(self._connection, RULES, "key").values(**values))

    async def drop_group(self, name: str) -> None:
        """Forget the group."""
        await self._connection.execute(delete(GROUPS).where(GROUPS.c.name == name))

    async def drop_rule(self, scope: Scope) -> None:
        """Forget the rule of this scope."""
        await self._connection.execute(delete(RULES).where(RULES.c.key == scope.key))

    async def record(self, change: Change) -> None:
        """Add to what is known of changes, and tell who keeps the rules in memory."""
        await note(self._connection, Noun.HUB_RULE, change.key)
        values = {
            "id": change.id,
            "at": change.at,
            "by": change.by,
            "what": change.what,
            "key": change.key,
            "before": None if change.before is None else pack(change.before),
            "after": None if change.after is None else pack(change.after),
            "objects": change.objects,
        }
        await self._connection.execute(insert(CHANGES).values(**values))

    async def changes(
        self, *, key: str | None = None, before: str | None = None, limit: int = 50
    ) -> Sequence[Change]:
        """What was changed, the newest first; `before` is the last id of the page before."""
        statement = select(CHANGES).order_by(CHANGES.c.id.desc()).limit(limit)
        if key is not None:
            statement = statement.where(CHANGES.c.key == key)
        if before is not None:
            statement = statement.where(CHANGES.c.id < before)
        return [_change(row) for row in await self._connection.execute(statement)]

    async def since(self, change_id: str) -> list[Change]:
        """This change and all that came after it, the newest first; empty if there is none."""
        statement = select(CHANGES).where(CHANGES.c.id >= change_id).order_by(CHANGES.c.id.desc())
        return [_change(row) for row in await self._connection.execute(statement)]

    async def _all(self, table: Table, shape: type[Any], order: Any) -> list[Any]:
        documents = await self._connection.execute(select(table.c.document).order_by(order))
        return [unpack(shape, document) for document in documents.scalars()]

    async def _one(self, table: Table, shape: type[Any], key: Any) -> Any:
        statement = select(table.c.document).where(key)
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        return None if document is None else unpack(shape, document)


def _change(row: Any) -> Change:
    shape: type[Group | Rule] = Rule if row.what == "rule" else Group
    before, after = (
        None if text is None else unpack(shape, text) for text in (row.before, row.after)
    )
    return Change(row.id, row.at, row.by, before, after, row.objects or 0)
