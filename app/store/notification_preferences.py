"""What drivers want to be told, in the database: one row for each who said so."""

from collections.abc import Collection

from sqlalchemy import bindparam, select, update
from sqlmodel import Field

from app.domain.errors import StaleVersion
from app.domain.notification_preferences import NotificationPreferences
from app.store.columns import Document
from app.store.documents import pack, unpack
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class NotificationPreferencesRow(Row, table=True):
    """A driver's choice."""

    __tablename__ = "notification_preferences"

    driver_id: str = Field(primary_key=True, max_length=36)
    version: int
    document: str = Field(sa_type=Document)


PREFERENCES = table_of(NotificationPreferencesRow)
_OF_MANY = select(PREFERENCES).where(
    PREFERENCES.c.driver_id.in_(bindparam("of_drivers", expanding=True))
)


class NotificationPreferencesBook(Repository):
    """Choices by driver."""

    async def of(self, driver_id: str) -> NotificationPreferences:
        """A driver's choice, or what is usual."""
        statement = select(PREFERENCES.c.document).where(PREFERENCES.c.driver_id == driver_id)
        found = (await self._connection.execute(statement)).scalar_one_or_none()
        if found is None:
            return NotificationPreferences()
        return unpack(NotificationPreferences, found)

    async def of_many(self, driver_ids: Collection[str]) -> dict[str, NotificationPreferences]:
        """The choices of those of several drivers who made one."""
        if not driver_ids:
            return {}
        rows = await self._connection.execute(_OF_MANY, {"of_drivers": list(driver_ids)})
        return {row.driver_id: unpack(NotificationPreferences, row.document) for row in rows}

    async def save(self, driver_id: str, after: NotificationPreferences) -> None:
        """Write over the version before; raises StaleVersion when there is another by now."""
        values = {"version": after.version, "document": pack(after)}
        if after.version == 1:
            new = insert_into(self._connection, PREFERENCES).values(driver_id=driver_id, **values)
            result = await self._connection.execute(new.on_conflict_do_nothing())
        else:
            before = PREFERENCES.c.version == after.version - 1
            mine = update(PREFERENCES).where(PREFERENCES.c.driver_id == driver_id, before)
            result = await self._connection.execute(mine.values(**values))
        if result.rowcount != 1:
            raise StaleVersion("the notification preferences were changed elsewhere")
