"""What waits to be told to members of our hub, as text: one queue for each of their platforms.

Subjects name the receiving party and the object, never what it says: that is read when it is sent.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from app.domain.hub_objects import HubNoun, HubRef
from app.domain.identifiers import PartyId
from app.ports.delivery import Delivery, Mode

RESYNC = "broadcast.resync"
RULES = "broadcast.rules"
_KIND = "broadcast."
_HIDDEN = "broadcast.hidden."
NOBODYS = "-"
"""Stands for a change of the rules whose id has no place beside very long names."""

_LONGEST_SUBJECT = 160


def hub_destination(partner_id: str) -> str:
    """The name of the queue of what a member's platform is told of others' objects."""
    return f"hub:{partner_id}"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told to whom; `part` names an EVSE or its connector, empty is the whole object.

    `hidden_by` is the change of the rules since which the receiver may not see it any more; what
    is told then is that it is gone. It is empty where the object is told of.
    """

    receiver: PartyId
    ref: HubRef
    part: tuple[str, ...] = ()
    hidden_by: str = ""


def delivery_of(partner_id: str, told: Told) -> Delivery:
    """The delivery that tells it; of a part whose names are too long, the whole object instead."""
    ref = told.ref
    owned = (str(told.receiver), str(ref.party), *ref.names)
    if told.hidden_by:
        subject = _joined(told.hidden_by, *owned)
        if len(subject) > _LONGEST_SUBJECT:
            subject = _joined(NOBODYS, *owned)
        kind = f"{_HIDDEN}{ref.noun.value}"
        return Delivery(hub_destination(partner_id), subject, Mode.LATEST, kind)
    subject = _joined(*owned, *told.part)
    if len(subject) > _LONGEST_SUBJECT:
        subject = _joined(*owned)
    kind = f"{_KIND}{ref.noun.value}"
    return Delivery(hub_destination(partner_id), subject, Mode.LATEST, kind)


def read_delivery(delivery: Delivery) -> Told:
    """What `delivery_of` wrote."""
    hidden = delivery.kind.startswith(_HIDDEN)
    noun = HubNoun(delivery.kind.rpartition(".")[2])
    names = [unquote(part) for part in delivery.subject.split("/")]
    change = names.pop(0) if hidden else ""
    receiver, owner = PartyId.parse(names.pop(0)), PartyId.parse(names.pop(0))
    token_type = names.pop(0) if noun is HubNoun.TOKEN else ""
    ref = HubRef(noun, owner, names[0], token_type)
    return Told(receiver, ref, tuple(names[1:]), change)


def resync(partner_id: str, since: datetime | None = None, after: int = 0) -> Delivery:
    """The delivery that queues what a member has to catch up with, behind object `after`."""
    subject = _joined(since.isoformat() if since else "gap", str(after))
    return Delivery(hub_destination(partner_id), subject, Mode.LATEST, RESYNC)


def read_resync(delivery: Delivery) -> tuple[datetime | None, int]:
    """What `resync` wrote."""
    since, after = (unquote(part) for part in delivery.subject.split("/"))
    return None if since == "gap" else datetime.fromisoformat(since), int(after)


def rules_changed(partner_id: str, change_id: str, after: int = 0) -> Delivery:
    """The delivery that queues what a change of the rules means to a member, behind `after`."""
    subject = _joined(change_id, str(after))
    return Delivery(hub_destination(partner_id), subject, Mode.LATEST, RULES)


def read_rules_changed(delivery: Delivery) -> tuple[str, int]:
    """What `rules_changed` wrote."""
    change_id, after = (unquote(part) for part in delivery.subject.split("/"))
    return change_id, int(after)


def _joined(*parts: str) -> str:
    return "/".join(quote(part, safe="*:@+") for part in parts)
