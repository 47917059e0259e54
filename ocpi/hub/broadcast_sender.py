"""Tells members of the hub what others told everybody, one queue for each of their platforms.

What is said is the object as it is when it is sent, so an older state never follows a newer one
and a PATCH is told as the object that it made. An EVSE or a connector is told by itself; to whom
it means nothing the whole location. A platform that does not answer is checked, and tried again
meanwhile. Once it is OFFLINE nothing waits for it: what it misses is noted, and it catches up when
it is back.
Source: OCPI 2.2.1, Transport and format, Broadcast push; HubClientInfo, ConnectionStatus.
"""

from logging import getLogger

from app.domain.errors import NotFound, PartnerUnavailable
from app.domain.hub_objects import HubObject
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerState
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Done, Outcome, RefusedForGood, Retry
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_objects import HubObjects
from app.use_cases.hub_rules import HubRules
from app.use_cases.hub_telling import (
    NOBODYS,
    RESYNC,
    RULES,
    Told,
    delivery_of,
    read_delivery,
    read_resync,
    read_rules_changed,
)
from app.use_cases.partners import Partners
from ocpi.client.exchange import PartnerCalls, Route
from ocpi.client.outcomes import ExchangeFailed, NotTried, read_answer
from ocpi.client.relearning import Relearning, is_gone
from ocpi.client.wording import where_of
from ocpi.hub.broadcast_audience import Hearers
from ocpi.hub.broadcast_rules import RulesTelling
from ocpi.hub.broadcast_words import Said, gone_of, said_of
from ocpi.hub.kept_words import Kept, KeptWords
from ocpi.hub.presence import Presence
from ocpi.recorder import telling

log = getLogger(__name__)

_NOT_FOUND = 404
_ENDING = frozenset({"DELETE", "PATCH"})


class BroadcastSender:
    """Sends deliveries of the kinds `broadcast.…`."""

    def __init__(
        self,
        objects: HubObjects,
        calls: PartnerCalls,
        partners: Partners,
        clock: Clock,
        *,
        directory: HubDirectory,
        rules: HubRules,
        changes: RulesTelling,
        words: KeptWords,
        presence: Presence,
        hub: PartyId,
    ) -> None:
        self._objects = objects
        self._calls = calls
        self._partners = partners
        self._clock = clock
        self._directory = directory
        self._rules = rules
        self._words = words
        self._presence = presence
        self._hub = hub
        self._changes = changes
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
        queueing = {RESYNC: self._catch_up, RULES: self._tell_of_rules}.get(delivery.kind)
        if queueing is not None:
            return await queueing(partner, delivery)
        told = read_delivery(delivery)
        kept = await self._words.of(told.ref)
        if kept is None:
            return Done()
        if _may_return(partner):
            return await self._skipped(partner, told, kept.object)
        if not await self._hears(partner, told, kept.object):
            return Done()
        return await (self._hide if told.hidden_by else self._tell)(partner, told, kept)

    async def _hears(self, partner: Partner, told: Told, kept: HubObject) -> bool:
        """Whether this party still is to be told, by the rules of now."""
        hearers = Hearers(await self._directory.partners(), await self._rules.book())
        if told.hidden_by:
            concerned = hearers.concerned(partner, told.ref, kept.partner_id)
            seen = hearers.at(partner, told.ref, kept.partner_id)
            return told.receiver in concerned and all(e.receiver != told.receiver for e in seen)
        found = hearers.at(partner, told.ref, kept.partner_id)
        return any(each.receiver == told.receiver for each in found)

    async def _skipped(self, partner: Partner, told: Told, kept: HubObject) -> Outcome:
        if told.hidden_by == NOBODYS:
            return Retry("it is away")
        if told.hidden_by:
            await self._changes.missed(partner, told.hidden_by)
        else:
            await self._objects.skipped(partner.id, kept.touched)
        return Done()

    async def _tell_of_rules(self, partner: Partner, delivery: Delivery) -> Outcome:
        if _may_return(partner):
            await self._changes.missed(partner, read_rules_changed(delivery)[0])
        elif partner.state is PartnerState.CONNECTED:
            await self._changes.queue(partner, delivery)
        return Done()

    async def _catch_up(self, partner: Partner, delivery: Delivery) -> Outcome:
        since, after = read_resync(delivery)
        if _may_return(partner) and since is not None:
            await self._objects.skipped(partner.id, since)
        if partner.state is not PartnerState.CONNECTED:
            return Done()
        hearers = Hearers(await self._directory.partners(), await self._rules.book())
        await self._objects.catch_up(
            partner.id,
            since,
            after,
            deliveries=lambda mark: [
                delivery_of(partner.id, told)
                for told in hearers.at(partner, mark.ref, mark.partner_id)
            ],
        )
        return Done()

    async def _tell(self, partner: Partner, told: Told, kept: Kept) -> Outcome:
        said = said_of(partner, told, kept)
        if said is None:
            log.info("broadcast.withheld", extra={"noun": told.ref.noun, "partner": partner.id})
            return Done()
        route = Route(self._hub, told.receiver)
        for count, each in enumerate(said, start=1):
            try:
                await self._exchange(partner, each, route)
            except PartnerUnavailable as failure:
                refused = isinstance(failure, ExchangeFailed) and failure.is_refusal
                if refused and count < len(said):
                    continue
                return await self._failed(partner, failure)
            break
        await self._presence.heard(partner)
        return Done()

    async def _hide(self, partner: Partner, told: Told, kept: Kept) -> Outcome:
        """Say that something is gone, which for this receiver it is; what it has not is fine."""
        refused: list[PartnerUnavailable] = []
        for each in gone_of(partner, told, kept):
            try:
                await self._exchange(partner, each, Route(self._hub, told.receiver))
            except PartnerUnavailable as failure:
                if not isinstance(failure, ExchangeFailed) or not failure.is_refusal:
                    return await self._failed(partner, failure)
                refused.append(failure)
        await self._presence.heard(partner)
        return await self._failed(partner, refused[0]) if refused else Done()

    async def _exchange(self, partner: Partner, said: Said, route: Route) -> None:
        answer = await self._calls.relay(
            partner, said.method, said.url, route=route, body=said.body
        )
        if said.method in _ENDING and answer.status == _NOT_FOUND:
            return
        where, now = where_of(said.method, said.url, partner), self._clock.now()
        read_answer(where, said.method, answer, hidden=set(), now=now)

    async def _failed(self, partner: Partner, failure: PartnerUnavailable) -> Outcome:
        if not isinstance(failure, ExchangeFailed) or isinstance(failure, NotTried):
            return Retry(str(failure), failure.retry_after)
        if failure.http is None:
            await self._presence.silent(partner)
            return Retry(str(failure))
        await self._presence.heard(partner)
        if failure.is_refusal:
            if is_gone(failure) and await self._relearning.has_moved(partner):
                return Retry(str(failure))
            return RefusedForGood(str(failure))
        return Retry(str(failure), failure.retry_after)


def _may_return(partner: Partner) -> bool:
    """Whether it is not told anything now, but has to catch up when it is back."""
    stopped = partner.state is PartnerState.SUSPENDED and partner.client_token is not None
    return stopped or partner.state is PartnerState.OFFLINE
