"""What is being told to everybody, read and worded once for all the members that it goes to."""

import asyncio
from collections import OrderedDict
from typing import Any

from app.domain.hub_objects import HubObject, HubRef
from app.store.nouns import Noun
from app.store.transaction import Store
from ocpi.hub.pushes import lowered, lowered_document, part_of
from ocpi.versions.registry import OcpiVersion
from ocpi.wire.documents import encode

Json = dict[str, Any]

REMEMBERED = 500


class Kept:
    """An object, and what it is called in each version."""

    def __init__(self, kept: HubObject) -> None:
        self.object = kept
        self._bodies: dict[int, tuple[OcpiVersion, bytes]] = {}
        self._documents: dict[int, tuple[OcpiVersion, Json]] = {}

    def body(self, version: OcpiVersion) -> bytes:
        """The whole object as JSON; raises Inexpressible."""
        known = self._bodies.get(id(version))
        if known is None:
            known = self._bodies[id(version)] = version, lowered(self.object, version)
        return known[1]

    def part(self, version: OcpiVersion, part: tuple[str, ...]) -> bytes | None:
        """An EVSE or connector as JSON, None where there is none; raises Inexpressible."""
        known = self._documents.get(id(version))
        if known is None:
            document = lowered_document(self.object, version)
            known = self._documents[id(version)] = version, document
        found = part_of(known[1], part)
        return None if found is None else encode(found)


class KeptWords:
    """Kept objects; none is older than the last look at the feed of changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, Kept | None] = OrderedDict()
        self._reading = asyncio.Lock()
        self._edition = 0
        nouns = {Noun.HUB_LOCATION, Noun.HUB_TARIFF, Noun.HUB_TOKEN}
        store.watch.follow(nouns, self._forget)

    async def of(self, ref: HubRef) -> Kept | None:
        """The object, also one that is gone; None for one that was never told."""
        if ref.key not in self._known:
            async with self._reading:
                if ref.key not in self._known:
                    return await self._read(ref)
        return self._known[ref.key]

    async def _read(self, ref: HubRef) -> Kept | None:
        edition = self._edition
        async with self._store.reading() as tx:
            found = await tx.hub_objects.get(ref)
        kept = Kept(found) if found is not None else None
        if edition == self._edition:  # else it may be older already than what was told meanwhile
            self._known[ref.key] = kept
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return kept

    async def _forget(self, keys: frozenset[str] | None) -> None:
        self._edition += 1
        if keys is None:
            self._known.clear()
            return
        for key in keys:
            self._known.pop(key, None)
