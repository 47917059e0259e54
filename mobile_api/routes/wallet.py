"""Payment methods, and what the payment provider tells us."""

from fastapi import APIRouter, Request

from mobile_api.dependencies import Deps, Driver
from mobile_api.idempotency import OnceOnly
from mobile_api.schemas.wallet import CardIn, CardSetupOut, PaymentMethodOut, PaymentMethodsOut

router = APIRouter(tags=["wallet"])


@router.post("/payment-methods/setup", status_code=201)
async def set_up(deps: Deps, driver: Driver, once: OnceOnly) -> CardSetupOut:
    """Begin to save a card: the provider's form on the device does it with the client secret."""

    async def make() -> CardSetupOut:
        setup = await deps.cards.begin_card(driver.driver_id)
        return CardSetupOut(reference=setup.reference, client_secret=setup.client_secret)

    return await once(driver.driver_id, CardSetupOut, make)


@router.post("/payment-methods", status_code=201)
async def finish(deps: Deps, driver: Driver, asked: CardIn, once: OnceOnly) -> PaymentMethodOut:
    """Keep the card of a finished setup; asking again gives the same one."""

    async def make() -> PaymentMethodOut:
        method = await deps.cards.finish_card(driver.driver_id, asked.reference)
        return PaymentMethodOut.of(method)

    return await once(driver.driver_id, PaymentMethodOut, make)


@router.get("/payment-methods")
async def list_methods(deps: Deps, driver: Driver) -> PaymentMethodsOut:
    """The driver's cards."""
    found = await deps.cards.methods(driver.driver_id)
    return PaymentMethodsOut(payment_methods=[PaymentMethodOut.of(each) for each in found])


@router.post("/payment-methods/{method_id}/default", status_code=204)
async def make_default(deps: Deps, driver: Driver, method_id: str, once: OnceOnly) -> None:
    """Pay with this card from now on."""
    await once.nothing(
        driver.driver_id, lambda: deps.cards.default_method(driver.driver_id, method_id)
    )


@router.delete("/payment-methods/{method_id}", status_code=204)
async def delete(deps: Deps, driver: Driver, method_id: str) -> None:
    """Forget a card, at the provider too; refused (409) while a session is paid with it."""
    await deps.cards.delete_method(driver.driver_id, method_id)


@router.post("/payments/webhook", include_in_schema=False, status_code=204)
async def webhook(deps: Deps, request: Request) -> None:
    """The payment provider's signed events."""
    await deps.payments.webhook(await request.body(), request.headers)
