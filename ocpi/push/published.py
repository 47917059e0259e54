"""The locations that are being pushed, read once for all the partners that one change goes to."""

import asyncio
from collections import OrderedDict

from app.domain.identifiers import PartyId
from app.domain.locations import Location
from app.store.nouns import Noun
from app.store.transaction import Store
from ocpi.push.messages import Json
from ocpi.translate.locations import write_location
from ocpi.versions.registry import Kind, OcpiVersion

REMEMBERED = 500


class Published:
    """A location that may be roamed, and what it is called in each version."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self._documents: dict[int, tuple[OcpiVersion, Json]] = {}

    def document(self, version: OcpiVersion) -> Json:
        """The whole location; raises Inexpressible."""
        known = self._documents.get(id(version))
        if known is None:
            lowered = version.lower(Kind.LOCATION, write_location(self.location))
            known = self._documents[id(version)] = version, lowered
        return known[1]


class PublishedLocations:
    """Own published locations; none is older than the last look at the feed of changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[tuple[PartyId, str], Published | None] = OrderedDict()
        self._reading = asyncio.Lock()
        self._edition = 0
        store.watch.follow({Noun.LOCATION}, self._forget)

    async def get(self, party: PartyId, location_id: str) -> Published | None:
        """The location if it may be roamed (C-130)."""
        key = (party, location_id.casefold())
        if key not in self._known:
            async with self._reading:
                if key not in self._known:
                    return await self._read(key)
        return self._known[key]

    async def _read(self, key: tuple[PartyId, str]) -> Published | None:
        edition = self._edition
        async with self._store.reading() as tx:
            location = await tx.locations.get(*key)
        shown = location is not None and location.own and location.publish
        published = Published(location) if location is not None and shown else None
        if edition == self._edition:  # else it may be older already than what was told meanwhile
            self._known[key] = published
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return published

    async def _forget(self, keys: frozenset[str] | None) -> None:
        self._edition += 1
        if keys is None:
            self._known.clear()
            return
        gone = [key for key in self._known if f"{key[0]}/{key[1]}" in keys]
        for key in gone:
            del self._known[key]
