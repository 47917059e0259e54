"""Drivers in the database: people, their devices and consents, and what hangs on them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlmodel import Field

from app.domain.drivers import Consent, Device, Driver
from app.store.belongings import Belongings
from app.store.columns import BigId, Document, Utc
from app.store.driver_notices import DriverNotices
from app.store.identities import Identities, Revocations, Tie
from app.store.mail_codes import MailCodes, SignInStates
from app.store.notices import Notices
from app.store.notification_preferences import NotificationPreferencesBook
from app.store.personal import PersonalRows
from app.store.push_targets import LiveActivities, WebSubscriptions
from app.store.repository import DocumentRepository, Repository
from app.store.rows import Row
from app.store.sign_ins import SignIns
from app.store.statements import table_of


class DriverRow(Row, table=True):
    """A person with an account."""

    __tablename__ = "drivers"

    id: str = Field(primary_key=True, max_length=36)
    deleted_at: datetime | None = Field(default=None, sa_type=Utc)
    document: str = Field(sa_type=Document)


class DeviceRow(Row, table=True):
    """An installation of the app; `push_target` belongs to one of them at a time."""

    __tablename__ = "devices"

    id: str = Field(primary_key=True, max_length=64)
    driver_id: str = Field(max_length=36, index=True)
    push_target: str | None = Field(default=None, max_length=4096, unique=True)
    seen_at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


class ConsentRow(Row, table=True):
    """One decision, never changed."""

    __tablename__ = "consents"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    driver_id: str = Field(max_length=36, index=True)
    kind: str = Field(max_length=40)
    granted: bool
    at: datetime = Field(sa_type=Utc)
    version: str | None = Field(default=None, max_length=40)


DEVICES, CONSENTS = table_of(DeviceRow), table_of(ConsentRow)
_OF_DRIVERS = (
    select(DEVICES.c.document)
    .where(DEVICES.c.driver_id.in_(bindparam("of_drivers", expanding=True)))
    .order_by(DEVICES.c.id)
)


class Drivers(Belongings, DocumentRepository[Driver]):
    """Drivers by id, and everything that hangs on them."""

    row = DriverRow
    shape = Driver
    noun = "driver"

    @property
    def devices(self) -> "Devices":
        """Installations of the app."""
        return Devices(self._connection)

    @property
    def sign_ins(self) -> SignIns:
        """Families of refresh tokens, and nonces."""
        return SignIns(self._connection)

    @property
    def identities(self) -> Identities:
        """Whom providers mean."""
        return Identities(self._connection)

    @property
    def revocations(self) -> Revocations:
        """What providers are still to revoke."""
        return Revocations(self._connection)

    @property
    def personal(self) -> PersonalRows:
        """All rows of a person, whatever they are."""
        return PersonalRows(self._connection)

    @property
    def mail_codes(self) -> MailCodes:
        """Codes to sign in with."""
        return MailCodes(self._connection)

    @property
    def sign_in_states(self) -> SignInStates:
        """Browsers at a provider."""
        return SignInStates(self._connection)

    @property
    def notices(self) -> Notices:
        """What drivers are told."""
        return Notices(self._connection)

    @property
    def web_subscriptions(self) -> WebSubscriptions:
        """Browsers that want notifications."""
        return WebSubscriptions(self._connection)

    @property
    def live_activities(self) -> LiveActivities:
        """Sessions on iPhones' lock screens."""
        return LiveActivities(self._connection)

    @property
    def driver_notices(self) -> DriverNotices:
        """What drivers are told beyond their sessions."""
        return DriverNotices(self._connection)

    @property
    def notification_preferences(self) -> NotificationPreferencesBook:
        """What drivers want to be told."""
        return NotificationPreferencesBook(self._connection)

    @property
    def consents(self) -> "Consents":
        """What drivers agreed to."""
        return Consents(self._connection)

    async def hold(self, driver_id: str) -> Driver:
        """The driver, for whom nobody else begins anything until this transaction ends."""
        return await self.need(driver_id, lock=True)

    def columns(self, value: Driver) -> dict[str, Any]:
        """What drivers are found by."""
        return {"id": value.id, "deleted_at": value.deleted_at}

    async def by_identity(self, issuer: str, subject: str) -> Driver | None:
        """The driver whom this provider means by this subject."""
        found = await self.identities.driver_of(issuer, subject)
        return None if found is None else await self.get(found)

    async def tie(self, issuer: str, subject: str, driver_id: str) -> bool:
        """Let this subject mean this driver; False when it means somebody already."""
        return await self.identities.tie(Tie(issuer, subject, driver_id))


class Devices(DocumentRepository[Device]):
    """Devices by their own id."""

    row = DeviceRow
    shape = Device
    noun = "device"

    def columns(self, value: Device) -> dict[str, Any]:
        """What devices are found by."""
        return {
            "id": value.id,
            "driver_id": value.driver_id,
            "push_target": value.push_target,
            "seen_at": value.seen_at,
        }

    async def of_driver(self, driver_id: str) -> list[Device]:
        """A driver's devices."""
        return await self._many(DEVICES.c.driver_id == driver_id)

    async def of_drivers(self, driver_ids: Collection[str]) -> list[Device]:
        """The devices of several drivers."""
        if not driver_ids:
            return []
        return await self._all(_OF_DRIVERS, {"of_drivers": list(driver_ids)})

    async def silent_since(self, moment: datetime, limit: int) -> list[Device]:
        """Devices with a target that were not seen since then."""
        silent = (DEVICES.c.push_target.is_not(None), DEVICES.c.seen_at < moment)
        return await self._many(*silent, limit=limit)

    async def by_target(self, target: str) -> Device | None:
        """The device that notifications to this target reach."""
        return await self._one(DEVICES.c.push_target == target)

    async def delete(self, device_id: str) -> None:
        """Forget a device."""
        await self._connection.execute(DEVICES.delete().where(DEVICES.c.id == device_id))

    async def delete_of_driver(self, driver_id: str) -> None:
        """Forget all devices of a driver."""
        await self._connection.execute(DEVICES.delete().where(DEVICES.c.driver_id == driver_id))


class Consents(Repository):
    """Decisions of drivers, in order."""

    async def add(self, driver_id: str, consent: Consent) -> None:
        """Write down a decision."""
        values = {"kind": consent.kind, "granted": consent.granted, "at": consent.at}
        values["version"] = consent.version
        await self._connection.execute(insert(CONSENTS).values(driver_id=driver_id, **values))

    async def of_driver(self, driver_id: str) -> list[Consent]:
        """The decisions that count, one of each kind."""
        statement = select(CONSENTS).where(CONSENTS.c.driver_id == driver_id)
        rows = await self._connection.execute(statement.order_by(CONSENTS.c.id))
        newest = {row.kind: Consent(row.kind, row.granted, row.at, row.version) for row in rows}
        return list(newest.values())
