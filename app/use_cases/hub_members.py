"""The book of our hub's members: kept with every change of their platforms, shown to each other.

Whoever writes a partner does it by `write_partner`, so no change of its state or roles misses the
book. Source: OCPI 2.2.1, HubClientInfo.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.events import HubMemberChanged
from app.domain.hub_members import (
    HubMember,
    MemberKey,
    Told,
    by_key,
    changed,
    farewell,
    hosted,
    merged,
    news,
    readers_of,
)
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerRole, PartnerState
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store, Transaction

SILENCE = timedelta(minutes=5)
"""Source: OCPI 2.2.1, HubClientInfo, Still alive check: how long a member may say nothing."""


class Talks(Protocol):
    """The hub's rules, as far as they say who is anybody's business."""

    async def may_talk(self, one: PartyId, other: PartyId, /) -> bool:
        """Whether two parties have anything to do with each other."""
        ...


class OneGroup:
    """Everybody may talk to everybody."""

    async def may_talk(self, one: PartyId, other: PartyId, /) -> bool:  # noqa: ARG002 - the shape
        """Yes."""
        return True


async def write_partner(
    tx: Transaction, partner: Partner, now: datetime, *, anew: bool = False
) -> None:
    """Store a partner and, if it is one of our hub, how its parties stand from now on.

    `anew`: it registers, and may not remember what it was told before.
    """
    await tx.partners.put(partner)
    if partner.hub:
        await _keep(tx, partner, now)
        if anew:
            await tx.hub_members.forget_told(partner.id)


async def _keep(tx: Transaction, partner: Partner, now: datetime) -> None:
    for member in changed(await _known(tx, partner), partner, now):
        await tx.hub_members.put(member)
        tx.emit(HubMemberChanged(member.party, member.role.value))


async def _known(tx: Transaction, partner: Partner) -> dict[MemberKey, HubMember]:
    found = by_key(await tx.hub_members.of_partner(partner.id))
    others = [key for key in hosted(partner) if key not in found]
    return found | by_key(await tx.hub_members.these(others))


def told_destination(partner_id: str) -> str:
    """The name of the queue of what a member is told of the others."""
    return f"members:{partner_id}"


def check_destination(partner_id: str) -> str:
    """The name of the queue of our own checks whether a member is there."""
    return f"check:{partner_id}"


CHECK = "follow.check_member"


ALL = "member.all"
"""Tell a member whatever it does not know of the others."""


def everybody_for(partner_id: str) -> Delivery:
    """The delivery that does so."""
    return Delivery(told_destination(partner_id), "everybody", Mode.LATEST, ALL)


async def tell_anew(tx: Transaction, partner_id: str, now: datetime) -> None:
    """Tell a member of all others again, since it may know of nobody."""
    await tx.hub_members.forget_told(partner_id)
    await tx.deliveries.add([everybody_for(partner_id)], now)


class HubMembers:
    """Who is behind the hub, as each of them may know it, and who has been silent for long."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        talks: Talks | None = None,
        silence: timedelta = SILENCE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._talks = talks or OneGroup()
        self._silence = silence

    async def shown_to(self, reader: Partner) -> list[HubMember]:
        """Everybody that a platform's parties may know of, the first known first (C-271)."""
        async with self._store.reading() as tx:
            members = await tx.hub_members.all()
        return merged([member for member in members if await self._may_know(reader, member)])

    async def reached_by(self, reader: Partner) -> tuple[PartnerRole, ...]:
        """The parties that a platform's parties can reach, by the names of their platforms' roles.

        One that is OFFLINE is among them, since it will be back. Source: OCPI 2.3.0, Credentials
        object, `roles`, as it is in the Credentials of a hub.
        """
        shown = await self.shown_to(reader)
        async with self._store.reading() as tx:
            hosts = {partner.id: partner for partner in await tx.partners.all()}
        found = (hosts[m.partner_id].role_of(m.party, m.role) for m in shown if m.reachable)
        return tuple(role for role in found if role is not None)

    async def _may_know(self, reader: Partner, member: HubMember) -> bool:
        """Whether any party of this platform may have to do with a member."""
        for party in readers_of(member, reader):
            if await self._talks.may_talk(party, member.party):
                return True
        return False

    async def news_for(self, reader: Partner, party: PartyId | None = None) -> list[Told]:
        """What a platform is to be told now (of this party), in the order of the list."""
        async with self._store.reading() as tx:
            found = await (tx.hub_members.of_party(party) if party else tx.hub_members.all())
            told = await tx.hub_members.told(reader.id)
        known = merged([member for member in found if await self._may_know(reader, member)])
        fresh = [news(member, told.pop((member.party, member.role), None)) for member in known]
        gone = [t for t in told.values() if party in {None, t.party}]
        now = self._clock.now()
        return [each for each in (*fresh, *(farewell(t, now) for t in gone)) if each is not None]

    async def note_told(self, reader: Partner, told: Told) -> None:
        """A platform heard this."""
        async with self._store.transaction() as tx:
            await tx.hub_members.note_told(reader.id, told)

    async def look(self) -> None:
        """Queue a check of every member that has been silent for long, or that is OFFLINE.

        Nothing is added where one waits or is under way. Whoever is not in the book as it is,
        having come before there was a book, is written down.
        """
        now = self._clock.now()
        async with self._store.reading() as tx:
            partners = [p for p in await tx.partners.all() if p.hub]
            book = by_key(await tx.hub_members.all())
        for partner in partners:
            if any(changed(book, partner, now)):
                await self._correct(partner.id)
        await self._queue([p.id for p in partners if self._is_doubtful(p, now)])

    def _is_doubtful(self, partner: Partner, now: datetime) -> bool:
        if partner.state is PartnerState.OFFLINE:
            return True
        silent = partner.last_seen is None or now - partner.last_seen >= self._silence
        return partner.state is PartnerState.CONNECTED and silent

    async def _correct(self, partner_id: str) -> None:
        async with self._store.transaction() as tx:
            await _keep(tx, await tx.partners.hold(partner_id), self._clock.now())

    async def doubt(self, partner_id: str) -> None:
        """A member did not answer: see soon whether it is there at all."""
        await self._queue([partner_id])

    async def _queue(self, partner_ids: Sequence[str]) -> None:
        wanted = [
            Delivery(check_destination(each), each, Mode.LATEST, CHECK) for each in partner_ids
        ]
        if not wanted:
            return
        async with self._store.reading() as tx:
            busy = await tx.deliveries.busy([d.destination for d in wanted])
        wanted = [d for d in wanted if d.destination not in busy]
        if wanted:
            async with self._store.transaction() as tx:
                await tx.deliveries.add(wanted, self._clock.now())
