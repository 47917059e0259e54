"""Which members of the hub are to be told of an object, of changed rules, and of what they missed.

Everybody registered is planned for, also who is OFFLINE: nothing waits for these, but what they
miss is noted when their turn comes (`broadcast_sender`).
"""

from collections.abc import Sequence

from app.domain.events import DomainEvent, HubObjectChanged, HubRulesChanged, PartnerReturned
from app.domain.hub_objects import HubNoun, HubRef, hearing, listeners, roles_of
from app.domain.hub_rules import RuleBook
from app.domain.identifiers import PartyId
from app.domain.partners import Partner
from app.ports.delivery import Delivery
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_rules import HubRules
from app.use_cases.hub_telling import Told, delivery_of, resync, rules_changed


class BroadcastAudience:
    """Plans what members are told. Who they are is looked up once for each batch of events."""

    def __init__(self, directory: HubDirectory, rules: HubRules) -> None:
        self._directory = directory
        self._rules = rules
        self._looked = False

    def look_again(self) -> None:
        """See anew who is behind the hub before the next event is planned."""
        self._looked = False

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """Deliveries for this event."""
        if not isinstance(event, HubObjectChanged | PartnerReturned | HubRulesChanged):
            return ()
        if not self._looked:
            await self._directory.look()
            self._looked = True
        members = await self._directory.partners()
        if isinstance(event, PartnerReturned):
            return [resync(p.id) for p in members if p.id == event.partner_id]
        if isinstance(event, HubRulesChanged):
            change = event.change_id
            return [rules_changed(p.id, change) for p in members if change and not p.has_left]
        ref = HubRef(HubNoun(event.noun), event.party, event.object_id, event.type)
        told = Hearers(members, await self._rules.book()).of(ref, event.partner_id)
        return [
            delivery_of(partner.id, Told(one.receiver, ref, event.part)) for partner, one in told
        ]


class Hearers:
    """Who of these members hears of objects, as they and the rules are now."""

    def __init__(self, members: Sequence[Partner], book: RuleBook) -> None:
        self._members = members
        self._book = book

    def of(self, ref: HubRef, sent_by: str) -> list[tuple[Partner, Told]]:
        """Each party that hears of an object which that platform sent, at its own platform."""
        return [
            (partner, told) for partner in self._members for told in self.at(partner, ref, sent_by)
        ]

    def at(self, partner: Partner, ref: HubRef, sent_by: str) -> list[Told]:
        """The parties of one platform that hear of it."""
        module = ref.noun.module
        return [
            Told(receiver, ref)
            for receiver in self.concerned(partner, ref, sent_by)
            if self._book.may_see(module, ref.party, receiver, ref.id)
        ]

    def concerned(self, partner: Partner, ref: HubRef, sent_by: str) -> tuple[PartyId, ...]:
        """The parties of one platform that would hear of it without any rules."""
        origin = next((p for p in self._members if p.id == sent_by), None)
        if origin is None or partner.id == origin.id:
            return ()
        return hearing(partner, ref, listeners(ref.noun, roles_of(origin, ref.party)))
