"""What drivers and guests do: ask for a price, pay and start, stop, cancel."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hmac import compare_digest

from app.domain.charging import BEFORE_PAYMENT, PREPARING, Begun, Charging, ChargingState
from app.domain.charging_steps import Verdict
from app.domain.charging_triggers import Accepted, CancelAsked, StopAsked, Trigger
from app.domain.commands import remote_start_obstacle, start_obstacle
from app.domain.errors import (
    ChargerRefused,
    Conflict,
    InvalidInput,
    NotFound,
)
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, EvsePlace
from app.domain.money import Money
from app.domain.quotes import LARGEST, LONGEST, expected, hold_for
from app.domain.tariffs import Tariff, price_list
from app.domain.units import Kw, Kwh
from app.domain.vehicles import Vehicle, power_at
from app.ports.sealing import Sealer
from app.store.elsewhere import elsewhere
from app.store.ids import new_id
from app.store.quoting import QuoteFacts, Quoting
from app.store.transaction import Transaction
from app.use_cases.charging_moved import moved
from app.use_cases.charging_steps import Outcome, Steps
from app.use_cases.command_plans import goes_on, kept_at
from app.use_cases.payers import payer_of
from app.use_cases.payment_requests import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose session it is: a driver's, or that of a guest with the secret the quote was given."""

    driver_id: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """Where somebody wants to charge, and how much; without `connector_id` the EVSE's first.

    `battery` is what can be used of it, known from the vehicle or told for this once.
    """

    caller: Caller
    party: PartyId
    location_id: str
    evse_uid: str
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


class Chargings:
    """The driver's side of a session; `ChargingNews` is the world's."""

    def __init__(self, steps: Steps, sealer: Sealer, *, limits: HoldLimits) -> None:
        self._steps = steps
        self._store = steps.store
        self._clock = steps.clock
        self._sealer = sealer
        self._limits = limits

    async def quote(self, request: QuoteRequest) -> Charging:
        """A price that holds for 15 minutes and for the whole session that is started on it.

        Raises NotFound, InvalidInput, and ChargerRefused when the EVSE cannot be started now
        (`offline`, `faulted`, `inoperative`, `occupied`, `reserved`) or its price is not known
        (`price_unknown`).
        """
        now = self._clock.now()
        _check_targets(request)
        async with self._store.transaction() as tx:
            facts = await _facts(tx, request)
            place = facts.location.need_place(request.evse_uid, request.connector_id)
            await _refuse_if_unfit(tx, place, facts, request.caller)
            tariff = await _tariff(tx, place, request.caller, now)
            charging = self._quoted(request, place, tariff, now)
            await tx.charging.add(charging)
        return charging

    def _quoted(
        self, request: QuoteRequest, place: EvsePlace, tariff: Tariff, now: datetime
    ) -> Charging:
        location, evse = place.location, place.evse
        secret = request.caller.secret
        valid_until = now + self._steps.rules.quote_valid
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
            estimate=_estimate(request, place, tariff, now),
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

    async def get(self, charging_id: str, caller: Caller) -> Charging:
        """The session; raises NotFound, also for what is not the caller's."""
        async with self._store.reading() as tx:
            charging = await tx.charging.need(charging_id)
        self._check(charging, caller)
        return charging

    async def start(
        self,
        charging_id: str,
        caller: Caller,
        *,
        method_id: str | None = None,
        method_reference: str | None = None,
    ) -> Charging:
        """Take the quote: block the money, and start as soon as it is.

        A driver pays with one of their cards (`method_id`, else their group's or their default), a
        guest with what the provider's form gave (`method_reference`), or by filling it in later.
        Repeating it changes nothing. Raises Conflict for a quote that is too old or taken,
        PaymentDeclined without a card, with an unpaid session, or beyond a group's limit.
        """
        async with self._store.reading() as tx:
            charging = await tx.charging.need(charging_id)
            self._check(charging, caller)
            now = self._clock.now()
            card = Card(method_reference or "")
            if charging.driver_id is not None:
                card = await payer_of(tx, charging.driver_id, now=now, method_id=method_id)
        outcome = await self._ask(charging_id, caller, Accepted(), card=card)
        if outcome.charging.state is ChargingState.EXPIRED:
            raise Conflict("the quote is no longer valid")
        return _done(outcome, "cannot be started")

    async def stop(self, charging_id: str, caller: Caller) -> Charging:
        """End the session, or give it up when it has not begun; repeating it changes nothing.

        Raises Conflict when there is nothing to stop, ChargerRefused when the charger cannot be
        told: it has to be stopped there, or in the car.
        """

        async def news(tx: Transaction, charging: Charging) -> list[Trigger]:
            self._check(charging, caller)
            return await _stopping(tx, charging, self._clock.now())

        return _done(await self._steps.take(charging_id, news), "cannot be stopped")

    async def cancel(self, charging_id: str, caller: Caller) -> Charging:
        """Give up before energy flows; the hold is released. Raises Conflict after that."""
        outcome = await self._ask(charging_id, caller, CancelAsked())
        return _done(outcome, "cannot be cancelled any more")

    async def leave_address(self, charging_id: str, caller: Caller, email: str) -> Charging:
        """Where to send the receipt of a guest."""
        async with self._store.transaction() as tx:
            charging = await tx.charging.locked(charging_id)
            self._check(charging, caller)
            return await tx.charging.save(_with_email(charging, email))

    async def _ask(
        self, charging_id: str, caller: Caller, trigger: Trigger, *, card: Card | None = None
    ) -> Outcome:
        async def news(_: Transaction, charging: Charging) -> list[Trigger]:
            self._check(charging, caller)
            return [trigger]

        return await self._steps.take(charging_id, news, card=card)

    def _check(self, charging: Charging, caller: Caller) -> None:
        if caller.driver_id is not None and charging.driver_id == caller.driver_id:
            return
        if caller.secret is not None and charging.secret_hash is not None:
            shown = self._sealer.fingerprint(caller.secret)
            if compare_digest(shown, charging.secret_hash):
                return
        raise NotFound("charging", charging.id)


