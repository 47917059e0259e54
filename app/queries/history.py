"""A driver's sessions as they are now: state, energy, cost so far, and what the money does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.domain.bills import Bill
from app.domain.charging import WATCHED, Charging, ChargingState
from app.domain.commands import Command
from app.domain.elsewhere import Elsewhere
from app.domain.idle import IdleClock, idle_clock
from app.domain.locations import Connector, Evse, Location
from app.domain.outlook import Outlook, outlook
from app.domain.payments import Payment
from app.domain.plans import bounds_of
from app.domain.power_curve import CurvePoint, thinned
from app.domain.pricing import price
from app.domain.sessions import Session
from app.domain.timeline import condensed, slices
from app.queries.followed import Followed
from app.store.elsewhere import elsewhere
from app.store.followed import Versions, versions_of
from app.store.locations import object_key
from app.store.transaction import Store, Transaction

AHEAD_HOLDS = timedelta(seconds=15)
NEVER = datetime.min.replace(tzinfo=UTC)
_DID_NOT_START = frozenset({ChargingState.START_REJECTED, ChargingState.START_TIMEOUT})
_STANDS_THERE = timedelta(minutes=15)
STEADY = frozenset({ChargingState.QUOTED, ChargingState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One driver's session at one moment.

    `bill` is what it costs up to now, by the same function that makes the final bill; None before
    the charger has reported anything. `final` tells that the bill will not change any more.
    `ahead` is how it will end as things are, `idle` the clock of idle time, `unlock` what came of
    asking for the cable, `elsewhere` where else to charge when the charger did not start.
    """

    charging: Charging
    session: Session | None
    payment: Payment | None
    bill: Bill | None
    final: bool
    location: Location | None
    as_of: datetime
    looked_ahead_at: datetime = NEVER
    ahead: Outlook | None = None
    idle: IdleClock | None = None
    unlock: Command | None = None
    elsewhere: Elsewhere | None = None

    @property
    def versions(self) -> Versions:
        """How often its parts were written."""
        return self.charging.version, None if self.payment is None else self.payment.version

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
            charging = await tx.charging.need(charging_id)
            [found] = await self._snapshots(tx, [charging], now)
        return found

    async def bare(self, charging_ids: Sequence[str], now: datetime) -> dict[str, Snapshot]:
        """Those that are there, without what their chargers told, which `later` puts in."""
        async with self._store.reading() as tx:
            found = await _bare(tx, await tx.charging.by_keys(charging_ids), now)
        return {snapshot.charging.id: snapshot for snapshot in found}

    def followed(self) -> Followed:
        """The chargers' sessions of those that are followed."""
        return Followed(self._store)

    async def versions(self, charging_ids: Sequence[str]) -> dict[str, Versions]:
        """How often what a session consists of was written, its charger's part left out."""
        async with self._store.reading() as tx:
            return await versions_of(tx.connection, charging_ids)

    def later(self, known: Snapshot, session: Session | None, now: datetime) -> Snapshot:
        """The same session at another moment: what its charger told, or time alone, makes of it.

        How it will end is not reckoned anew with every meter value.
        """
        charging = known.charging
        bill = known.bill if known.final else _running_bill(charging, session, now)
        after = replace(known, session=session, bill=bill, as_of=now)
        before = known.session
        same = before is not None and session is not None and before.activity is session.activity
        if same and now - known.looked_ahead_at < AHEAD_HOLDS:
            return after
        ahead, idle = _ahead(charging, session, now, bill)
        return replace(after, ahead=ahead, idle=idle, looked_ahead_at=now)

    async def curve(self, charging: Charging) -> tuple[CurvePoint, ...]:
        """The power so far, thinned.

        Of a partner's charger it is what its CPO told, and of an own one whose samples are
        forgotten what the price was made of: both are coarse.
        """
        async with self._store.reading() as tx:
            session = await tx.sessions.get(charging.session_id or "")
            if session is None:
                return ()
            measured = await tx.meters.curve(session.id) if session.own else []
        coarse = [CurvePoint(p.at, p.power, p.energy) for p in session.timeline]
        return thinned(measured or coarse)

    async def of_driver(
        self,
        driver_id: str,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        before_id: str = "",
    ) -> list[Snapshot]:
        """A driver's sessions, the newest first, older than `before`."""
        async with self._store.reading() as tx:
            found = await tx.charging.of_driver(
                driver_id, before=before, before_id=before_id, limit=limit
            )
            return await self._snapshots(tx, found, now)

    async def _snapshots(
        self, tx: Transaction, chargings: Sequence[Charging], now: datetime
    ) -> list[Snapshot]:
        found = []
        for bare in await _bare(tx, chargings, now):
            charging, session = bare.charging, None
            if charging.session_id is not None:
                session = await tx.sessions.get(charging.session_id)
            if session is not None:
                session = condensed(session, bounds_of(charging.tariff, session.tariff))
            found.append(self.later(bare, session, now))
        return found


async def _bare(tx: Transaction, chargings: Sequence[Charging], now: datetime) -> list[Snapshot]:
    """Snapshots in the order of the sessions, without what their chargers told."""
    paid = await tx.payments.by_keys([c.payment_id for c in chargings if c.payment_id])
    payments = {payment.id: payment for payment in paid}
    places = [object_key(c.cpo, c.location_id) for c in chargings]
    locations = await tx.locations.many(sorted(set(places)))
    found = []
    for charging, place in zip(chargings, places, strict=True):
        cdr = await tx.cdrs.get(charging.cdr_id) if charging.cdr_id else None
        location = locations.get(place)
        snapshot = Snapshot(
            charging,
            None,
            payments.get(charging.payment_id or ""),
            None if cdr is None else cdr.bill,
            cdr is not None,
            location,
            now,
            unlock=await _unlock(tx, charging),
            elsewhere=await _elsewhere(tx, charging, location, now),
        )
        found.append(snapshot)
    return found


def _ahead(
    charging: Charging, session: Session | None, now: datetime, bill: Bill | None
) -> tuple[Outlook | None, IdleClock | None]:
    """How a session that goes on will end, and what staying costs then."""
    if session is None or not session.running or charging.state not in WATCHED:
        return None, None
    ours = bill is not None and bill.is_priced and session.own
    ahead = outlook(charging, session, now, cost=bill.total.due if bill and ours else None)
    ends = None if ahead is None else ahead.ends_at
    return ahead, idle_clock(session, charging.tariff, now=now, ends=ends)


async def _unlock(tx: Transaction, charging: Charging) -> Command | None:
    command_id = charging.unlock_command_id
    return None if command_id is None else await tx.commands.get(command_id)


async def _elsewhere(
    tx: Transaction, charging: Charging, location: Location | None, now: datetime
) -> Elsewhere | None:
    """Where else to charge, for as long as somebody stands before a charger that did not start."""
    over = charging.completed_at
    if charging.state not in _DID_NOT_START or over is None or now - over > _STANDS_THERE:
        return None
    if location is None:
        return None
    place = location.place(charging.evse_uid, charging.connector_id)
    return None if place is None else await elsewhere(tx, place)


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
