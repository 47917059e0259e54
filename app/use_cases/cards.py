"""The cards drivers pay with; the provider keeps them, we keep their references."""

from dataclasses import replace
from datetime import timedelta

from app.domain.driver_notices import DriverNoticeKind
from app.domain.drivers import Driver
from app.domain.errors import Conflict, NotFound
from app.domain.payments import PaymentMethod
from app.ports.clock import Clock
from app.ports.payments import CardSetup, PaymentProvider, SavedCard
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.driver_notices import tell_driver

_MOST_EXPIRING = 100_000


class Cards:
    """Save, choose and forget payment methods."""

    def __init__(self, store: Store, clock: Clock, provider: PaymentProvider) -> None:
        self._store = store
        self._clock = clock
        self._provider = provider

    async def methods(self, driver_id: str) -> list[PaymentMethod]:
        """A driver's cards, the oldest first."""
        async with self._store.reading() as tx:
            return await tx.payments.methods.of_driver(driver_id)

    async def begin_card(self, driver_id: str) -> CardSetup:
        """Begin to save a card: what the provider's form on the driver's device needs."""
        customer = await self._customer(driver_id)
        setup = await self._provider.setup_card(f"{driver_id}:setup:{new_id()}", customer)
        async with self._store.transaction() as tx:
            await tx.inbox.first(_begun_by(driver_id), setup.reference, self._clock.now())
            await tx.inbox.keep_answer(_begun_by(driver_id), setup.reference, customer)
        return setup

    async def finish_card(self, driver_id: str, setup_reference: str) -> PaymentMethod:
        """Keep the card of a finished setup; repeating it gives the same one.

        Raises PaymentDeclined when the provider did not save it, NotFound when the setup is not
        one this driver began.
        """
        async with self._store.reading() as tx:
            customer = await tx.inbox.answer(_begun_by(driver_id), setup_reference)
        if customer is None:
            raise NotFound("card setup", setup_reference)
        card = await self._provider.saved_card(setup_reference)
        async with self._store.transaction() as tx:
            known = await tx.payments.methods.by_reference(driver_id, card.reference)
            return known or await self._add(tx, driver_id, customer, card)

    async def _add(
        self, tx: Transaction, driver_id: str, customer: str, card: SavedCard
    ) -> PaymentMethod:
        method = PaymentMethod(
            id=new_id(),
            driver_id=driver_id,
            reference=card.reference,
            customer=customer,
            brand=card.brand,
            last4=card.last4,
            created_at=self._clock.now(),
            default=await tx.payments.methods.default_of(driver_id) is None,
            valid_until=card.valid_until,
        )
        await tx.payments.methods.add(method)
        return method

    async def default_method(self, driver_id: str, method_id: str) -> None:
        """Pay with this card from now on; raises NotFound."""
        async with self._store.transaction() as tx:
            await _need(tx, driver_id, method_id)
            await tx.payments.methods.make_default(driver_id, method_id)

    async def delete_method(self, driver_id: str, method_id: str) -> None:
        """Forget a card; raises NotFound, and Conflict while a session is paid with it."""
        async with self._store.transaction() as tx:
            method = await _need(tx, driver_id, method_id)
            for charging in await tx.charging.open_of_driver(driver_id):
                payment = await tx.payments.get(charging.payment_id or "")
                if payment is not None and payment.method_reference == method.reference:
                    raise Conflict("a session is being paid with this card")
            await tx.payments.methods.delete(method_id)
            others = await tx.payments.methods.of_driver(driver_id)
            if method.default and others:
                await tx.payments.methods.make_default(driver_id, others[0].id)

    async def tell_expiring(self) -> int:
        """Tell drivers a month ahead that a card of theirs expires, once; tells how many."""
        now, told = self._clock.now(), 0
        month = f"{now + timedelta(days=1):%Y-%m}"
        async with self._store.transaction() as tx:
            for method in await tx.payments.methods.valid_until(month, _MOST_EXPIRING):
                fields = {"card": f"{method.brand} {method.last4}", "month": month}
                told += await tell_driver(
                    tx,
                    method.driver_id,
                    DriverNoticeKind.METHOD_EXPIRES,
                    subject=f"{method.id}:{month}",
                    fields=fields,
                    now=now,
                )
        return told

    async def _customer(self, driver_id: str) -> str:
        """The provider's name for the driver, made when it is first needed."""
        async with self._store.reading() as tx:
            driver = await tx.drivers.need(driver_id)
        if driver.customer is not None:
            return driver.customer
        made = await self._provider.create_customer(f"{driver_id}:customer", driver.email)
        return await self._keep_customer(driver, made)

    async def _keep_customer(self, driver: Driver, made: str) -> str:
        async with self._store.transaction() as tx:
            current = await tx.drivers.need(driver.id)
            if current.customer is None:
                current = replace(current, customer=made)
                await tx.drivers.put(current)
        return current.customer or made


async def _need(tx: Transaction, driver_id: str, method_id: str) -> PaymentMethod:
    method = await tx.payments.methods.need(method_id)
    if method.driver_id != driver_id:
        raise NotFound("payment method", method_id)
    return method


def _begun_by(driver_id: str) -> str:
    return f"card-setup:{driver_id}"
