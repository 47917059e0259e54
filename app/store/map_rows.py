"""Locations as the map's memory reads them: whole documents beside the statuses of now."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from app.domain.locations import EvseStatus, Location
from app.domain.tariffs import Tariff
from app.store.documents import unpack
from app.store.locations import EVSES, LOCATIONS
from app.store.repository import Repository
from app.store.tariffs import TARIFFS


class MapRow(NamedTuple):
    """One location; `statuses` by the keys of its EVSEs."""

    created: int
    key: str
    publish: bool
    document: str
    statuses: dict[str, EvseStatus]

    def location(self) -> Location:
        """The document, with the statuses it was written with."""
        return unpack(Location, self.document)


_COLUMNS = (LOCATIONS.c.created, LOCATIONS.c.key, LOCATIONS.c.publish, LOCATIONS.c.document)
_AFTER = (
    select(*_COLUMNS)
    .where(LOCATIONS.c.created > bindparam("after"))
    .order_by(LOCATIONS.c.created)
    .limit(bindparam("most"))
)
_OF = select(*_COLUMNS).where(LOCATIONS.c.key.in_(bindparam("keys", expanding=True)))
_STATUSES = select(EVSES.c.location, EVSES.c.key, EVSES.c.status).where(
    EVSES.c.location.in_(bindparam("keys", expanding=True))
)
_TARIFFS = select(TARIFFS.c.key, TARIFFS.c.document).where(
    TARIFFS.c.key.in_(bindparam("keys", expanding=True))
)


class MapRows(Repository):
    """Locations in the order they came, or by key."""

    async def after(self, created: int, *, most: int) -> list[MapRow]:
        """The next ones behind a place in that order."""
        values = {"after": created, "most": most}
        return await self._whole((await self._connection.execute(_AFTER, values)).all())

    async def of(self, keys: Sequence[str]) -> list[MapRow]:
        """Those of these keys that exist."""
        return await self._whole((await self._connection.execute(_OF, {"keys": keys})).all())

    async def tariffs(self, keys: Sequence[str]) -> dict[str, Tariff]:
        """The tariffs of these keys that exist."""
        rows = await self._connection.execute(_TARIFFS, {"keys": keys})
        return {row.key: unpack(Tariff, row.document) for row in rows}

    async def _whole(self, rows: Iterable[Any]) -> list[MapRow]:
        found = {
            row.key: MapRow(row.created, row.key, row.publish, row.document, {}) for row in rows
        }
        if found:
            live = await self._connection.execute(_STATUSES, {"keys": list(found)})
            for location, key, status in live:
                found[location].statuses[key] = EvseStatus(status)
        return list(found.values())
