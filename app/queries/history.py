"""A driver's sessions as they are now: state, energy, cost so far, and what the money does."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.bills import Bill
from app.domain.charging import Charging, ChargingState
from app.domain.locations import Connector, Evse, Location
from app.domain.payments import Payment
from app.domain.pricing import price
from app.domain.quotes import duration_of, expected
from app.domain.sessions import Session
from app.domain.timeline import slices
from app.queries.map import Estimate
from app.store.transaction import Store, Transaction

STEADY = frozenset({ChargingState.QUOTED, ChargingState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One driver's session at one moment.

    `bill` is what it costs up to now, by the same function that makes the final bill; None before
    the charger has reported anything. `final` tells that the bill will not change any more.
    """

    charging: Charging
    session: Session | None
    payment: Payment | None
    bill: Bill | None
    final: bool
    location: Location | None
    as_of: datetime

    @property
    def evse(self) -> Evse | None:
        """The EVSE as it is now."""
        return None if self.location is None else self.location.evse(self.charging.evse_uid)

    @property
    def connector(self) -> Connector | None:
        """The connector as it is now."""
        evse = self.evse
        return None if evse is None else evse.connector(self.charging.connector_id)


class History:
    """Reads drivers' sessions; whose they are is checked by who asks (`Chargings.get`)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def snapshot(self, charging_id: str, now: datetime) -> Snapshot:
        """The session as it is; raises NotFound."""
        async with self._store.reading() as tx:
            return await _snapshot(tx, await tx.charging.need(charging_id), now)

    async def expected(self, charging: Charging) -> Estimate | None:
        """What a quote's estimate consists of; None when its connector is gone."""
        async with self._store.reading() as tx:
            location = await tx.locations.get(charging.cpo, charging.location_id)
        evse = None if location is None else location.evse(charging.evse_uid)
        connector = None if evse is None else evse.connector(charging.connector_id)
        if connector is None:
            return None
        bill = expected(
            charging.tariff,
            zone=charging.zone,
            start=charging.created_at,
            power=connector.power,
            target_energy=charging.target_energy,
            target_time=charging.target_time,
        )
        return Estimate(bill, duration_of(bill.energy, connector.power))

    async def of_driver(
        self, driver_id: str, now: datetime, *, before: datetime | None, limit: int
    ) -> list[Snapshot]:
        """A driver's sessions, the newest first, older than `before`."""
        async with self._store.reading() as tx:
            found = await tx.charging.of_driver(driver_id, before=before, limit=limit)
            return [await _snapshot(tx, charging, now) for charging in found]


async def _snapshot(tx: Transaction, charging: Charging, now: datetime) -> Snapshot:
    session = await tx.sessions.get(charging.session_id) if charging.session_id else None
    payment = await tx.payments.get(charging.payment_id) if charging.payment_id else None
    location = await tx.locations.get(charging.cpo, charging.location_id)
    cdr = await tx.cdrs.get(charging.cdr_id) if charging.cdr_id else None
    bill = cdr.bill if cdr is not None else _running_bill(charging, session, now)
    return Snapshot(charging, session, payment, bill, cdr is not None, location, now)


def _running_bill(charging: Charging, session: Session | None, now: datetime) -> Bill | None:
    if session is None or charging.state in STEADY:
        return None
    return price(
        slices(session, now),
        charging.tariff,
        zone=charging.zone,
        currency=charging.currency,
        reservation_expired=session.reservation_expired,
    )
