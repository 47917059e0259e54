"""Sessions that a card or a vehicle began become the driver's: followed live, held, paid, told.

The charger's transaction comes first. It carries the id that the driver's session is to have, so
whatever is heard of it first makes that session, once, in the same state machine as all others.
"""

from dataclasses import replace
from datetime import datetime

from app.domain.charging import Begun, Charging, ChargingState
from app.domain.charging_triggers import Adopted
from app.domain.drivers import Driver
from app.domain.locations import EvsePlace, Location
from app.domain.money import Money
from app.domain.quotes import expected, hold_for
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.tariffs import Tariff, price_list
from app.domain.tokens import Token
from app.domain.vehicles import is_vehicle_uid
from app.store.ids import new_id
from app.store.sessions import session_key
from app.store.transaction import Transaction
from app.use_cases.card_bills import card_of
from app.use_cases.card_tokens import follows
from app.use_cases.charging_steps import Steps
from app.use_cases.quotes import HoldLimits

_BEGUN = frozenset({SessionStatus.ACTIVE, SessionStatus.COMPLETED})


class Adoption:
    """Makes drivers' sessions of what their cards and vehicles began."""

    def __init__(self, steps: Steps, limits: HoldLimits) -> None:
        self._steps = steps
        self._limits = limits

    async def follow(self, session: Session) -> None:
        """Make the driver's session, unless it is there, or nobody of ours began it."""
        charging_id, now = session.charging_id, self._steps.clock.now()
        if charging_id is None or session.status not in _BEGUN or session.token is None:
            return
        async with self._steps.store.reading() as tx:
            if await tx.charging.get(charging_id) is not None:
                return
            ref = session.token
            token = await tx.tokens.find(ref.party, ref.uid, ref.type)
            driver = await tx.drivers.get((token.driver_id if token else None) or "")
            if token is None or driver is None or not follows(token):
                return
            made = await self._made(tx, session, token, driver, now=now)
            card = await card_of(tx, driver.id, now)
        if made is None:
            return
        flows = session.running and session.stopped_at is None
        activity = session.activity if flows else Activity.CONNECTED
        await self._steps.adopt(made, Adopted(session_key(session), activity), card)

    async def _made(
        self, tx: Transaction, session: Session, token: Token, driver: Driver, *, now: datetime
    ) -> Charging | None:
        if session.location_id is None or session.evse_uid is None:
            return None
        location = await tx.locations.get(session.party, session.location_id)
        place = _place(location, session)
        tariff = session.tariff or await _tariff(tx, place, session.started_at)
        currency = session.currency
        blank = Charging(
            id=session.charging_id or new_id(),
            state=ChargingState.QUOTED,
            state_since=now,
            created_at=now,
            valid_until=now,
            cpo=session.party,
            location_id=session.location_id,
            evse_uid=session.evse_uid,
            connector_id=session.connector_id or "1",
            zone=session.zone,
            currency=currency,
            tariff=tariff or no_tariff(session, now),
            hold=Money.zero(currency),
            own=session.own,
            driver_id=driver.id,
            language=driver.language,
            station_id=session.station_id,
            token=token,
            started_at=session.started_at,
            begun_by=Begun.AUTOCHARGE if is_vehicle_uid(token.uid) else Begun.CARD,
        )
        if tariff is None or place is None or tariff.currency != currency:
            return blank
        return replace(blank, hold=self._hold(tariff, place, now), estimate=_usual(blank, place))

    def _hold(self, tariff: Tariff, place: EvsePlace, now: datetime) -> Money:
        return hold_for(
            tariff,
            zone=place.location.time_zone,
            start=now,
            max_power=place.connector.power,
            cap=Money(self._limits.cap, tariff.currency),
            floor=Money(self._limits.floor, tariff.currency),
        )


def _usual(charging: Charging, place: EvsePlace) -> Money:
    power = place.connector.power
    start = charging.started_at or charging.created_at
    bill = expected(charging.tariff, zone=charging.zone, start=start, power=power)
    return bill.total.due.payable()


def no_tariff(session: Session, now: datetime) -> Tariff:
    """A partner's price that is not known before its bill: nothing is held, and nothing shown."""
    return Tariff(session.party, "", session.currency, (), now, own=session.own)


def _place(location: Location | None, session: Session) -> EvsePlace | None:
    evse = location.evse(session.evse_uid or "") if location else None
    if location is None or evse is None or not evse.connectors:
        return None
    known = evse.connector(session.connector_id or "")
    return location.need_place(evse.uid, known.id if known else None)


async def _tariff(tx: Transaction, place: EvsePlace | None, at: datetime) -> Tariff | None:
    if place is None:
        return None
    known = await tx.tariffs.many(place.location.party, place.connector.tariff_ids)
    return price_list(known, at, ad_hoc=False)
