"""Browsers and live activities in the database, found by whom and what they are for."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlmodel import Field

from app.domain.push_targets import LiveActivity, WebSubscription
from app.store.columns import Document, Utc
from app.store.documents import pack, unpack
from app.store.repository import DocumentRepository, Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class WebSubscriptionRow(Row, table=True):
    """A browser; its id follows from its endpoint, so one that subscribes again is the same."""

    __tablename__ = "web_subscriptions"

    id: str = Field(primary_key=True, max_length=64)
    driver_id: str | None = Field(default=None, max_length=36, index=True)
    charging_id: str | None = Field(default=None, max_length=36, index=True)
    created_at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


class LiveActivityRow(Row, table=True):
    """A live activity of a session on a device."""

    __tablename__ = "live_activities"

    charging_id: str = Field(primary_key=True, max_length=36)
    device_id: str = Field(primary_key=True, max_length=64)
    created_at: datetime = Field(sa_type=Utc, index=True)
    document: str = Field(sa_type=Document)


BROWSERS, ACTIVITIES = table_of(WebSubscriptionRow), table_of(LiveActivityRow)
_FOR_SESSIONS = (
    select(BROWSERS.c.document)
    .where(
        or_(
            BROWSERS.c.driver_id.in_(bindparam("of_drivers", expanding=True)),
            BROWSERS.c.charging_id.in_(bindparam("of_chargings", expanding=True)),
        )
    )
    .order_by(BROWSERS.c.id)
)


class WebSubscriptions(DocumentRepository[WebSubscription]):
    """Browsers by id."""

    row = WebSubscriptionRow
    shape = WebSubscription
    noun = "web_subscription"

    def columns(self, value: WebSubscription) -> dict[str, Any]:
        """What browsers are found by."""
        return {
            "id": value.id,
            "driver_id": value.driver_id,
            "charging_id": value.charging_id,
            "created_at": value.created_at,
        }

    async def of_driver(self, driver_id: str) -> list[WebSubscription]:
        """A driver's browsers."""
        return await self._many(BROWSERS.c.driver_id == driver_id)

    async def of_charging(self, charging_id: str) -> list[WebSubscription]:
        """Browsers that want to hear of one session only."""
        return await self._many(BROWSERS.c.charging_id == charging_id)

    async def for_sessions(
        self, driver_ids: Collection[str], charging_ids: Collection[str]
    ) -> list[WebSubscription]:
        """All browsers that are told of these sessions of these drivers."""
        values = {"of_drivers": list(driver_ids), "of_chargings": list(charging_ids)}
        return await self._all(_FOR_SESSIONS, values)

    async def delete(self, subscription_id: str) -> bool:
        """Forget a browser; False when it was not known."""
        mine = BROWSERS.c.id == subscription_id
        return (await self._connection.execute(BROWSERS.delete().where(mine))).rowcount == 1

    async def forget_before(self, moment: datetime) -> int:
        """Forget those for one session that are older than any session lasts."""
        old = (BROWSERS.c.driver_id.is_(None), BROWSERS.c.created_at < moment)
        return (await self._connection.execute(BROWSERS.delete().where(*old))).rowcount


class LiveActivities(Repository):
    """Live activities by session and device."""

    async def put(self, activity: LiveActivity) -> None:
        """Write one whether or not it was there."""
        statement = upsert(self._connection, ACTIVITIES, "charging_id", "device_id")
        values = {
            "charging_id": activity.charging_id,
            "device_id": activity.device_id,
            "created_at": activity.created_at,
            "document": pack(activity),
        }
        await self._connection.execute(statement, values)

    async def get(self, charging_id: str, device_id: str) -> LiveActivity | None:
        """One, or None."""
        found = await self._many(*_this(charging_id, device_id))
        return found[0] if found else None

    async def of_charging(self, charging_id: str) -> list[LiveActivity]:
        """All of a session."""
        return await self._many(ACTIVITIES.c.charging_id == charging_id)

    async def watched(self) -> frozenset[str]:
        """The sessions that are shown somewhere."""
        statement = select(ACTIVITIES.c.charging_id).distinct()
        return frozenset((await self._connection.execute(statement)).scalars())

    async def delete(self, charging_id: str, device_id: str) -> bool:
        """Forget one; False when it was not known."""
        statement = ACTIVITIES.delete().where(*_this(charging_id, device_id))
        return (await self._connection.execute(statement)).rowcount == 1

    async def forget_before(self, moment: datetime) -> int:
        """Forget those that no phone shows any more."""
        old = ACTIVITIES.c.created_at < moment
        return (await self._connection.execute(ACTIVITIES.delete().where(old))).rowcount

    async def _many(self, *conditions: Any) -> list[LiveActivity]:
        statement = select(ACTIVITIES.c.document).where(*conditions)
        rows = await self._connection.execute(statement.order_by(ACTIVITIES.c.device_id))
        return [unpack(LiveActivity, document) for document in rows.scalars()]


def _this(charging_id: str, device_id: str) -> tuple[Any, ...]:
    return (ACTIVITIES.c.charging_id == charging_id, ACTIVITIES.c.device_id == device_id)
