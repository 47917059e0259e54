"""Quotes: what a driver or guest is promised before charging, and held to afterwards.

A promise is made of what the database knows at that moment (`promise`), and counts once it is
written (`keep`): with it goes the answer to whoever asked, so that a phone which asks again under
the same key is told the same promise, whatever broke in between.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.bills import Bill
from app.domain.charging import Begun, Charging, ChargingState
from app.domain.commands import remote_start_obstacle, start_obstacle
from app.domain.errors import ChargerRefused, InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, EvsePlace
from app.domain.money import Money
from app.domain.quotes import LARGEST, LONGEST, duration_of, expected, hold_for
from app.domain.reservations import Reservation
from app.domain.tariffs import Tariff, price_list
from app.domain.units import Kw, Kwh
from app.domain.vehicles import Vehicle, power_at
from app.ports.sealing import Sealer
from app.store.elsewhere import elsewhere
from app.store.ids import new_id
from app.store.inbox import KeptAnswer
from app.store.quoting import QuoteFacts, Quoting
from app.use_cases.charging_steps import Steps
from app.use_cases.command_plans import goes_on, kept_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose session it is: a driver's, or that of a guest with the secret the quote was given."""

    driver_id: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class EvseIds:
    """An EVSE by its ids."""

    party: PartyId
    location_id: str
    evse_uid: str


@dataclass(frozen=True, slots=True)
class Sticker:
    """An EVSE by the code on its sticker."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """Where somebody wants to charge, and how much; without `connector_id` the EVSE's first.

    `battery` is what can be used of it, known from the vehicle or told for this once.
    """

    caller: Caller
    evse: EvseIds | Sticker
    connector_id: str | None = None
    target_energy: Kwh | None = None
    target_time: timedelta | None = None
    target_soc: Decimal | None = None
    battery: Kwh | None = None
    vehicle: Vehicle | None = None
    begun_by: Begun = Begun.APP
    language: str = "en"
    email: str | None = None

    def vehicle_power(self, connector: Connector) -> Kw | None:
        """The most that the vehicle takes of a connector's power, if there is one."""
        direct = connector.power_type.startswith("DC")
        vehicle = self.vehicle
        return None if vehicle is None else power_at(vehicle, connector.power, direct=direct)


@dataclass(frozen=True, slots=True)
class HoldLimits:
    """The least and the most that is held on a card, in whole units of the tariff's currency."""

    cap: Decimal = Decimal(60)
    floor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Promise:
    """A quote that nobody knows of yet; its estimate is the total of `bill`, for `length`."""

    charging: Charging
    bill: Bill
    length: timedelta


