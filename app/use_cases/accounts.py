"""What a driver decides about the account: name, language, consents, and what they are told."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.domain.drivers import Consent, Driver
from app.domain.errors import NotFound
from app.domain.notification_preferences import (
    Category,
    NotificationPreferences,
    QuietHours,
)
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a driver wants to be told, and when not."""

    off: frozenset[Category]
    quiet: QuietHours | None


class Accounts:
    """Drivers' accounts as they see them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, driver_id: str) -> Driver:
        """The driver; raises NotFound, also when the account was deleted."""
        async with self._store.reading() as tx:
            return await living(tx, driver_id)

    async def edit(
        self,
        driver_id: str,
        *,
        name: str | None = None,
        language: str | None = None,
        agreed: Callable[[Driver], None] | None = None,
    ) -> Driver:
        """Change what is given; `agreed` may refuse over what nobody changes meanwhile."""
        async with self._store.transaction() as tx:
            driver = await tx.drivers.hold(driver_id)
            if driver.deleted_at is not None:
                raise NotFound("driver", driver_id)
            if agreed is not None:
                agreed(driver)
            edited = replace(
                driver, name=name or driver.name, language=language or driver.language
            )
            await tx.drivers.put(edited)
        return edited

    async def consent(
        self, driver_id: str, kind: str, *, granted: bool, version: str | None = None
    ) -> None:
        """Write down what a driver agrees to, or no longer, and the version of what they read."""
        async with self._store.transaction() as tx:
            await living(tx, driver_id)
            now = self._clock.now()
            await tx.drivers.consents.add(driver_id, Consent(kind, granted, now, version))

    async def consents(self, driver_id: str) -> list[Consent]:
        """What a driver decided last, for each kind."""
        async with self._store.reading() as tx:
            return await tx.drivers.consents.of_driver(driver_id)

    async def preferences(self, driver_id: str) -> NotificationPreferences:
        """What a driver wants to be told."""
        async with self._store.reading() as tx:
            return await tx.drivers.notification_preferences.of(driver_id)

    async def prefer(
        self,
        driver_id: str,
        wanted: Wanted,
        *,
        agreed: Callable[[NotificationPreferences], None] | None = None,
    ) -> NotificationPreferences:
        """Write over the choice; raises StaleVersion when another came in between."""
        async with self._store.transaction() as tx:
            await living(tx, driver_id)
            before = await tx.drivers.notification_preferences.of(driver_id)
            if agreed is not None:
                agreed(before)
            after = NotificationPreferences(wanted.off, wanted.quiet, before.version + 1)
            await tx.drivers.notification_preferences.save(driver_id, after)
        return after


async def living(tx: Transaction, driver_id: str) -> Driver:
    """The driver; raises NotFound, also when the account was deleted."""
    driver = await tx.drivers.need(driver_id)
    if driver.deleted_at is not None:
        raise NotFound("driver", driver_id)
    return driver
