"""What drivers and guests do: ask for a price, pay and start, stop, cancel."""

from dataclasses import replace
from datetime import datetime
from hmac import compare_digest

from app.domain.charging import BEFORE_PAYMENT, PREPARING, Charging, ChargingState
from app.domain.charging_steps import Verdict
from app.domain.charging_triggers import Accepted, CancelAsked, StopAsked, Trigger
from app.domain.errors import Conflict, NotFound
from app.ports.sealing import Sealer
from app.store.transaction import Transaction
from app.use_cases.charging_moved import moved
from app.use_cases.charging_steps import Outcome, Steps
from app.use_cases.command_plans import goes_on
from app.use_cases.payers import payer_of
from app.use_cases.payment_requests import Card
from app.use_cases.quotes import Caller, HoldLimits, QuoteRequest, Quotes


class Chargings:
    """The driver's side of a session; `ChargingNews` is the world's."""

    def __init__(self, steps: Steps, sealer: Sealer, *, limits: HoldLimits) -> None:
        self._steps = steps
        self._store = steps.store
        self._clock = steps.clock
        self._sealer = sealer
        self.quotes = Quotes(steps, sealer, limits=limits)

    async def quote(self, request: QuoteRequest) -> Charging:
        """A price that holds for 15 minutes and for the whole session that is started on it.

        Raises what `Quotes.promise` does.
        """
        promise = await self.quotes.promise(request)
        await self.quotes.keep(promise)
        return promise.charging

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


async def _stopping(tx: Transaction, charging: Charging, now: datetime) -> list[Trigger]:
    """What a stop means: giving up, unless the charger has begun and the news is on its way."""
    if charging.state not in BEFORE_PAYMENT | PREPARING | {ChargingState.AUTHORIZED}:
        return [StopAsked()]
    begun = [s for s in await tx.sessions.of_charging(charging.id) if goes_on(s)]
    if not begun:
        return [CancelAsked()]
    return [*moved(charging, begun[-1], now), StopAsked()]
