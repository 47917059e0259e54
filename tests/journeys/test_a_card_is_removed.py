"""A driver removes a card: the card provider lets it go too, whatever happens on the way."""

from decimal import Decimal

import pytest

from app.simulators.phone import CallFailedError
from tests.support.driving import Purse, in_state, save_card, started
from tests.support.patience import until
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def attached(world: World) -> int:
    """How many cards the provider keeps for customers."""
    return sum(m.customer is not None for m in world.provider.account.methods.values())


def detached(world: World) -> int:
    """How often the provider was asked to let a card go."""
    return sum(request.path.endswith("/detach") for request in world.provider.requests)


async def test_the_hub_dies_between_the_removal_and_the_provider(world: World) -> None:
    """Not while a session is paid with it; then at once for the driver, and soon for good."""
    spot = SPOTS["ocpp1.6"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        before, asked = attached(world), detached(world)
        card = await save_card(world, phone)
        purse, path = Purse(world), f"/payment-methods/{card['id']}"
        session_id = (await started(world, phone, spot))["id"]
        await in_state(phone, session_id, "charging")
        with pytest.raises(CallFailedError, match="being paid with this card") as refused:
            await phone.delete(path)
        assert refused.value.status == 409
        await charger.meter(energy_kwh=Decimal(2), power_kw=Decimal(11))
        await charger.unplug()
        await in_state(phone, session_id, "completed")
        assert purse.captured() == [spot.cost("2")]
        assert (attached(world), detached(world)) == (before + 1, asked)

        world.provider.down()
        await phone.delete(path)
        assert (await phone.get("/payment-methods"))["payment_methods"] == []
        await world.hub.kill9()
        # The provider does it, but the answers to all tries of the library are lost.
        asked_again = len(world.provider.detached_again)
        world.provider.fault("lost", times=3, path="/detach")
        await world.provider.up()
        await world.hub.start()
        await until(lambda: attached(world) == before)
        await until(lambda: len(world.provider.detached_again) > asked_again)
        assert charger.violations == []
