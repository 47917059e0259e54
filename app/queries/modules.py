"""What partners list of the rarely used modules: invoices' records, terminals, bookings."""

from collections.abc import Sequence

from app.domain.bookings import Booking
from app.domain.identifiers import PartyId
from app.domain.module_objects import ModuleObject, ObjectKind
from app.domain.partners import Partner
from app.queries.pages import Page
from app.queries.roaming import Listing
from app.store.transaction import Store


class ModuleLists:
    """Our objects that are for one platform, in the order of their creation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def objects(
        self, kind: ObjectKind, ours: Sequence[PartyId], partner: Partner, page: Page
    ) -> Listing[ModuleObject]:
        """Objects of a kind that are for the partner."""
        async with self._store.reading() as tx:
            items, total = await tx.module_objects.page(
                kind,
                partner.id,
                ours,
                changed_from=page.changed_from,
                changed_to=page.changed_before,
                offset=page.offset,
                limit=page.limit,
            )
        return Listing(items, total)

    async def bookings(
        self, ours: Sequence[PartyId], partner: Partner, page: Page
    ) -> Listing[Booking]:
        """Bookings that the partner asked for."""
        async with self._store.reading() as tx:
            items, total = await tx.bookings.page(
                ours,
                partner.id,
                changed_from=page.changed_from,
                changed_to=page.changed_before,
                offset=page.offset,
                limit=page.limit,
            )
        return Listing(items, total)
