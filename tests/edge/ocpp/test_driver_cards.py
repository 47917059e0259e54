"""A card and a vehicle at a simulated charger: the session is the driver's, live and paid."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.charging import Begun, ChargingState, Reason
from app.domain.drivers import Driver
from app.domain.money import Money
from app.domain.payments import PaymentState
from app.domain.tokens import TokenType
from app.domain.vehicles import Vehicle
from app.store.transaction import Store
from tests.support.belongings import ISSUER
from tests.support.chargers import Floor, a_token
from tests.support.clock import NOON, FakeClock
from tests.support.drive import CARD, Drive, prices
from tests.support.kept_charger import Kept, a_kept_charger

EVERY = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
UID, KEY = "04C0FFEE", "AABBCCDDEE01"
OURS = {"party": ISSUER.party, "own": True, "driver_id": "d-1"}
MINE = a_token(UID, contract_id="NL-RWM-C00000001-0", **OURS)
ITS = a_token(f"VID:{KEY}", type=TokenType.OTHER, contract_id="NL-RWM-C00000001-0", **OURS)
CAR = Vehicle(
    "v-1", "d-1", "Zoe", NOON, vehicle_key=KEY, autocharge=True, registered_at=NOON,
    most_per_kwh=Money.from_minor(60, "EUR"),
)  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


@asynccontextmanager
async def a_charger(
    store: Store, clock: FakeClock, version: str
) -> AsyncIterator[tuple[Kept, Drive]]:
    """The charger CP1, a driver with a way to pay, and what carries events."""
    async with a_kept_charger(store, clock, version, MINE, ITS) as kept:
        drive = Drive(Floor(store, clock))
        drive.commands = kept.commands
        async with store.transaction() as tx:
            await tx.tariffs.put(prices())
            await tx.drivers.add(Driver("d-1", NOON, email="driver@example.com"))
            await tx.payments.methods.add(CARD)
            await tx.drivers.vehicles.add(CAR)
        yield kept, drive


async def until(drive: Drive, kept: Kept, *states: ChargingState) -> Any:
    """The driver's only session, once it is in one of these states."""

    async def there() -> bool:
        await drive.pump()
        async with drive.store.reading() as tx:
            found = await tx.charging.of_driver("d-1")
        return [each for each in found if each.state in states] != []

    await kept.until(there)
    async with drive.store.reading() as tx:
        (found,) = await tx.charging.of_driver("d-1")
    return found


async def card(charger: Any, _version: str) -> None:
    await charger.present(1, UID)


async def vehicle(charger: Any, version: str) -> None:
    """1.6 has a prefix for it, 2.x a type of token."""
    if version == "ocpp1.6":
        await charger.present(1, f"VID:{KEY}")
    else:
        await charger.present(1, "aa-bb-cc-dd-ee-01", kind="MacAddress")


Show = Callable[[Any, str], Awaitable[None]]


@pytest.mark.parametrize("version", EVERY)
@pytest.mark.parametrize(("show", "begun"), [(card, Begun.CARD), (vehicle, Begun.AUTOCHARGE)])
async def test_what_is_shown_begins_the_drivers_session(
    store: Store, clock: FakeClock, version: str, *, show: Show, begun: Begun
) -> None:
    """Held at the start, captured at the end, exactly once (product §1.1)."""
    async with a_charger(store, clock, version) as (kept, drive):
        charger = kept.charger
        await charger.plug_in()
        await show(charger, version)
        charging = await until(drive, kept, ChargingState.CHARGING)
        assert charging.begun_by is begun
        assert (await drive.payment(charging)).state is PaymentState.HELD
        await charger.meter(energy_kwh=Decimal(15))
        await charger.unplug()
        charging = await until(drive, kept, ChargingState.COMPLETED)
        payment = await drive.payment(charging)
        assert payment.state in {PaymentState.CAPTURED, PaymentState.RELEASED}
        assert payment.taken == (charging.total or Money.zero("EUR"))


@pytest.mark.parametrize("version", EVERY[:2])
async def test_a_declined_card_stops_the_charger(
    store: Store, clock: FakeClock, version: str
) -> None:
    """The charger itself is told to stop; nobody has to pull the cable to end it."""
    async with a_charger(store, clock, version) as (kept, drive):
        async with store.transaction() as tx:
            await tx.payments.methods.delete(CARD.id)
            bad = replace(CARD, reference="pm_card_chargeDeclined")
            await tx.payments.methods.add(bad)
        await kept.charger.plug_in()
        await card(kept.charger, version)
        stopped = {ChargingState.AWAITING_UNPLUG, ChargingState.SETTLING, ChargingState.COMPLETED}
        charging = await until(drive, kept, *stopped)
        assert charging.reason == Reason.PAYMENT_DECLINED
        await kept.charger.unplug()
        charging = await until(drive, kept, ChargingState.COMPLETED)
        assert not charging.total


@pytest.mark.parametrize("version", EVERY[:2])
async def test_without_a_way_to_pay_the_charger_is_told_no(
    store: Store, clock: FakeClock, version: str
) -> None:
    async with a_charger(store, clock, version) as (kept, drive):
        async with store.transaction() as tx:
            await tx.payments.methods.delete(CARD.id)
        await kept.charger.plug_in()
        await card(kept.charger, version)
        await drive.pump()
        async with store.reading() as tx:
            assert await tx.charging.of_driver("d-1") == []
            assert await tx.sessions.running_of("CP1") == []
