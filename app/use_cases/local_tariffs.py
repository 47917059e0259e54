"""Which tariffs chargers have to show, as far as they said."""

from datetime import datetime

from app.domain.local_tariffs import (
    LocalTariff,
    LocalTariffsCleared,
    LocalTariffSet,
    LocalTariffsListed,
)
from app.store.transaction import Transaction
from app.use_cases.news_handlers import Handlers

TARIFFS = "local_tariffs"


async def tariff_set(
    tx: Transaction, station_id: str, news: LocalTariffSet, *, now: datetime
) -> None:
    """A default tariff is there in the place of the one before (P-218)."""
    tariff = news.tariff
    known = await tx.station_facts.all(station_id, TARIFFS, LocalTariff)
    before = [
        fact.name
        for fact in known
        if fact.value.kind == tariff.kind and fact.value.evse_uid == tariff.evse_uid
    ]
    await tx.station_facts.forget(station_id, TARIFFS, before)
    await tx.station_facts.put(station_id, TARIFFS, tariff, name=tariff.tariff_id, now=now)


async def tariffs_listed(
    tx: Transaction, station_id: str, news: LocalTariffsListed, *, now: datetime
) -> None:
    """What the charger says that it has."""
    await tx.station_facts.forget(station_id, TARIFFS)
    for tariff in news.tariffs:
        await tx.station_facts.put(station_id, TARIFFS, tariff, name=tariff.tariff_id, now=now)


async def tariffs_cleared(
    tx: Transaction,
    station_id: str,
    news: LocalTariffsCleared,
    *,
    now: datetime,  # noqa: ARG001 - the handlers' shape
) -> None:
    """Tariffs are gone."""
    await tx.station_facts.forget(station_id, TARIFFS, news.tariff_ids)


TARIFF_HANDLERS: Handlers = {
    LocalTariffSet: tariff_set,
    LocalTariffsListed: tariffs_listed,
    LocalTariffsCleared: tariffs_cleared,
}
