"""Lets members know what a change of the hub's rules shows them, and what it takes from them.

The change and the event of it are one transaction; from then on all is found anew from what is
kept: the record of changes, the rules and the objects of now. Nothing of it is remembered, so
nothing is lost with a process, and whoever was away is told of the first change that it missed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from app.domain.hub_objects import HubNoun, Mark
from app.domain.hub_reach import Reach, formers
from app.domain.hub_rules import RuleBook
from app.domain.identifiers import PartyId
from app.ports.clock import Clock
from app.ports.delivery import Delivery
from app.store.transaction import Store, Transaction
from app.use_cases.hub_objects import PORTION
from app.use_cases.hub_telling import rules_changed

Owners = Mapping[HubNoun, Collection[PartyId]]


class HubReach:
    """Queues what has to be told of changes, and notes who was not there."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def missed(self, partner_id: str, change_id: str) -> None:
        """The member was not told what this change means to it."""
        async with self._store.reading() as tx:
            known = await tx.hub_objects.missed_rules(partner_id)
        if known is None or change_id < known:
            async with self._store.transaction() as tx:
                await tx.hub_objects.note_missed_rules(partner_id, change_id)

    async def tell(
        self,
        partner_id: str,
        change_id: str,
        after: int,
        *,
        owners: Callable[[Reach], Owners],
        deliveries: Callable[[Reach, Mark], Sequence[Delivery]],
    ) -> int:
        """Queue the next portion, behind object `after`; gives how many objects it looked at."""
        async with self._store.transaction() as tx:
            reach = await _reach(tx, change_id)
            if reach is None or not any((wanted := owners(reach)).values()):
                return 0
            marks = await tx.hub_objects.of_owners(wanted, after=after, limit=PORTION)
            queued = [delivery for mark in marks for delivery in deliveries(reach, mark)]
            if len(marks) == PORTION:
                queued.append(rules_changed(partner_id, change_id, marks[-1].number))
            await tx.deliveries.add(queued, self._clock.now())
        return len(marks)


async def _reach(tx: Transaction, change_id: str) -> Reach | None:
    changes = await tx.hub_rules.since(change_id)
    if not changes:
        return None
    now = RuleBook(await tx.hub_rules.groups(), await tx.hub_rules.rules())
    return Reach(now, tuple(formers(now, changes)))
