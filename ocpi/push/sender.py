"""Brings deliveries to partners and reads what became of them.

The delivery machine keeps one delivery per partner in flight, and bodies are made here at the last
moment, so an older state never follows a newer one. What a partner understood and refused is kept
for people; everything else is tried again, but for a command's result, which is told once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from logging import getLogger

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.errors import NotFound, PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerState, Quirk, Role
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Done, Outcome, RefusedForGood, Retry
from app.store.correlation import correlation_id
from app.store.transaction import Store
from app.use_cases.partners import Partners
from app.use_cases.profile_requests import PROFILE_KINDS
from ocpi.client.exchange import (
    ExchangeFailed,
    NotTried,
    PartnerCalls,
    Route,
    is_at_home,
    version_of,
)
from ocpi.client.relearning import Relearning, is_gone
from ocpi.push.composer import Composer
from ocpi.push.messages import Json, Message
from ocpi.push.subjects import CDR, COMMAND_RESULT, RESERVATION_GONE, parts_of
from ocpi.recorder import telling
from ocpi.translate.commands import write_result
from ocpi.translate.profiles import write_profile_result
from ocpi.versions.registry import Inexpressible, Kind, OcpiVersion

log = getLogger(__name__)

SETTLING = timedelta(milliseconds=300)
"""A result waits this long after its command came, so that our answer is there before it."""

STALE = timedelta(minutes=10)
"""A result this old helps nobody any more."""

_ALREADY_THERE = re.compile(r"\b(?:already|duplicate)\b", re.IGNORECASE)
_CONFLICT = 409


class OcpiSender:
    """Sends deliveries of the kinds `ocpi.…`."""

    def __init__(
        self, store: Store, calls: PartnerCalls, partners: Partners, clock: Clock
    ) -> None:
        self._store = store
        self._calls = calls
        self._partners = partners
        self._clock = clock
        self._composer = Composer(store)
        self._relearning = Relearning(calls, partners, clock)

    async def send(self, delivery: Delivery) -> Outcome:
        """Send now, from current state."""
        with telling(delivery):
            return await self._send(delivery)

    async def _send(self, delivery: Delivery) -> Outcome:
        try:
            partner = await self._partners.known(delivery.destination.partition(":")[2])
        except NotFound as error:
            return RefusedForGood(str(error))
        if not partner.registered:
            return RefusedForGood(f"{partner.name} is not registered")
        if delivery.kind == COMMAND_RESULT:
            return await self._send_result(partner, parts_of(delivery.subject)[0])
        if delivery.kind == RESERVATION_GONE:
            return await self._send_gone(partner, parts_of(delivery.subject)[0])
        try:
            messages = await self._composer.compose(partner, delivery)
        except Inexpressible:
            log.info("push.withheld", extra={"kind": delivery.kind, "partner": partner.id})
            return Done()
        return await self._send_all(partner, delivery, messages)

    async def _send_all(
        self, partner: Partner, delivery: Delivery, messages: Sequence[Message]
    ) -> Outcome:
        for message in messages:
            try:
                await self._send_one(partner, delivery, message)
            except PartnerUnavailable as failure:
                if delivery.kind == CDR and _is_there(failure):
                    continue
                return await self._failed(partner, failure)
        if messages:
            await self._answered(partner)
        return Done()

    async def _send_one(self, partner: Partner, delivery: Delivery, message: Message) -> None:
        """Send a message, or what does instead when it is refused (C-114)."""
        if message.method == "PATCH" and partner.has(Quirk.NO_PATCH) and message.instead:
            message = message.instead
        try:
            await self._calls.call(
                partner, message.method, message.url, body=message.body, route=message.route
            )
        except ExchangeFailed as failure:
            if failure.http in message.fine:
                return
            if message.instead is None or not failure.is_refusal:
                raise
            await self._send_one(partner, delivery, message.instead)
        else:
            self._composer.note(partner, delivery, message)

    async def _answered(self, partner: Partner) -> None:
        if partner.state is PartnerState.OFFLINE:
            await self._partners.reached(partner.id)

    async def _failed(self, partner: Partner, failure: PartnerUnavailable) -> Outcome:
        if not isinstance(failure, ExchangeFailed) or isinstance(failure, NotTried):
            return Retry(str(failure), failure.retry_after)
        if failure.is_refusal:
            await self._answered(partner)
            if is_gone(failure) and await self._relearning.has_moved(partner):
                return Retry(str(failure))
            return RefusedForGood(str(failure))
        if failure.http is None:
            await self._partners.missed(partner.id)
        return Retry(str(failure), failure.retry_after)

    async def _send_result(self, partner: Partner, command_id: str) -> Outcome:
        """Tell a command's outcome to exactly the URL the partner gave, once (C-199).

        When the request may have arrived it is not repeated: OCPI asks for no repetition, and the
        partner's own timeout covers a loss.
        """
        async with self._store.reading() as tx:
            command = await tx.commands.get(command_id)
        if command is None or command.outcome is None or command.callback_url is None:
            return Done()
        now = self._clock.now()
        if command.settled_at is not None and now - command.settled_at > STALE:
            return RefusedForGood("the result is too old to be of use")
        if not is_at_home(partner, command.callback_url):
            return RefusedForGood("the response_url is not on a host of the partner")
        early = SETTLING - (now - command.created_at)
        if early > timedelta():
            await self._clock.sleep(early.total_seconds())
        body = _result_of(version_of(partner), command, command.outcome)
        told = _Told(command.callback_url, body, command.correlation_id)
        route = Route(command.party, _asking_party(partner, command))
        return await self._post_result(partner, told, route)

    async def _send_gone(self, partner: Partner, reservation_id: str) -> Outcome:
        """Take back a reservation we had agreed to, at the address its result went to (C-208).

        It is told until it is heard, for as long as the driver may rely on it.
        """
        async with self._store.reading() as tx:
            reservation = await tx.reservations.get(reservation_id)
        if reservation is None or reservation.callback_url is None:
            return Done()
        if self._clock.now() - reservation.expires_at > STALE:
            return RefusedForGood("the reservation is long over")
        if not is_at_home(partner, reservation.callback_url):
            return RefusedForGood("the response_url is not on a host of the partner")
        body = version_of(partner).lower(Kind.COMMAND_RESULT, write_result(_GONE))
        told = _Told(reservation.callback_url, body, reservation.correlation_id, again=True)
        route = Route(reservation.party, reservation.token.party)
        return await self._post_result(partner, told, route)

    async def _post_result(self, partner: Partner, told: "_Told", route: Route) -> Outcome:
        if told.correlation_id is not None:
            correlation_id.set(told.correlation_id)
        try:
            await self._calls.call(
                partner, "POST", told.url, body=told.body, route=route, verbatim=True
            )
        except ExchangeFailed as failure:
            if failure.http is None and failure.sent and not told.again:
                await self._partners.missed(partner.id)
                return RefusedForGood(f"may have arrived, so not repeated: {failure}")
            return await self._failed(partner, failure)
        except PartnerUnavailable as failure:
            return Retry(str(failure))
        await self._answered(partner)
        return Done()


def _result_of(version: OcpiVersion, command: Command, outcome: CommandOutcome) -> Json:
    if command.kind in PROFILE_KINDS:
        return write_profile_result(command, outcome)
    return version.lower(Kind.COMMAND_RESULT, write_result(outcome))


@dataclass(frozen=True, slots=True)
class _Told:
    """A result for a `response_url`; `again` when hearing it twice does no harm."""

    url: str
    body: Json
    correlation_id: str | None
    again: bool = False


_GONE = CommandOutcome(CommandResult.CANCELED_RESERVATION, "the reservation was cancelled")


def _asking_party(partner: Partner, command: Command) -> PartyId | None:
    """The eMSP that asked: whose token it is, else the partner's first."""
    providers = partner.parties(Role.EMSP)
    if command.emsp is not None and partner.speaks_for(command.emsp, Role.EMSP):
        return command.emsp
    if command.token is not None and command.token.party in providers:
        return command.token.party
    return next(iter(providers), None)


def _is_there(failure: PartnerUnavailable) -> bool:
    """Whether a partner refused a CDR because it has it: the aim is reached (I-43)."""
    if not isinstance(failure, ExchangeFailed) or not failure.is_refusal:
        return False
    return failure.http == _CONFLICT or bool(_ALREADY_THERE.search(failure.said))
