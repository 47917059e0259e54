"""What only Stripe does: its webhooks, its refusals, its way of counting."""

from decimal import Decimal

import pytest

from app.adapters.stripe_money import from_minor, to_minor
from app.domain.errors import PaymentDeclined
from app.domain.money import Money
from tests.support.money import eur
from tests.support.paying import SECRETS, hold, signed, stripe_world

# the stripe library hands httpx its body the way httpx wants to forget
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def test_stripe_webhooks_of_other_objects() -> None:
    async with stripe_world() as world:
        charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}
        for thing, reference in (
            (charge, "pi_1"),
            ({"object": "balance", "available": []}, None),
        ):
            event = {
                "id": "evt_1", "object": "event", "type": "x", "data": {"object": thing},
            }  # fmt: skip
            body, headers = signed(event, SECRETS[0])
            assert world.provider.read_webhook(body, headers).reference == reference


async def test_what_stripe_calls_malformed_is_declined() -> None:
    async with stripe_world() as world:
        with pytest.raises(PaymentDeclined, match="amount_too_small"):
            await hold(world.provider, hold=eur("0.10"))
        with pytest.raises(PaymentDeclined, match="setup_not_finished"):
            customer = await world.provider.create_customer("c", None)
            setup = await world.provider.setup_card("s", customer)
            await world.provider.saved_card(setup.reference)
        world.remote.violations.clear()


@pytest.mark.parametrize(
    ("currency", "amount", "minor"), [("EUR", "9.38", 938), ("JPY", "5", 5), ("ISK", "5", 500)]
)
def test_stripes_way_of_counting(currency: str, amount: str, minor: int) -> None:
    money = Money(Decimal(amount), currency)
    assert to_minor(money) == minor
    assert from_minor(minor, currency.lower()) == money
