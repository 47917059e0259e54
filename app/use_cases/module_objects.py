"""Objects of the rarely used modules: taken from partners, kept apart for each, given back."""

from collections.abc import Callable

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.module_objects import ModuleObject, ObjectKind
from app.domain.partners import Partner
from app.store.transaction import Store, Transaction
from app.use_cases.locations import Acceptance

Change = Callable[[ModuleObject], ModuleObject | None]
"""Makes the new object of the kept one; None when what was sent is older than that. Pure."""


class ModuleObjects:
    """Keeps and gives; what one platform sent or is meant for, no other ever sees.

    Whoever writes holds the platform, so that of two messages at once the newer stays.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def accept(self, value: ModuleObject) -> Acceptance:
        """Keep a whole object; an older state than ours is not written (C-119)."""
        async with self._store.transaction() as tx:
            await tx.partners.hold(value.partner_id)
            before = await tx.module_objects.get(
                value.kind, value.partner_id, value.party, value.id, own=value.own
            )
            if before is not None and value.last_updated < before.last_updated:
                return Acceptance.STALE
            await tx.module_objects.put(value)
        return Acceptance.CREATED if before is None else Acceptance.UPDATED

    async def change(
        self, kind: ObjectKind, partner: Partner, party: PartyId, key: str, /, *,
        change: Change, own: bool = False,
    ) -> ModuleObject:  # fmt: skip
        """Change a part of a kept object; raises NotFound for one we do not have (C-113)."""
        async with self._store.transaction() as tx:
            await tx.partners.hold(partner.id)
            before = await _need(tx, kind, partner, party, key=key, own=own)
            after = change(before)
            if after is None:
                return before
            await tx.module_objects.put(after)
        return after

    async def find(
        self, kind: ObjectKind, partner: Partner, party: PartyId, key: str, *, own: bool = False
    ) -> ModuleObject:
        """One object of (or for) a platform; raises NotFound."""
        async with self._store.reading() as tx:
            return await _need(tx, kind, partner, party, key=key, own=own)

    async def withdraw(
        self, kind: ObjectKind, partner: Partner, party: PartyId, key: str, *, own: bool = False
    ) -> None:
        """Forget an object; raises NotFound."""
        async with self._store.transaction() as tx:
            found = await _need(tx, kind, partner, party, key=key, own=own)
            await tx.module_objects.delete(found)


async def _need(
    tx: Transaction, kind: ObjectKind, partner: Partner, party: PartyId, *, key: str, own: bool
) -> ModuleObject:
    found = await tx.module_objects.get(kind, partner.id, party, key, own=own)
    if found is None:
        raise NotFound(kind.value, key)
    return found
