"""Drivers' reports and ratings in the database."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, func, select
from sqlmodel import Field

from app.domain.identifiers import PartyId
from app.domain.issues import Issue, IssueState, Rating, Ratings, mean
from app.store.columns import Document, Utc
from app.store.repository import DocumentRepository, VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of

_LATEST = 500
"""Of how many of the newest ratings the kinds are counted."""


class IssueRow(Row, table=True):
    """A report; `own` tells whether the charger is ours."""

    __tablename__ = "issues"
    __table_args__ = (Index("ix_issues_party_state", "party", "state"),)

    id: str = Field(primary_key=True, max_length=36)
    driver_id: str | None = Field(default=None, max_length=36, index=True)
    party: str = Field(max_length=6)
    own: bool
    state: str = Field(max_length=12)
    created_at: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


class RatingRow(Row, table=True):
    """What a driver thinks of a station; `place` is the station."""

    __tablename__ = "ratings"

    key: str = Field(primary_key=True, max_length=160)
    driver_id: str = Field(max_length=36, index=True)
    place: str = Field(max_length=120, index=True)
    stars: int
    at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


ISSUES, RATINGS = table_of(IssueRow), table_of(RatingRow)


class Issues(VersionedRepository[Issue]):
    """Reports by id, which grows with time."""

    row = IssueRow
    shape = Issue
    noun = "report"

    def columns(self, value: Issue) -> dict[str, Any]:
        """What reports are found by."""
        return {
            "id": value.id,
            "driver_id": value.driver_id,
            "party": str(value.party),
            "own": value.own,
            "state": value.state.value,
            "created_at": value.created_at,
            "version": value.version,
        }

    async def of_driver(
        self, driver_id: str, *, before: str | None = None, limit: int
    ) -> list[Issue]:
        """A driver's reports, the newest first, from before an id."""
        wanted = [ISSUES.c.driver_id == driver_id]
        if before is not None:
            wanted.append(ISSUES.c.id < before)
        return await self._many(*wanted, order=ISSUES.c.id.desc(), limit=limit)

    async def page(
        self,
        *,
        party: PartyId | None,
        state: IssueState | None,
        after: str | None,
        limit: int,
    ) -> list[Issue]:
        """Reports about an operator's chargers, or without `party` about partners'."""
        wanted: list[ColumnElement[bool]] = [ISSUES.c.own.is_(False)]
        if party is not None:
            wanted = [ISSUES.c.own.is_(True), ISSUES.c.party == str(party)]
        if state is not None:
            wanted.append(ISSUES.c.state == state.value)
        if after is not None:
            wanted.append(ISSUES.c.id > after)
        return await self._many(*wanted, limit=limit)


class RatingBook(DocumentRepository[Rating]):
    """Ratings by driver and station."""

    row = RatingRow
    shape = Rating
    noun = "rating"
    key = "key"

    def columns(self, value: Rating) -> dict[str, Any]:
        """What ratings are found by."""
        place = _place(value.party, value.location_id)
        return {
            "key": f"{value.driver_id}/{place}",
            "driver_id": value.driver_id,
            "place": place,
            "stars": value.stars,
            "at": value.at,
        }

    async def mine(self, driver_id: str, party: PartyId, location_id: str) -> Rating | None:
        """What a driver thinks of a station."""
        return await self.get(f"{driver_id}/{_place(party, location_id)}")

    async def of_station(self, party: PartyId, location_id: str) -> Ratings:
        """What all drivers think of a station: count, mean and the kinds of the newest ones."""
        table, here = RATINGS, RATINGS.c.place == _place(party, location_id)
        summed = select(func.count(), func.sum(table.c.stars)).where(here)
        count, stars = (await self._connection.execute(summed)).one()
        if not count:
            return Ratings(0, None)
        newest = await self._many(here, order=table.c.at.desc(), limit=_LATEST)
        kinds = Counter(kind.value for rating in newest for kind in rating.kinds)
        ranked = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
        return Ratings(int(count), mean(int(stars), int(count)), tuple(ranked))

    async def delete(self, driver_id: str, party: PartyId, location_id: str) -> None:
        """Take a rating back."""
        key = f"{driver_id}/{_place(party, location_id)}"
        await self._connection.execute(RATINGS.delete().where(RATINGS.c.key == key))


def _place(party: PartyId, location_id: str) -> str:
    return f"{party}/{location_id.casefold()}"
