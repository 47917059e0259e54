"""What a change of the hub's rules means to a member: what it has to be told of, and what is gone.

Tariffs are deleted, EVSEs become REMOVED, tokens become invalid: nothing else ends in OCPI. Only
that is said, nothing of what the object has become. It is as old as the object itself, so that
the object can be shown again as it is, and is older than nothing that is told later.
Source: OCPI 2.2.1, Locations, Flow and Lifecycle; Tariffs, DELETE Method; Tokens, Flow and
Lifecycle.
"""

from collections.abc import Callable, Sequence
from typing import Any

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

Json = dict[str, Any]


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


def endings(noun: HubNoun, document: Json) -> list[tuple[str, Json]]:
    """The PATCHes that end an object: below its address, and what is said there."""
    if noun is HubNoun.TOKEN:
        return [("", {"valid": False, **_dated(document)})]
    evses = document.get("evses") or []
    return [
        (str(evse["uid"]), {"status": "REMOVED", **_dated(evse)})
        for evse in evses
        if isinstance(evse, dict) and evse.get("uid") and evse.get("status") != "REMOVED"
    ]


def _dated(document: Json) -> Json:
    return {"last_updated": document["last_updated"]} if "last_updated" in document else {}
