"""Reservations in the database: found by who asked, by the charger's number and by the EVSE."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, func, select, update
from sqlmodel import Field

from app.domain.driver_notices import DriverNoticeKind
from app.domain.identifiers import PartyId, token_key
from app.domain.reservations import OPEN, Reservation, ReservationState
from app.store.batch import Change
from app.store.columns import Document, Utc
from app.store.commands import place_of
from app.store.documents import pack
from app.store.driver_notices import NOTICES as DRIVER_NOTICES
from app.store.repository import VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of

_OPEN = [state.value for state in OPEN]


class ReservationRow(Row, table=True):
    """A reservation; `asked_as` is the asking eMSP with its own name for it."""

    __tablename__ = "reservations"
    __table_args__ = (
        Index("ix_reservations_number", "scope", "number", unique=True),
        Index("ix_reservations_state", "state", "expires_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=10)
    scope: str = Field(max_length=270)
    number: int
    asked_as: str = Field(max_length=60, index=True)
    party: str = Field(max_length=6, index=True)
    place: str | None = Field(default=None, max_length=240, index=True)
    tag: str = Field(max_length=36, index=True)
    driver_id: str | None = Field(default=None, max_length=36, index=True)
    session_id: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


RESERVATIONS = table_of(ReservationRow)

_TAKEN = ("state", "session_id", "version", "document")
TAKE = (
    update(RESERVATIONS)
    .where(RESERVATIONS.c.id == bindparam("of_id"))
    .values({name: bindparam(f"new_{name}", type_=RESERVATIONS.c[name].type) for name in _TAKEN})
)


def taken(reservation: Reservation) -> Change:
    """A session began on the reservation: part of the commit that books the session."""
    after = replace(reservation, version=reservation.version + 1)
    values: dict[str, Any] = {
        "of_id": after.id,
        "new_state": after.state.value,
        "new_session_id": after.session_id,
        "new_version": after.version,
        "new_document": pack(after),
    }
    return Change(TAKE, values)


_OPEN_HERE = (
    select(RESERVATIONS.c.document)
    .where(RESERVATIONS.c.place == bindparam("here"), RESERVATIONS.c.state.in_(_OPEN))
    .order_by(RESERVATIONS.c.id)
)


class Reservations(VersionedRepository[Reservation]):
    """Reservations by id and by everything that others call them."""

    row = ReservationRow
    shape = Reservation
    noun = "reservation"

    def columns(self, value: Reservation) -> dict[str, Any]:
        """What reservations are found by."""
        return {
            "id": value.id,
            "state": value.state.value,
            "scope": value.scope,
            "number": value.number,
            "asked_as": _asked_as(value.token.party, value.name),
            "party": str(value.party),
            "place": place_of(value.party, value.location_id, value.evse_uid),
            "tag": token_key(value.tag),
            "driver_id": value.driver_id,
            "session_id": value.session_id,
            "created_at": value.created_at,
            "expires_at": value.expires_at,
            "version": value.version,
        }

    async def locked(self, reservation_id: str) -> Reservation:
        """The reservation, held against other writers; raises NotFound."""
        return await self.need(reservation_id, lock=True)

    async def next_number(self, scope: str) -> int:
        """A number that was never used in this scope; the caller holds the location."""
        highest = select(func.max(RESERVATIONS.c.number)).where(RESERVATIONS.c.scope == scope)
        return ((await self._connection.execute(highest)).scalar_one() or 0) + 1

    async def open_of(self, emsp: PartyId, name: str) -> Reservation | None:
        """The reservation that goes by this name with its asker, unless it is over."""
        mine = RESERVATIONS.c.asked_as == _asked_as(emsp, name)
        return await self._one(mine, RESERVATIONS.c.state.in_(_OPEN))

    async def by_number(self, scope: str, number: int) -> Reservation | None:
        """The reservation that a charger calls by this number, open or not."""
        return await self._one(RESERVATIONS.c.scope == scope, RESERVATIONS.c.number == number)

    async def by_tag(self, tag: str) -> Reservation | None:
        """The newest reservation that this tag may use, open or not."""
        order = RESERVATIONS.c.id.desc()
        found = await self._many(RESERVATIONS.c.tag == token_key(tag), order=order, limit=1)
        return found[0] if found else None

    async def open_at(
        self, party: PartyId, location_id: str, evse_uid: str | None
    ) -> list[Reservation]:
        """What an EVSE is, or may be, kept free for; the oldest first."""
        here = place_of(party, location_id, evse_uid)
        return await self._all(_OPEN_HERE, {"here": here})

    async def open_at_station(self, station_id: str) -> list[Reservation]:
        """Everything a charger keeps free."""
        scope = f"station:{station_id.casefold()}"
        return await self._many(RESERVATIONS.c.scope == scope, RESERVATIONS.c.state.in_(_OPEN))

    async def open_of_driver(self, driver_id: str) -> list[Reservation]:
        """What a driver has reserved, the oldest first."""
        mine = RESERVATIONS.c.driver_id == driver_id
        return await self._many(mine, RESERVATIONS.c.state.in_(_OPEN))

    async def of_driver(
        self, driver_id: str, *, limit: int, before_id: str | None = None
    ) -> list[Reservation]:
        """A driver's reservations, the newest first; with `before_id` those made before it."""
        mine = [RESERVATIONS.c.driver_id == driver_id]
        if before_id is not None:
            mine.append(RESERVATIONS.c.id < before_id)
        return await self._many(*mine, order=RESERVATIONS.c.id.desc(), limit=limit)

    async def of_party(self, party: PartyId, *, limit: int) -> list[Reservation]:
        """The newest reservations at a party's chargers."""
        order = RESERVATIONS.c.id.desc()
        return await self._many(RESERVATIONS.c.party == str(party), order=order, limit=limit)

    async def due(self, moment: datetime, limit: int) -> list[str]:
        """The ids of open reservations that expired by then, the oldest first."""
        late = (RESERVATIONS.c.state.in_(_OPEN), RESERVATIONS.c.expires_at <= moment)
        statement = select(RESERVATIONS.c.id).where(*late).order_by(RESERVATIONS.c.expires_at)
        return list((await self._connection.execute(statement.limit(limit))).scalars())

    async def ending(self, now: datetime, until: datetime, limit: int) -> list[str]:
        """The ids of drivers' active reservations that end by then, where nobody was told so."""
        told = select(DRIVER_NOTICES.c.subject).where(
            DRIVER_NOTICES.c.driver_id == RESERVATIONS.c.driver_id,
            DRIVER_NOTICES.c.kind == DriverNoticeKind.RESERVATION_SOON.value,
            DRIVER_NOTICES.c.subject == RESERVATIONS.c.id,
        )
        soon = (
            RESERVATIONS.c.state == ReservationState.ACTIVE.value,
            RESERVATIONS.c.driver_id.is_not(None),
            RESERVATIONS.c.expires_at > now,
            RESERVATIONS.c.expires_at <= until,
        )
        statement = select(RESERVATIONS.c.id).where(*soon, ~told.exists())
        found = await self._connection.execute(
            statement.order_by(RESERVATIONS.c.expires_at).limit(limit)
        )
        return list(found.scalars())

    async def reserved_places(self) -> frozenset[str]:
        """The EVSEs that are kept free, by their keys (`place_of`)."""
        statement = select(RESERVATIONS.c.place).where(RESERVATIONS.c.state.in_(_OPEN))
        found = (await self._connection.execute(statement)).scalars()
        return frozenset(place for place in found if place is not None)


def _asked_as(emsp: PartyId, name: str) -> str:
    return f"{emsp}/{name.casefold()}"
