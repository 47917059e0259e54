"""Sites and tariffs in memory are never older than what was last said of them."""

import pytest

from app.delivery.hints import Hints
from app.domain.events import LocationChanged, TariffChanged, TariffRemoved
from app.domain.stations import Phase
from app.domain.tariffs import Tariff
from app.store.transaction import Store
from app.use_cases.live_stations import LiveStation
from app.use_cases.places import KEPT_S
from tests.support.chargers import CPO, EMSP, Floor, a_location, an_evse, at
from tests.support.priced import a_tariff, energy_at

CHEAP, DEAR = (
    a_tariff(energy_at("0.20"), party=CPO),
    a_tariff(energy_at("0.90"), party=CPO),
)


async def elsewhere() -> None:
    """Another process has nobody here to wake."""


async def changed_elsewhere(floor: Floor, tariff: Tariff) -> None:
    """Another process writes a tariff; nothing of that is heard here."""
    other = Store(floor.store.database, floor.clock, elsewhere)
    async with other.transaction() as tx:
        await tx.tariffs.put(tariff)
        tx.emit(TariffChanged(CPO, tariff.id))


async def price(floor: Floor, live: LiveStation, seconds: int) -> Tariff | None:
    """The tariff of a session that begins so many seconds after noon, and ends at once."""
    answer = await floor.start(live, seconds)
    number = str(answer.number)
    session = await floor.session(live, number)
    await floor.tell(live, Phase.ENDED, seconds + 1, transaction=number, stop_reason="Local")
    return session.tariff


async def test_a_price_changed_here_counts_at_once(floor: Floor) -> None:
    await floor.furnish(tariff=CHEAP)
    live = await floor.connect()
    assert await price(floor, live, 0) == CHEAP
    async with floor.store.transaction() as tx:
        await tx.tariffs.put(DEAR)
        tx.emit(TariffChanged(CPO, DEAR.id))
    assert await price(floor, live, 2) == DEAR
    async with floor.store.transaction() as tx:
        await tx.tariffs.delete(CPO, DEAR.id)
        tx.emit(TariffRemoved(CPO, DEAR.id))
    assert await price(floor, live, 4) is None


async def test_a_change_that_was_rolled_back_is_none(floor: Floor) -> None:
    await floor.furnish(tariff=CHEAP)
    live = await floor.connect()
    with pytest.raises(RuntimeError):
        async with floor.store.transaction() as tx:
            await tx.tariffs.put(DEAR)
            tx.emit(TariffChanged(CPO, DEAR.id))
            raise RuntimeError
    assert await price(floor, live, 0) == CHEAP


async def test_a_price_changed_elsewhere_counts_when_its_event_is_planned(floor: Floor) -> None:
    await floor.furnish(tariff=CHEAP)
    listening = await floor.places.listen()
    live = await floor.connect()
    assert await price(floor, live, 0) == CHEAP
    await changed_elsewhere(floor, DEAR)
    hints = Hints(floor.bus)
    assert await hints.plan(TariffChanged(EMSP, DEAR.id)) == ()
    assert await price(floor, live, 2) == CHEAP
    assert await hints.plan(TariffChanged(CPO, DEAR.id)) == ()
    assert await price(floor, live, 4) == DEAR
    await listening.close()


async def test_without_any_hint_a_price_counts_after_a_minute(floor: Floor) -> None:
    await floor.furnish(tariff=CHEAP)
    live = await floor.connect()
    assert await price(floor, live, 0) == CHEAP
    await changed_elsewhere(floor, DEAR)
    assert await price(floor, live, KEPT_S) == DEAR


async def test_a_connected_charger_that_is_put_on_the_map_has_a_place(floor: Floor) -> None:
    await floor.furnish(location=a_location(an_evse(1, station_id="CP9")), tariff=CHEAP)
    live = await floor.connect()
    assert await price(floor, live, 0) is None
    async with floor.store.transaction() as tx:
        await tx.locations.put(a_location())
        tx.emit(LocationChanged(CPO, "L1"))
    assert await price(floor, live, 2) == CHEAP
    running = await floor.start(live, 4)
    session = await floor.session(live, str(running.number))
    assert (session.location_id, session.started_at) == ("L1", at(4))


async def test_what_is_known_is_not_read_again(floor: Floor) -> None:
    """A tariff that is changed behind everybody's back stays what it was for the minute."""
    await floor.furnish(tariff=CHEAP)
    live = await floor.connect()
    assert await floor.places.tariffs(CPO, ["T1", "t1", "T9"]) == [CHEAP]
    async with floor.store.transaction() as tx:
        await tx.tariffs.put(DEAR)
    assert await floor.places.tariffs(CPO, ["T9", "T1"]) == [CHEAP]
    assert live.layout.places
