"""Steps of drivers' sessions: what happened goes through the state machine, its effects are done.

Everything of a step is in one transaction: the session, its payment's next wish, the command to
the charger, the note of what to tell the driver, and the event. The session's row is locked first,
so news of one session is taken one after the other, in whatever order it comes.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from logging import getLogger
from random import Random
from typing import assert_never

from app.domain.charging import Begun, Charging, Reason
from app.domain.charging_moves import advance
from app.domain.charging_steps import Verdict
from app.domain.charging_triggers import (
    RULES,
    Adopted,
    Capture,
    CommandRejected,
    Effect,
    NoticeKind,
    Notify,
    ReleaseHold,
    RequestHold,
    RequestStart,
    RequestStop,
    Rules,
    StartSent,
    StopAsked,
    StopRefused,
    Trigger,
)
from app.domain.commands import CommandChannel, contract_of_tag, virtual_tag
from app.domain.errors import (
    ChargerRefused,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PaymentDeclined,
)
from app.domain.events import ChargingChanged
from app.domain.identifiers import PartyId
from app.domain.reservations import Reservation
from app.domain.tokens import Token, TokenType, Whitelist
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.command_requests import Asker, StartRequest, StopRequest
from app.use_cases.commands import request_in
from app.use_cases.group_debts import ask_payer
from app.use_cases.group_shares import book_in, share_in
from app.use_cases.payment_requests import NO_CARD, Card, begin_in, release_in, settle_in

log = getLogger(__name__)

Refusal = (ChargerRefused, NotFound, Conflict, Forbidden, InvalidInput)

_REASONS = {
    "offline": Reason.CHARGER_OFFLINE,
    "faulted": Reason.FAULTED,
    "inoperative": Reason.FAULTED,
    "occupied": Reason.OCCUPIED,
    "already_requested": Reason.OCCUPIED,
    "reserved": Reason.RESERVED,
}

News = Callable[[Transaction, Charging], Awaitable[Sequence[Trigger]]]
"""Reads what happened to a session, once it is locked."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Our own eMSP party: the issuer of the one-time tokens that drivers charge with."""

    party: PartyId
    name: str

    def token(
        self, driver_id: str | None, language: str, *, now: datetime, random: Random
    ) -> Token:
        """A token for one session or reservation; a charger must never decide about it by itself.

        A guest, who is no `driver_id`, has no contract.
        """
        uid = virtual_tag(random)
        return Token(
            party=self.party,
            uid=uid,
            type=TokenType.AD_HOC_USER if driver_id is None else TokenType.APP_USER,
            contract_id=contract_of_tag(self.party, uid),
            issuer=self.name,
            valid=True,
            whitelist=Whitelist.NEVER,
            last_updated=now,
            language=language,
            driver_id=driver_id,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A session after its steps; `verdict` is what became of the first of them."""

    charging: Charging
    verdict: Verdict = Verdict.IGNORED


class Steps:
    """Runs triggers through the state machine and does the effects."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        bus: Bus,
        *,
        provider: Provider,
        random: Random,
        rules: Rules = RULES,
    ) -> None:
        self.store = store
        self.clock = clock
        self.rules = rules
        self._bus = bus
        self._provider = provider
        self._random = random

    async def take(self, charging_id: str, news: News, *, card: Card | None = None) -> Outcome:
        """Lock the session, read what happened, and go the steps; raises NotFound.

        `card` is what a first hold is taken from.
        """
        async with self.store.transaction() as tx:
            before = await tx.charging.locked(charging_id)
            run = _Run(tx, before, self.clock.now(), card)
            outcome = await self._go(run, await news(tx, before))
        if outcome.charging.seq != before.seq or outcome.verdict is Verdict.DONE:
            await self._bus.publish(f"charging.{charging_id}")
        return outcome

    async def adopt(self, charging: Charging, begun: Adopted, card: Card) -> None:
        """Take a new session up that a card or a vehicle began, unless that was done already."""
        async with self.store.transaction() as tx:
            if await tx.charging.get(charging.id) is not None:
                return
            await tx.charging.add(charging)
            await self._go(_Run(tx, charging, self.clock.now(), card), [begun])
        await self._bus.publish(f"charging.{charging.id}")

    async def _go(self, run: "_Run", triggers: Sequence[Trigger]) -> Outcome:
        queue, first = deque(triggers), None
        before = run.charging
        while queue:
            trigger = queue.popleft()
            step = advance(run.charging, trigger, run.now, self.rules)
            first = first or step.verdict
            moved = step.charging.seq != run.charging.seq
            run.charging = step.charging
            if moved or any(isinstance(effect, Notify) for effect in step.effects):
                run.tx.emit(ChargingChanged(run.charging.id, run.charging.state))
            asked = isinstance(trigger, StopAsked)
            follow = [t for e in step.effects for t in await self._do(run, e, asked=asked)]
            queue.extendleft(reversed(follow))
        if run.charging != before:
            run.charging = await run.tx.charging.save(run.charging)
            if run.charging.group_id is not None and run.charging.ended:
                await book_in(run.tx, run.charging, now=run.now)
        return Outcome(run.charging, first or Verdict.IGNORED)

    async def _do(self, run: "_Run", effect: Effect, *, asked: bool) -> Sequence[Trigger]:
        """Do one effect; what it leads to at once is given back."""
        match effect:
            case RequestHold(again):
                await self._hold(run, again=again)
            case ReleaseHold():
                if run.charging.payment_id is not None:
                    await release_in(run.tx, run.charging.payment_id, now=run.now)
            case Capture(amount):
                await settle_in(run.tx, run.charging.payment_id or "", amount, now=run.now)
            case RequestStart():
                return [await self._start(run)]
            case RequestStop():
                return await self._stop(run, asked=asked)
            case Notify(kind, again):
                await run.tx.drivers.notices.add(run.charging.id, kind, run.now, again=again)
                if kind is NoticeKind.PAYMENT_FAILED:
                    await ask_payer(run.tx, run.charging, now=run.now)
            case _:
                assert_never(effect)
        return ()

    async def _hold(self, run: "_Run", *, again: bool) -> None:
        card = run.card
        if again or card is None:
            old = await run.tx.payments.need(run.charging.payment_id or "")
            card = Card(old.method_reference, old.customer)
        alone = run.charging.begun_by is not Begun.APP
        if card.group_id is not None:
            try:
                run.charging = await share_in(run.tx, run.charging, card.group_id, now=run.now)
            except PaymentDeclined:
                if not alone:
                    raise
                card = Card(NO_CARD)
        away = again or alone or card.group_id is not None
        payment = await begin_in(run.tx, run.charging, card, again=away, now=run.now)
        run.charging = replace(run.charging, payment_id=payment.id)

    async def _start(self, run: "_Run") -> Trigger:
        charging = run.charging
        held = await _held(run.tx, charging)
        token = held.token if held is not None else self._token(run)
        request = StartRequest(
            asker=Asker(channel=CommandChannel.DRIVER, charging_id=charging.id),
            party=charging.cpo,
            location_id=charging.location_id,
            token=token,
            evse_uid=charging.evse_uid,
            connector_id=charging.connector_id,
            id_tag=None if held is not None else token.uid,
            authorization_reference=charging.id,
        )
        try:
            command = await request_in(run.tx, request, now=run.now, random=self._random)
        except Refusal as refusal:
            return CommandRejected(reason_of(refusal))
        run.charging = replace(charging, token=token, command_id=command.id)
        return StartSent()

    def _token(self, run: "_Run") -> Token:
        driver_id, language = run.charging.driver_id, run.charging.language
        return self._provider.token(driver_id, language, now=run.now, random=self._random)

    async def _stop(self, run: "_Run", *, asked: bool) -> Sequence[Trigger]:
        """Ask for the stop; a driver who asked hears the refusal, else it is noted."""
        charging = run.charging
        request = StopRequest(
            asker=Asker(channel=CommandChannel.DRIVER, charging_id=charging.id),
            session_id=charging.session_id or "",
        )
        try:
            command = await request_in(run.tx, request, now=run.now, random=self._random)
        except Conflict:
            return ()
        except Refusal as refusal:
            if asked:
                raise
            log.warning(
                "charging.stop_refused", extra={"charging": charging.id, "why": str(refusal)}
            )
            return [StopRefused()]
        run.charging = replace(charging, stop_command_id=command.id)
        return ()


async def _held(tx: Transaction, charging: Charging) -> Reservation | None:
    """The driver's reservation of this EVSE, or of any at a partner's location."""
    if charging.driver_id is None:
        return None
    for each in await tx.reservations.open_of_driver(charging.driver_id):
        place = (each.party, each.location_id.casefold())
        here = place == (charging.cpo, charging.location_id.casefold())
        uid = (each.evse_uid or charging.evse_uid).casefold()
        if here and uid == charging.evse_uid.casefold():
            return each
    return None


@dataclass(slots=True)
class _Run:
    """One walk through the machine: where it is, and the transaction it is in."""

    tx: Transaction
    charging: Charging
    now: datetime
    card: Card | None


def reason_of(refusal: Exception) -> Reason:
    """Why a start was refused before anything was sent, in the driver's words."""
    word = refusal.reason if isinstance(refusal, ChargerRefused) else ""
    return _REASONS.get(word, Reason.CHARGER_REFUSED)