class Quotes:
    """Makes promises and writes them down."""

    def __init__(self, steps: Steps, sealer: Sealer, *, limits: HoldLimits) -> None:
        self._store = steps.store
        self._quoting = Quoting(steps.store)
        self._clock = steps.clock
        self._valid = steps.rules.quote_valid
        self._sealer = sealer
        self._limits = limits

    async def promise(self, request: QuoteRequest) -> Promise:
        """What can be promised now.

        Raises NotFound, InvalidInput, and ChargerRefused when the EVSE cannot be started now
        (`offline`, `faulted`, `inoperative`, `occupied`, `reserved`) or its price is not known
        (`price_unknown`).
        """
        now = self._clock.now()
        _check_targets(request)
        facts = await self._facts(request.evse)
        place = facts.location.need_place(facts.evse_uid, request.connector_id)
        await self._refuse_if_unfit(place, facts, request.caller)
        tariff = _tariff(facts, place, request.caller, now)
        power = request.vehicle_power(place.connector) or place.connector.power
        bill = expected(
            tariff,
            zone=place.location.time_zone,
            start=now,
            power=power,
            target_energy=request.target_energy,
            target_time=request.target_time,
        )
        quoted = self._quoted(request, place, bill=bill, tariff=tariff, now=now)
        return Promise(quoted, bill, duration_of(bill.energy, power))

    async def keep(self, promise: Promise, answer: KeptAnswer | None = None) -> None:
        """Write it down, with what was answered if that is kept; raises AnsweredBefore."""
        await self._quoting.add(promise.charging, answer)

    async def _facts(self, evse: EvseIds | Sticker) -> QuoteFacts:
        if isinstance(evse, Sticker):
            facts = await self._quoting.by_code(evse.code)
            missing = NotFound("code", evse.code)
        else:
            facts = await self._quoting.at(evse.party, evse.location_id, evse.evse_uid)
            missing = NotFound("EVSE", evse.evse_uid)
        if facts is None:
            raise missing
        return facts

    def _quoted(
        self, request: QuoteRequest, place: EvsePlace, *, bill: Bill, tariff: Tariff, now: datetime
    ) -> Charging:
        location, evse = place.location, place.evse
        secret = request.caller.secret
        valid_until = now + self._valid
        return Charging(
            id=new_id(),
            state=ChargingState.QUOTED,
            state_since=now,
            created_at=now,
            valid_until=valid_until,
            cpo=location.party,
            location_id=location.id,
            evse_uid=evse.uid,
            connector_id=place.connector.id,
            connector_power=place.connector.power,
            zone=location.time_zone,
            currency=tariff.currency,
            tariff=tariff,
            hold=self._hold(request, place, tariff, now),
            own=location.own,
            driver_id=request.caller.driver_id,
            secret_hash=None if secret is None else self._sealer.fingerprint(secret),
            email=request.email,
            language=request.language,
            station_id=evse.station_id,
            deadline=valid_until,
            target_energy=request.target_energy,
            target_time=request.target_time,
            target_soc=request.target_soc,
            battery=request.battery,
            vehicle_power=request.vehicle_power(place.connector),
            begun_by=request.begun_by,
            estimate=bill.total.due.payable(),
        )

    def _hold(
        self, request: QuoteRequest, place: EvsePlace, tariff: Tariff, now: datetime
    ) -> Money:
        return hold_for(
            tariff,
            zone=place.location.time_zone,
            start=now,
            max_power=place.connector.power,
            cap=Money(self._limits.cap, tariff.currency),
            floor=Money(self._limits.floor, tariff.currency),
            longest=min(request.target_time or LONGEST, LONGEST),
            largest=min(request.target_energy or LARGEST, LARGEST),
        )

    async def _refuse_if_unfit(self, place: EvsePlace, facts: QuoteFacts, caller: Caller) -> None:
        """An EVSE that is kept free is for the driver who reserved it, and for nobody else."""
        status, own = place.evse.status, place.location.own
        obstacle = remote_start_obstacle(status)
        if own:
            kept, busy = await self._going_on(place, facts)
            whose = None if kept is None else kept.driver_id
            obstacle = start_obstacle(
                status,
                connected=facts.connected,
                busy=busy,
                reserved=kept is not None,
                mine=whose is not None and whose == caller.driver_id,
            )
        if obstacle is None:
            return
        since = facts.seen_at if own and not facts.connected else None
        async with self._store.reading() as tx:
            best = await elsewhere(tx, place)
        raise ChargerRefused(obstacle.reason, since=since, elsewhere=best)

    async def _going_on(
        self, place: EvsePlace, facts: QuoteFacts
    ) -> tuple[Reservation | None, bool]:
        """The reservation that keeps an EVSE free, and whether somebody charges there."""
        if not facts.reserved and not facts.running:
            return None, False
        here = (place.location.party, place.location.id, place.evse.uid)
        async with self._store.reading() as tx:
            running = await tx.sessions.running_at(*here)
            return await kept_at(tx, *here), running is not None and goes_on(running)


def _check_targets(request: QuoteRequest) -> None:
    if request.caller.driver_id is None and request.caller.secret is None:
        raise InvalidInput("caller", "a quote is for a driver or for a guest with a secret")
    if request.target_energy is not None and request.target_energy.value <= 0:
        raise InvalidInput("target_energy", "is too small")
    if request.target_time is not None and request.target_time <= timedelta():
        raise InvalidInput("target_time", "is too small")


def _tariff(facts: QuoteFacts, place: EvsePlace, caller: Caller, now: datetime) -> Tariff:
    """Drivers get the price for contracts, guests the one for people without."""
    known = facts.tariffs_of(place.connector)
    tariff = price_list(known, now, ad_hoc=caller.driver_id is None)
    if tariff is None:
        raise ChargerRefused("price_unknown")
    return tariff
