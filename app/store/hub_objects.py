"""What the hub was told for everybody, in the database: texts as they came, and who missed some.

An object that its owner deletes stays as a row that is gone, so that whoever missed the deletion
can be told of it later.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, and_, delete, func, or_, select
from sqlmodel import Field

from app.domain.hub_objects import HubNoun, HubObject, HubRef, Mark
from app.domain.identifiers import PartyId
from app.store.changes import note
from app.store.columns import BigId, Document, Utc
from app.store.nouns import Noun
from app.store.repository import Indexed, Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class HubObjectRow(Row, table=True):
    """An object; `created` counts them in the order they came, which is the order of pages.

    `unsaid` names the versions that have no words for it, between commas.
    """

    __tablename__ = "hub_objects"
    __table_args__ = (Index("ix_hub_objects_touched", "touched", "created"),)

    created: int = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(unique=True, max_length=160)
    noun: str = Field(max_length=12)
    party: str = Field(max_length=6)
    id: str = Field(max_length=160)
    type: str = Field(max_length=64)
    partner_id: str = Field(max_length=36, foreign_key="partners.id")
    version: str = Field(max_length=8)
    public: bool
    told: bool
    gone: bool
    last_updated: datetime = Field(sa_type=Utc)
    touched: datetime = Field(sa_type=Utc)
    sent: str = Field(sa_type=Document)
    canonical: str | None = Field(default=None, sa_type=Document)
    unsaid: str | None = Field(default=None, max_length=64)


class HubGapRow(Row, table=True):
    """That a member was told nothing of what was touched from `since` on."""

    __tablename__ = "hub_gaps"

    partner_id: str = Field(primary_key=True, max_length=36, foreign_key="partners.id")
    since: datetime = Field(sa_type=Utc)


class HubMissedRuleRow(Row, table=True):
    """From which change of the rules on a member was not told what it may see."""

    __tablename__ = "hub_missed_rules"

    partner_id: str = Field(primary_key=True, max_length=36, foreign_key="partners.id")
    change_id: str = Field(max_length=36)


OBJECTS, GAPS = table_of(HubObjectRow), table_of(HubGapRow)
MISSED = table_of(HubMissedRuleRow)
_MARKS = (
    OBJECTS.c.created, OBJECTS.c.noun, OBJECTS.c.party, OBJECTS.c.id, OBJECTS.c.type,
    OBJECTS.c.partner_id,
)  # fmt: skip

TOLD_BY = {
    HubNoun.LOCATION: Noun.HUB_LOCATION,
    HubNoun.TARIFF: Noun.HUB_TARIFF,
    HubNoun.TOKEN: Noun.HUB_TOKEN,
}
"""How the feed of changes calls these."""


class HubObjects(Repository):
    """Objects by their names, and the gaps in what members were told."""

    async def get(self, ref: HubRef, *, lock: bool = False) -> HubObject | None:
        """The object, or None; `lock` holds back other writers until the transaction ends."""
        statement = select(OBJECTS).where(OBJECTS.c.key == ref.key)
        if lock:
            statement = statement.with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else _object(row)

    async def put(self, value: HubObject) -> bool:
        """Write the object unless a newer one is there; False if one is."""
        insert = insert_into(self._connection, OBJECTS).values(**_columns(value))
        new = {
            column.name: insert.excluded[column.name]
            for column in OBJECTS.columns
            if column.name not in {"created", "key", "noun", "party", "id", "type"}
        }
        statement = insert.on_conflict_do_update(
            index_elements=["key"],
            set_=new,
            where=OBJECTS.c.last_updated <= insert.excluded.last_updated,
        )
        if not (await self._connection.execute(statement)).rowcount:
            return False
        await note(self._connection, TOLD_BY[value.ref.noun], value.ref.key)
        return True

    async def touched(self, since: datetime, *, after: int, limit: int) -> list[Mark]:
        """What everybody was to be told of since then, behind this number."""
        statement = (
            select(*_MARKS)
            .where(OBJECTS.c.touched >= since, OBJECTS.c.told, OBJECTS.c.created > after)
            .order_by(OBJECTS.c.created)
            .limit(limit)
        )
        rows = await self._connection.execute(statement)
        return [_mark(row) for row in rows]

    async def gap(self, partner_id: str) -> datetime | None:
        """Since when the member was told nothing; None when it knows everything."""
        statement = select(GAPS.c.since).where(GAPS.c.partner_id == partner_id)
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def note_gap(self, partner_id: str, since: datetime) -> None:
        """The member was not told of something; the oldest of these counts."""
        insert = insert_into(self._connection, GAPS).values(partner_id=partner_id, since=since)
        older = insert.on_conflict_do_update(
            index_elements=["partner_id"],
            set_={"since": insert.excluded.since},
            where=GAPS.c.since > insert.excluded.since,
        )
        await self._connection.execute(older)

    async def close_gap(self, partner_id: str) -> datetime | None:
        """The member is being told; gives where its gap began, None when it has none."""
        statement = delete(GAPS).where(GAPS.c.partner_id == partner_id).returning(GAPS.c.since)
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def last(self) -> int:
        """The number of the last object that came, 0 before the first."""
        found = await self._connection.execute(select(func.max(OBJECTS.c.created)))
        return found.scalar_one_or_none() or 0

    async def of_owners(
        self, owners: Mapping[HubNoun, Collection[PartyId]], *, after: int, limit: int
    ) -> list[Mark]:
        """What everybody was to be told of these owners' objects, behind this number."""
        these = or_(
            *(
                and_(OBJECTS.c.noun == noun.value, OBJECTS.c.party.in_(sorted(map(str, parties))))
                for noun, parties in owners.items()
            )
        )
        wanted = (these, OBJECTS.c.told, OBJECTS.c.created > after)
        statement = select(*_MARKS).where(*wanted).order_by(OBJECTS.c.created).limit(limit)
        return [_mark(row) for row in await self._connection.execute(statement)]

    async def missed_rules(self, partner_id: str) -> str | None:
        """From which change of the rules on the member was told nothing of it."""
        statement = select(MISSED.c.change_id).where(MISSED.c.partner_id == partner_id)
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def note_missed_rules(self, partner_id: str, change_id: str) -> None:
        """The member was not told of a change of the rules; the oldest of these counts."""
        insert = insert_into(self._connection, MISSED)
        values = insert.values(partner_id=partner_id, change_id=change_id)
        older = values.on_conflict_do_update(
            index_elements=["partner_id"],
            set_={"change_id": values.excluded.change_id},
            where=MISSED.c.change_id > values.excluded.change_id,
        )
        await self._connection.execute(older)

    async def close_missed_rules(self, partner_id: str) -> str | None:
        """The member is being told of the rules; gives from which change on."""
        statement = delete(MISSED).where(MISSED.c.partner_id == partner_id)
        found = await self._connection.execute(statement.returning(MISSED.c.change_id))
        return found.scalar_one_or_none()

    async def forget_gaps(self, partner_id: str) -> None:
        """A member that left has missed nothing."""
        for table in (GAPS, MISSED):
            await self._connection.execute(delete(table).where(table.c.partner_id == partner_id))

    async def forget_gone(self, before: datetime, limit: int) -> int:
        """Delete what its owner deleted before that; gives how many."""
        return await self._forget(limit, OBJECTS.c.gone, OBJECTS.c.touched < before)

    async def forget_of(self, partner_id: str, limit: int) -> int:
        """Delete what a platform told; gives how many."""
        return await self._forget(limit, OBJECTS.c.partner_id == partner_id)

    async def _forget(self, limit: int, *wanted: Any) -> int:
        """Delete, and tell who keeps objects in memory."""
        found = await self._connection.execute(
            select(OBJECTS.c.key, OBJECTS.c.noun).where(*wanted).limit(limit)
        )
        rows = found.all()
        await self._connection.execute(
            delete(OBJECTS).where(OBJECTS.c.key.in_([row.key for row in rows]))
        )
        for row in rows:
            await note(self._connection, TOLD_BY[HubNoun(row.noun)], row.key)
        return len(rows)

    def listed(self, noun: HubNoun) -> "Listed":
        """What everybody may see of one noun."""
        return Listed(self._connection, noun)