def _with_email(charging: Charging, email: str) -> Charging:
    return replace(charging, email=email, seq=charging.seq + 1)


def _done(outcome: Outcome, cannot: str) -> Charging:
    if outcome.verdict is Verdict.REFUSED:
        raise Conflict(f"the session is {outcome.charging.state} and {cannot}")
    return outcome.charging


def _check_targets(request: QuoteRequest) -> None:
    if request.caller.driver_id is None and request.caller.secret is None:
        raise InvalidInput("caller", "a quote is for a driver or for a guest with a secret")
    if request.target_energy is not None and request.target_energy.value <= 0:
        raise InvalidInput("target_energy", "is too small")
    if request.target_time is not None and request.target_time <= timedelta():
        raise InvalidInput("target_time", "is too small")


async def _stopping(tx: Transaction, charging: Charging, now: datetime) -> list[Trigger]:
    """What a stop means: giving up, unless the charger has begun and the news is on its way."""
    if charging.state not in BEFORE_PAYMENT | PREPARING | {ChargingState.AUTHORIZED}:
        return [StopAsked()]
    begun = [s for s in await tx.sessions.of_charging(charging.id) if goes_on(s)]
    if not begun:
        return [CancelAsked()]
    return [*moved(charging, begun[-1], now), StopAsked()]


async def _facts(tx: Transaction, request: QuoteRequest) -> QuoteFacts:
    quoting = Quoting(tx.connection)
    facts = await quoting.facts(request.party, request.location_id, request.evse_uid)
    if facts is None:
        raise NotFound("EVSE", request.evse_uid)
    return facts


async def _refuse_if_unfit(
    tx: Transaction, place: EvsePlace, facts: QuoteFacts, caller: Caller
) -> None:
    """An EVSE that is kept free is for the driver who reserved it, and for nobody else."""
    location, evse = place.location, place.evse
    here = (location.party, location.id, evse.uid)
    kept = await kept_at(tx, *here) if facts.reserved else None
    mine = kept is not None and caller.driver_id is not None and kept.driver_id == caller.driver_id
    obstacle, since = remote_start_obstacle(evse.status), None
    if location.own:
        connected = facts.connected
        since = None if connected else facts.seen_at
        running = await tx.sessions.running_at(*here) if facts.running else None
        busy = running is not None and goes_on(running)
        obstacle = start_obstacle(
            evse.status, connected=connected, busy=busy, reserved=kept is not None, mine=mine
        )
    if obstacle is not None:
        best = await elsewhere(tx, place)
        raise ChargerRefused(obstacle.reason, since=since, elsewhere=best)


async def _tariff(tx: Transaction, place: EvsePlace, caller: Caller, now: datetime) -> Tariff:
    """Drivers get the price for contracts, guests the one for people without."""
    known = await tx.tariffs.many(place.location.party, place.connector.tariff_ids)
    tariff = price_list(known, now, ad_hoc=caller.driver_id is None)
    if tariff is None:
        raise ChargerRefused("price_unknown")
    return tariff


def _estimate(request: QuoteRequest, place: EvsePlace, tariff: Tariff, now: datetime) -> Money:
    bill = expected(
        tariff,
        zone=place.location.time_zone,
        start=now,
        power=request.vehicle_power(place.connector) or place.connector.power,
        target_energy=request.target_energy,
        target_time=request.target_time,
    )
    return bill.total.due.payable()
