"""What a change of the hub's rules means to a member: what it has to be told of, and what is gone.

It is found when it is told, from what is kept, an object at a time (`app.use_cases.hub_reach`).
"""

from collections.abc import Callable, Sequence

from app.domain.hub_objects import HubNoun, Mark
from app.domain.hub_reach import Reach, Reached
from app.domain.identifiers import PartyId
from app.domain.partners import Partner
from app.ports.delivery import Delivery
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_reach import HubReach, Owners
from app.use_cases.hub_rules import HubRules
from app.use_cases.hub_telling import Told, delivery_of, read_rules_changed
from ocpi.hub.broadcast_audience import Hearers


class RulesTelling:
    """Handles deliveries of the kind `broadcast.rules`."""

    def __init__(self, reach: HubReach, directory: HubDirectory, rules: HubRules) -> None:
        self._reach = reach
        self._directory = directory
        self._rules = rules

    async def queue(self, partner: Partner, delivery: Delivery) -> None:
        """Queue what a member is to be told now, one object at a time."""
        change_id, after = read_rules_changed(delivery)
        members = await self._directory.partners()
        hearers = Hearers(members, await self._rules.book())
        owners = {role.party for each in members if each.id != partner.id for role in each.roles}
        readers = {role.party for role in partner.roles}

        def deliveries(reach: Reach, mark: Mark) -> Sequence[Delivery]:
            told = (
                _told(reach.of(mark, reader), mark, reader, change_id)
                for reader in hearers.concerned(partner, mark.ref, mark.partner_id)
            )
            return [delivery_of(partner.id, each) for each in told if each is not None]

        await self._reach.tell(
            partner.id,
            change_id,
            after,
            owners=_moved(owners, readers),
            deliveries=deliveries,
        )

    async def missed(self, partner: Partner, change_id: str) -> None:
        """The member is not there; it catches up when it is back."""
        await self._reach.missed(partner.id, change_id)


def _told(reached: Reached, mark: Mark, reader: PartyId, change_id: str) -> Told | None:
    if reached is Reached.SAME:
        return None
    hidden = reached is Reached.HIDDEN
    return Told(reader, mark.ref, hidden_by=change_id if hidden else "")


def _moved(owners: set[PartyId], readers: set[PartyId]) -> Callable[[Reach], Owners]:
    def found(reach: Reach) -> Owners:
        return {
            noun: {o for o in owners if any(reach.moved(noun, o, r) for r in readers)}
            for noun in HubNoun
        }

    return found