class Listed(Repository):
    """The public objects of one noun, for a shelf."""

    def __init__(self, connection: Any, noun: HubNoun) -> None:
        super().__init__(connection)
        self._noun = noun

    async def index(self, keys: Sequence[str] | None = None) -> Sequence[Indexed]:
        """The public ones (of these keys), in no order."""
        columns = (
            OBJECTS.c.key, OBJECTS.c.created, OBJECTS.c.party, OBJECTS.c.last_updated,
            func.coalesce(OBJECTS.c.unsaid, ""),
        )  # fmt: skip
        statement = select(*columns).where(*self._wanted(keys))
        return [Indexed(*row) for row in await self._connection.execute(statement)]

    async def shown(self, keys: Sequence[str]) -> Mapping[str, HubObject]:
        """The same, whole."""
        rows = await self._connection.execute(select(OBJECTS).where(*self._wanted(keys)))
        return {row.key: _object(row) for row in rows}

    def _wanted(self, keys: Sequence[str] | None) -> list[Any]:
        wanted: list[Any] = [
            OBJECTS.c.noun == self._noun.value, OBJECTS.c.public, OBJECTS.c.gone.is_(False),
        ]  # fmt: skip
        return wanted if keys is None else [*wanted, OBJECTS.c.key.in_(keys)]


def _columns(value: HubObject) -> dict[str, Any]:
    return {
        "key": value.ref.key,
        "noun": value.ref.noun.value,
        "party": str(value.ref.party),
        "id": value.ref.id,
        "type": value.ref.type,
        "partner_id": value.partner_id,
        "version": value.version,
        "public": value.public,
        "told": value.told,
        "gone": value.gone,
        "last_updated": value.last_updated,
        "touched": value.touched,
        "sent": value.sent,
        "canonical": value.canonical,
        "unsaid": ",".join(value.unsaid) or None,
    }


def _ref(row: Any) -> HubRef:
    return HubRef(HubNoun(row.noun), PartyId.parse(row.party), row.id, row.type)


def _mark(row: Any) -> Mark:
    return Mark(row.created, _ref(row), row.partner_id)


def _object(row: Any) -> HubObject:
    return HubObject(
        ref=_ref(row),
        partner_id=row.partner_id,
        version=row.version,
        sent=row.sent,
        last_updated=row.last_updated,
        touched=row.touched,
        canonical=row.canonical,
        public=row.public,
        told=row.told,
        gone=row.gone,
        unsaid=tuple(row.unsaid.split(",")) if row.unsaid else (),
    )
