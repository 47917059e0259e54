"""Tells members of the hub how the others stand, whenever one of them stands otherwise.

What is told is made when it is sent, and only what a member was not told already; so nothing
piles up for one that is OFFLINE, and when it returns it is told what it missed. One request is
under way to each member. Source: OCPI 2.2.1, HubClientInfo, Push model.
"""

from collections.abc import Sequence
from logging import getLogger

from app.domain.errors import NotFound, PartnerUnavailable
from app.domain.events import (
    DomainEvent,
    HubMemberChanged,
    HubRulesChanged,
    PartnerRegistered,
    PartnerReturned,
)
from app.domain.hub_members import Told
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, PartnerState, Role
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Done, Mode, Outcome, RefusedForGood, Retry
from app.store.transaction import Store
from app.use_cases.hub_members import ALL, HubMembers, everybody_for, told_destination
from app.use_cases.partners import Partners
from ocpi.client.exchange import ExchangeFailed, NotTried, PartnerCalls, Route, joined, version_of
from ocpi.client.relearning import Relearning, is_gone
from ocpi.hub.client_info import MODULE
from ocpi.hub.presence import Presence
from ocpi.push.subjects import parts_of, subject_of
from ocpi.recorder import telling
from ocpi.translate.hub_clients import write_client
from ocpi.versions.registry import Kind

log = getLogger(__name__)

ONE = "member.changed"
"""Tell of one party in one role."""

_UNROUTED = Route()
"""A configuration module: its messages are for the platform and name no parties (C-044)."""


class MemberAudience:
    """Plans what members are told of each other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._readers: tuple[Partner, ...] | None = None

    def look_again(self) -> None:
        """Read anew who the members are; to be called before events are read."""
        self._readers = None

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """Deliveries for this event; those who are OFFLINE are told when they return."""
        if isinstance(event, HubMemberChanged):
            subject = subject_of(event.party, event.role)
            return [_delivery(p, subject) for p in await self._there()]
        if isinstance(event, HubRulesChanged):
            return [everybody_for(p.id) for p in await self._there()]
        if isinstance(event, PartnerRegistered | PartnerReturned):
            there = await self._there()
            return [everybody_for(p.id) for p in there if p.id == event.partner_id]
        return ()

    async def _there(self) -> tuple[Partner, ...]:
        if self._readers is None:
            async with self._store.reading() as tx:
                found = await tx.partners.registered()
            self._readers = tuple(p for p in found if p.hub and _is_told(p))
        return self._readers


def _is_told(partner: Partner) -> bool:
    connected = partner.state is PartnerState.CONNECTED
    return connected and partner.endpoint(MODULE, InterfaceRole.RECEIVER) is not None


def _delivery(reader: Partner, subject: str) -> Delivery:
    return Delivery(told_destination(reader.id), subject, Mode.LATEST, ONE)


class MemberSender:
    """Sends deliveries of the kinds `member.…`."""

    def __init__(
        self,
        calls: PartnerCalls,
        partners: Partners,
        members: HubMembers,
        *,
        presence: Presence,
        clock: Clock,
    ) -> None:
        self._calls = calls
        self._partners = partners
        self._members = members
        self._presence = presence
        self._relearning = Relearning(calls, partners, clock)

    async def send(self, delivery: Delivery) -> Outcome:
        """Tell what there is to tell now."""
        with telling(delivery):
            return await self._send(delivery)

    async def _send(self, delivery: Delivery) -> Outcome:
        try:
            reader = await self._partners.known(delivery.destination.partition(":")[2])
        except NotFound as error:
            return RefusedForGood(str(error))
        if not _is_told(reader):
            return Done()
        refusals = []
        for told in await self._news(reader, delivery):
            outcome = await self._put(reader, told)
            if isinstance(outcome, Retry):
                return outcome
            if isinstance(outcome, RefusedForGood):
                refusals.append(outcome.why)
        return RefusedForGood("; ".join(refusals)) if refusals else Done()

    async def _news(self, reader: Partner, delivery: Delivery) -> Sequence[Told]:
        if delivery.kind == ALL:
            return await self._members.news_for(reader)
        party, role = parts_of(delivery.subject)
        found = await self._members.news_for(reader, PartyId.parse(party))
        return [told for told in found if told.role is Role(role)]

    async def _put(self, reader: Partner, told: Told) -> Outcome:
        """PUT of one party in one role, at the address of the party (C-274)."""
        endpoint = reader.endpoint(MODULE, InterfaceRole.RECEIVER) or ""
        url = joined(endpoint, told.party.country, told.party.code)
        try:
            body = version_of(reader).lower(Kind.CLIENT_INFO, write_client(told))
            await self._calls.call(reader, "PUT", url, body=body, route=_UNROUTED)
        except PartnerUnavailable as failure:
            return await self._failed(reader, failure)
        await self._members.note_told(reader, told)
        await self._presence.heard(reader)
        return Done()

    async def _failed(self, reader: Partner, failure: PartnerUnavailable) -> Outcome:
        if not isinstance(failure, ExchangeFailed) or isinstance(failure, NotTried):
            return Retry(str(failure), failure.retry_after)
        if failure.is_refusal:
            if is_gone(failure) and await self._relearning.has_moved(reader):
                return Retry(str(failure))
            log.warning("hub.told_in_vain", extra={"partner": reader.id, "why": str(failure)})
            return RefusedForGood(str(failure))
        if failure.http is None:
            await self._presence.silent(reader)
        return Retry(str(failure), failure.retry_after)
