"""Battery swaps and payments at chargers' own terminals: kept, and shown."""

from datetime import datetime

from app.domain.swaps import BatterySwapped, SettlementTold
from app.store.transaction import Transaction
from app.use_cases.news_handlers import Handlers

SWAPS, SETTLEMENTS = "battery_swaps", "settlements"
MOST = 1_000
"""How many of each are kept of a charger, the newest."""


async def swapped(
    tx: Transaction, station_id: str, news: BatterySwapped, *, now: datetime
) -> None:
    """Batteries came in or went out (P-224)."""
    name = f"{news.request}/{news.event}"
    await tx.station_facts.put(station_id, SWAPS, news, name=name, now=now)
    await tx.station_facts.trim(station_id, SWAPS, MOST)


async def settled(
    tx: Transaction, station_id: str, news: SettlementTold, *, now: datetime
) -> None:
    """A payment ended (P-222); one that is told again is one all the same."""
    await tx.station_facts.put(station_id, SETTLEMENTS, news, name=news.reference, now=now)
    await tx.station_facts.trim(station_id, SETTLEMENTS, MOST)


SWAP_HANDLERS: Handlers = {
    BatterySwapped: swapped,
    SettlementTold: settled,
}
