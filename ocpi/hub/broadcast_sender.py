"""Tells members of the hub what others told everybody, one queue for each of their platforms.

What is said is the object as it is when it is sent, so an older state never follows a newer one
and a PATCH is told as the object that it made. An EVSE or a connector is told by itself; to whom
it means nothing the whole location. A platform that does not answer is checked, and tried again
meanwhile. Once it is OFFLINE nothing waits for it: what it misses is noted, and it catches up when
it is back.
Source: OCPI 2.2.1, Transport and format, Broadcast push; HubClientInfo, ConnectionStatus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from logging import getLogger

from app.domain.errors import NotFound, PartnerUnavailable
from app.domain.hub_objects import HubNoun, HubObject
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, PartnerState, Quirk
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Done, Outcome, RefusedForGood, Retry
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_objects import HubObjects
from app.use_cases.hub_rules import HubRules
from app.use_cases.hub_telling import (
    RESYNC,
    Told,
    delivery_of,
    read_delivery,
    read_resync,
)
from app.use_cases.partners import Partners
from ocpi.client.exchange import PartnerCalls, Route, joined, version_of
from ocpi.client.outcomes import ExchangeFailed, NotTried, read_answer
from ocpi.client.relearning import Relearning, is_gone
from ocpi.client.wording import where_of
from ocpi.hub.broadcast_audience import Hearers
from ocpi.hub.kept_words import Kept, KeptWords
from ocpi.hub.presence import Presence
from ocpi.push.subjects import path_segment
from ocpi.recorder import telling
from ocpi.versions.registry import Inexpressible

log = getLogger(__name__)

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class _Said:
    """One request; an empty body goes with DELETE."""

    method: str
    url: str
    body: bytes = b""


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
        if delivery.kind == RESYNC:
            return await self._catch_up(partner, delivery)
        told = read_delivery(delivery)
        kept = await self._words.of(told.ref)
        if kept is None:
            return Done()
        if _may_return(partner):
            return await self._skipped(partner, kept.object)
        if not await self._hears(partner, told, kept.object):
            return Done()
        return await self._tell(partner, told, kept)

    async def _hears(self, partner: Partner, told: Told, kept: HubObject) -> bool:
        """Whether this party still is to be told."""
        hearers = Hearers(await self._directory.partners(), await self._rules.book())
        found = hearers.at(partner, told.ref, kept.partner_id)
        return any(each.receiver == told.receiver for each in found)

    async def _skipped(self, partner: Partner, kept: HubObject) -> Outcome:
        await self._objects.skipped(partner.id, kept.touched)
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
        try:
            said = _said(partner, told, kept)
        except Inexpressible:
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

    async def _exchange(self, partner: Partner, said: _Said, route: Route) -> None:
        answer = await self._calls.relay(
            partner, said.method, said.url, route=route, body=said.body
        )
        if said.method == "DELETE" and answer.status == _NOT_FOUND:
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


def _said(partner: Partner, told: Told, kept: Kept) -> Sequence[_Said]:
    """What tells it, and what does where that is refused; raises Inexpressible."""
    url, query = _address(partner, told)
    if kept.object.gone:
        return [_Said("DELETE", url + query)]
    version = version_of(partner)
    whole = _Said("PUT", url + query, kept.body(version))
    part = kept.part(version, told.part) if told.part else None
    if part is None:
        return [whole]
    below = joined(url, *(path_segment(each) for each in told.part))
    end = "/" if url.endswith("/") else ""
    return [_Said("PUT", below + end, part), whole]


def _address(partner: Partner, told: Told) -> tuple[str, str]:
    """Where the object is at the partner, by its owner (OCPI 2.2.1, Client owned object push)."""
    ref = told.ref
    endpoint = partner.endpoint(ref.noun.module, InterfaceRole.RECEIVER) or ""
    url = joined(endpoint, ref.party.country, ref.party.code, path_segment(ref.id))
    version = version_of(partner)
    typed = ref.noun is HubNoun.TOKEN and version.has_interface_roles
    if partner.has(Quirk.TRAILING_SLASH):
        url = f"{url}/"
    return url, f"?{version.token_type_parameter}={path_segment(ref.type)}" if typed else ""
