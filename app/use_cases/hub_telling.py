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
_KIND = "broadcast."
_LONGEST_SUBJECT = 160


def hub_destination(partner_id: str) -> str:
    """The name of the queue of what a member's platform is told of others' objects."""
    return f"hub:{partner_id}"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told to whom; `part` names an EVSE or its connector, empty is the whole object."""

    receiver: PartyId
    ref: HubRef
    part: tuple[str, ...] = ()


def delivery_of(partner_id: str, told: Told) -> Delivery:
    """The delivery that tells it; of a part whose names are too long, the whole object instead."""
    ref = told.ref
    owned = (str(told.receiver), str(ref.party), *ref.names)
    subject = _joined(*owned, *told.part)
    if len(subject) > _LONGEST_SUBJECT:
        subject = _joined(*owned)
    kind = f"{_KIND}{ref.noun.value}"
    return Delivery(hub_destination(partner_id), subject, Mode.LATEST, kind)


def read_delivery(delivery: Delivery) -> Told:
    """What `delivery_of` wrote."""
    noun = HubNoun(delivery.kind.removeprefix(_KIND))
    receiver, owner, *names = (unquote(part) for part in delivery.subject.split("/"))
    token_type = names.pop(0) if noun is HubNoun.TOKEN else ""
    ref = HubRef(noun, PartyId.parse(owner), names[0], token_type)
    return Told(PartyId.parse(receiver), ref, tuple(names[1:]))


def resync(partner_id: str, since: datetime | None = None, after: int = 0) -> Delivery:
    """The delivery that queues what a member has to catch up with, behind object `after`."""
    subject = _joined(since.isoformat() if since else "gap", str(after))
    return Delivery(hub_destination(partner_id), subject, Mode.LATEST, RESYNC)


def read_resync(delivery: Delivery) -> tuple[datetime | None, int]:
    """What `resync` wrote."""
    since, after = (unquote(part) for part in delivery.subject.split("/"))
    return None if since == "gap" else datetime.fromisoformat(since), int(after)


def _joined(*parts: str) -> str:
    return "/".join(quote(part, safe="*:@+") for part in parts)
