"""What is known of a charger beyond charging: small documents by topic and name.

A topic is one kind of fact with one shape (`availability`, `cache_cleared`, …); `name` tells apart
those of one charger, and is empty when there is one at most.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import bindparam, delete, select
from sqlmodel import Field

from app.store.columns import Document, Utc
from app.store.documents import pack, unpack
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert

T = TypeVar("T")
LONGEST_NAME = 200
CUSTOMERS = "customer_information"
"""The topic of what chargers know of people, which is never listed."""


class StationFactRow(Row, table=True):
    """One fact."""

    __tablename__ = "station_facts"

    station: str = Field(primary_key=True, max_length=255)
    topic: str = Field(primary_key=True, max_length=40)
    name: str = Field(primary_key=True, max_length=LONGEST_NAME)
    at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


class Fact(NamedTuple, Generic[T]):
    """A fact and when it was last told."""

    name: str
    at: datetime
    value: T


class Told(NamedTuple):
    """The same of whatever topic: the value as JSON text."""

    topic: str
    name: str
    at: datetime
    document: str


FACTS = table_of(StationFactRow)
_OF_TOPIC = (
    select(FACTS)
    .where(FACTS.c.station == bindparam("of_station"), FACTS.c.topic == bindparam("of_topic"))
    .order_by(FACTS.c.name)
)
_ONE = _OF_TOPIC.where(FACTS.c.name == bindparam("of_name"))


class StationFacts(Repository):
    """Facts by charger and topic."""

    async def put(
        self, station_id: str, topic: str, value: object, *, now: datetime, name: str = ""
    ) -> None:
        """Write a fact over what was known."""
        row = {
            "station": station_id.casefold(),
            "topic": topic,
            "name": name[:LONGEST_NAME],
            "at": now,
            "document": pack(value),
        }
        statement = upsert(self._connection, FACTS, "station", "topic", "name")
        await self._connection.execute(statement, row)

    async def get(
        self, station_id: str, topic: str, shape: type[T], *, name: str = ""
    ) -> Fact[T] | None:
        """A fact, None when it was never told."""
        of = {"of_station": station_id.casefold(), "of_topic": topic, "of_name": name}
        row = (await self._connection.execute(_ONE, of)).one_or_none()
        return None if row is None else Fact(row.name, row.at, unpack(shape, row.document))

    async def all(self, station_id: str, topic: str, shape: type[T]) -> list[Fact[T]]:
        """Every fact of a topic, by name."""
        of = {"of_station": station_id.casefold(), "of_topic": topic}
        rows = await self._connection.execute(_OF_TOPIC, of)
        return [Fact(row.name, row.at, unpack(shape, row.document)) for row in rows]

    async def stations_with(self, topic: str) -> list[str]:
        """The chargers of which something of this topic is known, by their comparable names."""
        known = select(FACTS.c.station).where(FACTS.c.topic == topic).distinct()
        return list(await self._connection.scalars(known.order_by(FACTS.c.station)))

    async def told(self, station_id: str) -> list[Told]:
        """Everything but what concerns people, by topic and name."""
        mine = select(FACTS).where(
            FACTS.c.station == station_id.casefold(), FACTS.c.topic != CUSTOMERS
        )
        rows = await self._connection.execute(mine.order_by(FACTS.c.topic, FACTS.c.name))
        return [Told(row.topic, row.name, row.at, row.document) for row in rows]

    async def trim(self, station_id: str, topic: str, most: int) -> None:
        """Keep only the newest of a topic, where each fact is a happening."""
        mine = (FACTS.c.station == station_id.casefold(), FACTS.c.topic == topic)
        names = select(FACTS.c.name).where(*mine).order_by(FACTS.c.at.desc(), FACTS.c.name.desc())
        old = (await self._connection.execute(names.offset(most))).scalars().all()
        if old:
            await self.forget(station_id, topic, old)

    async def forget(
        self, station_id: str, topic: str, names: Collection[str] | None = None
    ) -> None:
        """Drop a topic's facts (of these names)."""
        mine = [FACTS.c.station == station_id.casefold(), FACTS.c.topic == topic]
        if names is not None:
            mine.append(FACTS.c.name.in_(names))
        await self._connection.execute(delete(FACTS).where(*mine))
