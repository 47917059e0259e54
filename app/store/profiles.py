"""Charging profiles in the database, one row for each session that ever had one or a wish."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from app.domain.profiles import SessionProfile
from app.store.columns import Document, Utc
from app.store.repository import VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of


class ProfileRow(Row, table=True):
    """The profile of a session; `review_at` is set while somebody is told of changes."""

    __tablename__ = "session_profiles"

    session_key: str = Field(primary_key=True, max_length=64)
    review_at: datetime | None = Field(default=None, sa_type=Utc, index=True)
    version: int = 0
    document: str = Field(sa_type=Document)


PROFILES = table_of(ProfileRow)


class Profiles(VersionedRepository[SessionProfile]):
    """Profiles by the key of their session."""

    row = ProfileRow
    shape = SessionProfile
    noun = "charging profile"
    key = "session_key"

    def columns(self, value: SessionProfile) -> dict[str, Any]:
        """The columns profiles are found by."""
        return {
            "session_key": value.session_key,
            "review_at": value.review_at,
            "version": value.version,
        }

    async def locked(self, session_key: str) -> SessionProfile | None:
        """The profile, held against other writers; None when the session has no row."""
        return await self.get(session_key, lock=True)

    async def due(self, now: datetime, limit: int) -> list[SessionProfile]:
        """Profiles that are to be looked at again, the longest due first."""
        order = PROFILES.c.review_at
        return await self._many(PROFILES.c.review_at <= now, order=order, limit=limit)
