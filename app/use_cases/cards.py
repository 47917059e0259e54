"""The cards drivers pay with; the provider keeps them, we keep their references.

A card is typed in on the provider's form in the app, or on its own page, from where the browser
comes back; when it does not, the provider's webhook tells the same.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from logging import getLogger

from app.domain.driver_notices import DriverNoticeKind
from app.domain.drivers import Driver
from app.domain.errors import Conflict, NotFound, PaymentDeclined, ProviderUnavailable
from app.domain.events import CustomerLeft, MethodRemoved
from app.domain.payments import PaymentMethod
from app.ports.clock import Clock
from app.ports.payments import CardSetup, PaymentProvider, SavedCard
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.accounts import living
from app.use_cases.driver_notices import tell_driver

log = getLogger(__name__)

IN_USE = "a session is being paid with this card"
_MOST_EXPIRING = 100_000
_PAGES = "card-page"
"""Whose card is being saved, by the provider's name of the page."""


@dataclass(frozen=True, slots=True)
class CardForm:
    """A card being saved on the provider's page: `id` is ours, `url` is where to type it in."""

    id: str
    url: str


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

    async def begin_form(self, driver_id: str, back: str) -> CardForm:
        """Begin to save a card on the provider's page, which leads to `back`.

        `{form}` in `back` is the form's id.
        """
        customer, now, form_id = await self._customer(driver_id), self._clock.now(), new_id()
        page = await self._provider.card_page(
            f"{driver_id}:setup:{form_id}", customer, back.format(form=form_id)
        )
        begun, forms = _begun_by(driver_id), _forms_of(driver_id)
        async with self._store.transaction() as tx:
            await living(tx, driver_id)
            await tx.inbox.first(begun, page.reference, now, answer=customer)
            await tx.inbox.first(forms, form_id, now, answer=f"{page.reference} {page.url}")
            await tx.inbox.first(_PAGES, page.reference, now, answer=driver_id)
        return CardForm(form_id, page.url)

    async def form(self, driver_id: str, form_id: str) -> CardForm:
        """A form this driver began; raises NotFound."""
        return CardForm(form_id, (await self._form(driver_id, form_id))[1])

    async def finish_form(self, driver_id: str, form_id: str) -> PaymentMethod:
        """Keep the card that was typed in; raises as `finish_card` does."""
        return await self.finish_card(driver_id, (await self._form(driver_id, form_id))[0])

    async def _form(self, driver_id: str, form_id: str) -> tuple[str, str]:
        async with self._store.reading() as tx:
            kept = await tx.inbox.answer(_forms_of(driver_id), form_id)
        if kept is None:
            raise NotFound("card form", form_id)
        reference, _, url = kept.partition(" ")
        return reference, url

    async def heard(self, reference: str) -> bool:
        """The provider tells of a page; keep its card if it has one. False if it is none of ours.

        Raises ProviderUnavailable, to be told again.
        """
        async with self._store.reading() as tx:
            driver_id = await tx.inbox.answer(_PAGES, reference)
        if driver_id is None:
            return False
        try:
            await self.finish_card(driver_id, reference)
        except (NotFound, PaymentDeclined) as error:
            log.info("card.not_kept", extra={"setup": reference, "why": str(error)})
        return True

    async def finish_card(self, driver_id: str, setup_reference: str) -> PaymentMethod:
        """Keep the card of a finished setup; repeating it gives the same one.

        Raises PaymentDeclined when the provider did not save it, NotFound when the setup is not
        one this driver began, or its card was removed since.
        """
        async with self._store.reading() as tx:
            customer = await tx.inbox.answer(_begun_by(driver_id), setup_reference)
        if customer is None:
            raise NotFound("card setup", setup_reference)
        card = await self._provider.saved_card(setup_reference)
        async with self._store.transaction() as tx:
            await living(tx, driver_id)
            fresh = await tx.inbox.first(_kept_of(driver_id), setup_reference, self._clock.now())
            known = await tx.payments.methods.by_reference(driver_id, card.reference)
            if known is None and not fresh:
                raise NotFound("payment method", card.reference)
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
        """Forget a card, at the provider too; raises NotFound.

        Raises Conflict while a session is paid with it, also a group member's, or one that is
        over and whose amount is tried again.
        """
        async with self._store.transaction() as tx:
            method = await _need(tx, driver_id, method_id)
            if await _pays(tx, method):
                raise Conflict(IN_USE)
            await tx.payments.methods.delete(method_id)
            tx.emit(MethodRemoved(method.reference))
            others = await tx.payments.methods.of_driver(driver_id)
            if method.default and others:
                await tx.payments.methods.make_default(driver_id, others[0].id)

    async def forget_customer(self, customer: str) -> None:
        """Let the provider delete a customer and their cards, once nothing is paid with them.

        Raises Conflict while a payment is under way, ProviderUnavailable while the provider does
        not do it: to be asked again. Doing it twice is harmless.
        """
        async with self._store.reading() as tx:
            if await tx.payments.open_of_customer(customer):
                raise Conflict("a payment by this customer is under way")
        try:
            await self._provider.forget_customer(customer)
        except PaymentDeclined as refusal:
            raise ProviderUnavailable(f"the customer is not deleted: {refusal}") from refusal

    async def forget_card(self, reference: str) -> None:
        """Let the provider detach a removed card, once nothing is paid with it.

        A session may have begun with it in the moment it was removed. Raises as
        `forget_customer` does, and doing it twice is harmless, too.
        """
        async with self._store.reading() as tx:
            if await tx.payments.open_of_method(reference):
                raise Conflict(IN_USE)
        try:
            await self._provider.forget_card(reference)
        except PaymentDeclined as refusal:
            raise ProviderUnavailable(f"the card is not detached: {refusal}") from refusal

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
        """Who left while the provider answered is forgotten there, too."""
        async with self._store.transaction() as tx:
            current = await tx.drivers.hold(driver.id)
            if current.deleted_at is not None:
                tx.emit(CustomerLeft(made))
            elif current.customer is None:
                current = replace(current, customer=made)
                await tx.drivers.put(current)
        if current.deleted_at is not None:
            raise NotFound("driver", driver.id)
        return current.customer or made


async def _need(tx: Transaction, driver_id: str, method_id: str) -> PaymentMethod:
    method = await tx.payments.methods.need(method_id)
    if method.driver_id != driver_id:
        raise NotFound("payment method", method_id)
    return method


async def _pays(tx: Transaction, method: PaymentMethod) -> bool:
    """Whether money is held on a card, or may still be asked of it.

    A running session counts whatever its payment is: what a hold does not cover is charged later.
    """
    if await tx.payments.open_of_method(method.reference):
        return True
    for charging in await tx.charging.open_of_driver(method.driver_id):
        payment = await tx.payments.get(charging.payment_id or "")
        if payment is not None and payment.method_reference == method.reference:
            return True
    return False


async def forget_setups(tx: Transaction, driver_id: str) -> None:
    """No card can be saved from what the driver began any more."""
    for source in (_begun_by(driver_id), _forms_of(driver_id), _kept_of(driver_id)):
        await tx.inbox.forget(source)
    await tx.inbox.forget_answered(_PAGES, driver_id)


def _begun_by(driver_id: str) -> str:
    return f"card-setup:{driver_id}"


def _forms_of(driver_id: str) -> str:
    return f"card-form:{driver_id}"


def _kept_of(driver_id: str) -> str:
    return f"card-kept:{driver_id}"
