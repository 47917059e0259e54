"""Bookings of our EVSEs and the times at which they can be booked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Field

from app.domain.bookings import Booking, BookingPlace, BookingStatus
from app.domain.identifiers import PartyId
from app.store.columns import BigId, Document, Utc
from app.store.documents import pack, unpack
from app.store.locations import object_key
from app.store.repository import Repository
from app.store.rows import Row
from app.store.scopes import Range
from app.store.statements import table_of, upsert


class BookingPlaceRow(Row, table=True):
    """What can be booked; `created` counts in the order of pages."""

    __tablename__ = "booking_places"

    created: int = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(unique=True, max_length=120)
    party: str = Field(max_length=6, index=True)
    last_updated: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


class BookingRow(Row, table=True):
    """A booking, found by its id and by the request that made it."""

    __tablename__ = "bookings"

    created: int = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(unique=True, max_length=36)
    request: str = Field(unique=True, max_length=180)
    place: str = Field(max_length=120, index=True)
    party: str = Field(max_length=6)
    partner_id: str = Field(max_length=36, index=True, foreign_key="partners.id")
    status: str = Field(max_length=12, index=True)
    begins: datetime = Field(sa_type=Utc)
    last_updated: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


PLACES, BOOKINGS = table_of(BookingPlaceRow), table_of(BookingRow)


class Bookings(Repository):
    """Places by party and id, bookings by id and by request."""

    async def place(self, party: PartyId, place_id: str) -> BookingPlace | None:
        """A place that can be booked, or None."""
        wanted = PLACES.c.key == object_key(party, place_id)
        statement = select(PLACES.c.document).where(wanted)
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        return None if document is None else unpack(BookingPlace, document)

    async def hold_place(self, party: PartyId, place_id: str) -> BookingPlace | None:
        """The same, and nobody else books it until this transaction ends."""
        wanted = PLACES.c.key == object_key(party, place_id)
        statement = select(PLACES.c.key).where(wanted).with_for_update()
        await self._connection.execute(statement)
        return await self.place(party, place_id)

    async def places(self, parties: Sequence[PartyId]) -> list[BookingPlace]:
        """Everything that can be booked at these parties, in creation order."""
        wanted = PLACES.c.party.in_([str(party) for party in parties])
        statement = select(PLACES.c.document).where(wanted).order_by(PLACES.c.created)
        rows = await self._connection.execute(statement)
        return [unpack(BookingPlace, document) for document in rows.scalars()]

    async def put_place(self, place: BookingPlace) -> None:
        """Write the place whether or not it was there."""
        await self._put(
            PLACES,
            key=object_key(place.party, place.id),
            party=str(place.party),
            last_updated=place.last_updated,
            document=pack(place),
        )

    async def of_request(
        self, partner_id: str, provider: PartyId, request_id: str
    ) -> Booking | None:
        """The booking that a provider's request led to, or None."""
        return await self._one(BOOKINGS.c.request == _request(partner_id, provider, request_id))

    async def get(self, booking_id: str) -> Booking | None:
        """The booking, or None."""
        return await self._one(BOOKINGS.c.key == booking_id)

    async def at_place(self, party: PartyId, place_id: str) -> list[Booking]:
        """The bookings that hold time of a place."""
        wanted = (
            BOOKINGS.c.place == object_key(party, place_id),
            BOOKINGS.c.status == BookingStatus.RESERVED.value,
        )
        return await self._many(*wanted)

    async def due(self, moment: datetime) -> list[Booking]:
        """Promised bookings whose time has begun."""
        wanted = (
            BOOKINGS.c.status == BookingStatus.RESERVED.value,
            BOOKINGS.c.begins <= moment,
        )
        return await self._many(*wanted)

    async def of_party(self, party: PartyId) -> list[Booking]:
        """Every booking at a party."""
        return await self._many(BOOKINGS.c.party == str(party))

    async def page(
        self,
        parties: Sequence[PartyId],
        partner_id: str,
        *,
        changed_from: datetime | None = None,
        changed_to: datetime | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[list[Booking], int]:
        """A platform's bookings at these parties in creation order, and how many there are."""
        wanted = [
            BOOKINGS.c.party.in_([str(party) for party in parties]),
            BOOKINGS.c.partner_id == partner_id,
            *Range(changed_from, changed_to).bounds(BOOKINGS.c.last_updated),
        ]
        documents, total = await self._page(BOOKINGS, wanted, offset=offset, limit=limit)
        return [unpack(Booking, document) for document in documents], total

    async def put(self, booking: Booking) -> None:
        """Write the booking whether or not it was there."""
        await self._put(
            BOOKINGS,
            key=booking.id,
            request=_request(booking.partner_id, booking.provider, booking.request_id),
            place=object_key(booking.party, booking.place_id),
            party=str(booking.party),
            partner_id=booking.partner_id,
            status=booking.status.value,
            begins=booking.slot.begins,
            last_updated=booking.last_updated,
            document=pack(booking),
        )

    async def _put(self, table: Table, **values: Any) -> None:
        statement = upsert(self._connection, table, "key", kept=["created"])
        await self._connection.execute(statement.values(**values))

    async def _one(self, *conditions: Any) -> Booking | None:
        statement = select(BOOKINGS.c.document).where(*conditions)
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        return None if document is None else unpack(Booking, document)

    async def _many(self, *conditions: Any) -> list[Booking]:
        statement = select(BOOKINGS.c.document).where(*conditions).order_by(BOOKINGS.c.created)
        rows = await self._connection.execute(statement)
        return [unpack(Booking, document) for document in rows.scalars()]


def _request(partner_id: str, provider: PartyId, request_id: str) -> str:
    return f"{partner_id}/{provider}/{request_id.casefold()}"
