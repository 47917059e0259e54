"""All that a quote asks of an EVSE, in one look: most are free, and nothing goes on there."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus, Location
from app.domain.reservations import OPEN
from app.domain.sessions import SessionStatus
from app.store.commands import place_of
from app.store.documents import unpack
from app.store.locations import EVSES, LOCATIONS, evse_key
from app.store.repository import Repository
from app.store.reservations import RESERVATIONS
from app.store.sessions import SESSIONS
from app.store.stations import STATIONS


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """A location with the status of now at the EVSE that is asked for (of no other).

    `connected` is whether its charger is, last seen at `seen_at`. `reserved` and `running` tell
    that there is something of the kind, which then has to be looked at.
    """

    location: Location
    connected: bool
    seen_at: datetime | None
    reserved: bool
    running: bool


_OPEN = [state.value for state in OPEN]
_RESERVED = (
    select(RESERVATIONS.c.id)
    .where(RESERVATIONS.c.place == bindparam("here"), RESERVATIONS.c.state.in_(_OPEN))
    .exists()
)
_RUNNING = (
    select(SESSIONS.c.key)
    .where(
        SESSIONS.c.location_id == bindparam("of_location"),
        SESSIONS.c.evse_uid == bindparam("of_evse"),
        SESSIONS.c.party == bindparam("of_party"),
        SESSIONS.c.status.in_([SessionStatus.ACTIVE.value, SessionStatus.PENDING.value]),
    )
    .exists()
)
_FACTS = (
    select(
        LOCATIONS.c.document,
        LOCATIONS.c.last_updated,
        EVSES.c.status,
        EVSES.c.last_updated.label("evse_updated"),
        STATIONS.c.node,
        STATIONS.c.seen_at,
        _RESERVED.label("reserved"),
        _RUNNING.label("running"),
    )
    .select_from(EVSES)
    .join(LOCATIONS, LOCATIONS.c.key == EVSES.c.location)
    .outerjoin(STATIONS, STATIONS.c.key == EVSES.c.station_id)
    .where(EVSES.c.key == bindparam("of_key"))
)
_BY_CODE = (
    select(LOCATIONS.c.party, LOCATIONS.c.id, EVSES.c.uid)
    .select_from(EVSES)
    .join(LOCATIONS, LOCATIONS.c.key == EVSES.c.location)
    .where(
        EVSES.c.code == bindparam("of_code"),
        EVSES.c.status != EvseStatus.REMOVED.value,
        LOCATIONS.c.publish,
    )
)


class Quoting(Repository):
    """Reads what quotes need."""

    async def facts(self, party: PartyId, location_id: str, uid: str) -> QuoteFacts | None:
        """Of an EVSE; None when it is not there."""
        values = {
            "of_key": evse_key(party, location_id, uid),
            "here": place_of(party, location_id, uid),
            "of_location": location_id.casefold(),
            "of_evse": uid.casefold(),
            "of_party": str(party),
        }
        row = (await self._connection.execute(_FACTS, values)).one_or_none()
        if row is None:
            return None
        return QuoteFacts(
            location=_located(row, uid),
            connected=row.node is not None,
            seen_at=row.seen_at,
            reserved=bool(row.reserved),
            running=bool(row.running),
        )

    async def by_code(self, code: str) -> tuple[PartyId, str, str] | None:
        """Party, location and EVSE (in lower case) of a QR code that leads somewhere."""
        row = (await self._connection.execute(_BY_CODE, {"of_code": code.upper()})).one_or_none()
        return None if row is None else (PartyId.parse(row.party), row.id, row.uid)


def _located(row: Any, uid: str) -> Location:
    location = unpack(Location, row.document)
    evses = tuple(
        replace(evse, status=EvseStatus(row.status), last_updated=row.evse_updated)
        if evse.uid.casefold() == uid.casefold()
        else evse
        for evse in location.evses
    )
    return replace(location, evses=evses, last_updated=row.last_updated)
