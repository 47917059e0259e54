"""Objects that members of our hub tell everybody: kept before the answer, told from what is kept.

A member that could not be told has a gap. When it is back it is told the present state of all that
was touched since, a portion at a time, so that what is new meanwhile does not wait behind it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.domain.errors import NotFound
from app.domain.events import HubObjectChanged
from app.domain.hub_objects import HubObject, HubRef, Mark
from app.ports.clock import Clock
from app.ports.delivery import Delivery
from app.store.transaction import Store, Transaction
from app.use_cases.hub_members import tell_anew
from app.use_cases.hub_telling import resync, rules_changed
from app.use_cases.locations import Acceptance

Edit = Callable[[HubObject], HubObject | None]
"""Makes the new object of the kept one; None when what was sent is older than that. Pure."""

PORTION = 200
"""So many objects of a gap are queued in one go."""

FROM_THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class HubObjects:
    """Keeps what was told, and the gaps."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def accept(self, told: HubObject) -> Acceptance:
        """Keep a whole object; an older one than ours is not written (C-119)."""
        async with self._store.transaction() as tx:
            before = await tx.hub_objects.get(told.ref, lock=True)
            if before is not None and told.last_updated < before.last_updated:
                return Acceptance.STALE
            if before is not None and told.says_the_same(before):
                return Acceptance.UPDATED
            if not await self._write(tx, before, told):
                return Acceptance.STALE
        known = before is not None and not before.gone
        return Acceptance.UPDATED if known else Acceptance.CREATED

    async def change(self, ref: HubRef, edit: Edit, *, part: tuple[str, ...] = ()) -> Acceptance:
        """Change a part of an object; raises NotFound for one that was never told (C-113)."""
        async with self._store.transaction() as tx:
            before = await tx.hub_objects.get(ref, lock=True)
            if before is None or before.gone:
                raise NotFound(ref.noun.value, ref.id)
            after = edit(before)
            if after is None:
                return Acceptance.STALE
            if not after.says_the_same(before):
                await self._write(tx, before, after, part=part)
        return Acceptance.UPDATED

    async def withdraw(self, ref: HubRef, partner_id: str) -> None:
        """Its owner has deleted it; raises NotFound for one that was never told."""
        async with self._store.transaction() as tx:
            before = await tx.hub_objects.get(ref, lock=True)
            if before is None:
                raise NotFound(ref.noun.value, ref.id)
            if not before.gone:
                await self._write(tx, before, replace(before, gone=True, partner_id=partner_id))

    async def _write(
        self,
        tx: Transaction,
        before: HubObject | None,
        after: HubObject,
        *,
        part: tuple[str, ...] = (),
    ) -> bool:
        """Write it and let everybody be told, who ever was; what is private is nobody's news."""
        now = self._clock.now()
        told = after.public or (before is not None and before.told)
        touched = now if before is None else max(now, before.touched)
        if not await tx.hub_objects.put(replace(after, touched=touched, told=told)):
            return False
        if told:
            ref = before.ref if before is not None else after.ref
            news = part if before is not None and before.told else ()
            tx.emit(
                HubObjectChanged(
                    ref.noun.value, ref.party, ref.id, after.partner_id, ref.type, news
                )
            )
        return True

    async def find(self, ref: HubRef) -> HubObject | None:
        """The object as it is now, also one that is gone; None for one that was never told."""
        async with self._store.reading() as tx:
            return await tx.hub_objects.get(ref)

    # ------------------------------------------------------------ gaps

    async def skipped(self, partner_id: str, since: datetime) -> None:
        """The member was not told of what was touched then."""
        async with self._store.reading() as tx:
            known = await tx.hub_objects.gap(partner_id)
        if known is None or since < known:
            async with self._store.transaction() as tx:
                await tx.hub_objects.note_gap(partner_id, since)

    async def gap(self, partner_id: str) -> datetime | None:
        """Since when the member was told nothing; None when it knows everything."""
        async with self._store.reading() as tx:
            return await tx.hub_objects.gap(partner_id)

    async def resync(self, partner_id: str) -> None:
        """Tell a member everything again, because a person says so; raises NotFound.

        Also how the others stand, since it may have lost all that it knew.
        """
        async with self._store.transaction() as tx:
            partner = await tx.partners.need(partner_id)
            if not partner.hub:
                raise NotFound("member of the hub", partner.name)
            await tell_anew(tx, partner_id, self._clock.now())
            queued = resync(partner_id, FROM_THE_BEGINNING)
            await tx.deliveries.add([queued], self._clock.now())

    async def catch_up(
        self,
        partner_id: str,
        since: datetime | None,
        after: int,
        *,
        deliveries: Callable[[Mark], Sequence[Delivery]],
    ) -> int:
        """Queue the next portion of what a member has to be told, and what follows it.

        Without `since` it begins where the member's gap does, which is closed, and with what it
        missed of the rules. Gives how many objects it looked at.
        """
        async with self._store.transaction() as tx:
            queued: list[Delivery] = []
            if since is None:
                since = await tx.hub_objects.close_gap(partner_id)
                change = await tx.hub_objects.close_missed_rules(partner_id)
                queued += [rules_changed(partner_id, change)] if change is not None else []
            marks: list[Mark] = []
            if since is not None:
                marks = await tx.hub_objects.touched(since, after=after, limit=PORTION)
            queued += [delivery for mark in marks for delivery in deliveries(mark)]
            if since is not None and len(marks) == PORTION:
                queued.append(resync(partner_id, since, marks[-1].number))
            await tx.deliveries.add(queued, self._clock.now())
        return len(marks)
