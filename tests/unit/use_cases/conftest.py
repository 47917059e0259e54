"""A site with the charger CP1, its group commit running, and a driver with a card."""

from collections.abc import AsyncIterator

import pytest

from app.domain.stations import ConnectorState
from app.store.transaction import Store
from app.use_cases.live_stations import LiveStation
from tests.support.chargers import Floor, a_floor
from tests.support.clock import FakeClock
from tests.support.drive import Drive
from tests.support.reserving import prices


@pytest.fixture
async def floor(store: Store, clock: FakeClock) -> AsyncIterator[Floor]:
    """Nothing is furnished yet."""
    async with a_floor(store, clock) as made:
        yield made


@pytest.fixture
async def drive(floor: Floor) -> Drive:
    """Nothing is furnished yet."""
    return Drive(floor)


@pytest.fixture
async def live(drive: Drive) -> LiveStation:
    """The charger CP1, where reserving has a price; both outlets are free."""
    await drive.furnish(prices())
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await drive.pump()
    return live
