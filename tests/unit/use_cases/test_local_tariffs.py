"""Which tariffs chargers have to show, as far as they said."""

from app.domain.local_tariffs import (
    LocalTariff,
    LocalTariffsCleared,
    LocalTariffSet,
    LocalTariffsListed,
)
from app.store.transaction import Store
from app.use_cases.station_news import StationReports
from tests.support.clock import FakeClock
from tests.unit.use_cases.test_smart_charging import STATION, facts


async def test_which_tariffs_a_charger_has(store: Store, clock: FakeClock) -> None:
    """P-218."""
    reports = StationReports(store, clock)

    async def known() -> set[str]:
        return set(await facts(store, "local_tariffs", LocalTariff))

    await reports.hear(STATION, LocalTariffSet(LocalTariff("T1", "DefaultTariff")))
    at_one = LocalTariff("T2", "DefaultTariff", evse_uid="E1")
    await reports.hear(STATION, LocalTariffSet(at_one))
    assert await known() == {"T1", "T2"}
    await reports.hear(STATION, LocalTariffSet(LocalTariff("T3", "DefaultTariff")))
    assert await known() == {"T2", "T3"}
    told = LocalTariffsListed((LocalTariff("T4", "DriverTariff", evses=(1,)),))
    await reports.hear(STATION, told)
    assert await known() == {"T4"}
    await reports.hear(STATION, LocalTariffsCleared(("T1",)))
    assert await known() == {"T4"}
    await reports.hear(STATION, LocalTariffsCleared(None))
    assert await known() == set()
