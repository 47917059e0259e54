"""Tells drivers at the charger what their session costs so far, where the charger can show it.

A charger of OCPP 2.x says by `TariffCostCtrlr` whether it shows costs. It is told once a minute at
most, and only what has changed. Source: OCPP 2.0.1, I02 Show EV Driver Running Total Cost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.device_model import VariableName
from app.domain.displays import ShowCost
from app.domain.errors import ChargerRefused
from app.domain.pricing import price
from app.domain.sessions import Session
from app.domain.stations import Station
from app.domain.timeline import slices
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.asks import ask_in
from app.use_cases.command_requests import BY_US, AskRequest
from app.use_cases.device_models import is_flat

SHOWN = "cost_shown"
"""The topic of what was last shown, by transaction."""

_SAYS_SO = (
    VariableName("Enabled", "TariffCostCtrlr", "Cost"),
    VariableName("Available", "TariffCostCtrlr", "Cost"),
    VariableName("Enabled", "TariffCostCtrlr"),
    VariableName("Available", "TariffCostCtrlr"),
)
_BELIEVED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class CostShown:
    """What a driver was last told, as text."""

    total: str


class RunningCosts:
    """Pushes costs to displays."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._able: dict[str, tuple[datetime, bool]] = {}

    async def push(self) -> int:
        """Periodic: tell every display that something else is to be shown; how many."""
        now = self._clock.now()
        self._able = {k: v for k, v in self._able.items() if v[0] > now}
        async with self._store.reading() as tx:
            stations = await tx.sessions.stations_that_charge()
        told = 0
        for station_id in stations:
            if self._able.get(station_id, (now, True))[1]:
                async with self._store.transaction() as tx:
                    told += await self._push(tx, station_id, now)
        return told

    async def _push(self, tx: Transaction, station_id: str, now: datetime) -> int:
        station = await tx.stations.get(station_id)
        if station is None or station.node is None:
            return 0
        if station_id not in self._able:
            able = await shows_costs(tx, station)
            self._able[station_id] = (now + _BELIEVED_FOR, able)
            if not able:
                return 0
        running = await tx.sessions.running_of(station.id)
        facts = await tx.station_facts.all(station.id, SHOWN, CostShown)
        before = {fact.name: fact.value.total for fact in facts}
        over = before.keys() - {session.transaction for session in running}
        if over:
            await tx.station_facts.forget(station.id, SHOWN, over)
        return sum([await _show(tx, station, s, before=before, now=now) for s in running])


async def shows_costs(tx: Transaction, station: Station) -> bool:
    """Whether the charger says that it shows costs: the first of these that it told decides."""
    if is_flat(station):
        return False
    told = await tx.device_models.variables(station.id, keys=[name.key for name in _SAYS_SO])
    values = [told[name.key].variable.value for name in _SAYS_SO if name.key in told]
    return bool(values) and (values[0] or "").strip().casefold() == "true"


async def _show(
    tx: Transaction, station: Station, session: Session, *, before: dict[str, str], now: datetime
) -> bool:
    if session.transaction is None or session.tariff is None or not session.running:
        return False
    until = max(now, session.started_at)
    parts = slices(session, until)
    bill = price(parts, session.tariff, zone=session.zone, currency=session.currency)
    total = bill.total.due.payable()
    text = f"{total.amount} {total.currency}"
    if before.get(session.transaction) == text:
        return False
    ask = ShowCost(session.transaction, total)
    try:
        await ask_in(tx, AskRequest(asker=BY_US, station_id=station.id, ask=ask), now=now)
    except ChargerRefused:
        return False
    shown = CostShown(text)
    await tx.station_facts.put(station.id, SHOWN, shown, name=session.transaction, now=now)
    return True
