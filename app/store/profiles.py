"""Charging profiles in the database, one row for each session that ever had one or a wish."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Field

from app.domain.profiles import SessionProfile
from app.store.columns import Document, Utc
from app.store.repository import DocumentRepository
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


class Profiles(DocumentRepository[SessionProfile]):
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

    async def save(self, profile: SessionProfile) -> SessionProfile:
        """Write over the version that was read; raises StaleVersion."""
        return await self._save_version(
            profile.version, replace(profile, version=profile.version + 1)
        )

    async def locked(self, session_key: str) -> SessionProfile | None:
        """The profile, held against other writers; None when the session has no row."""
        same = PROFILES.c.session_key == session_key
        await self._connection.execute(select(PROFILES.c.version).where(same).with_for_update())
        return await self.get(session_key)

    async def due(self, now: datetime, limit: int) -> list[SessionProfile]:
        """Profiles that are to be looked at again, the longest due first."""
        order = PROFILES.c.review_at
        return await self._many(PROFILES.c.review_at <= now, order=order, limit=limit)
