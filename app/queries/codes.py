"""Which EVSE somebody means who scanned or typed what is printed at it."""

from dataclasses import dataclass

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace, EvseStatus
from app.domain.scanned import read_scanned
from app.store.transaction import Store, Transaction


@dataclass(frozen=True, slots=True)
class Meant:
    """An EVSE; a partner's has no `code` of ours."""

    party: PartyId
    location_id: str
    evse_uid: str
    code: str | None


class Codes:
    """Looks codes and EVSE ids up; what is not published does not exist here."""

    def __init__(self, store: Store, public_url: str) -> None:
        self._store = store
        self._public_url = public_url

    async def find(self, text: str) -> Meant:
        """The EVSE; raises NotFound, InvalidInput for an address that is not ours.

        An EVSE id that several EVSEs share names none of them: nobody shall pay for another's.
        """
        scanned = read_scanned(text, self._public_url)
        async with self._store.reading() as tx:
            found = await _by_code(tx, scanned.codes)
            if found is None and scanned.evse_id is not None:
                found = await _by_evse_id(tx, scanned.evse_id)
        if found is None:
            raise NotFound("code", text[:40])
        return found


async def _by_code(tx: Transaction, codes: tuple[str, ...]) -> Meant | None:
    for code in codes:
        for place in await tx.locations.by_code(code):
            return _meant(place)
    return None


async def _by_evse_id(tx: Transaction, evse_id: str) -> Meant | None:
    places = await tx.locations.by_evse_id(evse_id)
    shown = {
        _meant(place)
        for place in places
        if place.location.publish and place.evse.status is not EvseStatus.REMOVED
    }
    return shown.pop() if len(shown) == 1 else None


def _meant(place: EvsePlace) -> Meant:
    evse, location = place.evse, place.location
    return Meant(location.party, location.id, evse.uid, evse.code)
