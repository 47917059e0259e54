"""The stickers of an operator's EVSEs, in the order in which they are printed."""

from collections.abc import Iterator

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import Evse, EvseStatus, Location
from app.domain.sticker_sheets import ON_A_SHEET, Sticker, readable_address
from app.store.transaction import Store


class Stickers:
    """Every EVSE that has a code, by location."""

    def __init__(self, store: Store, public_url: str) -> None:
        self._store = store
        self.public_url = public_url

    async def of(self, party: PartyId, location_id: str | None = None) -> list[Sticker]:
        """Those of one location, or all; raises NotFound."""
        async with self._store.reading() as tx:
            if location_id is None:
                places = [place for place in await tx.locations.of_party(party) if place.own]
            else:
                places = [await tx.locations.need(party, location_id)]
        return [sticker for place in places for sticker in self._at(place)]

    async def sheets(
        self, party: PartyId, location_id: str | None = None, *, first: int = 1, most: int = 1
    ) -> list[Sticker]:
        """What is on so many sheets from this one on; raises NotFound when there is no such."""
        found = await self.of(party, location_id)
        begin = (first - 1) * ON_A_SHEET
        if begin >= len(found):
            raise NotFound("sheet of stickers", str(first))
        return found[begin : begin + most * ON_A_SHEET]

    def _at(self, place: Location) -> Iterator[Sticker]:
        for evse in place.evses:
            if evse.code is not None and evse.status is not EvseStatus.REMOVED:
                yield self._sticker(place, evse, evse.code)

    def _sticker(self, place: Location, evse: Evse, code: str) -> Sticker:
        return Sticker(
            label=evse.label,
            code=code,
            address=readable_address(self.public_url, code),
            evse_id=evse.evse_id,
            place=place.name or place.address,
        )
