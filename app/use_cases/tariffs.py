"""Tariffs: an operator writes its own, partners send theirs."""

from dataclasses import replace

from app.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from app.domain.events import TariffChanged, TariffRemoved
from app.domain.identifiers import PartyId
from app.domain.tariffs import Tariff
from app.ports.clock import Clock
from app.store.transaction import Store
from app.use_cases.locations import Acceptance
from app.use_cases.site_file import read_tariff


class Tariffs:
    """Write, accept, remove and read tariffs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def write(self, text: str, party: PartyId, tariff_id: str) -> Tariff:
        """Publish one tariff as it stands in a site file; raises InvalidFile.

        Running sessions keep the tariff they began with.
        """
        async with self._store.transaction() as tx:
            operator = await tx.operators.need(str(party))
            tariff = read_tariff(text, operator, self._clock.now())
            if tariff.id.casefold() != tariff_id.casefold():
                raise InvalidInput("id", f"is not {tariff_id!r} as in the address")
            before = await tx.tariffs.get(party, tariff.id)
            if before and replace(tariff, last_updated=before.last_updated) == before:
                return before
            await tx.tariffs.put(tariff)
            tx.emit(TariffChanged(party, tariff.id))
            return tariff

    async def remove(self, party: PartyId, tariff_id: str) -> None:
        """Withdraw an own tariff; raises NotFound, Conflict while connectors name it (C-172)."""
        async with self._store.transaction() as tx:
            tariff = await tx.tariffs.need(party, tariff_id)
            places = await tx.locations.naming(party, tariff_id)
            if places:
                where = ", ".join(sorted(location_id for _, location_id in places)[:3])
                raise Conflict(f"connectors still name the tariff: at {where}")
            await tx.tariffs.delete(party, tariff_id)
            tx.emit(TariffRemoved(party, tariff.id))

    async def get(self, party: PartyId, tariff_id: str) -> Tariff:
        """A tariff as it is now; raises NotFound."""
        async with self._store.reading() as tx:
            return await tx.tariffs.need(party, tariff_id)

    async def accept(self, tariff: Tariff) -> Acceptance:
        """A partner's whole tariff; an older one than ours is not written (C-119).

        Raises Forbidden for our own tariffs.
        """
        async with self._store.transaction() as tx:
            before = await tx.tariffs.get(tariff.party, tariff.id)
            if before and before.own:
                raise Forbidden("the tariff is not the partner's")
            if before and tariff.last_updated < before.last_updated:
                return Acceptance.STALE
            await tx.tariffs.put(replace(tariff, own=False))
            tx.emit(TariffChanged(tariff.party, tariff.id))
            return Acceptance.UPDATED if before else Acceptance.CREATED

    async def withdraw(self, party: PartyId, tariff_id: str) -> None:
        """A partner's tariff is gone; raises NotFound (C-174, C-176), Forbidden for our own."""
        async with self._store.transaction() as tx:
            before = await tx.tariffs.get(party, tariff_id)
            if before is None:
                raise NotFound("tariff", f"{party}/{tariff_id}")
            if before.own:
                raise Forbidden("the tariff is not the partner's")
            await tx.tariffs.delete(party, tariff_id)
            tx.emit(TariffRemoved(party, before.id))
